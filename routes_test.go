package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/plugintest"
)

// agency is the whole program with a client who ordered something, another
// client, an admin and a superuser.
type agency struct {
	*plugintest.App
	tokens  map[string]string
	stale   string // a token that was good until everybody was signed out
	owner   *plugintest.User
	other   *plugintest.User
	tier    *collections.PricingTier
	project *collections.Project
	invoice *collections.Invoice
	silence func() // makes the payment provider answer no more
}

// roles are who calls a route, in the order of the expectations below.
var roles = []string{"guest", "other client", "owner", "admin", "superuser"}

func newAgency(t *testing.T, more ...func(*plugintest.App)) *agency {
	t.Helper()
	gateway := newSandbox(t)
	a := &agency{App: newApp(t, &options{midtransServerKey: sandboxKey, midtransBaseURL: gateway.URL}, more...), silence: gateway.Close}
	a.owner, a.other = a.NewUser(t, collections.RoleClient), a.NewUser(t, collections.RoleClient)
	admin := a.NewUser(t, collections.RoleAdmin)
	a.NewUser(t, collections.RoleAdmin) // so that the first is not the last
	a.tokens = map[string]string{
		"guest": "", "other client": a.other.Token, "owner": a.owner.Token, "admin": admin.Token, "superuser": a.Superuser(t),
	}
	left := a.NewUser(t, collections.RoleAdmin)
	a.stale = left.Token
	left.RefreshTokenKey()
	if err := a.Save(left); err != nil {
		t.Fatal(err)
	}
	a.tier = a.NewTier(t, "dasar", 2_000_000, 50)
	a.order(t)
	return a
}

