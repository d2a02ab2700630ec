package documents_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/documents"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
)

const (
	linkKey = "kunci-tautan-untuk-uji-yang-panjang"
	site    = "https://jasaweb.test"
)

// office is an agency with a client who owes two instalments, and others.
type office struct {
	*plugintest.App
	owner, other, admin *plugintest.User
	superuser           string
	money               *till.Till
	first, second       *collections.Invoice
}

func newOffice(t *testing.T) *office {
	t.Helper()
	signer := links.NewSigner(func() (string, error) { return linkKey, nil })
	o := &office{money: till.New(t)}
	o.App = plugintest.New(t, o.money.Register, func(app *plugintest.App) {
		documents.MustRegister(app, documents.Config{Links: signer, AppURL: site + "/"})
	})
	o.SetNow(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC))
	o.owner, o.other = o.NewUser(t, collections.RoleClient), o.NewUser(t, collections.RoleClient)
	o.admin, o.superuser = o.NewUser(t, collections.RoleAdmin), o.Superuser(t)
	project := o.NewProject(t, o.owner, o.NewTier(t, "dasar", 2_000_000, 50))
	invoices, err := collections.FindInvoices(o, project.Id)
	if err != nil || len(invoices) != 2 {
		t.Fatalf("%d invoices, %v", len(invoices), err)
	}
	o.first, o.second = invoices[0], invoices[1]
	return o
}

// pay pays the whole invoice by bank transfer.
func (o *office) pay(t *testing.T, invoice *collections.Invoice) {
	t.Helper()
	o.money.Pay(t, invoice.Id)
}

type answer struct {
	URL        string `json:"url"`
	ReceiptURL string `json:"receipt_url"`
	ExpiresAt  string `json:"expires_at"`
}

// links asks for the links of an invoice and returns them without the site.
func (o *office) links(t *testing.T, invoice *collections.Invoice) answer {
	t.Helper()
	var a answer
	o.Do(t, "POST", "/api/invoices/"+invoice.Id+"/link", o.owner.Token, nil).Want(200).JSON(&a)
	for _, address := range []*string{&a.URL, &a.ReceiptURL} {
		path, ok := strings.CutPrefix(*address, site)
		if !ok && *address != "" {
			t.Fatalf("the link %q does not lead to the site", *address)
		}
		*address = path
	}
	return a
}

func wantPDF(t *testing.T, r *plugintest.Response, name string) {
	t.Helper()
	r.Want(200)
	h := r.Header
	if !bytes.HasPrefix(r.Body, []byte("%PDF-")) || h.Get("Content-Type") != "application/pdf" {
		t.Errorf("%s: %s, %.20q", name, h.Get("Content-Type"), r.Body)
	}
	if h.Get("Cache-Control") != "private, no-store" || h.Get("Content-Disposition") != `inline; filename="`+name+`"` ||
		h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%s: headers %v", name, h)
	}
}

func TestWhoMayReadWithoutALink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay(t, o.first)
	before := o.Hash(t)
	for _, c := range []struct {
		name, token    string
		status, absent int
	}{
		{"guest", "", 401, 401}, {"broken session", o.owner.Token + "x", 401, 401}, {"other client", o.other.Token, 404, 404},
		{"owner", o.owner.Token, 200, 404}, {"admin", o.admin.Token, 200, 404}, {"superuser", o.superuser, 200, 404},
	} {
		for _, route := range []string{"POST /link", "GET /pdf", "GET /receipt.pdf"} {
			method, document, _ := strings.Cut(route, " ")
			real := o.Do(t, method, "/api/invoices/"+o.first.Id+document, c.token, nil)
			real.Want(c.status)
			absent := o.Do(t, method, "/api/invoices/tidakada0000000"+document, c.token, nil)
			absent.WantError(c.absent)
			if c.status >= 400 && !bytes.Equal(real.Body, absent.Body) {
				t.Errorf("%s %s: a foreign invoice answers %s, none %s", c.name, route, real.Body, absent.Body)
			}
			if method == "POST" && c.status == 200 { // a new link ends the old ones
				before = o.Hash(t)
			}
		}
	}
	if o.Hash(t) != before {
		t.Error("reading left traces")
	}
}

