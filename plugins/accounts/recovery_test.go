package accounts_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// sent waits for what PocketBase mails in the background and returns how many
// of the mails went to the address.
func sent(t *testing.T, mails chan string, address string) bool {
	t.Helper()
	select {
	case to := <-mails:
		if to != address {
			t.Fatalf("a mail went to %s", to)
		}
		return true
	case <-time.After(300 * time.Millisecond):
		return false
	}
}

// mailed catches PocketBase's mails before they are sent.
func mailed(app core.App) chan string {
	to := make(chan string, 10)
	app.OnMailerRecordPasswordResetSend().BindFunc(func(e *core.MailerRecordEvent) error { to <- e.Message.To[0].Address; return nil })
	app.OnMailerRecordVerificationSend().BindFunc(func(e *core.MailerRecordEvent) error { to <- e.Message.To[0].Address; return nil })
	app.OnMailerRecordEmailChangeSend().BindFunc(func(e *core.MailerRecordEvent) error { to <- e.Message.To[0].Address; return nil })
	return to
}

func must(t *testing.T) func(token string, err error) string {
	return func(token string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

func login(t *testing.T, app *plugintest.App, email, password string) *plugintest.Response {
	t.Helper()
	return app.Do(t, "POST", "/api/auth/login", "", map[string]any{"email": email, "password": password})
}

func TestForgottenPasswordIsResetOnce(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	mails := mailed(app)
	user := app.NewUser(t, collections.RoleClient)
	known := app.Do(t, "POST", "/api/auth/password-reset", "", map[string]any{"email": user.Email()}).Want(204)
	if !sent(t, mails, user.Email()) {
		t.Fatal("no mail")
	}
	unknown := app.Do(t, "POST", "/api/auth/password-reset", "", map[string]any{"email": "tidak-ada@contoh.test"}).Want(204)
	if fmt.Sprint(known.Header) != fmt.Sprint(unknown.Header) || string(known.Body) != string(unknown.Body) {
		t.Errorf("known and unknown answer differently: %v %v", known.Header, unknown.Header)
	}
	if sent(t, mails, "") {
		t.Error("a mail to nobody")
	}
	token := must(t)(user.NewPasswordResetToken())
	reset := map[string]any{"token": token, "password": "kata-sandi-baru"}
	app.Do(t, "POST", "/api/auth/password-reset/confirm", "", map[string]any{"token": token, "password": "pendek"}).WantError(400, "password")
	app.Do(t, "POST", "/api/auth/password-reset/confirm", "", reset).Want(204)
	app.Do(t, "GET", "/api/auth/me", user.Token, nil).WantError(401) // sessions of before
	app.Do(t, "POST", "/api/auth/password-reset/confirm", "", reset).WantError(400, "token")
	login(t, app, user.Email(), plugintest.Password).WantError(400)
	login(t, app, user.Email(), "kata-sandi-baru").Want(200)
	row := lastAudit(t, app, "update", user.Id)
	if row.GetString("actor") != user.Id || row.GetString("actor_kind") != "client" || strings.Contains(row.GetString("after"), "kata-sandi-baru") {
		t.Errorf("audit row %v", row.PublicExport())
	}
}

// lastAudit is the newest row about the record.
func lastAudit(t *testing.T, app *plugintest.App, action, record string) *core.Record {
	t.Helper()
	rows, err := app.FindRecordsByFilter(collections.AuditLogs, "action = {:a} && record = {:r}", "-created,-@rowid", 1, 0, dbx.Params{"a": action, "r": record})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows %s of %s, %v", len(rows), action, record, err)
	}
	return rows[0]
}

func TestLinksOfMailsExpireAndServeNobodyElse(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	c := user.Collection()
	forge := func(kind, secret string, life time.Duration, key string) string {
		return must(t)(security.NewJWT(map[string]any{
			"id": user.Id, "type": kind, "collectionId": c.Id, "email": user.Email(), "newEmail": "baru@contoh.test",
		}, key+secret, life))
	}
	before := app.Hash(t)
	for path, links := range map[string][]string{
		"/api/auth/password-reset/confirm": {
			forge(core.TokenTypePasswordReset, c.PasswordResetToken.Secret, -time.Minute, user.TokenKey()),
			forge(core.TokenTypePasswordReset, c.PasswordResetToken.Secret, time.Hour, other.TokenKey()),
			user.Token, "a.b.c",
		},
		"/api/auth/verification/confirm": {
			forge(core.TokenTypeVerification, c.VerificationToken.Secret, -time.Minute, user.TokenKey()), user.Token, "x",
		},
		"/api/auth/email-change/confirm": {
			forge(core.TokenTypeEmailChange, c.EmailChangeToken.Secret, -time.Minute, user.TokenKey()), user.Token, "x",
		},
	} {
		for _, link := range links {
			body := map[string]any{"token": link}
			if !strings.Contains(path, "verification") {
				body["password"] = plugintest.Password
			}
			app.Do(t, "POST", path, "", body).WantError(400, "token")
		}
	}
	if app.Hash(t) != before {
		t.Error("a bad link changed something")
	}
}

func TestAddressIsVerifiedByItsLink(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	mails := mailed(app)
	r := app.Do(t, "POST", "/api/auth/register", "", register("sd@contoh.test")).Want(201)
	token := r.Map()["token"].(string)
	app.Do(t, "POST", "/api/auth/verification", "", map[string]any{"email": "sd@contoh.test"}).Want(204)
	if !sent(t, mails, "sd@contoh.test") {
		t.Fatal("no mail")
	}
	user, err := app.FindAuthRecordByEmail(collections.Users, "sd@contoh.test")
	if err != nil {
		t.Fatal(err)
	}
	link := map[string]any{"token": must(t)(user.NewVerificationToken())}
	app.Do(t, "POST", "/api/auth/verification/confirm", "", link).Want(204)
	if !app.Reload(t, user).Verified() {
		t.Error("not verified")
	}
	app.Do(t, "GET", "/api/auth/me", token, nil).Want(200) // nobody has to sign in again
	login(t, app, "sd@contoh.test", "rahasia-123").Want(200)
	app.Do(t, "POST", "/api/auth/verification", "", map[string]any{"email": "sd@contoh.test"}).Want(204)
	if sent(t, mails, "") {
		t.Error("a verified address is asked again")
	}
}

func TestNewAddressNeedsItsLinkAndThePassword(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	mails := mailed(app)
	user, other := app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleClient)
	for _, taken := range []string{other.Email(), user.Email(), "bukan"} {
		app.Do(t, "POST", "/api/account/email", user.Token, map[string]any{"email": taken}).WantError(400, "email")
	}
	app.Do(t, "POST", "/api/account/email", user.Token, map[string]any{"email": "baru@contoh.test"}).Want(204)
	if !sent(t, mails, "baru@contoh.test") {
		t.Fatal("no mail")
	}
	link := must(t)(user.NewEmailChangeToken("baru@contoh.test"))
	confirm := func(password string) *plugintest.Response {
		return app.Do(t, "POST", "/api/auth/email-change/confirm", "", map[string]any{"token": link, "password": password})
	}
	confirm("salah-salah").WantError(400, "password")
	if app.Reload(t, user.Record).Email() == "baru@contoh.test" {
		t.Fatal("changed without the password")
	}
	confirm(plugintest.Password).Want(204)
	confirm(plugintest.Password).WantError(400, "token")
	app.Do(t, "GET", "/api/auth/me", user.Token, nil).WantError(401)
	login(t, app, "baru@contoh.test", plugintest.Password).Want(200)
	app.Do(t, "POST", "/api/collections/_superusers/auth-with-password", "", // the dashboard follows
		map[string]any{"identity": "baru@contoh.test", "password": plugintest.Password}).Want(200)
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleAdmin)
	change := func(token, old, password string) *plugintest.Response {
		return app.Do(t, "POST", "/api/account/password", token, map[string]any{"old_password": old, "password": password})
	}
	change(user.Token, "salah-salah", "kata-sandi-baru").WantError(400, "old_password")
	r := change(user.Token, plugintest.Password, "kata-sandi-baru").Want(200)
	app.Do(t, "GET", "/api/auth/me", user.Token, nil).WantError(401)
	fresh := r.Map()["token"].(string)
	if sessionCookie(t, r.Header).Value != fresh {
		t.Error("cookie and token differ")
	}
	app.Do(t, "GET", "/api/auth/me", fresh, nil).Want(200)
	app.Do(t, "POST", "/api/collections/_superusers/auth-with-password", "",
		map[string]any{"identity": user.Email(), "password": "kata-sandi-baru"}).Want(200)
	for range 5 {
		change(fresh, "tebakan-tebakan", "kata-sandi-lain").WantError(400, "old_password")
	}
	change(fresh, "kata-sandi-baru", "kata-sandi-lain").WantError(429)
}

