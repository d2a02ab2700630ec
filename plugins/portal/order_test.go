package portal_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

func TestOrderFindsThePackageByIdentifierIDOrKind(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.New(t, collections.PricingTiers, map[string]any{
		"identifier": "murah", "name": "Murah", "type": "company", "price": 1_000_000, "deposit_percent": 100,
		"sort_order": -1, "is_active": true,
	})
	gone := a.New(t, collections.PricingTiers, map[string]any{
		"identifier": "lama", "name": "Lama", "type": "company", "price": 500_000, "deposit_percent": 100, "sort_order": -2,
	})
	for name, c := range map[string]struct {
		body   map[string]any
		amount int64 // of the first invoice
	}{
		"identifier":          {map[string]any{"tier": "dasar"}, 1_000_000},
		"id":                  {map[string]any{"tier": a.tier.Id}, 1_000_000},
		"identifier and kind": {map[string]any{"tier": "dasar", "type": "company"}, 1_000_000},
	} {
		c.body["name"] = name
		o := a.order(t, a.client, c.body)
		if o.Project.Tier != a.tier.Id || o.Invoices[0].Amount != c.amount || len(o.Invoices) != 2 {
			t.Errorf("%s: %+v", name, o)
		}
	}
	first := a.order(t, a.client, map[string]any{"name": "jenis", "type": "company"})
	if len(first.Invoices) != 1 || first.Invoices[0].Amount != 1_000_000 {
		t.Errorf("the kind did not take the first package on sale: %+v", first)
	}
	before := a.Hash(t)
	for _, tier := range []string{"lama", gone.Id} {
		a.Do(t, "POST", "/api/projects", a.client.Token, map[string]any{"name": "x", "tier": tier}).WantError(400, "tier")
	}
	if a.Hash(t) != before {
		t.Error("a refused order left traces")
	}
}

func TestTextsComeBackVerbatimAndReachNothingElse(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	longest := "🏫" + strings.Repeat("ñ", 254) // 255 characters, 512 bytes
	for _, text := range []string{
		"'; DROP TABLE users;--", `<script>alert("1")</script>`, "SD 🏫 “Nusantara” \\ %s {:id} [[x]]", longest,
	} {
		o := a.order(t, a.client, map[string]any{"name": text, "tier": "dasar", "brief": text})
		d := a.detail(t, a.client, o.Project.ID)
		if d.Name != text || d.Brief != text {
			t.Errorf("%q came back as %q and %q", text, d.Name, d.Brief)
		}
		// The name goes on into the notices of every step.
		a.pay(t, o.Invoices[0].ID)
		a.review(t, o.Project.ID)
		a.move(t, a.client, o.Project.ID, "revise", map[string]any{"note": text}).Want(200)
		if d = a.detail(t, a.client, o.Project.ID); d.StatusNote != text || d.Status != string(collections.InProgress) {
			t.Errorf("note %q came back as %q, status %s", text, d.StatusNote, d.Status)
		}
	}
	if n, err := a.CountRecords(collections.Users); err != nil || n != 2 {
		t.Errorf("%d users, %v", n, err)
	}
	a.Do(t, "POST", "/api/projects", a.client.Token, map[string]any{"name": longest + "x", "tier": "dasar"}).WantError(400, "name")
}

func TestOrderOfATaxableAgencyCarriesPPN(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	info, err := collections.FindAgency(a)
	if err != nil {
		t.Fatal(err)
	}
	info.Set("pkp", true)
	if err := a.Save(info); err != nil {
		t.Fatal(err)
	}
	o := a.order(t, a.client, map[string]any{"name": "SD", "tier": "dasar"})
	var total, ppn int64
	for _, i := range o.Invoices {
		total, ppn = total+i.Amount, ppn+i.PPN
		if i.TaxRate != 12 || i.DPP == 0 {
			t.Errorf("%+v", i)
		}
	}
	if total != 2_220_000 || ppn != 220_000 { // 11 % effective
		t.Errorf("total %d, PPN %d", total, ppn)
	}
}

// PW-63: a deposit that one QRIS payment cannot carry is two invoices, and work
// begins once both are paid.
func TestPW63_LargeOrderStartsWithItsSecondPayment(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.NewTier(t, "besar", 25_000_000, 50)
	o := a.order(t, a.client, map[string]any{"name": "Kampus", "tier": "besar"})
	if len(o.Invoices) != 4 {
		t.Fatalf("%d invoices, want 4", len(o.Invoices))
	}
	for n, i := range o.Invoices {
		if i.DueAtStart != (n < 2) || i.Amount > 10_000_000 || (i.DueAt == "") != (n >= 2) {
			t.Errorf("invoice %d: %+v", n, i)
		}
	}
	a.pay(t, o.Invoices[0].ID)
	if got := a.detail(t, a.client, o.Project.ID).Status; got != string(collections.PendingPayment) {
		t.Fatalf("after the first payment: %s", got)
	}
	a.pay(t, o.Invoices[1].ID)
	if got := a.detail(t, a.client, o.Project.ID).Status; got != string(collections.InProgress) {
		t.Fatalf("after the second payment: %s", got)
	}
}

func TestAdminWhoOrdersIsAClientThere(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	o := a.started(t, a.admin)
	a.review(t, o.Project.ID)
	a.move(t, a.admin, o.Project.ID, "revise", map[string]any{"note": "Logo"}).Want(200)
	d := a.detail(t, a.admin, o.Project.ID)
	if first, last := d.Timeline[0], d.Timeline[len(d.Timeline)-1]; first.ActorKind != "client" || last.ActorKind != "client" {
		t.Errorf("timeline by %s … %s", first.ActorKind, last.ActorKind)
	}
	other := a.order(t, a.client, map[string]any{"name": "Milik klien", "tier": "dasar"})
	a.Do(t, "GET", "/api/projects/"+other.Project.ID, a.admin.Token, nil).WantError(404)
	a.move(t, a.admin, other.Project.ID, "cancel", nil).WantError(404)
}

// What the demo client orders belongs to the demo and goes with it.
func TestOrderOfADemoClientIsDemoData(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	guest := a.NewUser(t, collections.RoleClient)
	guest.Set("demo", true)
	if err := a.Save(guest); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[*core.Record]bool{guest.Record: true, a.client.Record: false} {
		var o ordered
		a.Do(t, "POST", "/api/projects", a.Token(t, user), map[string]any{"name": "SD", "tier": "dasar"}).Want(201).JSON(&o)
		for collection, id := range map[string]string{collections.Projects: o.Project.ID, collections.Invoices: o.Invoices[0].ID} {
			r, err := a.FindRecordById(collection, id)
			if err != nil || r.GetBool("demo") != want {
				t.Errorf("%s: demo %t, want %t (%v)", collection, !want, want, err)
			}
		}
	}
}
