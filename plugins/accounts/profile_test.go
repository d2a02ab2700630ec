package accounts_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func TestProfileIsShownAndChanged(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	var got struct{ Record map[string]any }
	put := func(body any) *plugintest.Response { return app.Do(t, "PUT", "/api/account", user.Token, body) }
	put(map[string]any{"name": " Ibu Sari ", "phone": "0812-3456-7890", "locale": "en", "mail_off": []string{"reminder"}}).Want(200).JSON(&got)
	if got.Record["name"] != "Ibu Sari" || got.Record["phone"] != "+6281234567890" || got.Record["locale"] != "en" {
		t.Errorf("%v", got.Record)
	}
	put(map[string]any{"phone": ""}).Want(200)
	app.Do(t, "GET", "/api/account", user.Token, nil).Want(200).JSON(&got)
	if got.Record["name"] != "Ibu Sari" || got.Record["phone"] != "" || got.Record["avatar"] != "" || len(got.Record["mail_off"].([]any)) != 1 {
		t.Errorf("%v", got.Record)
	}
	before := app.Hash(t)
	for field, value := range map[string]any{
		"name": "", "phone": "telepon saya", "locale": "fr", "mail_off": []string{"payment"}, "role": "admin", "email": "x@contoh.test", "verified": true,
	} {
		put(map[string]any{field: value}).WantError(400, field)
	}
	if app.Hash(t) != before {
		t.Error("bad input changed something")
	}
}

// upload is a multipart form with one file.
func upload(t *testing.T, field, name string, content []byte) plugintest.Form {
	t.Helper()
	b := &bytes.Buffer{}
	w := multipart.NewWriter(b)
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return plugintest.Form{ContentType: w.FormDataContentType(), Content: b.String()}
}

