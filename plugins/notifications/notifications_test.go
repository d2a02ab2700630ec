package notifications_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/page"
	"jasaweb/plugins/internal/view"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/plugintest"
)

func newSigner() *links.Signer {
	return links.NewSigner(func() (string, error) { return "kunci-tautan-untuk-uji-yang-panjang", nil })
}

func newApp(t *testing.T, register ...func(*plugintest.App)) *plugintest.App {
	t.Helper()
	return plugintest.New(t, append(register, func(app *plugintest.App) {
		if err := view.Open(app, view.Config{Public: os.DirFS("../../pb_public")}); err != nil {
			t.Fatal(err)
		}
		notifications.MustRegister(app, notifications.Config{Links: newSigner()})
	})...)
}

func notify(t *testing.T, app *plugintest.App, user *plugintest.User, n collections.Notice) {
	t.Helper()
	if n.Priority == "" {
		n.Priority = collections.PriorityLow
	}
	if err := collections.Notify(app, user.User, n); err != nil {
		t.Fatal(err)
	}
}

type inbox struct {
	Items []struct {
		ID      string         `json:"id"`
		Title   string         `json:"title"`
		Link    string         `json:"link"`
		Payload map[string]any `json:"payload"`
		ReadAt  string         `json:"read_at"`
	} `json:"items"`
	TotalItems int   `json:"totalItems"`
	Unread     int64 `json:"unread"`
}

func read(t *testing.T, app *plugintest.App, user *plugintest.User, query string) inbox {
	t.Helper()
	var in inbox
	app.Do(t, "GET", "/api/notifications"+query, user.Token, nil).Want(200).JSON(&in)
	return in
}

func TestInbox(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	for _, n := range []collections.Notice{
		{Type: collections.NoticePayment, Title: collections.Text{ID: "Tagihan"}, Payload: map[string]any{"invoice": "inv1", "project": "web1"}},
		{Type: collections.NoticeProject, Title: collections.Text{ID: "Proyek"}, Payload: map[string]any{"project": "web1"}},
		{Type: collections.NoticeAccount, Title: collections.Text{ID: "Akun"}},
		{Type: collections.NoticeSystem, Title: collections.Text{ID: "Sistem"}},
	} {
		notify(t, app, user, n)
	}
	notify(t, app, other, collections.Notice{Type: collections.NoticeSystem, Title: collections.Text{ID: "Rahasia"}})

	in := read(t, app, user, "")
	if in.Unread != 4 || in.TotalItems != 4 || len(in.Items) != 4 {
		t.Fatalf("%+v", in)
	}
	links := map[string]string{}
	for _, item := range in.Items {
		links[item.Title] = item.Link
		if item.ReadAt != "" || item.Payload == nil {
			t.Errorf("%+v", item)
		}
	}
	if links["Tagihan"] != "/portal/tagihan/inv1" || links["Proyek"] != "/portal/web/web1" || links["Akun"] != "/portal/akun" || links["Sistem"] != "" {
		t.Errorf("links = %v", links)
	}

	var left struct{ Unread int64 }
	ids := []any{in.Items[0].ID, in.Items[0].ID, read(t, app, other, "").Items[0].ID, "tidakada"}
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"ids": ids}).Want(200).JSON(&left)
	if left.Unread != 3 || read(t, app, user, "?filter=read_at%20%3D%20%27%27").TotalItems != 3 {
		t.Errorf("%d unread after one was read", left.Unread)
	}
	if read(t, app, other, "").Unread != 1 {
		t.Error("a foreign notification was marked")
	}
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"all": true}).Want(200).JSON(&left)
	if left.Unread != 0 || read(t, app, user, "").Unread != 0 {
		t.Errorf("%d unread after all were read", left.Unread)
	}
}

// More than one transaction's worth.
func TestReadAllOfMany(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	for range 205 {
		notify(t, app, user, collections.Notice{Type: collections.NoticeSystem, Title: collections.Text{ID: "Banyak"}})
	}
	app.Do(t, "POST", "/api/notifications/read", user.Token, map[string]any{"all": true}).Want(200)
	if n := read(t, app, user, "").Unread; n != 0 {
		t.Errorf("%d unread", n)
	}
}

func TestANoticeWithAKeyIsWrittenOnce(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	n := collections.Notice{Type: collections.NoticeReminder, Title: collections.Text{ID: "Ingat"}, Key: "remind:x"}
	for range 3 {
		notify(t, app, user, n)
	}
	notify(t, app, other, n) // everybody once
	jobs, err := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": collections.JobNotificationMail})
	if got := read(t, app, user, "").TotalItems; got != 1 || jobs != 2 || err != nil {
		t.Errorf("%d notifications, %d mails, %v", got, jobs, err)
	}
}

