package main

import (
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/mails"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/plugintest"
)

// life is a client of the agency, from the first visit to the last mail, in one
// language. The program runs as it does in production; only the clock is ours.
type life struct {
	*agency
	lang   string
	email  string
	token  string
	admin  *plugintest.User
	seen   map[string]bool // files of mails that are in the report
	report strings.Builder // every mail, step by step
	last   []*letter       // the mails of the last step
}

// letter is a mail as its reader sees it.
type letter struct {
	header  mail.Header
	subject string
	text    string
	html    string
}

const lifeSite = "https://jasaweb.test"

func newLife(t *testing.T, lang string) *life {
	t.Helper()
	l := &life{
		agency: &agency{App: newApp(t, &options{appURL: lifeSite})},
		lang:   lang, email: "sari@contoh.test", seen: map[string]bool{},
	}
	l.at(10, 10)
	l.admin = l.NewUser(t, collections.RoleAdmin)
	l.admin.Set("locale", lang)
	l.admin.Set("name", "Budi Admin")
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
	l.tier = l.NewTier(t, "dasar", 2_000_000, 50)
	return l
}

// at sets the clock to a day of January 2030 and an hour in WIB.
func (l *life) at(day, hour int) { l.SetNow(time.Date(2030, 1, day, hour, 5, 0, 0, wib.Zone)) }

// step does something and reports the mails that it brought.
func (l *life) step(t *testing.T, name string, do func()) {
	t.Helper()
	do()
	l.rest(t)
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
		m := readLetter(t, path)
		m.check(t, l.lang)
		l.last = append(l.last, m)
	}
	slices.SortFunc(l.last, func(a, b *letter) int { return strings.Compare(l.print(a), l.print(b)) })
	fmt.Fprintf(&l.report, "################ %s: %d\n\n", name, len(l.last))
	for _, m := range l.last {
		l.report.WriteString(l.print(m))
	}
}

var (
	signedToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	recordID    = regexp.MustCompile(`\b[a-z0-9]{15}\b`)
	randomEmail = regexp.MustCompile(`(admin|client)-<ID>@`)
)

// print is the mail without what differs from run to run.
func (l *life) print(m *letter) string {
	s := fmt.Sprintf("From: %s\nTo: %s\nReply-To: %s\nList-Unsubscribe: %t\nSubject: %s\n\n%s\n",
		m.address("From"), m.address("To"), m.header.Get("Reply-To"), m.header.Get("List-Unsubscribe") != "", m.subject, m.text)
	s = signedToken.ReplaceAllString(s, "<TOKEN>")
	s = recordID.ReplaceAllString(s, "<ID>")
	return randomEmail.ReplaceAllString(s, "$1@")
}

func (m *letter) address(field string) string {
	list, err := m.header.AddressList(field)
	if err != nil || len(list) != 1 {
		return fmt.Sprintf("%q: %v", m.header.Get(field), err)
	}
	return list[0].Name + " <" + list[0].Address + ">"
}

// readLetter reads a mail of two parts, the plain text first.
func readLetter(t *testing.T, path string) *letter {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := mail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	m := &letter{header: raw.Header}
	if m.subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(raw.Body, params["boundary"])
	for _, into := range []*string{&m.text, &m.html} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	return m
}

var (
	tags        = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
	webAddress  = regexp.MustCompile(`https?://\S+`)
	englishWord = regexp.MustCompile(`(?i)\b(the|your|you|please|invoice|paid|pay|password|reset|due|project|order|click|account|hello|receipt|refund)\b`)
	loud        = regexp.MustCompile(`!|\b[A-Z]{5,}\b`)
)

