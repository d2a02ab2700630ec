package migrations_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations"
	"golang.org/x/crypto/bcrypt"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/sqlite"
)

// A fresh directory ends with every collection, and running the steps again
// changes nothing.
func TestMigrationsMakeTheSchemaOnce(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	for _, name := range []string{
		"users", "agency", "counters", "pricing_tiers", "templates", "projects", "project_events", "invoices", "payment_attempts",
		"webhook_inbox", "ledger", "money_exceptions", "notifications", "audit_logs", "jobs",
		"posts", "pages", "faqs", "testimonials", "slug_redirects", "contact_messages",
	} {
		if _, err := app.FindCollectionByNameOrId(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	before := app.Hash(t)
	if err := app.RunAllMigrations(); err != nil || app.Hash(t) != before {
		t.Errorf("running again: %v, changed %t", err, app.Hash(t) != before)
	}
	if n, err := app.CountRecords("agency"); err != nil || n != 1 {
		t.Errorf("%d agencies, %v; want the one row", n, err)
	}
}

// Every list that is served has an index for its order; one for a user's own
// rows ends with the id, which breaks ties.
func TestServedListsHaveTheirIndex(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	for collection, index := range map[string]string{
		"projects": "idx_projects_user_created", "invoices": "idx_invoices_user_created", "notifications": "idx_notifications_user_created",
		"users": "idx_users_created", "pricing_tiers": "idx_pricing_tiers_active", "templates": "idx_templates_sort",
		"posts": "idx_posts_published", "pages": "idx_pages_created", "faqs": "idx_faqs_active", "testimonials": "idx_testimonials_active",
		"jobs": "idx_jobs_due", "ledger": "idx_ledger_invoice", "audit_logs": "idx_audit_logs_created",
	} {
		c, err := app.FindCollectionByNameOrId(collection)
		if err != nil {
			t.Fatal(err)
		}
		if c.GetIndex(index) == "" {
			t.Errorf("%s has no index %s", collection, index)
		}
	}
}

// One invoice cannot have two charges that are open at once, whoever inserts.
func TestSecondOpenChargeIsRefusedByTheDatabase(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	project := app.NewProject(t, app.NewUser(t, "client"), app.NewTier(t, "dasar", 1_000_000, 100))
	invoice, err := app.FindFirstRecordByData("invoices", "project", project.Id)
	if err != nil {
		t.Fatal(err)
	}
	insert := func(seq int, status string) error {
		_, err := app.DB().Insert("payment_attempts", dbx.Params{
			"id": core.GenerateDefaultRandomId(), "invoice": invoice.Id, "seq": seq, "order_id": core.GenerateDefaultRandomId(), "idem_key": "x", "amount": 1, "status": status,
		}).Execute()
		return err
	}
	results := []bool{insert(1, "expire") == nil, insert(2, "pending") == nil, insert(3, "creating") == nil, insert(4, "cancel") == nil}
	if !slices.Equal(results, []bool{true, true, false, true}) {
		t.Errorf("inserted %v, want only the second open one refused", results)
	}
}

// A fresh installation has its terms, its privacy policy and the questions that
// every client asks: in both languages, its own and no demo, and as clean as
// the hooks would leave them.
func TestMigrationsWriteTheStarterTexts(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	for _, slug := range []string{"tentang", "syarat", "privasi"} {
		page, err := app.FindFirstRecordByData("pages", "slug", slug)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range []string{"title", "title_en", "content", "content_en"} {
			if page.GetString(column) == "" || page.GetBool("demo") || page.GetString("status") != "published" {
				t.Errorf("%s: %s is empty, or the page is not public", slug, column)
			}
		}
		id, en := page.GetString("content"), page.GetString("content_en")
		page.Set("content", id+" ")
		page.Set("content_en", en+" ")
		if err := app.Save(page); err != nil {
			t.Fatal(err)
		}
		if page.GetString("content") != id+" " || page.GetString("content_en") != en+" " {
			t.Errorf("%s: the hooks change the text", slug)
		}
	}
	if n, err := app.CountRecords("faqs", dbx.HashExp{"is_active": true, "demo": false}); err != nil || n != 10 {
		t.Errorf("%d questions, %v", n, err)
	}
}

// production is what the migrations make, and nothing else: the template of the
// tests hashes passwords more cheaply.
func production(t *testing.T) core.App {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: filepath.Join(t.TempDir(), "data"), DBConnect: sqlite.Connect})
	if err := errors.Join(app.Bootstrap(), app.RunAllMigrations()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.ClearBootstrap(); err != nil {
			t.Error(err)
		}
	})
	return app
}

func TestPasswordsAreHashedAtFullCost(t *testing.T) {
	t.Parallel()
	all, err := production(t).FindAllCollections(core.CollectionTypeAuth)
	if err != nil || len(all) < 2 {
		t.Fatalf("%d collections with passwords, %v; want users and superusers", len(all), err)
	}
	for _, c := range all {
		record := core.NewRecord(c)
		record.SetPassword(plugintest.Password)
		cost, err := bcrypt.Cost([]byte(record.GetString("password:hash")))
		if err != nil || cost < bcrypt.DefaultCost {
			t.Errorf("%s hashes passwords at cost %d, %v; want at least %d", c.Name, cost, err, bcrypt.DefaultCost)
		}
	}
}
