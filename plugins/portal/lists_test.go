package portal_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

type page struct {
	Page, PerPage, TotalItems, TotalPages int
	Items                                 []collections.ProjectView
}

func (a *agency) projects(t *testing.T, by *plugintest.User, query string) page {
	t.Helper()
	var p page
	a.Do(t, "GET", "/api/projects?"+query, by.Token, nil).Want(200).JSON(&p)
	return p
}

func names(p page) []string {
	list := []string{}
	for _, item := range p.Items {
		list = append(list, item.Name)
	}
	return list
}

func TestPagesAreCompleteAndStable(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	for n := range 7 {
		a.order(t, a.client, map[string]any{"name": fmt.Sprint("Web ", n), "tier": "dasar"})
	}
	a.order(t, a.admin, map[string]any{"name": "Milik orang lain", "tier": "dasar"})
	for _, sort := range []string{"", "name", "-name", "status"} { // all have the same status
		seen := map[string]bool{}
		for n := 1; n <= 3; n++ {
			p := a.projects(t, a.client, fmt.Sprintf("perPage=3&page=%d&sort=%s", n, sort))
			if p.Page != n || p.PerPage != 3 || p.TotalItems != 7 || p.TotalPages != 3 {
				t.Errorf("sort %q, page %d: %+v", sort, n, p)
			}
			for _, item := range p.Items {
				seen[item.Name] = true
			}
		}
		if len(seen) != 7 || seen["Milik orang lain"] {
			t.Errorf("sort %q: saw %v", sort, seen)
		}
	}
	if got := names(a.projects(t, a.client, "sort=-name&perPage=2")); !slices.Equal(got, []string{"Web 6", "Web 5"}) {
		t.Errorf("sorted by name, descending: %v", got)
	}
	if got := a.projects(t, a.client, "page=9"); len(got.Items) != 0 || got.TotalItems != 7 {
		t.Errorf("after the last page: %+v", got)
	}
}

func TestFilterByStatusCountsItsOwnRows(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.started(t, a.client)
	a.order(t, a.client, map[string]any{"name": "Baru", "tier": "dasar"})
	p := a.projects(t, a.client, "filter="+url.QueryEscape("status = 'in_progress'"))
	if p.TotalItems != 1 || p.TotalPages != 1 || len(p.Items) != 1 || p.Items[0].Status != "in_progress" {
		t.Errorf("%+v", p)
	}
	var invoices struct{ TotalItems int }
	a.Do(t, "GET", "/api/invoices?filter="+url.QueryEscape("status = 'unpaid' && due_at_start = true"), a.client.Token, nil).Want(200).JSON(&invoices)
	if invoices.TotalItems != 1 {
		t.Errorf("%d unpaid invoices due at the start, want 1", invoices.TotalItems)
	}
}

func TestFilterReachesNeitherOthersNorHiddenFields(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	mine := a.started(t, a.client)
	a.review(t, mine.Project.ID)
	a.order(t, a.admin, map[string]any{"name": "Milik orang lain", "tier": "dasar"})
	for _, filter := range []string{"id != ''", "1=1 || 2=2", "user != '' || user = ''", "name ~ 'orang' || name !~ 'orang'"} {
		p := a.projects(t, a.client, "filter="+url.QueryEscape(filter))
		if p.TotalItems != 1 || p.Items[0].ID != mine.Project.ID {
			t.Errorf("%s: %v", filter, names(p))
		}
	}
	for _, filter := range []string{
		"credentials != ''", "credentials ~ 'v1'", "user.password != ''", "user.tokenKey != ''",
		"@collection.users.email ~ 'a'", "@request.auth.id != ''", "user_via_x.id != ''",
	} {
		a.Do(t, "GET", "/api/projects?filter="+url.QueryEscape(filter), a.client.Token, nil).WantError(400, "filter")
	}
	for _, sort := range []string{"credentials", "user.tokenKey", "@random"} {
		a.Do(t, "GET", "/api/projects?sort="+url.QueryEscape(sort), a.client.Token, nil).WantError(400, "sort")
	}
}

func TestCatalogueShowsWhatIsOnSale(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.New(t, collections.PricingTiers, map[string]any{
		"identifier": "lama", "name": "Lama", "type": "company", "price": 500_000, "deposit_percent": 100,
	})
	for _, filter := range []string{"", "is_active = false", "identifier = 'lama' || 1=1"} {
		var p struct{ Items []struct{ Identifier string } }
		a.Do(t, "GET", "/api/pricing?filter="+url.QueryEscape(filter), "", nil).Want(200).JSON(&p)
		for _, tier := range p.Items {
			if tier.Identifier == "lama" {
				t.Errorf("filter %q shows a package that is not on sale", filter)
			}
		}
	}
}