// check compares the two forms and looks for what no mail of ours holds.
func (m *letter) check(t *testing.T, lang string) {
	t.Helper()
	whole := html.UnescapeString(m.html)
	shown := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(m.html, " "))), " ")
	for line := range strings.SplitSeq(m.text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if address := webAddress.FindString(line); address != "" && strings.Contains(m.html, "href=") {
			if !strings.Contains(whole, address) {
				t.Errorf("%s: the HTML has no %s", m.subject, address)
			}
			line, _, _ = strings.Cut(line, ": http")
			line, _, _ = strings.Cut(line, "http")
		}
		label, value, _ := strings.Cut(line, ": ")
		for _, part := range []string{label, value} {
			if part = strings.TrimSuffix(part, ":"); part != "--" && !strings.Contains(shown, part) {
				t.Errorf("%s: the HTML does not say %q", m.subject, part)
			}
		}
	}
	for _, bad := range []string{"<img", "<script", " src=", "url(", "<no value>", "ZgotmplZ", "{{"} {
		if strings.Contains(m.html, bad) {
			t.Errorf("%s: the HTML holds %s", m.subject, bad)
		}
	}
	plain := webAddress.ReplaceAllString(m.subject+"\n"+m.text, "")
	if word := englishWord.FindString(plain); lang == "id" && word != "" {
		t.Errorf("%s: English in an Indonesian mail: %q", m.subject, word)
	}
	if shout := loud.FindString(plain); shout != "" && shout != "QRIS" {
		t.Errorf("%s: shouts %q", m.subject, shout)
	}
}

// follow returns the token of the only link in the last step's mails whose text
// holds label.
func (l *life) follow(t *testing.T, label string) string {
	t.Helper()
	for _, m := range l.last {
		if _, after, found := strings.Cut(m.text, "\n"+label+":\n"); found {
			address, _, _ := strings.Cut(after, "\n")
			if token := signedToken.FindString(address); token != "" {
				return token
			}
		}
	}
	t.Fatalf("no link %q in\n%s", label, l.report.String())
	return ""
}

func (l *life) words(id, en string) string { return collections.Text{ID: id, EN: en}.In(l.lang) }

func (l *life) login(t *testing.T, password string) {
	t.Helper()
	var in struct{ Token string }
	l.Do(t, "POST", "/api/auth/login", "", body("email", l.email, "password", password)).Want(200).JSON(&in)
	l.token = in.Token
}

// TestGoldenMails lives a client's whole life in both languages: it leaves the
// mails in testdata/mails.*.golden, and no other.
func TestGoldenMails(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, lang)
			l.open(t)
			l.order(t)
			l.build(t)
			l.trouble(t)
			l.guard(t)
			l.agencyMails(t)
			l.step(t, "close the account", func() {
				user, err := l.FindAuthRecordByEmail(collections.Users, l.email)
				if err != nil {
					t.Fatal(err)
				}
				if err := collections.Farewell(l, collections.AsUser(user)); err != nil {
					t.Fatal(err)
				}
			})
			l.report.WriteString("################ the inbox at the end\n\n" + l.inbox(t))
			golden(t, "mails."+lang+".golden", l.report.String())
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
		l.Do(t, "POST", "/api/collections/users/request-verification", "", body("email", l.email)).Want(204)
		l.settle(t, 1)
	})
	l.step(t, "confirm the address", func() {
		l.Do(t, "POST", "/api/collections/users/confirm-verification", "", body("token", verify)).Want(204)
	})
}

