package hooks_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func TestOrderIsInvoicedInTheSameTransaction(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	app.SetNow(time.Date(2026, 12, 31, 18, 30, 0, 0, time.UTC)) // already January in Jakarta
	client := app.NewUser(t, collections.RoleClient)
	project := app.NewProject(t, client, app.NewTier(t, "besar", 25_000_000, 50))
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil || len(invoices) != 4 {
		t.Fatalf("%d invoices, %v; want 4", len(invoices), err)
	}
	var sum int64
	for n, i := range invoices {
		sum += i.Amount()
		if i.Number() != fmt.Sprintf("INV/2027/I/%04d", n+1) || i.Instalment() != n+1 || i.Instalments() != 4 {
			t.Errorf("invoice %d is %s, part %d of %d", n, i.Number(), i.Instalment(), i.Instalments())
		}
		if i.DueAtStart() != (n < 2) || i.DueAt().IsZero() != (n >= 2) {
			t.Errorf("invoice %d: due at start %t, due %s", n, i.DueAtStart(), i.DueAt())
		}
	}
	if sum != 25_000_000 {
		t.Errorf("the parts make %d", sum)
	}
	if due := invoices[0].DueAt().Time(); !due.Equal(time.Date(2027, 1, 4, 16, 59, 59, 999e6, time.UTC)) {
		t.Errorf("due %s, want the end of 4 January in Jakarta", due)
	}
}

func TestOrderWithPPNKeepsEveryPartPayable(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	agency, err := collections.FindAgency(app)
	if err != nil {
		t.Fatal(err)
	}
	agency.Set("pkp", true)
	if err := app.Save(agency); err != nil {
		t.Fatal(err)
	}
	project := app.NewProject(t, app.NewUser(t, collections.RoleClient), app.NewTier(t, "pas", 10_000_000, 100))
	invoices, _ := collections.FindInvoices(app, project.Id)
	if len(invoices) != 2 { // 10,000,000 net are 11,100,000 with tax: over the cap
		t.Fatalf("%d invoices, want 2", len(invoices))
	}
	i := invoices[0]
	if i.DPP() != 4_583_333 || i.PPN() != 550_000 || i.Amount() != 5_550_000 || i.TaxRate() != 12 {
		t.Errorf("dpp %d, ppn %d, total %d", i.DPP(), i.PPN(), i.Amount())
	}
}

// Numbers have no gap and no double under parallel orders and failed ones.
func TestInvoiceNumbersHaveNoGapsAtOnce(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	tier := app.NewTier(t, "dasar", 1_000_000, 100)
	client := app.NewUser(t, collections.RoleClient)
	superuser := app.Superuser(t)
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			body := map[string]any{"user": client.Id, "name": fmt.Sprint("Web ", n), "type": "company", "tier": tier.Id}
			if n%4 == 0 {
				body["status"] = "review" // refused
			}
			app.Do(t, "POST", "/api/collections/projects/records", superuser, body)
		})
	}
	wg.Wait()
	rows, err := app.FindAllRecords(collections.Invoices)
	if err != nil || len(rows) != 15 {
		t.Fatalf("%d invoices, %v; want 15", len(rows), err)
	}
	seen := map[int]bool{}
	for _, r := range rows {
		seen[collections.AsInvoice(r).Serial()] = true
	}
	for n := 1; n <= 15; n++ {
		if !seen[n] {
			t.Errorf("number %d is missing", n)
		}
	}
}

func TestDashboardOrderNeedsATierOnSale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.Hash(t)
	for _, tier := range []string{"", "missing", "gone"} {
		w.Do(t, "POST", "/api/collections/projects/records", w.superuser, map[string]any{
			"user": w.client.Id, "name": "Web", "type": "company", "tier": tier,
		}).WantError(400, "tier")
	}
	w.Do(t, "POST", "/api/collections/projects/records", w.superuser, map[string]any{
		"user": w.client.Id, "name": "Web", "type": "berita", "tier": w.tier.Id,
	}).WantError(400, "tier")
	if w.Hash(t) != before {
		t.Error("a refused order left traces")
	}
}
