package hooks_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// world is an agency with one client and one ordered project.
type world struct {
	*plugintest.App
	client, admin *plugintest.User
	superuser     string
	tier          *collections.PricingTier
	project       *collections.Project
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{App: plugintest.New(t)}
	w.client, w.admin = w.NewUser(t, collections.RoleClient), w.NewUser(t, collections.RoleAdmin)
	w.superuser = w.Superuser(t)
	w.tier = w.NewTier(t, "dasar", 2_000_000, 50)
	w.project = w.NewProject(t, w.client, w.tier)
	return w
}

// pay covers the invoice with money in the ledger and marks it paid.
func (w *world) pay(t *testing.T, i *collections.Invoice) {
	t.Helper()
	err := w.RunInTransaction(func(txApp core.App) error {
		now := collections.DateTime(w.Now())
		if _, err := collections.Book(txApp, collections.LedgerEntry{
			Invoice: i.Id, Kind: collections.LedgerPayment, Amount: i.Amount(), Applied: i.Amount(),
			DedupeKey: "pay:test-" + i.Id, At: now,
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

func (w *world) invoices(t *testing.T) []*collections.Invoice {
	t.Helper()
	list, err := collections.FindInvoices(w, w.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// payStart pays all that work waits for.
func (w *world) payStart(t *testing.T) {
	t.Helper()
	for _, i := range w.invoices(t) {
		if i.DueAtStart() {
			w.pay(t, i)
		}
	}
}

func (w *world) reload(t *testing.T) *collections.Project {
	t.Helper()
	p, err := collections.FindProject(w, w.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *world) path() string { return "/api/collections/projects/records/" + w.project.Id }