func TestMirrorOfAnAdminHasNoPasswordResetOfItsOwn(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	mails := mailed(app)
	var asked string // the collection of who may choose a new password
	app.OnMailerRecordPasswordResetSend().Bind(&hook.Handler[*core.MailerRecordEvent]{Priority: -1, Func: func(e *core.MailerRecordEvent) error {
		asked = e.Record.Collection().Name
		return e.Next()
	}})
	admin := app.NewUser(t, collections.RoleAdmin)
	mirror, err := app.FindAuthRecordByEmail(core.CollectionNameSuperusers, admin.Email())
	if err != nil {
		t.Fatal(err)
	}
	link := map[string]any{"token": must(t)(mirror.NewPasswordResetToken()), "password": "kata-sandi-baru", "passwordConfirm": "kata-sandi-baru"}
	app.Do(t, "POST", "/api/collections/_superusers/confirm-password-reset", "", link).Want(400)
	login(t, app, admin.Email(), plugintest.Password).Want(200)
	app.Do(t, "POST", "/api/collections/_superusers/request-password-reset", "", map[string]any{"email": admin.Email()}).Want(204)
	if !sent(t, mails, admin.Email()) || asked != collections.Users {
		t.Errorf("no mail to the account: %q", asked)
	}
}

func TestSignInsAreListedAndCanBeDenied(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	mails := mailed(app)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	const phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
	from := func(ip, password string) int {
		return send(t, app, "POST", "/api/auth/login", map[string]any{"email": user.Email(), "password": password}, func(r *http.Request) {
			r.RemoteAddr = ip + ":1000"
			r.Header.Set("User-Agent", phone)
		}).Code
	}
	if from("203.0.113.7", plugintest.Password) != 200 || from("198.51.100.9", "salah") != 400 || from("198.51.100.9", plugintest.Password) != 200 {
		t.Fatal("logins")
	}
	var list struct {
		TotalItems int
		Items      []struct {
			ID, What, IP, Device, Method string
			Here                         bool
		}
	}
	app.Do(t, "GET", "/api/account/sign-ins", user.Token, nil).Want(200).JSON(&list)
	if list.TotalItems != 3 || list.Items[0].IP != "198.51.100.9" || list.Items[0].Device != "Chrome, Android" || list.Items[0].Method != "password" ||
		list.Items[1].What != "login_failed" || list.Items[0].Here {
		t.Errorf("%+v", list)
	}
	notices, err := app.FindAllRecords(collections.Notifications, dbx.HashExp{"user": user.Id, "type": collections.NoticeAccount})
	if err != nil || len(notices) != 1 {
		t.Errorf("%d warnings of a new place, %v", len(notices), err)
	}
	deny := "/api/account/sign-ins/" + list.Items[0].ID + "/deny"
	app.Do(t, "POST", deny, other.Token, nil).WantError(404)
	app.Do(t, "POST", deny, user.Token, nil).Want(204)
	app.Do(t, "GET", "/api/auth/me", user.Token, nil).WantError(401)
	if !sent(t, mails, user.Email()) {
		t.Error("no link to a new password")
	}
}

