package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// A view of the login within an answer is written down once an hour.
func TestReadingTheLoginIsWrittenDownOnceAnHour(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ago  time.Duration
		rows int64
	}{"within the hour": {time.Hour - 30*time.Second, 1}, "after it": {time.Hour + time.Second, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var made time.Time
			a := newAgency(t, stamped(&made))
			o := a.started(t, a.client)
			a.review(t, o.Project.ID)
			a.pay(t, o.Invoices[1].ID)
			made = time.Now().UTC().Add(-c.ago)
			a.move(t, a.client, o.Project.ID, "approve", nil).Want(200) // answers with the login
			made = time.Time{}
			a.detail(t, a.client, o.Project.ID)
			a.detail(t, a.client, o.Project.ID)
			n, err := a.CountRecords(collections.AuditLogs, dbx.HashExp{"record": o.Project.ID, "action": collections.AuditCredentialsRead})
			if err != nil || n != c.rows {
				t.Errorf("%d rows, want %d, %v", n, c.rows, err)
			}
		})
	}
}

// Every input has its longest value, and one letter more changes nothing.
func TestInputsHaveALength(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	long := func(n int) string { return strings.Repeat("é", n) }
	order := func(field string, n int) *plugintest.Response {
		body := map[string]any{"name": "SD Satu", "tier": "dasar"}
		body[field] = long(n)
		return a.Do(t, "POST", "/api/projects", a.client.Token, body)
	}
	before := a.Hash(t)
	order("name", 256).WantError(400, "name")
	order("brief", 10_001).WantError(400, "brief")
	for _, field := range []string{"tier", "template"} { // one of the right length is refused for what it is
		if code := codeOf(t, order(field, 51).WantError(400, field), field); code != "validation_length_too_long" {
			t.Errorf("%s of 51: %s", field, code)
		}
		if code := codeOf(t, order(field, 50).WantError(400, field), field); code == "validation_length_too_long" {
			t.Errorf("%s of 50: %s", field, code)
		}
	}
	if a.Hash(t) != before {
		t.Error("a refused order left traces")
	}
	order("name", 255).Want(201)
	order("brief", 10_000).Want(201)
	order("name", 0).WantError(400, "name")

	o := a.started(t, a.client)
	project := o.Project.ID
	a.review(t, project)
	for _, n := range []int{0, 2001} {
		a.move(t, a.client, project, "revise", map[string]any{"note": long(n)}).WantError(400, "note")
	}
	a.move(t, a.client, project, "revise", map[string]any{"note": long(2000)}).Want(200)

	for n, status := range map[int]int{50: 404, 51: 400} {
		id := strings.Repeat("p", n)
		a.Do(t, "GET", "/api/projects/"+id, a.client.Token, nil).WantError(status)
		a.move(t, a.client, id, "revise", map[string]any{"note": "x"}).WantError(status)
		a.move(t, a.client, id, "credentials", map[string]any{"password": "x"}).WantError(status)
	}
	a.review(t, project)
	a.pay(t, o.Invoices[1].ID)
	a.move(t, a.client, project, "approve", nil).Want(200)
	for n, code := range map[int]string{255: "wrong_password", 256: "validation_length_too_long"} {
		r := a.move(t, a.client, project, "credentials", map[string]any{"password": strings.Repeat("p", n)}).WantError(400, "password")
		if got := codeOf(t, r, "password"); got != code {
			t.Errorf("a password of %d: %s", n, got)
		}
	}
}

func codeOf(t *testing.T, r *plugintest.Response, field string) string {
	t.Helper()
	var refused struct {
		Data map[string]struct{ Code string }
	}
	r.JSON(&refused)
	return refused.Data[field].Code
}

// stamped lets the rows of the audit log be made at *made, which the machine's clock
// says otherwise.
func stamped(made *time.Time) func(*plugintest.App) {
	return func(app *plugintest.App) {
		app.OnRecordCreate(collections.AuditLogs).BindFunc(func(e *core.RecordEvent) error {
			if !made.IsZero() {
				e.Record.SetRaw("created", collections.DateTime(*made))
			}
			return e.Next()
		})
	}
}
