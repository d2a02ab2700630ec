package hooks_test

import (
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func superuserOf(t *testing.T, app core.App, user *plugintest.User) *core.Record {
	t.Helper()
	rows, err := app.FindAllRecords(core.CollectionNameSuperusers, dbx.HashExp{"account": user.Id})
	if err != nil || len(rows) > 1 {
		t.Fatalf("superusers of %s = %d, %v", user.Id, len(rows), err)
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[0]
}

func dashboardLogin(t *testing.T, app *plugintest.App, email, password string) *plugintest.Response {
	return app.Do(t, "POST", "/api/collections/_superusers/auth-with-password", "",
		map[string]any{"identity": email, "password": password})
}

func TestAdminOpensTheDashboardWithTheSamePassword(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	dashboardLogin(t, app, admin.Email(), plugintest.Password).Want(200)

	admin.SetEmail("baru@contoh.test")
	admin.SetPassword("kata-sandi-baru-9")
	if err := app.Save(admin); err != nil {
		t.Fatal(err)
	}
	dashboardLogin(t, app, "baru@contoh.test", "kata-sandi-baru-9").Want(200)
	dashboardLogin(t, app, "baru@contoh.test", plugintest.Password).Want(400)

	client := app.NewUser(t, collections.RoleClient)
	if superuserOf(t, app, client) != nil {
		t.Error("a client has a superuser")
	}
	dashboardLogin(t, app, client.Email(), plugintest.Password).Want(400)
}

func TestDemotionEndsTheDashboardSessionAndPromotionReturnsIt(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	boss, admin := app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleAdmin)
	token := dashboardLogin(t, app, admin.Email(), plugintest.Password).Want(200).Map()["token"].(string)
	app.Do(t, "GET", "/api/collections", token, nil).Want(200)

	path := "/api/collections/users/records/" + admin.Id
	app.Do(t, "PATCH", path, boss.Token, map[string]any{"role": "client"}).Want(200)
	app.Do(t, "GET", "/api/collections", token, nil).Want(401)
	if superuserOf(t, app, admin) != nil {
		t.Error("the superuser outlived the demotion")
	}
	app.Do(t, "PATCH", path, boss.Token, map[string]any{"role": "admin"}).Want(200)
	dashboardLogin(t, app, admin.Email(), plugintest.Password).Want(200)

	if err := app.Delete(collections.AsUser(app.Reload(t, admin.Record)).Record); err != nil {
		t.Fatal(err)
	}
	if superuserOf(t, app, admin) != nil {
		t.Error("the superuser outlived its account")
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	superuser := app.Superuser(t) // even with a break-glass superuser there
	before := app.Hash(t)
	path := "/api/collections/users/records/" + admin.Id
	app.Do(t, "PATCH", path, superuser, map[string]any{"role": "client"}).WantError(400, "role")
	app.Do(t, "DELETE", path, superuser, nil).Want(400)
	if app.Hash(t) != before {
		t.Error("the refusal left traces")
	}
}

func TestBreakGlassSuperuserIsNeverAdopted(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	app.NewUser(t, collections.RoleAdmin)
	client := app.NewUser(t, collections.RoleClient)
	app.New(t, core.CollectionNameSuperusers, map[string]any{"email": client.Email(), "password": "darurat-123456"})
	before := app.Hash(t)
	client.Set("role", collections.RoleAdmin)
	if err := app.Save(client); err == nil {
		t.Fatal("the promotion took over a foreign superuser")
	}
	if app.Hash(t) != before {
		t.Error("role saved although the mirror was refused")
	}
	dashboardLogin(t, app, client.Email(), "darurat-123456").Want(200)
}

func TestMirrorIsEditedThroughItsAccountOnly(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	superuser := app.Superuser(t)
	mirror := superuserOf(t, app, admin)
	path := "/api/collections/_superusers/records/" + mirror.Id
	before := app.Hash(t)
	app.Do(t, "PATCH", path, superuser, map[string]any{"email": "lain@contoh.test"}).WantError(400, "email")
	app.Do(t, "PATCH", path, superuser, map[string]any{"password": "kata-sandi-x1", "passwordConfirm": "kata-sandi-x1"}).WantError(400, "password")
	app.Do(t, "PATCH", path, superuser, map[string]any{"account": ""}).WantError(400, "account")
	app.Do(t, "DELETE", path, superuser, nil).WantError(400)
	if app.Hash(t) != before {
		t.Error("the mirror was edited directly")
	}
}

func TestNobodyRaisesTheOwnRole(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	app.NewUser(t, collections.RoleAdmin)
	client, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	before := app.Hash(t)
	app.Do(t, "PATCH", "/api/collections/users/records/"+client.Id, client.Token, map[string]any{"role": "admin"}).WantError(404)
	app.Do(t, "PATCH", "/api/collections/users/records/"+other.Id, client.Token, map[string]any{"name": "x"}).WantError(404)
	app.Do(t, "POST", "/api/collections/users/records", "", map[string]any{
		"name": "x", "email": "x@contoh.test", "password": "rahasia-123", "passwordConfirm": "rahasia-123", "role": "admin",
	}).WantError(400)
	if app.Hash(t) != before {
		t.Error("a refused request left traces")
	}
	r := app.Do(t, "POST", "/api/collections/users/records", "", map[string]any{
		"name": "x", "email": "x@contoh.test", "password": "rahasia-123", "passwordConfirm": "rahasia-123",
	}).Want(200)
	if role := r.Map()["role"]; role != "client" {
		t.Errorf("role = %v", role)
	}
}

func TestUserWithProjectsIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.Hash(t)
	w.Do(t, "DELETE", "/api/collections/users/records/"+w.client.Id, w.superuser, nil).Want(400)
	if w.Hash(t) != before {
		t.Error("the refusal left traces")
	}
}

// Whoever gives or takes the power over everything stands in the audit log at both
// accounts.
func TestTheMirrorNamesWhoPromotedAndDemoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/api/collections/users/records/" + w.client.Id
	w.Do(t, "PATCH", path, w.admin.Token, map[string]any{"role": collections.RoleAdmin}).Want(200)
	w.Do(t, "PATCH", path, w.admin.Token, map[string]any{"role": collections.RoleClient}).Want(200)
	for _, action := range []string{"create", "delete"} {
		rows, err := w.FindAllRecords(collections.AuditLogs, dbx.HashExp{"collection": core.CollectionNameSuperusers, "action": action, "actor": w.admin.Id})
		if err != nil || len(rows) != 1 {
			t.Errorf("%d rows say that the admin is behind the %s of the superuser, %v", len(rows), action, err)
		}
	}
}
