package mail_test

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	jasamail "jasaweb/plugins/mail"
	"jasaweb/plugins/plugintest"
)

const site = "https://jasaweb.test"

func newSigner() *links.Signer {
	return links.NewSigner(func() (string, error) { return "kunci-tautan-untuk-uji-yang-panjang", nil })
}

func newApp(t *testing.T, register ...func(*plugintest.App)) *plugintest.App {
	t.Helper()
	return plugintest.New(t, append(register, func(app *plugintest.App) {
		jasamail.MustRegister(app, jasamail.Config{Links: newSigner(), AppURL: site})
	})...)
}

// notify tells user title and returns the notification's id.
func notify(t *testing.T, app core.App, user *plugintest.User, title collections.Text) string {
	t.Helper()
	if err := collections.Notify(app, user.User, collections.Notice{
		Type: collections.NoticeProject, Title: title, Priority: collections.PriorityLow,
		Message: collections.Text{ID: "Isi pesan", EN: "The message"},
	}); err != nil {
		t.Fatal(err)
	}
	rows, err := app.FindAllRecords(collections.Notifications, dbx.HashExp{"user": user.Id, "title": title.In(user.Locale())})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d notifications, %v", len(rows), err)
	}
	return rows[0].Id
}

// send runs the job of one notification as the worker does.
func send(t *testing.T, app core.App, notification string) error {
	t.Helper()
	raw, err := json.Marshal(collections.NotificationMail{Notification: notification})
	if err != nil {
		t.Fatal(err)
	}
	return collections.FindJobHandler(app, collections.JobNotificationMail)(t.Context(), app, raw)
}

func mustSend(t *testing.T, app core.App, notification string) {
	t.Helper()
	if err := send(t, app, notification); err != nil {
		t.Fatal(err)
	}
}

// received is a mail as its reader sees it.
type received struct {
	mail.Header
	text, html string
}

// parse reads a mail of two parts, the plain text first.
func parse(t *testing.T, raw string) *received {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("no mail: %v\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	r := &received{Header: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct {
		kind string
		into *string
	}{{"text/plain", &r.text}, {"text/html", &r.html}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != want.kind || !strings.EqualFold(params["charset"], "utf-8") || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatalf("part %v, %v", part.Header, err)
		}
		content, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*want.into = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("a third part: %v", err)
	}
	return r
}

func (r *received) subject(t *testing.T) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(r.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *received) to(t *testing.T) *mail.Address {
	t.Helper()
	list, err := r.AddressList("To")
	if err != nil || len(list) != 1 {
		t.Fatalf("To %q: %v", r.Get("To"), err)
	}
	return list[0]
}

// kept are the mails in the data directory.
func kept(t *testing.T, app core.App) []*received {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(app.DataDir(), "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	list := []*received{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, parse(t, string(raw)))
	}
	return list
}

func TestPW62_MailIsKeptInTheUsersLanguageOnce(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	title := collections.Text{ID: "Proyek siap", EN: "Project ready"}
	for locale, want := range map[string][2]string{"id": {"Proyek siap", "Isi pesan"}, "en": {"Project ready", "The message"}} {
		user := app.NewUser(t, collections.RoleClient)
		user.Set("locale", locale)
		if err := app.Save(user); err != nil {
			t.Fatal(err)
		}
		id := notify(t, app, user, title)
		for range 3 { // a job runs again after a crash
			mustSend(t, app, id)
		}
		found := 0
		for _, m := range kept(t, app) {
			if m.to(t).Address != user.Email() {
				continue
			}
			found++
			if m.subject(t) != want[0] || !strings.Contains(m.text, want[1]) || !strings.Contains(m.html, want[1]) || m.to(t).Name != user.Name() {
				t.Errorf("%s: subject %q to %s", locale, m.subject(t), m.to(t))
			}
			if !strings.Contains(m.html, `<html lang="`+locale+`">`) || m.Get("Message-ID") != "<"+id+"@jasaweb.test>" {
				t.Errorf("%s: %s", locale, m.Get("Message-ID"))
			}
		}
		if found != 1 {
			t.Errorf("%s: %d mails, want 1", locale, found)
		}
	}
}

func TestDeletedNotificationNeedsNoMail(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	id := notify(t, app, user, collections.Text{ID: "Lama"})
	row, err := app.FindRecordById(collections.Notifications, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Delete(row); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, id)
	if list := kept(t, app); len(list) != 0 {
		t.Errorf("%d mails", len(list))
	}
	for _, kind := range []string{collections.JobNotificationMail, collections.JobFarewellMail, "account.mail"} {
		if err := collections.FindJobHandler(app, kind)(t.Context(), app, json.RawMessage(`{`)); err == nil {
			t.Errorf("%s: broken arguments passed as done", kind)
		}
	}
}

const attack = "Web\r\nBcc: korban@contoh.test\r\n\r\nisi palsu\rX-A: b\u2028<script>alert(1)</script>"

// Whatever people call themselves and their projects is text: no header, and no
// markup.
func TestANameMakesNoHeaderAndNoMarkup(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("name", attack)
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: "“" + attack + "” selesai"}))
	m := kept(t, app)[0]
	allowed := "Auto-Submitted Content-Type Date From List-Unsubscribe List-Unsubscribe-Post Message-Id Mime-Version Subject To"
	for name, values := range m.Header {
		if !strings.Contains(allowed, name) || len(values) != 1 {
			t.Errorf("header %s: %q", name, values)
		}
	}
	const oneLine = "Web Bcc: korban@contoh.test isi palsu X-A: b <script>alert(1)</script>"
	if m.subject(t) != "“"+oneLine+"” selesai" || m.to(t).Name != oneLine {
		t.Errorf("subject %q to %q", m.subject(t), m.to(t).Name)
	}
	if strings.Contains(m.html, "<script") || !strings.Contains(m.html, "&lt;script&gt;alert(1)") || !strings.Contains(m.text, "Halo "+oneLine+",") {
		t.Errorf("text %s\nhtml %s", m.text, m.html)
	}
}
