package mail

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pocketbase/pocketbase/core"
	smtp "github.com/wneessen/go-mail"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/plugintest"
)

// sendTo sends a mail to a server that is reached after connecting, and thinks
// for so long about the mail. It returns how long that took.
func sendTo(t *testing.T, connecting, thinking time.Duration) (time.Duration, error) {
	t.Helper()
	m := smtp.NewMsg()
	if err := errors.Join(m.From("kami@jasaweb.test"), m.To("klien@contoh.test")); err != nil {
		t.Fatal(err)
	}
	m.SetBodyString(smtp.TypeTextPlain, "Siap")
	d := &dialer{connect: func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(connecting):
		}
		ours, theirs := net.Pipe()
		go slowServer(theirs, thinking)
		return ours, nil
	}}
	start := time.Now()
	err := sendOver(d, core.SMTPConfig{Host: "mail.contoh.test", Port: 25}, m)
	return time.Since(start), err
}

// slowServer takes any mail.
func slowServer(conn net.Conn, thinking time.Duration) {
	defer conn.Close()
	answer := func(text string) {
		_, _ = conn.Write([]byte(text + "\r\n")) // who hung up hears nothing
	}
	answer("220 uji")
	for in, data := bufio.NewScanner(conn), false; in.Scan(); {
		switch line := in.Text(); {
		case data && line == ".":
			data = false
			time.Sleep(thinking)
			answer("250 diterima")
		case data:
		case line == "DATA":
			data = true
			answer("354 silakan")
		case line == "QUIT":
			answer("221 ya")
			return
		default:
			answer("250 ya")
		}
	}
}

// A server may take ten seconds to be reached, and one mail sixty in all: it holds
// a worker of the queue for that long.
func TestAServerHasItsTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		connecting, thinking time.Duration
		sent                 bool
		took                 time.Duration // when it is not sent
	}{
		"reached just in time": {connecting: 10*time.Second - 1, sent: true},
		"reached too late":     {connecting: 10*time.Second + 1, took: 10 * time.Second},
		"took it just in time": {thinking: 60*time.Second - 1, sent: true},
		"took it too late":     {thinking: 60*time.Second + 1, took: 60 * time.Second},
		"never says a word":    {thinking: time.Hour, took: 60 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := sendTo(t, c.connecting, c.thinking)
				if (err == nil) != c.sent || !c.sent && took != c.took {
					t.Errorf("after %s: %v", took, err)
				}
				time.Sleep(2 * time.Hour) // the server notices at its next word
			})
		})
	}
}

// What is kept as a file stays for thirty days, and the newest thousand only.
func TestKeptMailsStayToTheEndOfTheirDays(t *testing.T) {
	t.Parallel()
	p := &plugin{config: Config{Dir: t.TempDir()}}
	now := time.Date(2030, 3, 31, 0, 0, 0, 0, time.UTC)
	for name, age := range map[string]time.Duration{"old.eml": 30 * 24 * time.Hour, "young.eml": 30*24*time.Hour - time.Millisecond} {
		path := filepath.Join(p.config.Dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, now.Add(-age), now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.purgeKept(nil, now); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(p.config.Dir)
	if err != nil || len(left) != 1 || left[0].Name() != "young.eml" {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Mails are tried fifty times, and the link to switch them off is good for a year.
func TestAMailIsTriedForFiveDaysAndItsLinkIsGoodForAYear(t *testing.T) {
	t.Parallel()
	signer := links.NewSigner(func() (string, error) { return "kunci-tautan-untuk-uji-yang-panjang", nil })
	app := plugintest.New(t, func(app *plugintest.App) { MustRegister(app, Config{Links: signer, AppURL: "https://jasaweb.test"}) })
	for _, kind := range []string{collections.JobNotificationMail, collections.JobFarewellMail, jobAccountMail} {
		if n := collections.JobAttempts(app, kind, 0); n != 50 {
			t.Errorf("%s is tried %d times", kind, n)
		}
	}
	now := time.Date(2030, 3, 31, 0, 0, 0, 0, time.UTC)
	app.SetNow(now)
	user := app.NewUser(t, collections.RoleClient)
	if err := collections.Notify(app, user.User, collections.Notice{
		Type: collections.NoticeProject, Title: collections.Text{ID: "Siap"}, Priority: collections.PriorityLow,
	}); err != nil {
		t.Fatal(err)
	}
	row, err := app.FindFirstRecordByData(collections.Notifications, "user", user.Id)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&plugin{app: app, config: Config{Links: signer}}).writeNotice(app, collections.AsNotification(row), user.User)
	if err != nil {
		t.Fatal(err)
	}
	_, token, ok := strings.Cut(l.unsubscribe, "?token=")
	if !ok {
		t.Fatalf("no link in %q", l.unsubscribe)
	}
	const year = 365 * 24 * time.Hour
	for after, good := range map[time.Duration]bool{year - time.Second: true, year: false} {
		if _, err := signer.Open(token, links.Unsubscribe, now.Add(after)); (err == nil) != good {
			t.Errorf("%s later: %v", after, err)
		}
	}
}

// Times are written in the largest unit that fits, from two of it.
func TestSpans(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Minute: "1 menit", time.Hour: "60 menit", 2*time.Hour - time.Minute: "119 menit", 2 * time.Hour: "2 jam",
		2*time.Hour + time.Minute: "121 menit", 24 * time.Hour: "24 jam", 47 * time.Hour: "47 jam", 48 * time.Hour: "2 hari", 49 * time.Hour: "49 jam",
		72 * time.Hour: "3 hari",
	} {
		if got := span(d, "id"); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
