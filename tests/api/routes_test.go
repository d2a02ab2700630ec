package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jasaweb/plugins"
	"jasaweb/plugins/openapi"
	"jasaweb/tests/programtest"
)

// roles are who calls a route, in the order of the expectations below.
var roles = []string{"guest", "other client", "owner", "admin", "superuser"}

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

func at(format string) func(*agency) string {
	return func(a *agency) string { return a.At(format) }
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
	for _, line := range openapi.Routes(programtest.NewApp(t, plugins.Options{})) {
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
	a.Rest(t)
	before := a.Hash(t)
	allowed := ""
	if c.want[0] == 401 {
		a.Do(t, method, path, a.Stale, input).WantError(401)
	}
	for n, role := range roles {
		if c.want[n] < 400 {
			allowed = role
			continue
		}
		a.Do(t, method, path, a.Tokens[role], input).WantError(c.want[n])
	}
	for _, b := range c.bad {
		at := path
		if b.path != "" {
			at = a.At(b.path)
		}
		a.Do(t, method, at, a.Tokens[allowed], b.body).WantError(b.status, b.fields...)
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
			a.Do(t, method, path, a.Tokens[role], input).Want(c.want[n])
			if method == "GET" && (a.Hash(t) != before) != c.traced {
				t.Errorf("%s: reading changed something, or left no trace", role)
			}
			if method != "GET" && slices.ContainsFunc(c.want[n+1:], func(w int) bool { return w < 400 }) { // the next role finds what this one found
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
