package demo_test

import (
	"bytes"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/plugintest"
)

func newDemo(t *testing.T) *plugintest.App {
	t.Helper()
	app := plugintest.New(t)
	load(t, app)
	return app
}

func load(t *testing.T, app core.App) {
	t.Helper()
	if err := demo.Load(app); err != nil {
		t.Fatal(err)
	}
}

func TestLoadingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	before := app.Hash(t)
	load(t, app)
	if app.Hash(t) != before {
		t.Error("the second load changed rows")
	}
}

func TestEveryRowIsFlagged(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	for _, name := range []string{collections.Users, collections.PricingTiers, collections.Templates} {
		all, err := app.CountRecords(name)
		if err != nil {
			t.Fatal(err)
		}
		flagged, err := app.CountRecords(name, dbx.HashExp{"demo": true})
		if err != nil || all == 0 || flagged != all {
			t.Errorf("%s: %d of %d rows are flagged, %v", name, flagged, all, err)
		}
	}
}

func TestEditedRowsStayEdited(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	tier, err := collections.FindTier(app, "sekolah")
	if err != nil {
		t.Fatal(err)
	}
	tier.Set("price", 9_000_000)
	tier.Set("is_active", false)
	if err := app.Save(tier); err != nil {
		t.Fatal(err)
	}
	before := app.Hash(t)
	load(t, app)
	if app.Hash(t) != before {
		t.Error("loading took the edit back, or made a second row")
	}
}

// A real customer may have the demo account's address by then.
func TestRowsOfOthersAreNotAdopted(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	own := app.New(t, collections.PricingTiers, map[string]any{
		"identifier": "company", "name": "Punya kami", "type": "company", "price": 7_000_000, "deposit_percent": 100, "is_active": true,
	})
	load(t, app)
	if r := app.Reload(t, own); r.GetBool("demo") || r.GetString("name") != "Punya kami" {
		t.Errorf("the agency's own package became %q, demo %t", r.GetString("name"), r.GetBool("demo"))
	}
}

func TestDemoClientCanOrderEveryPackage(t *testing.T) {
	t.Parallel()
	app := newDemo(t)
	client := demoClient(t, app)
	tiers, err := app.FindAllRecords(collections.PricingTiers)
	if err != nil || len(tiers) < 3 {
		t.Fatalf("%d packages, %v", len(tiers), err)
	}
	for _, r := range tiers {
		project := app.NewProject(t, &plugintest.User{User: client}, collections.AsPricingTier(r))
		if invoices, err := collections.FindInvoices(app, project.Id); err != nil || len(invoices) < 2 {
			t.Errorf("%s: %d invoices, %v", r.GetString("identifier"), len(invoices), err)
		}
	}
}

func demoClient(t *testing.T, app core.App) *collections.User {
	t.Helper()
	r, err := app.FindAuthRecordByEmail(collections.Users, "klien@jasaweb.test")
	if err != nil {
		t.Fatal(err)
	}
	return collections.AsUser(r)
}

func TestDemoCanBeRemoved(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	app.NewUser(t, collections.RoleAdmin) // somebody real runs the agency by now
	load(t, app)
	tier, err := collections.FindTier(app, "berita")
	if err != nil {
		t.Fatal(err)
	}
	project := app.New(t, collections.Projects, map[string]any{
		"user": demoClient(t, app).Id, "name": "Contoh", "type": "berita", "tier": tier.Id, "demo": true,
	})
	payDemo(t, app, project.Id)
	for _, name := range []string{ // what depends on others first
		collections.Notifications, collections.ProjectEvents, collections.Ledger, collections.Invoices,
		collections.Projects, collections.PricingTiers, collections.Templates, collections.Users, collections.AuditLogs,
	} {
		rows, err := app.FindAllRecords(name, dbx.HashExp{"demo": true})
		if err != nil || len(rows) == 0 {
			t.Errorf("%s: %d demo rows, %v", name, len(rows), err)
		}
		for _, row := range rows {
			if err := app.Delete(row); err != nil {
				t.Fatalf("delete from %s: %v", name, err)
			}
		}
	}
	if n, err := app.CountRecords(core.CollectionNameSuperusers); err != nil || n != 1 {
		t.Errorf("%d superusers, %v; the demo admin's should be gone", n, err)
	}
	load(t, app) // and it can come back
}

func payDemo(t *testing.T, app *plugintest.App, projectID string) {
	t.Helper()
	invoices, err := collections.FindInvoices(app, projectID)
	if err != nil {
		t.Fatal(err)
	}
	err = app.RunInTransaction(func(txApp core.App) error {
		i, now := invoices[0], collections.DateTime(app.Now())
		if _, err := collections.Book(txApp, collections.LedgerEntry{
			Invoice: i.Id, Kind: collections.LedgerPayment, Amount: i.Amount(), Applied: i.Amount(),
			DedupeKey: "pay:test-" + i.Id, At: now, Demo: true,
		}); err != nil {
			return err
		}
		i.MarkPaid(now)
		return txApp.Save(i)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCommandLoadsAndPrintsTheAccounts(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "jasaweb"}
	app := plugintest.New(t, func(app *plugintest.App) { demo.MustRegister(app, demo.Config{RootCmd: root}) })
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"demo"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if !demoClient(t, app).ValidatePassword("demo-klien-2026") || !bytes.Contains(out.Bytes(), []byte("klien@jasaweb.test  demo-klien-2026")) {
		t.Errorf("printed %s", out.String())
	}
}