func TestPictureIsAPicture(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	picture := &bytes.Buffer{}
	if err := png.Encode(picture, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	put := func(body any) *plugintest.Response { return app.Do(t, "PUT", "/api/account/avatar", user.Token, body) }
	put(upload(t, "avatar", "saya.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))).WantError(400, "avatar")
	put(upload(t, "lain", "saya.png", picture.Bytes())).WantError(400, "avatar")
	put(map[string]any{"avatar": "x"}).WantError(400, "avatar")
	put(upload(t, "avatar", "saya.png", make([]byte, 3<<20))).WantError(413)
	var got struct{ Record struct{ Avatar string } }
	put(upload(t, "avatar", "saya.png", picture.Bytes())).Want(200).JSON(&got)
	if r := app.Do(t, "GET", got.Record.Avatar, "", nil).Want(200); !bytes.Equal(r.Body, picture.Bytes()) {
		t.Errorf("%s is another file", got.Record.Avatar)
	}
	app.Do(t, "DELETE", "/api/account/avatar", user.Token, nil).Want(204)
	app.Do(t, "GET", got.Record.Avatar, "", nil).Want(404)
}

// The form may have 2 MB: one byte more is refused before it is read.
func TestPictureMayHaveTwoMegabytes(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	around := len(upload(t, "avatar", "saya.png", nil).Content)
	for size, status := range map[int]int{2 << 20: 400, 2<<20 + 1: 413} { // 400: it is no picture
		form := upload(t, "avatar", "saya.png", make([]byte, size-around))
		if len(form.Content) != size {
			t.Fatalf("the form has %d bytes, not %d", len(form.Content), size)
		}
		app.Do(t, "PUT", "/api/account/avatar", user.Token, form).WantError(status)
	}
}

func ordered(t *testing.T, app *plugintest.App) (*plugintest.User, *collections.Project, []*collections.Invoice) {
	t.Helper()
	user := app.NewUser(t, collections.RoleClient)
	project := app.NewProject(t, user, app.NewTier(t, "dasar", 2_000_000, 100))
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return user, project, invoices
}

func TestExportHoldsAllAboutMeAndNothingOfOthers(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, project, invoices := ordered(t, app)
	stranger := app.NewUser(t, collections.RoleClient)
	login(t, app, user.Email(), plugintest.Password).Want(200)
	r := app.Do(t, "GET", "/api/account/export", user.Token, nil).Want(200)
	body := string(r.Body)
	for _, mine := range []string{user.Email(), project.Id, invoices[0].Number(), `"action":"login"`, `"timeline":[{`} {
		if !strings.Contains(body, mine) {
			t.Errorf("%s is missing", mine)
		}
	}
	for _, secret := range []string{stranger.Id, user.TokenKey(), user.GetString("password:hash"), `"credentials"`} {
		if strings.Contains(body, secret) {
			t.Errorf("holds %s", secret)
		}
	}
	if !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Error("not a download")
	}
	lastAudit(t, app, collections.AuditExport, user.Id)
	for range 4 {
		app.Do(t, "GET", "/api/account/export", user.Token, nil).Want(200)
	}
	app.Do(t, "GET", "/api/account/export", user.Token, nil).WantError(429)
	app.Do(t, "GET", "/api/account/export", stranger.Token, nil).Want(200)
}

func closing(t *testing.T, app *plugintest.App, token, password string) *plugintest.Response {
	t.Helper()
	return app.Do(t, "POST", "/api/account/close", token, map[string]any{"password": password})
}

func TestAccountStaysOpenWhileMoneyIs(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, project, invoices := ordered(t, app)
	refused := func(field, code string) {
		t.Helper()
		r := closing(t, app, user.Token, plugintest.Password).WantError(409, field)
		if !strings.Contains(string(r.Body), `"code":"`+code+`"`) {
			t.Errorf("want %s: %s", code, r.Body)
		}
	}
	set := func(table, id, column, value string) {
		t.Helper() // past the rules: only the state matters here
		if _, err := app.DB().Update(table, dbx.Params{column: value}, dbx.HashExp{"id": id}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	closing(t, app, user.Token, "salah-salah").WantError(400, "password")
	refused("projects", "order_open")
	set(collections.Projects, project.Id, "status", "in_progress")
	refused("projects", "project_under_way")
	set(collections.Projects, project.Id, "status", "review")
	refused("projects", "project_under_way")
	set(collections.Projects, project.Id, "status", "completed")
	refused("invoices", "invoice_unpaid")
	set(collections.Invoices, invoices[0].Id, "status", "paid")
	if _, err := collections.Raise(app, collections.MoneyException{Kind: "duplicate", Invoice: invoices[0].Id, Amount: 5, Key: "x"}); err != nil {
		t.Fatal(err)
	}
	refused("invoices", "money_undecided")
	if app.Reload(t, user.Record).Email() != user.Email() {
		t.Fatal("a refused closing changed the account")
	}
	x, err := app.FindFirstRecordByData(collections.MoneyExceptions, "dedupe_key", "x")
	if err != nil {
		t.Fatal(err)
	}
	set(collections.MoneyExceptions, x.Id, "state", "waived")
	closing(t, app, user.Token, plugintest.Password).Want(204)
}

func TestClosingForgetsWhoItWas(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	r := app.Do(t, "POST", "/api/auth/register", "", map[string]any{
		"name": "Ibu Sari Dewi", "email": "sari@contoh.test", "password": plugintest.Password, "phone": "081234567890",
	}).Want(201)
	token := r.Map()["token"].(string)
	user, err := app.FindAuthRecordByEmail(collections.Users, "sari@contoh.test")
	if err != nil {
		t.Fatal(err)
	}
	gone := closing(t, app, token, plugintest.Password).Want(204)
	if c := sessionCookie(t, gone.Header); c.MaxAge >= 0 {
		t.Error("the cookie stays")
	}
	app.Do(t, "GET", "/api/auth/me", token, nil).WantError(401)
	login(t, app, "sari@contoh.test", plugintest.Password).WantError(400)
	for _, table := range []string{collections.Users, collections.Notifications} {
		rows := []dbx.NullStringMap{}
		if err := app.DB().Select("*").From(table).All(&rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				if strings.Contains(value.String, "sari@contoh.test") || strings.Contains(value.String, "Sari Dewi") || strings.Contains(value.String, "81234567890") {
					t.Errorf("%s.%s still holds %q", table, column, value.String)
				}
			}
		}
	}
	if row := lastAudit(t, app, "update", user.Id); strings.Contains(row.GetString("before"), "sari@contoh.test") {
		t.Errorf("the row about the closing holds the address: %s", row.GetString("before"))
	}
	lastAudit(t, app, collections.AuditClosed, user.Id)
	mails, err := app.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": collections.JobFarewellMail})
	if err != nil || len(mails) != 1 {
		t.Errorf("%d farewells, %v", len(mails), err)
	}
	app.Do(t, "POST", "/api/auth/register", "", register("sari@contoh.test")).Want(201) // the address is free
}

func TestLastAdminCannotClose(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	closing(t, app, admin.Token, plugintest.Password).WantError(409, "role")
	second := app.NewUser(t, collections.RoleAdmin)
	closing(t, app, admin.Token, plugintest.Password).Want(204)
	if _, err := app.FindAuthRecordByEmail(core.CollectionNameSuperusers, admin.Email()); err == nil {
		t.Error("the superuser of a closed account lives")
	}
	app.Do(t, "GET", "/api/auth/me", second.Token, nil).Want(200)
}