// settle waits for the n-th mail of PocketBase's, which it asks for after it has
// answered.
func (l *life) settle(t *testing.T, n int64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		asked, err := l.CountRecords(collections.Jobs, dbx.HashExp{"kind": "account.mail"})
		if err != nil {
			t.Fatal(err)
		}
		if asked >= n {
			return
		}
	}
	t.Fatalf("PocketBase asked for fewer than %d mails", n)
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
	l.step(t, "the client sends a proof of transfer", func() {
		l.Do(t, "POST", "/api/invoices/"+l.invoice.Id+"/transfer-proof", l.token, upload("bukti.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "amount", "1000000")).Want(201)
	})
	l.step(t, "the deposit is paid", func() { l.transfer(t, "FT-1") })
}

func (l *life) load(t *testing.T, project, invoice string) {
	t.Helper()
	var err error
	if l.project, err = collections.FindProject(l, project); err != nil {
		t.Fatal(err)
	}
	if l.invoice, err = collections.FindInvoice(l, invoice); err != nil {
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

// transfer records that the open invoice came by bank transfer.
func (l *life) transfer(t *testing.T, reference string) {
	t.Helper()
	l.Do(t, "POST", "/api/admin/invoices/"+l.invoice.Id+"/record-payment", l.admin.Token, body(
		"amount", l.invoice.Amount(), "method", "transfer", "reference", reference)).Want(200)
}

// build brings the project through a correction to its end.
func (l *life) build(t *testing.T) {
	path := "/api/admin/projects/" + l.project.Id
	l.step(t, "ready for review", func() {
		l.Do(t, "PUT", path, l.admin.Token, body("status", "review", "url", "https://sd-nusantara.sch.id", "credentials",
			body("admin_url", "https://sd-nusantara.sch.id/admin", "username", "admin", "password", "rahasia"))).Want(200)
	})
	l.step(t, "changes are asked for", func() {
		l.Do(t, "POST", "/api/projects/"+l.project.Id+"/revise", l.token, body("note", "Logo sekolah mohon diperbesar.\nTerima kasih.")).Want(200)
	})
	l.step(t, "ready again", func() { l.Do(t, "PUT", path, l.admin.Token, body("status", "review")).Want(200) })
	l.step(t, "the rest is paid", func() {
		invoices, err := collections.FindInvoices(l, l.project.Id)
		if err != nil {
			t.Fatal(err)
		}
		l.invoice = invoices[1]
		l.transfer(t, "FT-2")
	})
	l.step(t, "approved", func() { l.Do(t, "POST", "/api/projects/"+l.project.Id+"/approve", l.token, nil).Want(200) })
}

// trouble is what can go wrong with money and orders.
func (l *life) trouble(t *testing.T) {
	l.step(t, "a part is given back", func() {
		l.Do(t, "POST", "/api/admin/invoices/"+l.invoice.Id+"/refund", l.admin.Token,
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

// guard is what concerns the safety of the account.
func (l *life) guard(t *testing.T) {
	const second, third = "kata-sandi-kedua-2", "kata-sandi-ketiga-3"
	l.step(t, "the password is forgotten", func() {
		l.Do(t, "POST", "/api/collections/users/request-password-reset", "", body("email", l.email)).Want(204)
		l.settle(t, 2)
	})
	reset := l.follow(t, l.words("Buat kata sandi baru", "Choose a new password"))
	l.step(t, "a new password", func() {
		l.Do(t, "POST", "/api/collections/users/confirm-password-reset", "", body("token", reset, "password", second, "passwordConfirm", second)).Want(204)
	})
	l.login(t, second)
	l.step(t, "another address is wished for", func() {
		l.Do(t, "POST", "/api/collections/users/request-email-change", l.token, body("newEmail", "dewi@contoh.test")).Want(204)
		l.settle(t, 3)
	})
	change := l.follow(t, l.words("Konfirmasi alamat e-mail", "Confirm the e-mail address"))
	l.step(t, "another address", func() {
		l.Do(t, "POST", "/api/collections/users/confirm-email-change", "", body("token", change, "password", second)).Want(204)
	})
	l.email = "dewi@contoh.test"
	l.login(t, second)
	user, err := l.FindAuthRecordByEmail(collections.Users, l.email)
	if err != nil {
		t.Fatal(err)
	}
	l.step(t, "another password", func() {
		l.Do(t, "PATCH", "/api/collections/users/records/"+user.Id, l.token,
			body("oldPassword", second, "password", third, "passwordConfirm", third)).Want(200)
	})
	l.login(t, third)
	l.step(t, "a sign-in from a new place", func() {
		n := collections.NewSignInNotice(l.Now(), "203.0.113.7", "Firefox di Android")
		if err := collections.Notify(l, collections.AsUser(user), n); err != nil {
			t.Fatal(err)
		}
	})
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

// agencyMails are those to people whom the agency adds, and to itself.
func (l *life) agencyMails(t *testing.T) {
	l.step(t, "an admin opens an account for somebody", func() {
		l.Do(t, "POST", "/api/admin/users", l.admin.Token, body("name", "Rina", "email", "rina@contoh.test", "password", "sementara-12345", "locale", l.lang)).Want(201)
	})
	l.step(t, "a visitor writes", func() {
		l.Do(t, "POST", "/api/contact", "", body("name", "Joko", "email", "joko@contoh.test", "message", "Apakah bisa pindah dari web lama?")).Want(201)
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
		path := collections.AsNotification(row).Path()
		if user.IsAdmin() {
			path = collections.AsNotification(row).AdminPath()
		}
		path = recordID.ReplaceAllString(path, "<ID>")
		lines = append(lines, fmt.Sprintf("%s | %s | %s | %s | %s\n", user.Name(), row.GetString("type"), row.GetString("priority"), row.GetString("title"), path))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
