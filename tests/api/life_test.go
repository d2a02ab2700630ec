package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/mails"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// life is a client of the agency, from the first visit to the last mail, in one
// language. The program runs as it does in production, with the payment sandbox
// beside it; only the clocks are ours.
type life struct {
	*agency
	lang     string
	email    string
	token    string
	place    place // where the client sits
	admin    *plugintest.User
	site     string // the program's address
	provider *sandbox.Server
	clock    atomic.Pointer[time.Time] // the sandbox's, which runs before the program

	seen   map[string]bool       // files of mails and rows of the audit log that are in the reports
	labels map[string]string     // what the ids in the audit log stand for
	mails  strings.Builder       // every mail, step by step
	trail  strings.Builder       // every row of the audit log, step by step
	last   []*programtest.Letter // the mails of the last step
}

// place is where a request comes from.
type place struct{ ip, agent string }

var (
	home   = place{"203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	phone  = place{"198.51.100.23", "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"}
	abroad = place{"192.0.2.99", "curl/8.14.1"}
	office = place{"203.0.113.200", "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"}
)

func newLife(t *testing.T, lang string) *life {
	t.Helper()
	l := &life{agency: &agency{&programtest.Agency{}}, lang: lang, email: "sari@contoh.test", place: home, seen: map[string]bool{}, labels: map[string]string{}}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.Handler.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	l.at(10, 10)
	provider, err := sandbox.New(sandbox.Config{Now: func() time.Time { return *l.clock.Load() }})
	if err != nil {
		t.Fatal(err)
	}
	gateway := httptest.NewServer(provider)
	t.Cleanup(func() { gateway.Close(); provider.Close() })
	l.site, l.provider = site.URL, provider
	l.App = programtest.NewApp(t, plugins.Options{AppURL: l.site, MidtransServerKey: programtest.SandboxKey, MidtransBaseURL: gateway.URL})
	l.at(10, 10)
	l.admin = l.NewUser(t, collections.RoleAdmin)
	l.admin.Load(map[string]any{"locale": lang, "name": "Budi Admin"})
	agency, err := collections.FindAgency(l)
	if err != nil {
		t.Fatal(err)
	}
	agency.Load(map[string]any{"address": "Jl. Melati No. 5\nBandung 40115", "email": "halo@jasaweb.test", "phone": "0812-3456-7890"})
	for _, record := range []*core.Record{l.admin.Record, agency.Record} {
		if err := l.Save(record); err != nil {
			t.Fatal(err)
		}
	}
	l.Tier = l.NewTier(t, "dasar", 2_000_000, 50)
	l.Rest(t)
	l.readTrail(t) // the agency's own beginnings are no part of the life
	return l
}

// at sets the clocks to a day of January 2030 and an hour in WIB.
func (l *life) at(day, hour int) {
	now := time.Date(2030, 1, day, hour, 5, 0, 0, wib.Zone)
	l.clock.Store(&now)
	if l.App != nil {
		l.SetNow(now)
	}
}

// Do sends a request from where the client sits, or the admin.
func (l *life) Do(t *testing.T, method, path, token string, body any) *plugintest.Response {
	t.Helper()
	from := l.place
	if token == l.admin.Token {
		from = office
	}
	return l.doFrom(t, from, method, path, token, body)
}

func (l *life) doFrom(t *testing.T, from place, method, path, token string, body any) *plugintest.Response {
	t.Helper()
	req := l.Request(t, method, path, token, body)
	req.RemoteAddr = from.ip + ":40000"
	req.Header.Set("User-Agent", from.agent)
	return l.Send(t, req)
}

// step does something and reports the mails and the rows of the audit log that
// it brought.
func (l *life) step(t *testing.T, name string, do func()) {
	t.Helper()
	do()
	l.Rest(t)
	l.last = nil
	paths, err := filepath.Glob(filepath.Join(l.DataDir(), "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if l.seen[path] {
			continue
		}
		l.seen[path] = true
		m := programtest.ReadLetter(t, path)
		checkLetter(t, m, l.lang)
		l.last = append(l.last, m)
	}
	slices.SortFunc(l.last, func(a, b *programtest.Letter) int {
		return strings.Compare(printLetter(a, l.site), printLetter(b, l.site))
	})
	fmt.Fprintf(&l.mails, "################ %s: %d\n\n", name, len(l.last))
	for _, m := range l.last {
		l.mails.WriteString(printLetter(m, l.site))
	}
	rows := l.readTrail(t)
	fmt.Fprintf(&l.trail, "################ %s: %d\n\n%s", name, len(rows), strings.Join(append(rows, ""), "\n"))
}

// follow returns the token of the only link in the last step's mails whose text
// holds label.
func (l *life) follow(t *testing.T, label string) string {
	t.Helper()
	for _, m := range l.last {
		if _, after, found := strings.Cut(m.Text, "\n"+label+":\n"); found {
			address, _, _ := strings.Cut(after, "\n")
			if token := signedToken.FindString(address); token != "" {
				return token
			}
		}
	}
	t.Fatalf("no link %q in\n%s", label, l.mails.String())
	return ""
}

func (l *life) words(id, en string) string { return collections.Text{ID: id, EN: en}.In(l.lang) }

func (l *life) login(t *testing.T, password string) {
	t.Helper()
	var in struct{ Token string }
	l.Do(t, "POST", "/api/auth/login", "", body("email", l.email, "password", password)).Want(200).JSON(&in)
	l.token = in.Token
}

// asks does something after which PocketBase queues a mail: it does so when it
// has answered.
func (l *life) asks(t *testing.T, do func()) {
	t.Helper()
	asked := func() int64 {
		n, err := l.CountRecords(collections.Jobs, dbx.HashExp{"kind": "account.mail"})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := asked()
	do()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if asked() > before {
			return
		}
	}
	t.Fatal("PocketBase asked for no mail")
}

// TestGoldenLife lives a client's whole life in both languages, by the routes
// that clients and the agency use: it leaves the mails in testdata/mails.*.golden
// and the rows of the audit log in testdata/audit.golden, and no other. The rows
// are the same in both languages but for the words of notifications.
func TestGoldenLife(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, lang)
			l.open(t)
			l.order(t)
			l.build(t)
			l.read(t)
			l.trouble(t)
			l.guard(t)
			l.visit(t)
			l.agencyMails(t)
			l.mails.WriteString("################ the inbox before the end\n\n" + l.inbox(t))
			l.leave(t)
			plugintest.Golden(t, "testdata/mails."+lang+".golden", l.mails.String())
			plugintest.Golden(t, "testdata/audit.golden", l.trail.String())
		})
	}
}