type preferences struct {
	MailOff []string `json:"mail_off"`
	Kinds   []struct {
		Type     string `json:"type"`
		Label    string `json:"label"`
		Optional bool   `json:"optional"`
		Mail     bool   `json:"mail"`
	} `json:"kinds"`
}

func (p preferences) mailed() string {
	list := []string{}
	for _, k := range p.Kinds {
		if k.Mail && k.Label != "" {
			list = append(list, k.Type)
		}
	}
	return strings.Join(list, " ")
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, admin := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleAdmin)
	var p preferences
	app.Do(t, "GET", "/api/notifications/preferences", user.Token, nil).Want(200).JSON(&p)
	if p.mailed() != "payment account project_update reminder" || len(p.MailOff) != 0 {
		t.Errorf("at first: %+v", p)
	}
	app.Do(t, "PUT", "/api/notifications/preferences", user.Token, map[string]any{"mail_off": []any{"reminder", "project_update", "reminder"}}).Want(200).JSON(&p)
	if p.mailed() != "payment account" || !slices.Equal(p.MailOff, []string{"project_update", "reminder"}) {
		t.Errorf("after: %+v", p)
	}
	app.Do(t, "PUT", "/api/notifications/preferences", user.Token, map[string]any{"mail_off": []any{}}).Want(200).JSON(&p)
	if p.mailed() != "payment account project_update reminder" {
		t.Errorf("all again: %+v", p)
	}
	app.Do(t, "GET", "/api/notifications/preferences", admin.Token, nil).Want(200).JSON(&p)
	if p.mailed() != "payment account project_update reminder contact system" {
		t.Errorf("admin: %+v", p)
	}
}

func unsubscribePath(t *testing.T, subject string, expires time.Time) string {
	t.Helper()
	address, err := page.Signed(newSigner(), "", links.Link{Purpose: links.Unsubscribe, ID: subject, Expires: expires}, expires.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func post(t *testing.T, app *plugintest.App, path, header, value string) *plugintest.Response {
	t.Helper()
	req := app.Request(t, "POST", path, "", nil)
	req.Header.Set(header, value)
	return app.Send(t, req)
}

func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	off := func() []string { return collections.AsUser(app.Reload(t, user.Record)).MailOff() }
	good := unsubscribePath(t, user.Id+"/reminder", app.Now().Add(time.Hour))

	// Looking changes nothing: programs open every link of a mail.
	r := app.Do(t, "GET", good, "", nil).Want(200)
	page := string(r.Body)
	if len(off()) != 0 || !strings.Contains(page, "Pengingat jatuh tempo") || !strings.Contains(page, `action="`+good+`"`) {
		t.Fatalf("off %v, page %s", off(), page)
	}
	if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("policy %q", csp)
	}
	if rp := r.Header.Get("Referrer-Policy"); rp != "strict-origin" && rp != "no-referrer" {
		t.Errorf("the token leaves with links: Referrer-Policy %q", rp)
	}
	// Whoever changes the language there comes back to the same question.
	if next := `name="next" value="` + good + `"`; strings.Count(page, next) != 2 || r.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("no %s in %s", next, page)
	}
	for range 2 {
		r = app.Do(t, "POST", good, "", nil).Want(200)
	}
	if !slices.Equal(off(), []string{"reminder"}) || !strings.Contains(string(r.Body), "tidak akan menerima") {
		t.Errorf("off %v, page %s", off(), r.Body)
	}
	// Another kind is added, in English, and the first stays.
	another := unsubscribePath(t, user.Id+"/project_update", app.Now().Add(time.Hour))
	r = post(t, app, another, "Accept-Language", "en").Want(200)
	if !slices.Equal(off(), []string{"project_update", "reminder"}) || !strings.Contains(string(r.Body), "Progress of projects") {
		t.Errorf("off %v, page %s", off(), r.Body)
	}
	before := app.Hash(t)
	for name, path := range map[string]string{
		"expired": unsubscribePath(t, user.Id+"/contact", app.Now().Add(-time.Second)),
		"money":   unsubscribePath(t, user.Id+"/payment", app.Now().Add(time.Hour)),
		"nobody":  unsubscribePath(t, "tidakada/reminder", app.Now().Add(time.Hour)),
		"no kind": unsubscribePath(t, user.Id, app.Now().Add(time.Hour)),
		"broken":  good + "x",
	} {
		app.Do(t, "POST", path, "", nil).WantError(404)
		r := post(t, app, path, "Accept", "text/html").Want(404)
		if !strings.Contains(string(r.Body), "tidak berlaku") || strings.Contains(string(r.Body), `action="/api/`) {
			t.Errorf("%s: %s", name, r.Body)
		}
	}
	if app.Hash(t) != before {
		t.Error("a bad link changed something")
	}
}
