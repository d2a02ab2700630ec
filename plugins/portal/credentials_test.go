package portal_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// delivered is a project whose website has been accepted.
func (a *agency) delivered(t *testing.T) string {
	t.Helper()
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	a.pay(t, o.Invoices[1].ID)
	a.move(t, a.client, o.Project.ID, "approve", nil).Want(200)
	return o.Project.ID
}

func TestLoginOfTheWebsiteNeedsThePasswordAndLeavesATrace(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	id := a.delivered(t)
	if got := a.detail(t, a.client, id).ViewedAt; got != "" {
		t.Errorf("viewed at %q before anybody looked", got)
	}
	var shown struct {
		Credentials collections.Credentials
		ViewedAt    string `json:"viewed_at"`
	}
	show := map[string]any{"password": plugintest.Password}
	a.move(t, a.client, id, "credentials", show).Want(200).JSON(&shown)
	if shown.Credentials.Password != "rahasia" || shown.ViewedAt != "" {
		t.Errorf("%+v", shown)
	}
	a.move(t, a.client, id, "credentials", show).Want(200).JSON(&shown)
	if shown.ViewedAt == "" || a.detail(t, a.client, id).ViewedAt == "" {
		t.Error("the client is not told of the last view")
	}
	rows, err := a.FindAllRecords(collections.AuditLogs, dbx.HashExp{"record": id, "action": collections.AuditCredentialsViewed})
	if err != nil || len(rows) != 2 || rows[0].GetString("actor") != a.client.Id || rows[0].GetString("actor_kind") != "client" {
		t.Errorf("%d rows in the audit log, %v", len(rows), err)
	}
	for _, row := range rows {
		if strings.Contains(row.GetString("after")+row.GetString("before"), "rahasia") {
			t.Error("the audit log holds the login")
		}
	}
}

func TestLoginOfTheWebsiteStaysClosed(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	show := map[string]any{"password": plugintest.Password}
	o := a.started(t, a.client)
	a.review(t, o.Project.ID)
	a.move(t, a.client, o.Project.ID, "credentials", show).WantError(409, "status") // not accepted yet
	a.pay(t, o.Invoices[1].ID)
	a.move(t, a.client, o.Project.ID, "approve", nil).Want(200)
	for _, stranger := range []*plugintest.User{a.admin, a.NewUser(t, collections.RoleClient)} {
		a.move(t, stranger, o.Project.ID, "credentials", show).WantError(404)
	}
	for range 5 {
		a.move(t, a.client, o.Project.ID, "credentials", map[string]any{"password": "tebakan"}).WantError(400, "password")
	}
	r := a.move(t, a.client, o.Project.ID, "credentials", show).WantError(429, "password")
	if strings.Contains(string(r.Body), "rahasia") {
		t.Error("the sixth try opened it")
	}
}

func TestAgencySaysWhereTransfersGo(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	row, err := collections.FindAgency(a)
	if err != nil {
		t.Fatal(err)
	}
	row.Set("bank_account", "123-456")
	if err := a.Save(row); err != nil {
		t.Fatal(err)
	}
	if got := a.Do(t, "GET", "/api/agency", "", nil).Want(200).Map()["bank_account"]; got != "123-456" {
		t.Errorf("account %v", got)
	}
}
