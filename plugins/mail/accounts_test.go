package mail_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/mails"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// accountJobs are PocketBase's mails in the queue.
func accountJobs(t *testing.T, app core.App) []*core.Record {
	t.Helper()
	jobs, err := app.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": "account.mail"})
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// run does a job as the worker does.
func run(t *testing.T, app core.App, job *core.Record) error {
	t.Helper()
	handler := collections.FindJobHandler(app, job.GetString("kind"))
	return handler(t.Context(), app, json.RawMessage(job.GetString("args")))
}

// PocketBase sends its mails once, from a goroutine: a mail server that is down
// would lose them. Ours wait in the queue, without the secret of their link.
func TestPocketBasesMailsAreJobsWithoutSecrets(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, map[string]string{".": "452 penuh"})
	server.Use(app)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("verified", false)
	user.Set("locale", "en")
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	for name, send := range map[string]func() error{
		"Confirm your e-mail address":     func() error { return mails.SendRecordVerification(app, user.Record) },
		"Reset your password":             func() error { return mails.SendRecordPasswordReset(app, user.Record) },
		"Confirm your new e-mail address": func() error { return mails.SendRecordChangeEmail(app, user.Record, "baru@contoh.test") },
		"Somebody signed in to your account from a new place": func() error {
			return mails.SendRecordAuthAlert(app, user.Record, "10.0.0.1 <Firefox> & Co")
		},
	} {
		known := len(accountJobs(t, app))
		if err := send(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		jobs := accountJobs(t, app)
		if len(jobs) != known+1 || len(server.Received()) != known {
			t.Fatalf("%s: %d jobs, %d mails", name, len(jobs), len(server.Received()))
		}
		job := jobs[known]
		if strings.Contains(job.GetString("args"), "eyJ") {
			t.Errorf("%s: the queue holds a token: %s", name, job.GetString("args"))
		}
		if err := run(t, app, job); err == nil {
			t.Errorf("%s: refused, and no error", name)
		}
		server.Behave(nil)
		if err := run(t, app, job); err != nil {
			t.Fatal(err)
		}
		m := parse(t, server.Received()[known])
		if m.subject(t) != name || m.to(t).Name != user.Name() {
			t.Errorf("%s: %s to %s", name, m.subject(t), m.to(t))
		}
		server.Behave(map[string]string{".": "452 penuh"})
	}
	last := parse(t, server.Received()[3]) // whatever came last
	if strings.Contains(last.html, "<Firefox>") || strings.Contains(last.text, "&lt;") {
		t.Errorf("escaping: %s", last.text)
	}
}

// A code is good for minutes, and whoever asks for it waits: it goes out at once,
// and no queue keeps it.
func TestACodeIsSentAtOnce(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, nil)
	server.Use(app)
	if err := mails.SendRecordOTP(app, app.NewUser(t, collections.RoleClient).Record, "kodeuji00000001", "48151623"); err != nil {
		t.Fatal(err)
	}
	if n := len(accountJobs(t, app)); n != 0 || len(server.Received()) != 1 {
		t.Fatalf("%d jobs, %d mails", n, len(server.Received()))
	}
	m := parse(t, server.Received()[0])
	if !strings.Contains(m.text, "48151623") || !strings.Contains(m.html, "48151623") || strings.Contains(m.Get("Subject"), "48151623") {
		t.Errorf("%s\n%s", m.Get("Subject"), m.text)
	}
}

// The dashboard's button "Send test email" answers with what the server said.
func TestTheTestMailTellsWhatHappened(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, map[string]string{"RCPT": "550 tidak"})
	server.Use(app)
	superuser := app.Superuser(t)
	for _, template := range []string{"verification", "password-reset", "email-change", "otp", "login-alert"} {
		ask := map[string]any{"email": "uji@contoh.test", "template": template}
		server.Behave(map[string]string{"RCPT": "550 tidak"})
		app.Do(t, "POST", "/api/settings/test/email", superuser, ask).WantError(400)
		server.Behave(nil)
		before := len(server.Received())
		app.Do(t, "POST", "/api/settings/test/email", superuser, ask).Want(204)
		if got := server.Received(); len(got) != before+1 || parse(t, got[before]).to(t).Address != "uji@contoh.test" {
			t.Errorf("%s: %d mails", template, len(got)-before)
		}
	}
}