// order gives the owner a fresh project.
func (a *agency) order(t *testing.T) {
	t.Helper()
	a.project = a.NewProject(t, a.owner, a.tier)
	invoices, err := collections.FindInvoices(a, a.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	a.invoice = invoices[0]
}

// toReview brings the project to review.
func (a *agency) toReview(t *testing.T) {
	t.Helper()
	err := a.RunInTransaction(func(txApp core.App) error {
		invoices, err := collections.FindInvoices(txApp, a.project.Id)
		if err != nil {
			return err
		}
		for _, i := range invoices {
			now := collections.DateTime(a.Now())
			if _, err := collections.Book(txApp, collections.LedgerEntry{
				Invoice: i.Id, Kind: collections.LedgerPayment, Amount: i.Amount(), Applied: i.Amount(), DedupeKey: "pay:" + i.Id, At: now,
			}); err != nil {
				return err
			}
			i.MarkPaid(now)
			if err := txApp.Save(i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Do(t, "PUT", "/api/admin/projects/"+a.project.Id, a.tokens["admin"], map[string]any{
		"status": "review", "url": "https://sd.sch.id",
		"credentials": map[string]any{"admin_url": "https://sd.sch.id/admin", "username": "admin", "password": "rahasia"},
	}).Want(200)
}

// rest waits until the background work of what went before is done.
func (a *agency) rest(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		busy, err := a.CountRecords(collections.Jobs, dbx.HashExp{"state": []any{collections.JobQueued, collections.JobRunning}})
		if err != nil {
			t.Fatal(err)
		}
		if busy == 0 {
			return
		}
	}
	t.Fatal("the jobs never rest")
}

// routeCase is everything that is tested about one route.
type routeCase struct {
	route string
	path  func(a *agency) string // nil: the route's path as it is
	ready func(t *testing.T, a *agency)
	body  func(a *agency) any
	want  [5]int // per role
	bad   []badInput
	// traced says that reading is written down in the audit log
	traced bool
}

// badInput is a request that an allowed caller sends and that must change nothing.
type badInput struct {
	name   string
	path   string // replaces the path if set
	body   any
	status int
	fields []string
	traced bool // leaves a row in the audit log
}

func body(pairs ...any) map[string]any {
	m := map[string]any{}
	for n := 0; n+1 < len(pairs); n += 2 {
		m[pairs[n].(string)] = pairs[n+1]
	}
	return m
}

func (a *agency) at(format string) string {
	return strings.NewReplacer("{project}", a.project.Id, "{invoice}", a.invoice.Id, "{other}", a.other.Id, "{owner}", a.owner.Id).Replace(format)
}

func at(format string) func(*agency) string {
	return func(a *agency) string { return a.at(format) }
}

const (
	huge    = 100_000
	badID   = "tidakada0000000"
	sqlID   = "x'%20OR%201=1--"
	htmlTag = `<script>alert(1)</script>`
)

// noSuch are the ids that no record has, for a route whose path is format.
func noSuch(format string, body any) []badInput {
	return []badInput{
		{name: "unknown id", path: fmt.Sprintf(format, badID), body: body, status: 404},
		{name: "SQL as id", path: fmt.Sprintf(format, sqlID), body: body, status: 404},
		{name: "long id", path: fmt.Sprintf(format, strings.Repeat("a", 60)), body: body, status: 400},
	}
}

// broken are bodies that no route with a body accepts.
func broken() []badInput {
	return []badInput{
		{name: "broken JSON", body: `{"a":`, status: 400},
		{name: "a list", body: `[]`, status: 400},
		{name: "unknown field", body: `{"tidak_dikenal":1}`, status: 400},
		{name: "100 kB", body: `{"name":"` + strings.Repeat("a", huge) + `"}`, status: 413},
	}
}

func join(lists ...[]badInput) []badInput {
	all := []badInput{}
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// onlyOwner are the expectations of a route for own records: others do not even
// learn that the record exists, superusers have no records of their own.
var (
	everyone  = [5]int{200, 200, 200, 200, 200}
	clients   = [5]int{401, 200, 200, 200, 403}
	onlyOwner = [5]int{401, 404, 200, 404, 403}
	onlyAdmin = [5]int{401, 403, 403, 200, 200}
)

func created(w [5]int) [5]int { return replaceOK(w, 201) }
func empty(w [5]int) [5]int   { return replaceOK(w, 204) }

func replaceOK(w [5]int, status int) [5]int {
	for n := range w {
		if w[n] == 200 {
			w[n] = status
		}
	}
	return w
}

func TestEveryRoute(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range routeCases() {
		covered[c.route] = true
		t.Run(c.route, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
	for _, line := range openapi.Routes(newApp(t, nil)) {
		if f := strings.Fields(line); !covered[f[0]+" "+f[1]] {
			t.Errorf("%s has no case", line)
		}
	}
}

func (c routeCase) run(t *testing.T) {
	a := newAgency(t)
	if c.ready != nil {
		c.ready(t, a)
	}
	method, path, _ := strings.Cut(c.route, " ")
	if c.path != nil {
		path = c.path(a)
	}
	var input any
	if c.body != nil {
		input = c.body(a)
	}
	a.rest(t)
	before := a.Hash(t)
	allowed := ""
	if c.want[0] == 401 {
		a.Do(t, method, path, a.stale, input).WantError(401)
	}
	for n, role := range roles {
		if c.want[n] < 400 {
			allowed = role
			continue
		}
		a.Do(t, method, path, a.tokens[role], input).WantError(c.want[n])
	}
	for _, b := range c.bad {
		at := path
		if b.path != "" {
			at = a.at(b.path)
		}
		a.Do(t, method, at, a.tokens[allowed], b.body).WantError(b.status, b.fields...)
		if after := a.Hash(t); b.traced {
			if after == before {
				t.Fatalf("%s: left no trace", b.name)
			}
			before = after
		} else if after != before {
			t.Fatalf("%s: a refused request left traces", b.name)
		}
	}
	if a.Hash(t) != before {
		t.Fatal("a caller without the right left traces")
	}
	for n, role := range roles {
		if c.want[n] < 400 {
			a.Do(t, method, path, a.tokens[role], input).Want(c.want[n])
			if method == "GET" && (a.Hash(t) != before) != c.traced {
				t.Errorf("%s: reading changed something, or left no trace", role)
			}
			if method != "GET" { // the next role finds what this one found
				a = newAgency(t)
				if c.ready != nil {
					c.ready(t, a)
				}
				if c.path != nil {
					path = c.path(a)
				}
				if c.body != nil {
					input = c.body(a)
				}
			}
		}
	}
}

// lists are the bad queries of every list.
func lists(path string) []badInput {
	return []badInput{
		{name: "page 0", path: path + "?page=0", status: 400, fields: []string{"page"}},
		{name: "too many", path: path + "?perPage=201", status: 400, fields: []string{"perPage"}},
		{name: "unknown sort", path: path + "?sort=tidak_ada", status: 400, fields: []string{"sort"}},
		{name: "broken filter", path: path + "?filter=(((", status: 400, fields: []string{"filter"}},
		{name: "SQL filter", path: path + "?filter=1%3D1)%3BDROP%20TABLE%20users--", status: 400, fields: []string{"filter"}},
	}
}
