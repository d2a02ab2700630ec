package hooks_test

import (
	"net/url"
	"testing"

	"jasaweb/collections"
)

// /api/pricing?filter=projects_via_tier.tier.projects_via_tier… once kept a
// processor busy for half a minute, for a guest.
func TestGuestsAndClientsFilterByWhatIsNear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, c := range map[string]struct {
		collection string
		near       bool
	}{
		"filter=" + url.QueryEscape("projects_via_tier.tier.projects_via_tier.id != ''"):        {collections.PricingTiers, false},
		"filter=" + url.QueryEscape("projects_via_tier.id != ''"):                               {collections.PricingTiers, false},
		"filter=" + url.QueryEscape("name = 'x' || (price > 0 && projects_via_tier.id ?!= '')"): {collections.PricingTiers, false},
		"filter=" + url.QueryEscape("'' != projects_via_tier.id"):                               {collections.PricingTiers, false},
		"filter=" + url.QueryEscape("geoDistance(projects_via_tier.id, 1, 2, 3) > 0"):           {collections.PricingTiers, false},
		"sort=-projects_via_tier.id": {collections.PricingTiers, false},
		"sort=name,tier.a.b":         {collections.PricingTiers, false},
		"filter=" + url.QueryEscape("tier.projects_via_tier.id != ''"):   {collections.Projects, false},
		"filter=" + url.QueryEscape("project.tier.name != ''"):           {collections.Invoices, false},
		"filter=" + url.QueryEscape("name != 'projects_via_tier.a.b.c'"): {collections.Projects, true},
		"filter=" + url.QueryEscape("tier.name != ''"):                   {collections.Projects, true},
		"sort=-created,tier.name":                                        {collections.Projects, true},
		"expand=projects_via_tier":                                       {collections.PricingTiers, false},
		"expand=" + url.QueryEscape("projects(tier)"):                    {collections.PricingTiers, false},
		"expand=tier.projects_via_tier.tier":                             {collections.Projects, false},
		"expand=tier,project.tier":                                       {collections.Invoices, false},
		"expand=tier,template":                                           {collections.Projects, true},
	} {
		path, want := "/api/collections/"+c.collection+"/records?"+query, 400
		if c.near {
			want = 200
		}
		r := w.Do(t, "GET", path, w.client.Token, nil)
		if r.Status != want {
			t.Errorf("%s: status %d, want %d: %s", path, r.Status, want, r.Body)
		}
	}
	for _, path := range []string{
		"/api/collections/faqs/records?filter=" + url.QueryEscape("a_via_b.c != ''"), "/api/collections/faqs/records?sort=a_via_b.c",
	} {
		w.Do(t, "GET", path, "", nil).Want(400)
	}
	w.Do(t, "GET", "/api/collections/projects/records/"+w.project.Id+"?expand=tier.projects_via_tier", w.client.Token, nil).WantError(400, "expand")
	w.Do(t, "PATCH", "/api/collections/users/records/"+w.client.Id+"?expand=projects_via_user.tier", w.client.Token, map[string]any{"name": "X"}).WantError(400, "expand")
	w.Do(t, "GET", "/api/collections/pricing_tiers/records?expand=projects_via_tier", w.admin.Token, nil).Want(200)
	deep := "/api/collections/pricing_tiers/records?filter=" + url.QueryEscape("projects_via_tier.tier.name != ''")
	w.Do(t, "GET", deep, w.admin.Token, nil).Want(200)
	w.Do(t, "GET", deep, w.superuser, nil).Want(200)
}
