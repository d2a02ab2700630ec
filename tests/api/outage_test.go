package api

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// A mail server has a bad day: it is gone, stalls, refuses for now and for good,
// hangs up in the middle of a mail. The whole program goes on, and when the
// server is well again every mail has arrived, once.
func TestNoMailIsLostOnABadDay(t *testing.T) {
	t.Parallel()
	a := &agency{&programtest.Agency{App: programtest.NewApp(t, plugins.Options{})}}
	a.SetNow(time.Date(2030, 1, 10, 3, 0, 0, 0, time.UTC))
	server := plugintest.NewMailServer(t, nil)
	server.Use(a)
	server.Delay = 20 * time.Millisecond
	client, _ := a.NewUser(t, collections.RoleClient), a.NewUser(t, collections.RoleAdmin)
	a.NewTier(t, "dasar", 2_000_000, 50)
	order := func(name string) {
		a.Do(t, "POST", "/api/projects", client.Token, body("name", name, "tier", "dasar")).Want(201)
	}
	for name, answers := range map[string]map[string]string{
		"no greeting":           {"220": ""},
		"busy":                  {"220": "421 sibuk"},
		"sender refused":        {"MAIL": "550 tidak"},
		"recipient greylisted":  {"RCPT": "451 nanti"},
		"recipient refused":     {"RCPT": "550 tidak"},
		"hangs up within data":  {"cut": "Content-Type: text/html"},
		"full":                  {".": "452 penuh"},
		"hangs up before 250":   {".": ""},
		"hangs up at goodbye":   {"QUIT": ""},
		"nonsense after the ok": {"RSET": "999 ?"},
	} {
		server.Behave(answers)
		order(name)
		a.tired(t)
		a.SetNow(a.Now().Add(20 * time.Minute)) // what waits tries again, whatever the server does then
		a.tired(t)
	}
	server.Behave(nil)
	for range 12 { // the longest pause is three hours
		a.SetNow(a.Now().Add(time.Hour))
		a.tired(t)
	}
	mails := map[string]int{}
	for _, raw := range server.Received() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		mails[m.Header.Get("Message-ID")]++
	}
	for id, n := range mails {
		if n != 1 {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
	jobs := func(where dbx.HashExp) int64 {
		where["kind"] = collections.JobNotificationMail
		n, err := a.CountRecords(collections.Jobs, where)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := jobs(dbx.HashExp{"attempt": 1}); n > 6 { // two of the ten ways to fail are no failure: the mail was taken
		t.Errorf("%d mails came through at once: the day was not bad", n)
	}
	all, done := jobs(dbx.HashExp{}), jobs(dbx.HashExp{"state": collections.JobDone})
	if all != 20 || done != all || int64(len(mails)) != all { // ten orders, each told to the client and the admin
		t.Errorf("%d mails wanted, %d done, %d arrived", all, done, len(mails))
	}
}

// tired waits until no job can run at this time of the clock.
func (a *agency) tired(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		due, err := a.CountRecords(collections.Jobs, dbx.Or(
			dbx.HashExp{"state": collections.JobRunning},
			dbx.And(dbx.HashExp{"state": collections.JobQueued}, dbx.NewExp("run_at <= {:now}", dbx.Params{"now": collections.DateTime(a.Now()).String()})),
		))
		if err != nil {
			t.Fatal(err)
		}
		if due == 0 {
			return
		}
	}
	t.Fatal("the jobs never rest")
}