func TestLinksOpenTheirDocumentForAnybody(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.links(t, o.first)
	if a.ReceiptURL != "" {
		t.Errorf("an unpaid invoice has a receipt: %s", a.ReceiptURL)
	}
	o.pay(t, o.first)
	a = o.links(t, o.first)
	number := strings.ReplaceAll(o.first.Number(), "/", "-")
	for _, token := range []string{"", o.other.Token, o.owner.Token, o.superuser, "sesi-rusak"} {
		wantPDF(t, o.Do(t, "GET", a.URL, token, nil), "invoice-"+number+".pdf")
		wantPDF(t, o.Do(t, "GET", a.ReceiptURL, token, nil), "kuitansi-"+number+".pdf")
		wantPDF(t, o.Do(t, "GET", a.URL+"&lang=en", token, nil), "invoice-"+number+".pdf")
	}
	if r := o.Do(t, "HEAD", a.URL, "", nil); r.Status != 200 {
		t.Errorf("HEAD: %d", r.Status)
	}
	var admins answer
	o.Do(t, "POST", "/api/invoices/"+o.first.Id+"/link", o.admin.Token, nil).Want(200).JSON(&admins)
	o.Do(t, "GET", strings.TrimPrefix(admins.ReceiptURL, site), "", nil).Want(200)
}

func TestALinkEndsThirtyDaysAfterTheDueDate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.links(t, o.first)
	end := o.first.DueAt().Time().AddDate(0, 0, 30).Truncate(time.Second)
	if want := collections.DateTime(end).String(); a.ExpiresAt != want {
		t.Errorf("expires at %s, want %s", a.ExpiresAt, want)
	}
	o.SetNow(end.Add(-time.Second))
	o.Do(t, "GET", a.URL, "", nil).Want(200)
	o.SetNow(end)
	o.Do(t, "GET", a.URL, "", nil).WantError(401)
	o.Do(t, "GET", a.URL, o.other.Token, nil).WantError(404)
	o.Do(t, "GET", a.URL, o.owner.Token, nil).Want(200) // the session is enough
	// Made after the due date, or while there is none, a link counts from its own day.
	for _, invoice := range []*collections.Invoice{o.first, o.second} {
		a = o.links(t, invoice)
		if want := collections.DateTime(end.AddDate(0, 0, 30)).String(); a.ExpiresAt != want {
			t.Errorf("%s expires at %s, want %s", invoice.Number(), a.ExpiresAt, want)
		}
	}
}

// sign makes a token as the plugin does, but for what change does to it.
func (o *office) sign(t *testing.T, method jwt.SigningMethod, key any, change func(*jwt.RegisteredClaims)) string {
	t.Helper()
	c := jwt.RegisteredClaims{
		Subject: o.first.Id, Audience: jwt.ClaimStrings{"invoice"}, ExpiresAt: jwt.NewNumericDate(o.Now().AddDate(0, 0, 1)),
	}
	if change != nil {
		change(&c)
	}
	token, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestBadTokensOpenNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay(t, o.first)
	a := o.links(t, o.first)
	token := func(address string) string { _, token, _ := strings.Cut(address, "?token="); return token }
	invoice, receipt := "/api/invoices/"+o.first.Id+"/pdf?token=", "/api/invoices/"+o.first.Id+"/receipt.pdf?token="
	hs, key := jwt.SigningMethodHS256, []byte(linkKey)
	o.Do(t, "GET", "/api/invoices/"+o.second.Id+"/pdf?token="+o.sign(t, hs, key, func(c *jwt.RegisteredClaims) { c.Subject = o.second.Id }), "", nil).Want(200) // what follows is refused for its own fault
	for name, address := range map[string]string{
		"missing":               invoice,
		"rubbish":               invoice + "abc",
		"of another invoice":    "/api/invoices/" + o.second.Id + "/pdf?token=" + token(a.URL),
		"receipt on invoice":    invoice + token(a.ReceiptURL),
		"invoice on receipt":    receipt + token(a.URL),
		"other audience":        invoice + o.sign(t, hs, key, func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"report"} }),
		"expired":               invoice + o.sign(t, hs, key, func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(o.Now()) }),
		"without expiry":        invoice + o.sign(t, hs, key, func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }),
		"alg none":              invoice + o.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"wrong key":             invoice + o.sign(t, hs, []byte("kunci lain"), nil),
		"a session's token":     invoice + o.owner.Token,
		"unreadable query":      invoice + token(a.URL) + ";x",
		"in the session header": "",
	} {
		session := ""
		if address == "" {
			address, session = strings.TrimSuffix(invoice, "?token="), "Bearer "+token(a.URL)
		}
		r := o.Do(t, "GET", address, session, nil)
		r.WantError(401)
		if bytes.Contains(r.Body, []byte("token")) || bytes.Contains(r.Body, []byte("jwt")) {
			t.Errorf("%s: the answer says why: %s", name, r.Body)
		}
		if session == "" {
			o.Do(t, "GET", address, o.other.Token, nil).WantError(404)
		}
	}
	// A link to what is not there is as good as any bad one.
	gone := o.sign(t, hs, key, func(c *jwt.RegisteredClaims) { c.Subject = "tidakada0000000" })
	o.Do(t, "GET", "/api/invoices/tidakada0000000/pdf?token="+gone, "", nil).WantError(401)
}