func TestFailedLoginsDoNotFillTheDisk(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	app.SetNow(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	failed := func() []*core.Record {
		rows, err := app.FindAllRecords(collections.AuditLogs, dbx.HashExp{"action": collections.AuditLoginFailed})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for n := range 230 {
		from(t, app, fmt.Sprintf("198.51.100.%d:1", n), "POST", "/api/auth/login", "",
			map[string]any{"email": fmt.Sprintf("orang-%d@contoh.test", n), "password": "tebakan-rahasia"}).WantError(400)
	}
	if n := len(failed()); n != 200 {
		t.Errorf("%d rows", n)
	}
	app.SetNow(app.Now().Add(time.Hour))
	login(t, app, "kata-sandi-di-kolom-salah", "x").WantError(400)
	rows := failed()
	if len(rows) != 201 {
		t.Fatalf("%d rows", len(rows))
	}
	told := false
	for _, row := range rows {
		after := row.GetString("after")
		told = told || strings.Contains(after, `"skipped":30`)
		for _, secret := range []string{"tebakan", "kata-sandi", "orang-"} {
			if strings.Contains(after, secret) {
				t.Fatalf("a row holds %s: %s", secret, after)
			}
		}
	}
	if !told {
		t.Error("nobody learns of the 30 others")
	}
}