// open opens the account and confirms its address.
func (l *life) open(t *testing.T) {
	l.step(t, "register", func() {
		var in struct{ Token string }
		l.Do(t, "POST", "/api/auth/register", "", body("name", "Sari Dewi", "email", l.email, "password", plugintest.Password, "locale", l.lang)).Want(201).JSON(&in)
		l.token = in.Token
	})
	verify := l.follow(t, l.words("Konfirmasi alamat e-mail", "Confirm the e-mail address"))
	l.step(t, "ask for another link to confirm the address", func() {
		l.asks(t, func() { l.Do(t, "POST", "/api/auth/verification", "", body("email", l.email)).Want(204) })
	})
	l.step(t, "confirm the address", func() {
		l.Do(t, "POST", "/api/auth/verification/confirm", "", body("token", verify)).Want(204)
	})
	l.step(t, "the telephone number", func() {
		l.Do(t, "PUT", "/api/account", l.token, body("phone", "0812-1111-2222")).Want(200)
	})
}

// order orders a website and lets the deposit fall due before paying it.
func (l *life) order(t *testing.T) {
	l.step(t, "order", func() {
		var out struct {
			Project  struct{ ID string }
			Invoices []struct{ ID string }
		}
		l.Do(t, "POST", "/api/projects", l.token, body("name", "SD Nusantara", "tier", "dasar")).Want(201).JSON(&out)
		l.load(t, out.Project.ID, out.Invoices[0].ID)
	})
	if _, err := l.DB().NewQuery("UPDATE {{invoices}} SET [[created]] = {:at}").Bind(dbx.Params{"at": collections.DateTime(l.Now()).String()}).Execute(); err != nil {
		t.Fatal(err) // autodates follow the system's clock
	}
	for _, day := range []int{11, 12, 13, 14, 15, 16, 17} {
		l.at(day, 8)
		l.step(t, fmt.Sprintf("%d January, the deposit is due on the 13th", day), func() { l.cron(t, "notifications.remind") })
	}
	var proof struct{ ID string }
	l.step(t, "the client sends a proof of transfer", func() {
		l.Do(t, "POST", "/api/invoices/"+l.Invoice.Id+"/transfer-proof", l.token, upload("bukti.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "amount", "1000000")).Want(201).JSON(&proof)
	})
	l.step(t, "the deposit is paid by transfer", func() {
		l.Do(t, "POST", "/api/admin/invoices/"+l.Invoice.Id+"/record-payment", l.admin.Token, body(
			"amount", l.Invoice.Amount(), "method", "transfer", "reference", "FT-1", "proof", proof.ID)).Want(200)
	})
}

func (l *life) load(t *testing.T, project, invoice string) {
	t.Helper()
	var err error
	if l.Project, err = collections.FindProject(l, project); err != nil {
		t.Fatal(err)
	}
	if l.Invoice, err = collections.FindInvoice(l, invoice); err != nil {
		t.Fatal(err)
	}
}

func (l *life) cron(t *testing.T, id string) {
	t.Helper()
	for _, job := range l.Cron().Jobs() {
		if job.Id() == id {
			job.Run()
			return
		}
	}
	t.Fatalf("no cron %s", id)
}

// build brings the project through a correction to its end.
func (l *life) build(t *testing.T) {
	path := "/api/admin/projects/" + l.Project.Id
	l.step(t, "ready for review", func() {
		l.Do(t, "PUT", path, l.admin.Token, body("status", "review", "url", "https://sd-nusantara.sch.id", "credentials",
			body("admin_url", "https://sd-nusantara.sch.id/admin", "username", "admin", "password", "rahasia"))).Want(200)
	})
	l.step(t, "changes are asked for", func() {
		l.Do(t, "POST", "/api/projects/"+l.Project.Id+"/revise", l.token, body("note", "Logo sekolah mohon diperbesar.\nTerima kasih.")).Want(200)
	})
	l.step(t, "ready again", func() { l.Do(t, "PUT", path, l.admin.Token, body("status", "review")).Want(200) })
	l.step(t, "the rest is paid by QRIS", func() { l.payByQRIS(t) })
	l.step(t, "approved", func() { l.Do(t, "POST", "/api/projects/"+l.Project.Id+"/approve", l.token, nil).Want(200) })
	l.step(t, "the login of the website, after a slip of the finger", func() {
		show := "/api/projects/" + l.Project.Id + "/credentials"
		l.Do(t, "POST", show, l.token, body("password", "salah-ketik")).WantError(400, "password")
		if r := l.Do(t, "POST", show, l.token, body("password", plugintest.Password)).Want(200); !strings.Contains(string(r.Body), `"rahasia"`) {
			t.Errorf("shown is %s", r.Body)
		}
	})
}

// read reads the finished project twice, as programs of the client and of the
// agency do: that the login was in the answer is written once for each.
func (l *life) read(t *testing.T) {
	program := place{home.ip, "curl/8.14.1"}
	l.step(t, "programs read the project, twice each", func() {
		for range 2 {
			for path, token := range map[string]string{"/api/projects/": l.token, "/api/admin/projects/": l.admin.Token} {
				if r := l.doFrom(t, program, "GET", path+l.Project.Id, token, nil).Want(200); !strings.Contains(string(r.Body), `"rahasia"`) {
					t.Errorf("%s: the login is missing: %s", path, r.Body)
				}
			}
		}
	})
}

// payByQRIS pays the second invoice with a wallet and waits for the notification.
func (l *life) payByQRIS(t *testing.T) {
	t.Helper()
	invoices, err := collections.FindInvoices(l, l.Project.Id)
	if err != nil {
		t.Fatal(err)
	}
	l.Invoice = invoices[1]
	var out struct {
		Payment struct {
			OrderID string `json:"order_id"`
		}
	}
	l.Do(t, "POST", "/api/invoices/"+l.Invoice.Id+"/pay", l.token, nil).Want(200).JSON(&out)
	if err := l.provider.Pay(out.Payment.OrderID); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if l.Reload(t, l.Invoice.Record).GetString("status") == collections.Paid {
			return
		}
	}
	t.Fatal("the payment was never heard of")
}

// trouble is what can go wrong with money and orders.
func (l *life) trouble(t *testing.T) {
	l.step(t, "a part is given back", func() {
		l.Do(t, "POST", "/api/admin/invoices/"+l.Invoice.Id+"/refund", l.admin.Token,
			body("amount", 250_000, "reason", "Potongan harga", "reference", "TRX-9")).Want(200)
	})
	var out struct {
		Project  struct{ ID string }
		Invoices []struct{ ID string }
	}
	l.step(t, "another order", func() {
		l.Do(t, "POST", "/api/projects", l.token, body("name", "Blog Sari", "tier", "dasar")).Want(201).JSON(&out)
	})
	l.step(t, "its rest is taken back", func() {
		l.Do(t, "POST", "/api/admin/invoices/"+out.Invoices[1].ID+"/cancel", l.admin.Token, body("reason", "Harga khusus, cukup uang muka.")).Want(200)
	})
	l.step(t, "the order is cancelled", func() { l.Do(t, "POST", "/api/projects/"+out.Project.ID+"/cancel", l.token, nil).Want(200) })
}

// The passwords after plugintest.Password, which the account is opened with.
const secondPassword, thirdPassword, fourthPassword = "kata-sandi-kedua-2", "kata-sandi-ketiga-3", "kata-sandi-keempat-4"

// guard is what concerns the keys of the account.
func (l *life) guard(t *testing.T) {
	l.step(t, "the password is forgotten", func() {
		l.Do(t, "POST", "/api/auth/login", "", body("email", l.email, "password", "salah-ingat")).WantError(400)
		l.asks(t, func() { l.Do(t, "POST", "/api/auth/password-reset", "", body("email", l.email)).Want(204) })
	})
	reset := l.follow(t, l.words("Buat kata sandi baru", "Choose a new password"))
	l.step(t, "a new password", func() {
		l.Do(t, "POST", "/api/auth/password-reset/confirm", "", body("token", reset, "password", secondPassword)).Want(204)
		l.Do(t, "GET", "/api/auth/me", l.token, nil).WantError(401)
		l.login(t, secondPassword)
	})
	l.step(t, "another address is wished for", func() {
		l.asks(t, func() { l.Do(t, "POST", "/api/account/email", l.token, body("email", "dewi@contoh.test")).Want(204) })
	})
	change := l.follow(t, l.words("Konfirmasi alamat e-mail", "Confirm the e-mail address"))
	l.step(t, "another address", func() {
		l.Do(t, "POST", "/api/auth/email-change/confirm", "", body("token", change, "password", secondPassword)).Want(204)
		l.email = "dewi@contoh.test"
		l.login(t, secondPassword)
	})
	l.step(t, "another password", func() {
		var in struct{ Token string }
		l.Do(t, "POST", "/api/account/password", l.token, body("old_password", secondPassword, "password", thirdPassword)).Want(200).JSON(&in)
		l.token = in.Token
	})
	user, err := l.FindAuthRecordByEmail(collections.Users, l.email)
	if err != nil {
		t.Fatal(err)
	}
	l.step(t, "PocketBase's sign-in alert", func() {
		if err := mails.SendRecordAuthAlert(l, user, "2030-01-17 - 203.0.113.7 Firefox"); err != nil {
			t.Fatal(err)
		}
	})
	l.step(t, "a one-time code", func() {
		if err := mails.SendRecordOTP(l, user, "kodeuji00000001", "48151623"); err != nil {
			t.Fatal(err)
		}
	})
}

// visit signs in from elsewhere, and throws out whoever else did.
func (l *life) visit(t *testing.T) {
	l.place = phone
	l.step(t, "a sign-in from a new place", func() { l.login(t, thirdPassword) })
	l.step(t, "signed out on the telephone", func() {
		l.Do(t, "POST", "/api/auth/logout", l.token, nil).Want(204)
	})
	l.place = abroad
	l.step(t, "somebody who knows the password", func() { l.login(t, thirdPassword) })
	stranger := l.token
	l.place = home
	l.step(t, "that was not me", func() {
		l.login(t, thirdPassword)
		var list struct{ Items []struct{ ID, IP string } }
		l.Do(t, "GET", "/api/account/sign-ins", l.token, nil).Want(200).JSON(&list)
		n := slices.IndexFunc(list.Items, func(s struct{ ID, IP string }) bool { return s.IP == abroad.ip })
		if n < 0 {
			t.Fatalf("no sign-in of the stranger in %v", list.Items)
		}
		l.asks(t, func() { l.Do(t, "POST", "/api/account/sign-ins/"+list.Items[n].ID+"/deny", l.token, nil).Want(204) })
		for _, token := range []string{stranger, l.token} {
			l.Do(t, "GET", "/api/auth/me", token, nil).WantError(401)
		}
	})
	reset := l.follow(t, l.words("Buat kata sandi baru", "Choose a new password"))
	l.step(t, "a password that nobody else knows", func() {
		l.Do(t, "POST", "/api/auth/password-reset/confirm", "", body("token", reset, "password", fourthPassword)).Want(204)
		l.login(t, fourthPassword)
	})
	l.step(t, "signed out everywhere", func() {
		l.Do(t, "POST", "/api/auth/logout", l.token, body("everywhere", true)).Want(204)
		l.Do(t, "GET", "/api/auth/me", l.token, nil).WantError(401)
		l.login(t, fourthPassword)
	})
}

// agencyMails are those to people whom the agency adds, and to itself.
func (l *life) agencyMails(t *testing.T) {
	var rina struct{ ID string }
	l.step(t, "an admin opens an account for somebody", func() {
		l.Do(t, "POST", "/api/admin/users", l.admin.Token, body("name", "Rina", "email", "rina@contoh.test", "password", "sementara-12345", "locale", l.lang)).Want(201).JSON(&rina)
	})
	for _, role := range []string{collections.RoleAdmin, collections.RoleClient} {
		l.step(t, "who becomes "+role, func() {
			l.Do(t, "PUT", "/api/admin/users/"+rina.ID, l.admin.Token, body("role", role)).Want(200)
		})
	}
	l.step(t, "the admin signs in, to the site and to the dashboard", func() {
		l.doFrom(t, office, "POST", "/api/auth/login", "", body("email", l.admin.Email(), "password", plugintest.Password)).Want(200)
		l.doFrom(t, office, "POST", "/api/collections/_superusers/auth-with-password", "",
			body("identity", l.admin.Email(), "password", plugintest.Password)).Want(200)
	})
	l.step(t, "a visitor writes", func() {
		l.Do(t, "POST", "/api/contact", "", body("name", "Joko", "email", "joko@contoh.test", "message", "Apakah bisa pindah dari web lama?")).Want(201)
	})
}

// leave takes everything along and closes the account.
func (l *life) leave(t *testing.T) {
	l.step(t, "fewer mails", func() {
		l.Do(t, "PUT", "/api/notifications/preferences", l.token, body("mail_off", []string{collections.NoticeReminder})).Want(200)
	})
	l.step(t, "export", func() { l.Do(t, "GET", "/api/account/export", l.token, nil).Want(200) })
	l.step(t, "close the account", func() {
		l.Do(t, "POST", "/api/account/close", l.token, body("password", fourthPassword)).Want(204)
		l.Do(t, "GET", "/api/auth/me", l.token, nil).WantError(401)
	})
	l.step(t, "knock at the closed door", func() {
		l.Do(t, "POST", "/api/auth/login", "", body("email", l.email, "password", fourthPassword)).WantError(400)
	})
}

// inbox lists what the client and the admin were told, in no order.
func (l *life) inbox(t *testing.T) string {
	t.Helper()
	rows, err := l.FindAllRecords(collections.Notifications)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, row := range rows {
		user, err := collections.FindUser(l, row.GetString("user"))
		if err != nil {
			t.Fatal(err)
		}
		path := notifications.Link(collections.AsNotification(row), user.IsAdmin())
		path = recordID.ReplaceAllString(path, "<ID>")
		lines = append(lines, fmt.Sprintf("%s | %s | %s | %s | %s\n", user.Name(), row.GetString("type"), row.GetString("priority"), row.GetString("title"), path))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
