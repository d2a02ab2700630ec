package rest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

type note struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Rank  int    `json:"rank"`
}

func toNote(r *core.Record) note { return note{r.Id, r.GetString("title"), r.GetInt("rank")} }

type notesInput struct {
	rest.ListInput
	Low bool `query:"low"`
}

func mine(e *core.RequestEvent, in *notesInput) (*rest.Page[note], error) {
	return rest.List(e, "notes", &in.ListInput, dbx.HashExp{"user": e.Auth.Id}, toNote)
}

func all(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[note], error) {
	return rest.List(e, "notes", in, nil, toNote)
}

// notebook has 45 notes of the owner, of equal age and few ranks, and 5 of
// somebody else.
func notebook(t *testing.T) *site {
	s := newSite(t,
		rest.Get("/api/notes", rest.Client, "My notes", mine),
		rest.Get("/api/admin/notes", rest.Admin, "All notes", all),
		rest.Get("/api/either", rest.Client, "Either", func(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[note], error) {
			where := dbx.HashExp{"user": e.Auth.Id, "rank": []any{1, 2}}
			return rest.List(e, "notes", in, where, toNote)
		}),
		rest.Get("/api/recent", rest.Client, "Recent", func(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[note], error) {
			return rest.List(e, "notes", in, dbx.HashExp{"created": "2026-11-22 10:00:00.000Z"}, toNote) // users have a created, too
		}),
		rest.Get("/api/nothing", rest.Public, "Nothing", func(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[note], error) {
			return rest.List(e, "nowhere", in, nil, toNote)
		}))
	other, err := s.FindAuthRecordByEmail("users", "other@example.com")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.FindCollectionByNameOrId("notes")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		record := core.NewRecord(c)
		record.Set("title", fmt.Sprintf("note %02d", i))
		record.Set("rank", i%3)
		record.Set("secret", "s"+fmt.Sprint(i%2))
		record.Set("user", s.ownerID)
		if i >= 45 {
			record.Set("user", other.Id)
		}
		record.SetRaw("created", "2026-11-22 10:00:00.000Z")
		if err := s.Save(record); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *site) notes(path, token string) rest.Page[note] {
	s.t.Helper()
	a := s.do("GET", path, token, "")
	var page rest.Page[note]
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.code != 200 {
		s.t.Fatalf("%s: %d %s", path, a.code, a.body)
	}
	return page
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := notebook(t)
	for _, sort := range []string{"", "&sort=rank", "&sort=-rank,created", "&sort=id"} {
		seen := map[string]bool{}
		for n := 1; n <= 3; n++ {
			page := s.notes(fmt.Sprintf("/api/notes?perPage=20&page=%d%s", n, sort), s.owner)
			if page.Page != n || page.PerPage != 20 || page.TotalItems != 45 || page.TotalPages != 3 {
				t.Fatalf("page %d: %+v", n, page)
			}
			for _, note := range page.Items {
				seen[note.Title] = true
			}
		}
		if len(seen) != 45 {
			t.Errorf("sort %q: three pages show %d of 45 notes", sort, len(seen))
		}
	}
	if page := s.notes("/api/notes", s.owner); page.Page != 1 || page.PerPage != 30 || len(page.Items) != 30 {
		t.Errorf("defaults: %+v", page)
	}
	if a := s.do("GET", "/api/notes?page=99", s.owner, ""); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("beyond the end: %s", a.body)
	}
	if page := s.notes("/api/admin/notes", s.admin); page.TotalItems != 50 {
		t.Errorf("an admin sees %d notes, want 50", page.TotalItems)
	}
	ranks := []int{}
	for _, n := range s.notes("/api/notes?sort=-rank&perPage=200", s.owner).Items {
		ranks = append(ranks, n.Rank)
	}
	if !slices.IsSortedFunc(ranks, func(a, b int) int { return b - a }) {
		t.Errorf("not sorted by -rank: %v", ranks)
	}
}

