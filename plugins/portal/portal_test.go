package portal_test

import (
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
	"jasaweb/plugins/portal"
)

// agency is an agency with one client, one admin and one package of Rp2.000.000.
type agency struct {
	*plugintest.App
	client, admin *plugintest.User
	tier          *collections.PricingTier
	money         *till.Till
}

func newAgency(t *testing.T, register ...func(*plugintest.App)) *agency {
	t.Helper()
	a := &agency{money: till.New(t)}
	a.App = plugintest.New(t, append(register, a.money.Register, func(app *plugintest.App) {
		portal.MustRegister(app, portal.Config{Credentials: app.Credentials})
	})...)
	a.client, a.admin = a.NewUser(t, collections.RoleClient), a.NewUser(t, collections.RoleAdmin)
	a.tier = a.NewTier(t, "dasar", 2_000_000, 50)
	return a
}

// ordered is what the order route answers.
type ordered struct {
	Project  collections.ProjectView
	Invoices []collections.InvoiceView
}

func (a *agency) order(t *testing.T, by *plugintest.User, body map[string]any) ordered {
	t.Helper()
	var o ordered
	a.Do(t, "POST", "/api/projects", by.Token, body).Want(201).JSON(&o)
	return o
}

func (a *agency) detail(t *testing.T, by *plugintest.User, id string) collections.ProjectDetail {
	t.Helper()
	var d collections.ProjectDetail
	a.Do(t, "GET", "/api/projects/"+id, by.Token, nil).Want(200).JSON(&d)
	return d
}

// move presses one of the owner's buttons.
func (a *agency) move(t *testing.T, by *plugintest.User, id, verb string, body any) *plugintest.Response {
	t.Helper()
	return a.Do(t, "POST", "/api/projects/"+id+"/"+verb, by.Token, body)
}

// pay pays the whole invoice by bank transfer.
func (a *agency) pay(t *testing.T, invoiceID string) {
	t.Helper()
	a.money.Pay(t, invoiceID)
}

// review has the agency finish the work and show it.
func (a *agency) review(t *testing.T, id string) {
	t.Helper()
	p, err := collections.FindProject(a, id)
	if err != nil {
		t.Fatal(err)
	}
	p.SetStatus(collections.Review)
	p.Set("url", "https://sd.sch.id")
	p.SetCredentials(&collections.Credentials{AdminURL: "https://sd.sch.id/login", Username: "admin", Password: "rahasia"})
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByAdmin, ID: a.admin.Id})
	if err := a.Save(p); err != nil {
		t.Fatal(err)
	}
}

// started is an ordered project whose first invoice is paid.
func (a *agency) started(t *testing.T, by *plugintest.User) ordered {
	t.Helper()
	o := a.order(t, by, map[string]any{"name": "SD Nusantara", "tier": "dasar"})
	a.pay(t, o.Invoices[0].ID)
	return o
}
