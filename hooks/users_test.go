package hooks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// Whoever registers without saying more is an Indonesian client, and what they
// do say is kept; the row that came to be is in the audit log, once.
func TestNewUsersAreClientsAndAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for locale, want := range map[string]string{"": "id", "en": "en"} {
		body := map[string]any{"email": "baru" + locale + "@contoh.test", "password": "rahasia-123", "passwordConfirm": "rahasia-123", "name": "Baru"}
		if locale != "" {
			body["locale"] = locale
		}
		id, _ := w.Do(t, "POST", "/api/collections/users/records", w.admin.Token, body).Want(200).Map()["id"].(string)
		user, err := w.FindRecordById(collections.Users, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := user.GetString("locale"); got != want || user.GetString("role") != collections.RoleClient {
			t.Errorf("%q: locale %q, role %q", locale, got, user.GetString("role"))
		}
		if n := w.found(t, collections.AuditLogs, dbx.HashExp{"collection": "users", "record": id, "action": "create"}); n != 1 {
			t.Errorf("%d rows about the new user in the audit log", n)
		}
	}
}

// Whom an account tells what when it comes to be: people who register are
// welcomed, those whom an admin adds are invited. A change of the name alone
// tells nobody anything; of the password or the address, it does.
func TestAccountsAreToldWhatHappensToThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invited, _ := w.Do(t, "POST", "/api/collections/users/records", w.admin.Token, map[string]any{
		"email": "diundang@contoh.test", "password": "rahasia-123", "passwordConfirm": "rahasia-123", "name": "Diundang",
	}).Want(200).Map()["id"].(string)
	told := func(user string) string {
		t.Helper()
		rows, err := w.FindRecordsByFilter(collections.Notifications, "user = {:user}", "created,@rowid", 0, 0, dbx.Params{"user": user})
		if err != nil {
			t.Fatal(err)
		}
		titles := []string{}
		for _, row := range rows {
			titles = append(titles, row.GetString("title"))
		}
		return fmt.Sprint(titles)
	}
	if got := told(invited); got != "["+collections.NewInvitedNotice().Title.ID+"]" {
		t.Errorf("who was added by an admin is told %s", got)
	}
	registered, _ := w.Do(t, "POST", "/api/collections/users/records", "", map[string]any{
		"email": "sendiri@contoh.test", "password": "rahasia-123", "passwordConfirm": "rahasia-123", "name": "Sendiri",
	}).Want(200).Map()["id"].(string)
	if got := told(registered); got != "["+collections.NewWelcomeNotice().Title.ID+"]" {
		t.Errorf("who registers is told %s", got)
	}
	before := told(w.client.Id)
	w.Do(t, "PATCH", "/api/collections/users/records/"+w.client.Id, w.client.Token, map[string]any{"name": "Nama Lain"}).Want(200)
	if got := told(w.client.Id); got != before {
		t.Errorf("a new name told %s, before %s", got, before)
	}
	w.Do(t, "PATCH", "/api/collections/users/records/"+w.client.Id, w.client.Token, map[string]any{
		"oldPassword": plugintest.Password, "password": "kata-sandi-baru-1", "passwordConfirm": "kata-sandi-baru-1",
	}).Want(200)
	if got, want := told(w.client.Id), collections.NewPasswordNotice(w.Now()).Title.ID; !strings.Contains(got, want) {
		t.Errorf("a new password told %s, want %s", got, want)
	}
}

func (w *world) found(t *testing.T, collection string, where dbx.HashExp) int64 {
	t.Helper()
	n, err := w.CountRecords(collection, where)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A planned article gets a job for its time, another one when the time moves, and
// none when something else of it changes or it is no longer to appear.
func TestPostsAreScheduledWhenTheirTimeChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jobs := func() int64 {
		return w.found(t, collections.Jobs, dbx.HashExp{"kind": collections.JobPublishPost})
	}
	at := w.Now().Add(48 * 3600e9)
	post := w.New(t, collections.Posts, map[string]any{
		"title": "Nanti", "slug": "nanti", "content": "<p>Isi.</p>", "status": collections.Published, "published_at": collections.DateTime(at),
	})
	for step, c := range []struct {
		column string
		value  any
		want   int64
	}{
		{"", nil, 1},
		{"title", "Nanti saja", 1},
		{"published_at", collections.DateTime(at.Add(3600e9)), 2},
		{"status", collections.Draft, 2},
		{"published_at", collections.DateTime(at.Add(2 * 3600e9)), 2}, // a draft
		{"status", collections.Published, 3},
		{"published_at", collections.DateTime(w.Now().Add(-3600e9)), 3}, // public at once
	} {
		if c.column != "" {
			post = w.Reload(t, post)
			post.Set(c.column, c.value)
			if err := w.Save(post); err != nil {
				t.Fatal(err)
			}
		}
		if got := jobs(); got != c.want {
			t.Errorf("step %d (%s): %d jobs, want %d", step, c.column, got, c.want)
		}
	}
}