// Each of these once left every link good for its thirty days.
func TestLinksEndBeforeTheirTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	foreign := o.links(t, o.second).URL
	open := func(name, address string, want int) {
		t.Helper()
		if r := o.Do(t, "GET", address, "", nil); r.Status != want {
			t.Errorf("%s: %d, want %d", name, r.Status, want)
		}
	}
	// One that was made before anything could be ended.
	early := "/api/invoices/" + o.first.Id + "/pdf?token=" + o.sign(t, jwt.SigningMethodHS256, []byte(linkKey), nil)
	open("early", early, 200)

	old := o.links(t, o.first).URL
	open("early, after a new link", early, 401)
	renewed := o.links(t, o.first).URL
	open("old, after a new link", old, 401)
	open("the new link", renewed, 200)
	open("of another invoice", foreign, 200)

	o.Do(t, "PATCH", "/api/collections/users/records/"+o.owner.Id, o.admin.Token, map[string]any{"name": "Lain", "link_generation": 7}).Want(200)
	open("after a change that ends no session", renewed, 200)
	owner := o.Reload(t, o.owner.Record)
	owner.RefreshTokenKey() // as signing out everywhere does
	if err := o.Save(owner); err != nil {
		t.Fatal(err)
	}
	open("after all sessions ended", renewed, 401)
	open("of another invoice, after all sessions ended", foreign, 401)
	owner = o.Reload(t, o.owner.Record)
	token, err := owner.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	o.owner.Token = token
	renewed = o.links(t, o.first).URL
	owner.SetPassword("kata-sandi-yang-lain")
	if err := o.Save(owner); err != nil {
		t.Fatal(err)
	}
	open("after another password", renewed, 401)

	if o.owner.Token, err = o.Reload(t, o.owner.Record).NewAuthToken(); err != nil {
		t.Fatal(err)
	}
	renewed = o.links(t, o.first).URL
	open("before it is cancelled", renewed, 200)
	invoice, err := collections.FindInvoice(o, o.first.Id)
	if err != nil {
		t.Fatal(err)
	}
	invoice.Cancel()
	if err := o.Save(invoice); err != nil {
		t.Fatal(err)
	}
	open("after it was cancelled", renewed, 401)
}

// A pay link with a minute left once handed out one for thirty days.
func TestChildLinksNeverOutliveTheirParent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	end := o.Now().Add(time.Minute)
	token := o.sign(t, jwt.SigningMethodHS256, []byte(linkKey), func(c *jwt.RegisteredClaims) {
		c.Audience, c.ExpiresAt = jwt.ClaimStrings{"pay"}, jwt.NewNumericDate(end)
	})
	req := o.Request(t, "GET", "/api/pay-link", "", nil)
	req.Header.Set("Link-Token", token)
	var found struct {
		Links struct {
			URL       string `json:"url"`
			PayURL    string `json:"pay_url"`
			ExpiresAt string `json:"expires_at"`
		} `json:"links"`
	}
	o.Send(t, req).Want(200).JSON(&found)
	if found.Links.ExpiresAt != collections.DateTime(end).String() {
		t.Errorf("the links end at %s, their parent at %s", found.Links.ExpiresAt, end)
	}
	path := strings.TrimPrefix(found.Links.URL, site)
	o.Do(t, "GET", path, "", nil).Want(200)
	o.SetNow(end)
	o.Do(t, "GET", path, "", nil).WantError(401)
	req = o.Request(t, "GET", "/api/pay-link", "", nil)
	req.Header.Set("Link-Token", found.Links.PayURL[strings.LastIndexByte(found.Links.PayURL, '/')+1:])
	o.Send(t, req).WantError(410)
}

