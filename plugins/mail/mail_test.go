package mail_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	jasamail "jasaweb/plugins/mail"
	"jasaweb/plugins/plugintest"
)

func newApp(t *testing.T) *plugintest.App {
	t.Helper()
	return plugintest.New(t, func(app *plugintest.App) { jasamail.MustRegister(app, jasamail.Config{}) })
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

// kept are the mails in the data directory.
func kept(t *testing.T, app core.App) []*mail.Message {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(app.DataDir(), "mail", "*"))
	if err != nil {
		t.Fatal(err)
	}
	list := []*mail.Message{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatalf("%s is no mail: %v\n%s", filepath.Base(path), err, raw)
		}
		list = append(list, m)
	}
	return list
}

func body(t *testing.T, m *mail.Message) string {
	t.Helper()
	var b strings.Builder
	if _, err := bufio.NewReader(m.Body).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
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
			to, err := m.Header.AddressList("To")
			if err != nil || len(to) != 1 {
				t.Fatalf("To: %v", err)
			}
			if to[0].Address != user.Email() {
				continue
			}
			found++
			if m.Header.Get("Subject") != want[0] || !strings.Contains(body(t, m), want[1]) || to[0].Name != user.Name() {
				t.Errorf("%s: subject %q to %s", locale, m.Header.Get("Subject"), to[0])
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
	if err := collections.FindJobHandler(app, collections.JobNotificationMail)(t.Context(), app, json.RawMessage(`{`)); err == nil {
		t.Error("broken arguments passed as done")
	}
}

const attack = "Web\r\nBcc: korban@contoh.test\r\n\r\nisi palsu\rX-A: b"

func TestNewlinesInANameMakeNoHeader(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("name", attack)
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: "“" + attack + "” selesai"}))
	m := kept(t, app)[0]
	if len(m.Header) != 3 || m.Header.Get("Bcc") != "" {
		t.Errorf("headers = %v", m.Header)
	}
	if got := m.Header.Get("Subject"); got != "“Web Bcc: korban@contoh.test isi palsu X-A: b” selesai" {
		t.Errorf("subject = %q", got)
	}
}

// wire is a mail server with the few words of SMTP that a client needs.
type wire struct {
	net.Listener
	mails chan string
	quota string // the answer to a mail's data
}

func newWire(t *testing.T, quota string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, mails: make(chan string, 9), quota: quota}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(conn)
		}
	}()
	return w
}

func (w *wire) serve(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 uji\r\n")
	in, data := bufio.NewScanner(conn), []string(nil)
	for reading := false; in.Scan(); {
		line := in.Text()
		switch {
		case reading && line == ".":
			reading = false
			w.mails <- strings.Join(data, "\n")
			fmt.Fprint(conn, w.quota+"\r\n")
		case reading:
			data = append(data, line)
		case strings.HasPrefix(line, "DATA"):
			reading, data = true, nil
			fmt.Fprint(conn, "354 silakan\r\n")
		case strings.HasPrefix(line, "QUIT"):
			fmt.Fprint(conn, "221 ya\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ya\r\n")
		}
	}
}

func (w *wire) use(app core.App) {
	app.Settings().SMTP.Enabled = true
	app.Settings().SMTP.Host = "127.0.0.1"
	app.Settings().SMTP.Port = w.Addr().(*net.TCPAddr).Port
}

func TestMailServerGetsTheMail(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := newWire(t, "250 diterima")
	server.use(app)
	user := app.NewUser(t, collections.RoleClient)
	user.Set("name", attack)
	if err := app.Save(user); err != nil {
		t.Fatal(err)
	}
	mustSend(t, app, notify(t, app, user, collections.Text{ID: attack}))
	m, err := mail.ReadMessage(strings.NewReader(<-server.mails + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if to := m.Header.Get("To"); !strings.Contains(to, user.Email()) || m.Header.Get("Bcc") != "" || m.Header.Get("X-A") != "" {
		t.Errorf("headers = %v", m.Header)
	}
	if list := kept(t, app); len(list) != 0 {
		t.Errorf("%d mails were kept as well", len(list))
	}
}

func TestFailedMailIsAnErrorForTheQueue(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	server := newWire(t, "452 penuh")
	server.use(app)
	id := notify(t, app, app.NewUser(t, collections.RoleClient), collections.Text{ID: "Siap"})
	if err := send(t, app, id); err == nil || !strings.Contains(err.Error(), "penuh") {
		t.Errorf("refused by the server: %v", err)
	}
	server.Close()
	if err := send(t, app, id); err == nil {
		t.Error("no server, no error")
	}
}