func TestListFilterNeverLeavesTheOwnRows(t *testing.T) {
	t.Parallel()
	s := notebook(t)
	for filter, want := range map[string]int{
		"rank = 1":                       15,
		"rank = 1 || rank = 2":           30,
		"title ~ 'note 4'":               5,
		"title = 'note 47'":              0,
		"title != '' || user != ''":      45,
		"user != ''":                     45,
		"user.email ?~ '%'":              0, // users' e-mails are not the client's to search
		"user.id = '" + s.ownerID + "'":  45,
		"user.id != '" + s.ownerID + "'": 0,
		"1 = 1":                          45,
		"title = '\\' OR 1=1 --'":        0,
		"created > '2020-01-01'":         45,
	} {
		a := s.do("GET", "/api/notes?filter="+url.QueryEscape(filter), s.owner, "")
		var page rest.Page[note]
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.code != 200 {
			t.Errorf("%s: %d %s", filter, a.code, a.body)
			continue
		}
		if page.TotalItems != want {
			t.Errorf("%s finds %d notes, want %d", filter, page.TotalItems, want)
		}
	}
	// a column that a joined collection has as well is still the list's
	if page := s.notes("/api/recent?filter="+url.QueryEscape("user.name = '' || user.name != ''"), s.owner); page.TotalItems != 45 {
		t.Errorf("filter by a relation: %d notes, want 45: the own ones, as users are not public", page.TotalItems)
	}
	// a where with OR stays one condition
	if page := s.notes("/api/either?filter="+url.QueryEscape("user != ''"), s.owner); page.TotalItems != 30 {
		t.Errorf("OR in where: %d notes, want 30", page.TotalItems)
	}
}

func TestListRefusesBadQueries(t *testing.T) {
	t.Parallel()
	s := notebook(t)
	const invalid = "validation_invalid_value"
	for _, c := range []struct{ query, field, code string }{
		{"filter=rank", "filter", invalid},
		{"filter=nowhere+%3D+1", "filter", invalid},
		{"filter=secret+%3D+'s1'", "filter", invalid},
		{"filter=%40collection.users.role+%3D+'admin'", "filter", invalid},
		{"filter=%40request.auth.id+!%3D+''", "filter", invalid},
		{"filter=" + strings.Repeat("x", 1001), "filter", "validation_length_too_long"},
		{"filter=" + url.QueryEscape("rank=1"+strings.Repeat("||rank=1", 120)), "filter", ""},
		{"sort=secret", "sort", invalid},
		{"sort=nowhere", "sort", invalid},
		{"sort=%40random", "sort", invalid},
		{"sort=-%40rowid", "sort", invalid},
		{"sort=,", "sort", invalid},
		{"sort=" + strings.Repeat("id,", 8) + "id", "sort", invalid},
		{"sort=" + strings.Repeat("x", 256), "sort", "validation_length_too_long"},
		{"page=0", "page", "validation_min_greater_equal_than_required"},
		{"page=9223372036854775807", "page", "validation_max_less_equal_than_required"},
		{"page=x", "page", "validation_invalid_type"},
		{"perPage=0", "perPage", "validation_min_greater_equal_than_required"},
		{"perPage=201", "perPage", "validation_max_less_equal_than_required"},
	} {
		if c.code == "" { // long, yet within PocketBase's limits
			s.do("GET", "/api/notes?"+c.query, s.owner, "").want(t, 200)
			continue
		}
		s.do("GET", "/api/notes?"+c.query, s.owner, "").want(t, 400, c.field, c.code)
	}
	s.do("GET", "/api/admin/notes?filter=secret+%3D+'s1'", s.admin, "").want(t, 400, "filter", invalid)
	if page := s.notes("/api/admin/notes?sort=-secret&filter=secret+%3D+'s1'", s.superuser); page.TotalItems != 25 {
		t.Errorf("a superuser finds %d notes by a hidden field, want 25", page.TotalItems)
	}
	s.do("GET", "/api/nothing", "", "").want(t, 404)
}

// Rows of equal rank are ordered by id: without that a database may give them
// in another order for the next page.
func TestListOrdersEqualRowsByID(t *testing.T) {
	t.Parallel()
	s := notebook(t)
	byID := func(a, b note) int { return strings.Compare(a.ID, b.ID) }
	if items := s.notes("/api/notes?perPage=200", s.owner).Items; !slices.IsSortedFunc(items, func(a, b note) int { return byID(b, a) }) {
		t.Error("notes of one moment are not in descending order of id")
	}
	items := s.notes("/api/admin/notes?sort=-rank&perPage=200", s.admin).Items
	if !slices.IsSortedFunc(items, func(a, b note) int { return cmp.Or(b.Rank-a.Rank, byID(a, b)) }) {
		t.Error("notes of one rank are not in order of id")
	}
}