func TestAReceiptNeedsAPaidInvoice(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	path := "/api/invoices/" + o.first.Id + "/receipt.pdf"
	for _, token := range []string{o.owner.Token, o.admin.Token, o.superuser} {
		o.Do(t, "GET", path, token, nil).WantError(409, "status")
	}
	link := o.sign(t, jwt.SigningMethodHS256, []byte(linkKey), func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"receipt"} })
	o.Do(t, "GET", path+"?token="+link, "", nil).WantError(409, "status")
	o.Do(t, "GET", path, "", nil).WantError(401)
	o.Do(t, "GET", path, o.other.Token, nil).WantError(404)
	o.pay(t, o.first)
	o.Do(t, "GET", path, o.owner.Token, nil).Want(200)
}

func TestTheSameDataGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	path := "/api/invoices/" + o.first.Id + "/pdf"
	first := o.Do(t, "GET", path, o.owner.Token, nil).Want(200).Body
	o.SetNow(o.Now().AddDate(0, 0, 7))
	if again := o.Do(t, "GET", path, o.admin.Token, nil).Want(200).Body; !bytes.Equal(first, again) {
		t.Error("the document changed by itself")
	}
	if english := o.Do(t, "GET", path+"?lang=en", o.owner.Token, nil).Want(200).Body; bytes.Equal(first, english) {
		t.Error("the English document is the Indonesian one")
	}
	for query, want := range map[string]bool{"": false, "?lang=id": true, "?lang=xx": false} {
		r := o.Request(t, "GET", path+query, o.owner.Token, nil)
		r.Header.Set("Accept-Language", "en-GB,en;q=0.9")
		rec := httptest.NewRecorder()
		o.Handler.ServeHTTP(rec, r)
		if indonesian := bytes.Equal(first, rec.Body.Bytes()); rec.Code != 200 || indonesian != want {
			t.Errorf("%q to a browser that prefers English: %d, Indonesian %t", query, rec.Code, indonesian)
		}
	}
}

// Whoever can read the log must not be able to open what it names.
func TestTokensStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.pay(t, o.first)
	a := o.links(t, o.first)
	_, token, _ := strings.Cut(a.URL, "?token=")
	o.Settings().Logs.MaxDays = 5
	o.Settings().Logs.MinLevel = -10
	for _, address := range []string{
		a.URL, a.URL + "&lang=en", a.ReceiptURL, // answered
		"/api/invoices/" + o.second.Id + "/pdf?token=" + token, // refused
		"/api/invoices/" + o.second.Id + "/pdf?token=" + token + "%zz;",
		"/api/invoices/" + o.second.Id + "/pdf?%74oken=" + token,
		"/api/invoices/" + o.second.Id + "/salah?token=" + token, // no such route
		"/i/" + token, "/i/" + token + "/bayar?x=1",
	} {
		o.Do(t, "GET", address, "", nil)
	}
	from := o.Request(t, "GET", "/api/invoices/"+o.first.Id+"/pdf", "", nil)
	from.Header.Set("Referer", site+"/i/"+token+"?a=1")
	o.Send(t, from)
	o.Logger().Error("failed at /api/invoices/ with "+token, "error", errors.New("open /i/"+token), "more", map[string]any{"list": []any{"?token=" + token}})
	o.Do(t, "GET", "/api/invoices/"+o.first.Id+"/pdf?lang=en", o.owner.Token, nil).Want(200)
	secrets := []string{token, url.QueryEscape(token), a.ReceiptURL[strings.LastIndexByte(a.ReceiptURL, '=')+1:]}
	for _, row := range o.logs(t, 12) {
		for _, secret := range secrets {
			if text := row.Message + " " + row.Data.String(); strings.Contains(text, secret) || strings.Contains(text, secret[:40]) {
				t.Errorf("the log shows a token: %s", text)
			}
		}
	}
}

// logs waits until the requests are in the log and returns its rows.
func (o *office) logs(t *testing.T, requests int) []*core.Log {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		rows := []*core.Log{}
		if err := o.LogQuery().AndWhere(dbx.Or(dbx.Like("message", "/api/invoices/"), dbx.Like("message", "/i/"))).All(&rows); err != nil {
			t.Fatal(err)
		}
		if len(rows) >= requests {
			return rows
		}
	}
	t.Fatal("the requests are not in the log")
	return nil
}

func TestAMisconfiguredPluginDoesNotStart(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	if documents.Register(app, documents.Config{}) == nil {
		t.Error("without links: started")
	}
}
