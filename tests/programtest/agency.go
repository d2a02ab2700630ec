package programtest

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
)

// Agency is the whole program with a client who ordered something, another
// client, an admin and a superuser.
type Agency struct {
	*plugintest.App
	Tokens  map[string]string
	Stale   string // a token that was good until everybody was signed out
	Owner   *plugintest.User
	Other   *plugintest.User
	Tier    *collections.PricingTier
	Project *collections.Project
	Invoice *collections.Invoice
	Silence func() // makes the payment provider answer no more
}

// NewAgency starts one, with a payment provider that notifies nobody.
func NewAgency(t *testing.T, more ...func(*plugintest.App)) *Agency {
	t.Helper()
	gateway := NewSandbox(t)
	a := &Agency{App: NewApp(t, plugins.Options{MidtransServerKey: SandboxKey, MidtransBaseURL: gateway.URL}, more...), Silence: gateway.Close}
	a.Owner, a.Other = a.NewUser(t, collections.RoleClient), a.NewUser(t, collections.RoleClient)
	admin := a.NewUser(t, collections.RoleAdmin)
	a.NewUser(t, collections.RoleAdmin) // so that the first is not the last
	a.Tokens = map[string]string{
		"guest": "", "other client": a.Other.Token, "owner": a.Owner.Token, "admin": admin.Token, "superuser": a.Superuser(t),
	}
	left := a.NewUser(t, collections.RoleAdmin)
	a.Stale = left.Token
	left.RefreshTokenKey()
	if err := a.Save(left); err != nil {
		t.Fatal(err)
	}
	a.Tier = a.NewTier(t, "dasar", 2_000_000, 50)
	a.Order(t)
	return a
}

// Order gives the owner a fresh project.
func (a *Agency) Order(t *testing.T) {
	t.Helper()
	a.Project = a.NewProject(t, a.Owner, a.Tier)
	invoices, err := collections.FindInvoices(a, a.Project.Id)
	if err != nil {
		t.Fatal(err)
	}
	a.Invoice = invoices[0]
}

// ToReview brings the project to review.
func (a *Agency) ToReview(t *testing.T) {
	t.Helper()
	err := a.RunInTransaction(func(txApp core.App) error {
		invoices, err := collections.FindInvoices(txApp, a.Project.Id)
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
	a.Do(t, "PUT", "/api/admin/projects/"+a.Project.Id, a.Tokens["admin"], map[string]any{
		"status": "review", "url": "https://sd.sch.id",
		"credentials": map[string]any{"admin_url": "https://sd.sch.id/admin", "username": "admin", "password": "rahasia"},
	}).Want(200)
}

// Rest waits until the background work of what went before is done.
func (a *Agency) Rest(t *testing.T) {
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

// Body makes a JSON object of names and values in turn.
func Body(pairs ...any) map[string]any {
	m := map[string]any{}
	for n := 0; n+1 < len(pairs); n += 2 {
		m[pairs[n].(string)] = pairs[n+1]
	}
	return m
}

// At puts the ids of the fixtures in the places of format.
func (a *Agency) At(format string) string {
	return strings.NewReplacer("{project}", a.Project.Id, "{invoice}", a.Invoice.Id, "{other}", a.Other.Id, "{owner}", a.Owner.Id).Replace(format)
}

// PayLink asks for the pay link of the agency's invoice and returns its token.
func (a *Agency) PayLink(t *testing.T) string {
	t.Helper()
	address, _ := a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/link", a.Owner.Token, nil).Want(200).Map()["pay_url"].(string)
	_, token, found := strings.Cut(address, "/i/")
	if !found || token == "" {
		t.Fatalf("pay_url = %q", address)
	}
	return token
}

// Invoices are the two of the agency's project: the deposit and the rest.
func (a *Agency) Invoices(t *testing.T) []*collections.Invoice {
	t.Helper()
	list, err := collections.FindInvoices(a, a.Project.Id)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d invoices, %v", len(list), err)
	}
	return list
}