// A superuser's reset leads to the dashboard, in the language of the admin.
func TestASuperusersMail(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	admin.Set("locale", "en")
	if err := app.Save(admin); err != nil {
		t.Fatal(err)
	}
	mirror, err := app.FindFirstRecordByData(core.CollectionNameSuperusers, "account", admin.Id)
	if err != nil {
		t.Fatal(err)
	}
	if err := mails.SendRecordPasswordReset(app, mirror); err != nil {
		t.Fatal(err)
	}
	if err := run(t, app, accountJobs(t, app)[0]); err != nil {
		t.Fatal(err)
	}
	m := kept(t, app)[0]
	if m.subject(t) != "Reset your password" || !strings.Contains(m.text, site+"/_/#/auth/confirm-password-reset/") {
		t.Errorf("%s\n%s", m.subject(t), m.text)
	}
}

func TestWhoGetsNoMail(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("mail_off", []string{collections.NoticeProject})
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: "Tidak mau"}))
	if n := len(kept(t, app)); n != 0 {
		t.Fatalf("%d mails that nobody wants", n)
	}
	// What is not optional can not be switched off, whatever the column holds.
	if _, err := app.DB().NewQuery("UPDATE {{users}} SET [[mail_off]] = '[\"payment\"]'").Execute(); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: "Proyek"}))
	if list := kept(t, app); len(list) != 1 || list[0].Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" ||
		!strings.HasPrefix(list[0].Get("List-Unsubscribe"), "<"+site+"/api/notifications/unsubscribe?token=") {
		t.Errorf("%d mails", len(list))
	}
	// A closed account has no address.
	closed := app.NewUser(t, collections.RoleClient)
	closed.SetEmail("dihapus-1@akun.invalid")
	if err := app.Save(closed); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, closed, collections.Text{ID: "Sudah tutup"}))
	if n := len(kept(t, app)); n != 1 {
		t.Errorf("%d mails", n)
	}
	if n, err := app.CountRecords(collections.Notifications, dbx.HashExp{"user": closed.Id, "type": collections.NoticeAccount}); n != 0 || err != nil {
		t.Errorf("closing was announced %d times, %v", n, err)
	}
}

func TestFarewell(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	address := user.Email()
	if err := collections.Farewell(app, user.User); err != nil {
		t.Fatal(err)
	}
	if err := app.Delete(user.Record); err != nil {
		t.Fatal(err)
	}
	job, err := app.FindFirstRecordByData(collections.Jobs, "kind", collections.JobFarewellMail)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t, app, job); err != nil {
		t.Fatal(err)
	}
	m := kept(t, app)[0]
	if m.to(t).Address != address || m.subject(t) != "Akun Anda sudah ditutup" || !strings.Contains(m.text, "pernah memiliki akun") {
		t.Errorf("to %s\n%s", m.to(t), m.text)
	}
}

// Kept mails do not fill the disk.
func TestOldFilesGo(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	dir := filepath.Join(app.DataDir(), "mail")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name string, age time.Duration) {
		path := filepath.Join(dir, name)
		at := app.Now().Add(-age)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 1005 {
		write(fmt.Sprintf("baru%04d.eml", n), time.Duration(n)*time.Minute)
	}
	write("lama.eml", 31*24*time.Hour)
	write("catatan.txt", 99*24*time.Hour) // not ours
	for _, job := range app.Cron().Jobs() {
		if job.Id() == "mail.purge" {
			job.Run()
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1001 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, gone := range []string{"lama.eml", "baru1000.eml"} {
		if _, err := os.Stat(filepath.Join(dir, gone)); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
}
