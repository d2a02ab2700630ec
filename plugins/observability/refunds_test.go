package observability_test

import (
	"strings"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/observability"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
)

// Whoever may see money is told of refunds that nobody has received; a node serves
// all the same, and nobody else is told.
func TestPW107_ReadinessTellsAdminsOfRefunds(t *testing.T) {
	t.Parallel()
	money := till.New(t)
	app := plugintest.New(t, money.Register, func(app *plugintest.App) {
		observability.MustRegister(app, observability.Config{MetricsToken: token, MaxJobAge: 1000 * time.Hour})
	})
	app.SetNow(time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC))
	client, admin := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleAdmin)
	invoices, err := collections.FindInvoices(app, app.NewProject(t, client, app.NewTier(t, "dasar", 1_500_000, 100)).Id)
	if err != nil {
		t.Fatal(err)
	}
	money.Scan(t, money.Code(t, invoices[0].Id, client.Token))
	money.Wish(t, invoices[0].Id, 500_000)
	app.SetNow(app.Now().Add(24*time.Hour + time.Second))
	for name, token := range map[string]string{"guest": "", "client": client.Token} {
		if body := string(app.Do(t, "GET", "/api/ready", token, nil).Want(200).Body); strings.Contains(body, "refunds") {
			t.Errorf("%s: %s", name, body)
		}
	}
	for name, token := range map[string]string{"admin": admin.Token, "superuser": app.Superuser(t)} {
		var r observability.Readiness
		app.Do(t, "GET", "/api/ready", token, nil).Want(200).JSON(&r)
		if want := (observability.Refunds{OnTheWay: 1, Late: 1, OldestAt: "2026-11-22 05:00:00.000Z"}); r.Refunds == nil || *r.Refunds != want {
			t.Errorf("%s: %+v, want %+v", name, r.Refunds, want)
		}
	}
}
