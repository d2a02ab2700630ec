package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func TestMailServerGetsTheMail(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, nil)
	server.Use(app)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("name", attack)
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	id := notify(t, app, user, collections.Text{ID: attack + strings.Repeat(" panjang", 20)})
	mustSend(t, app, id)
	mails := server.Received()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m := parse(t, mails[0])
	if m.to(t).Address != user.Email() || m.Get("Bcc") != "" || m.Get("X-A") != "" || m.Get("Message-ID") != "<"+id+"@jasaweb.test>" {
		t.Errorf("headers = %v", m.Header)
	}
	if list := kept(t, app); len(list) != 0 {
		t.Errorf("%d mails were kept as well", len(list))
	}
}

// What the example data's people get is for developers to read, not for servers.
func TestExampleUsersAreNotMailed(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, nil)
	server.Use(app)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("demo", true)
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: "Siap"}))
	if n := len(server.Received()); n != 0 || len(kept(t, app)) != 1 {
		t.Errorf("%d sent, %d kept", n, len(kept(t, app)))
	}
}

// A server may refuse or hang up at any word: as long as it has not taken the
// mail that is an error, and what it says about people stays out of the error.
func TestFailedMailIsAnErrorForTheQueue(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string]string{
		"busy":                  {"220": "421 sibuk"},
		"no greeting":           {"220": ""},
		"sender refused":        {"MAIL": "550 tidak"},
		"recipient greylisted":  {"RCPT": "451 <korban@contoh.test> coba lagi"},
		"recipient refused":     {"RCPT": "550 5.1.1 <korban@contoh.test>: tidak dikenal"},
		"hangs up at recipient": {"RCPT": ""},
		"full":                  {".": "452 penuh"},
		"spam":                  {".": "554 ditolak"},
		"hangs up after data":   {".": ""},
		"hangs up within data":  {"cut": "Content-Type: text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := newApp(t)
			now := app.Now()
			app.SetNow(now)
			server := plugintest.NewMailServer(t, answers)
			server.Use(app)
			id := notify(t, app, app.NewUser(t, collections.RoleClient), collections.Text{ID: "Siap"})
			err := send(t, app, id)
			if err == nil || strings.Contains(err.Error(), "@") {
				t.Fatalf("error = %v", err)
			}
			server.Behave(nil)
			app.SetNow(now.Add(time.Hour))
			mustSend(t, app, id)
			if n := len(server.Received()); n != 1 {
				t.Errorf("%d mails arrived, want 1", n)
			}
		})
	}
}

// A server that took the mail has it, whatever happens afterwards: trying again
// would send it twice.
func TestAReceiptIsAReceipt(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string]string{
		"no reset": {"RSET": "500 apa?"}, "hangs up at reset": {"RSET": ""}, "hangs up at goodbye": {"QUIT": ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := newApp(t)
			server := plugintest.NewMailServer(t, answers)
			server.Use(app)
			mustSend(t, app, notify(t, app, app.NewUser(t, collections.RoleClient), collections.Text{ID: "Siap"}))
			if n := len(server.Received()); n != 1 {
				t.Errorf("%d mails arrived, want 1", n)
			}
		})
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := plugintest.NewMailServer(t, nil)
	server.Delay = 150 * time.Millisecond
	server.Use(app)
	mustSend(t, app, notify(t, app, app.NewUser(t, collections.RoleClient), collections.Text{ID: "Siap"}))
	if n := len(server.Received()); n != 1 {
		t.Errorf("%d mails arrived, want 1", n)
	}
}

// While the server is down the other mails do not wait for it, and what waits
// goes out as soon as it is back.
func TestAServerThatIsDownHoldsNobody(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	app.SetNow(now)
	server := plugintest.NewMailServer(t, map[string]string{"220": ""})
	server.Use(app)
	user := app.NewUser(t, collections.RoleClient)
	first, second := notify(t, app, user, collections.Text{ID: "Satu"}), notify(t, app, user, collections.Text{ID: "Dua"})
	if err := send(t, app, first); err == nil || strings.Contains(err.Error(), "a moment ago") {
		t.Fatalf("the first: %v", err)
	}
	server.Behave(nil)
	if err := send(t, app, second); err == nil || !strings.Contains(err.Error(), "a moment ago") {
		t.Fatalf("the second, at once: %v", err)
	}
	waiting := waitingJobs(t, app, now.Add(3*time.Hour))
	app.SetNow(now.Add(31 * time.Second))
	mustSend(t, app, second)
	if n := len(server.Received()); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
	for _, job := range waiting {
		if at := app.Reload(t, job).GetDateTime("run_at").Time(); !at.Equal(now.Add(31 * time.Second)) {
			t.Errorf("a waiting mail is due at %s", at)
		}
	}
}

// waitingJobs puts the mail jobs off until at, as after a failure.
func waitingJobs(t *testing.T, app *plugintest.App, at time.Time) []*core.Record {
	t.Helper()
	jobs, err := app.FindAllRecords(collections.Jobs)
	if err != nil || len(jobs) == 0 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	for _, job := range jobs {
		job.Set("run_at", collections.DateTime(at))
		job.Set("attempt", 5)
		if err := app.Save(job); err != nil {
			t.Fatal(err)
		}
	}
	return jobs
}
