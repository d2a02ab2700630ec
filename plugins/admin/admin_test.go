package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/admin"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
)

// agency is an agency with one client, one admin and one project under way.
type agency struct {
	*plugintest.App
	client, admin *plugintest.User
	project       *collections.Project
	money         *till.Till
}

func newAgency(t *testing.T) *agency {
	t.Helper()
	a := &agency{money: till.New(t)}
	a.App = plugintest.New(t, a.money.Register, func(app *plugintest.App) {
		admin.MustRegister(app, admin.Config{Credentials: app.Credentials})
	})
	a.client, a.admin = a.NewUser(t, collections.RoleClient), a.NewUser(t, collections.RoleAdmin)
	a.project = a.NewProject(t, a.client, a.NewTier(t, "dasar", 2_000_000, 100))
	a.payAll(t)
	return a
}

// payAll pays every invoice by bank transfer.
func (a *agency) payAll(t *testing.T) {
	t.Helper()
	invoices, err := collections.FindInvoices(a, a.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range invoices {
		a.money.Pay(t, i.Id)
	}
}

func (a *agency) putUser(t *testing.T, u *plugintest.User, body map[string]any) *plugintest.Response {
	t.Helper()
	return a.Do(t, "PUT", "/api/admin/users/"+u.Id, a.admin.Token, body)
}

func (a *agency) putProject(t *testing.T, body map[string]any) *plugintest.Response {
	t.Helper()
	return a.Do(t, "PUT", "/api/admin/projects/"+a.project.Id, a.admin.Token, body)
}

func (a *agency) login(t *testing.T, collection, email, password string) *plugintest.Response {
	t.Helper()
	return a.Do(t, "POST", "/api/collections/"+collection+"/auth-with-password", "",
		map[string]any{"identity": email, "password": password})
}

func login(password string) map[string]any {
	return map[string]any{"admin_url": "https://sd.sch.id/login", "username": "admin", "password": password}
}

func TestPartOfAUserLeavesTheRest(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.putUser(t, a.client, map[string]any{"phone": "+62 812 3456 789", "locale": "en"}).Want(200)
	hash := a.Reload(t, a.client.Record).GetString("password:hash")
	var u collections.UserView
	a.putUser(t, a.client, map[string]any{"name": "Nama Baru"}).Want(200).JSON(&u)
	if u.Name != "Nama Baru" || u.Phone != "+62 812 3456 789" || u.Locale != "en" || u.Email != a.client.Email() || u.Role != "client" || !u.Verified {
		t.Errorf("%+v", u)
	}
	if a.Reload(t, a.client.Record).GetString("password:hash") != hash {
		t.Error("the password changed")
	}
	a.putUser(t, a.client, map[string]any{"phone": ""}).Want(200).JSON(&u)
	if u.Phone != "" {
		t.Errorf("an emptied phone is still %q", u.Phone)
	}
}

func TestNewPasswordEndsEverySession(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	path := "/api/collections/users/records/" + a.client.Id
	a.Do(t, "GET", path, a.client.Token, nil).Want(200)
	a.putUser(t, a.client, map[string]any{"name": "Nama Baru"}).Want(200)
	a.Do(t, "GET", path, a.client.Token, nil).Want(200)
	a.putUser(t, a.client, map[string]any{"password": "kata-sandi-baru-9"}).Want(200)
	if r := a.Do(t, "GET", path, a.client.Token, nil); r.Status == 200 {
		t.Error("the old token still reads")
	}
	a.login(t, "users", a.client.Email(), plugintest.Password).Want(400)
	a.login(t, "users", a.client.Email(), "kata-sandi-baru-9").Want(200)
}

func TestRoleOpensAndClosesTheDashboard(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	dashboard := func() int {
		return a.login(t, core.CollectionNameSuperusers, a.client.Email(), plugintest.Password).Status
	}
	if got := dashboard(); got != 400 {
		t.Errorf("a client's dashboard login: %d", got)
	}
	a.putUser(t, a.client, map[string]any{"role": "admin"}).Want(200)
	if got := dashboard(); got != 200 {
		t.Errorf("an admin's dashboard login: %d", got)
	}
	a.Do(t, "GET", "/api/admin/users", a.client.Token, nil).Want(200)
	a.putUser(t, a.client, map[string]any{"role": "client"}).Want(200)
	if got := dashboard(); got != 400 {
		t.Errorf("a demoted admin's dashboard login: %d", got)
	}
	a.Do(t, "GET", "/api/admin/users", a.client.Token, nil).WantError(403)
}

func TestTakenEmailIsNamed(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	before := a.Hash(t)
	for _, email := range []string{a.admin.Email(), strings.ToUpper(a.admin.Email())} {
		a.putUser(t, a.client, map[string]any{"email": email}).WantError(400, "email")
		a.Do(t, "POST", "/api/admin/users", a.admin.Token, map[string]any{
			"name": "Budi", "email": email, "password": "rahasia-123",
		}).WantError(400, "email")
	}
	if a.Hash(t) != before {
		t.Error("a refusal left traces")
	}
}

func TestOnlyAdminStaysAdmin(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	superuser := a.Superuser(t)
	before := a.Hash(t)
	for _, token := range []string{a.admin.Token, superuser} {
		a.Do(t, "PUT", "/api/admin/users/"+a.admin.Id, token, map[string]any{"role": "client"}).WantError(409, "role")
		a.Do(t, "DELETE", "/api/admin/users/"+a.admin.Id, token, nil).WantError(409, "id")
	}
	if a.Hash(t) != before {
		t.Error("a refusal left traces")
	}
	second := a.NewUser(t, collections.RoleAdmin)
	a.Do(t, "DELETE", "/api/admin/users/"+second.Id, a.admin.Token, nil).Want(204)
}

func TestUsersAreFoundByFilter(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.putUser(t, a.client, map[string]any{"name": "SMP Merdeka"}).Want(200)
	for filter, want := range map[string]int{
		"name ~ 'merdeka'": 1, "role = 'admin'": 1, "id = '" + a.client.Id + "'": 1, "name ~ 'tidak ada'": 0,
	} {
		var p struct {
			TotalItems int
			Items      []collections.UserView
		}
		a.Do(t, "GET", "/api/admin/users?filter="+url.QueryEscape(filter), a.admin.Token, nil).Want(200).JSON(&p)
		if p.TotalItems != want || len(p.Items) != want {
			t.Errorf("%s: %d users, want %d", filter, p.TotalItems, want)
		}
	}
	for _, secret := range []string{"password", "tokenKey"} {
		a.Do(t, "GET", "/api/admin/users?filter="+secret+url.QueryEscape(" != ''"), a.admin.Token, nil).WantError(400, "filter")
	}
}

func TestLoginOfTheWebsiteIsInTheDetailAlone(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	const password = `p"a\ss <b>🔑`
	var d collections.ProjectDetail
	a.putProject(t, map[string]any{"credentials": login(password)}).Want(200)
	a.Do(t, "GET", "/api/admin/projects/"+a.project.Id, a.admin.Token, nil).Want(200).JSON(&d)
	if d.Credentials == nil || d.Credentials.Password != password || d.Credentials.Username != "admin" {
		t.Fatalf("credentials = %+v", d.Credentials)
	}
	list := string(a.Do(t, "GET", "/api/admin/projects", a.admin.Token, nil).Want(200).Body)
	if strings.Contains(list, "credentials") || strings.Contains(list, "v1.") {
		t.Errorf("list = %s", list)
	}
	if stored := a.Reload(t, a.project.Record).GetString("credentials"); strings.Contains(stored, "ss <b>") {
		t.Error("the login is stored in plain")
	}
	a.putProject(t, map[string]any{"name": "Nama Baru"}).Want(200).JSON(&d)
	if d.Credentials == nil || d.Credentials.Password != password {
		t.Errorf("another change lost the login: %+v", d.Credentials)
	}
}

func TestDeliveryIsOneRequest(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.putProject(t, map[string]any{"status": "review", "note": "Silakan diperiksa"}).Want(200)
	var d collections.ProjectDetail
	a.putProject(t, map[string]any{
		"status": "completed", "url": "https://sd.sch.id", "credentials": login("rahasia"), "note": "Terima kasih",
		"support_until": "2027-01-31T00:00:00+07:00",
	}).Want(200).JSON(&d)
	if d.Status != "completed" || d.URL != "https://sd.sch.id" || d.Credentials == nil || d.SupportUntil != "2027-01-30 17:00:00.000Z" {
		t.Errorf("%+v", d)
	}
	notes := []string{}
	for _, line := range d.Timeline {
		notes = append(notes, line.To+": "+line.Note)
	}
	want := "pending_payment: , in_progress: , review: Silakan diperiksa, completed: Terima kasih"
	if got := strings.Join(notes, ", "); got != want {
		t.Errorf("timeline = %s, want %s", got, want)
	}
}

// Two admins opened the same project; each saves what they changed.
func TestStaleCopiesLoseNothing(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	first, second := a.Reload(t, a.project.Record), a.Reload(t, a.project.Record)
	a.putProject(t, map[string]any{"name": "Dari rute"}).Want(200)
	for record, change := range map[*core.Record][2]string{first: {"url", "https://sd.sch.id"}, second: {"brief", "Warna biru"}} {
		record.Set(change[0], change[1])
		if err := a.Save(record); err != nil {
			t.Fatal(err)
		}
	}
	p := a.Reload(t, a.project.Record)
	if p.GetString("name") != "Dari rute" || p.GetString("url") != "https://sd.sch.id" || p.GetString("brief") != "Warna biru" {
		t.Errorf("name %q, url %q, brief %q", p.GetString("name"), p.GetString("url"), p.GetString("brief"))
	}
}

// Two admins have the same page open. The second to save learns who was faster
// and what changed, and nothing of the second change is kept.
func TestOutdatedCopyIsRefusedWithWhoChangedWhat(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	sari := a.NewUser(t, collections.RoleAdmin)
	sari.Set("name", "Sari Wulandari")
	if err := a.Save(sari); err != nil {
		t.Fatal(err)
	}
	var seen collections.ProjectDetail
	a.Do(t, "GET", "/api/admin/projects/"+a.project.Id, a.admin.Token, nil).Want(200).JSON(&seen)
	time.Sleep(2 * time.Millisecond) // "updated" counts milliseconds
	a.Do(t, "PUT", "/api/admin/projects/"+a.project.Id, sari.Token,
		map[string]any{"version": seen.Updated, "status": "review", "url": "https://sd.sch.id"}).Want(200)

	before := a.Hash(t)
	r := a.putProject(t, map[string]any{"version": seen.Updated, "name": "Nama Lain"}).WantError(409, "version")
	for _, want := range []string{"Sari Wulandari mengubah", "status", "alamat website", `"stale"`} {
		if !strings.Contains(string(r.Body), want) {
			t.Errorf("%s lacks %q", r.Body, want)
		}
	}
	if a.Hash(t) != before {
		t.Error("the refused change left traces")
	}
	var now collections.ProjectDetail
	a.Do(t, "GET", "/api/admin/projects/"+a.project.Id, a.admin.Token, nil).Want(200).JSON(&now)
	a.putProject(t, map[string]any{"version": now.Updated, "name": "Nama Lain"}).Want(200)
	a.putProject(t, map[string]any{"name": "Tanpa versi"}).Want(200)
}
