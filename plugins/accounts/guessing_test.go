package accounts_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// from sends a request from the address.
func from(t *testing.T, app *plugintest.App, address, method, path, token string, body any) *plugintest.Response {
	t.Helper()
	req := app.Request(t, method, path, token, body)
	req.RemoteAddr = address
	return app.Send(t, req)
}

// still stops the clock, so that a wait does not end while others are hashed.
func still(app *plugintest.App) time.Time {
	now := time.Now().UTC()
	app.SetNow(now)
	return now
}

// doors are all the places where the password of an account can be tried. Each
// tries one that is wrong.
func doors(t *testing.T, app *plugintest.App, user *plugintest.User) map[string]func(address string) int {
	t.Helper()
	change := must(t)(user.NewEmailChangeToken("baru@contoh.test"))
	post := func(path, token string, body map[string]any) func(string) int {
		return func(address string) int { return from(t, app, address, "POST", path, token, body).Status }
	}
	record := "/api/collections/users/records/" + user.Id
	return map[string]func(string) int{
		"login":        post("/api/auth/login", "", map[string]any{"email": user.Email(), "password": "tebakan"}),
		"users":        post("/api/collections/users/auth-with-password", "", map[string]any{"identity": user.Email(), "password": "tebakan"}),
		"capital":      post("/api/collections/users/auth-with-password", "", map[string]any{"identity": strings.ToUpper(user.Email()), "password": "tebakan"}),
		"change":       post("/api/account/password", user.Token, map[string]any{"old_password": "tebakan", "password": "kata-sandi-baru"}),
		"close":        post("/api/account/close", user.Token, map[string]any{"password": "tebakan"}),
		"new address":  post("/api/auth/email-change/confirm", "", map[string]any{"token": change, "password": "tebakan"}),
		"PocketBase's": post("/api/collections/users/confirm-email-change", "", map[string]any{"token": change, "password": "tebakan"}),
		"record by API": func(address string) int {
			return from(t, app, address, "PATCH", record, user.Token, map[string]any{
				"oldPassword": "tebakan", "password": "kata-sandi-baru", "passwordConfirm": "kata-sandi-baru",
			}).Status
		},
	}
}

// Five tries are free at every door, and the doors count together.
func TestEveryDoorCountsTheSameTries(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	for name, try := range doors(t, app, user) {
		now := still(app)
		for n := range 5 {
			if got := try("198.51.100.7:1"); got != 400 {
				t.Fatalf("%s: try %d: %d", name, n+1, got)
			}
		}
		for other, again := range doors(t, app, user) {
			if got := again("198.51.100.7:1"); got != 429 {
				t.Errorf("after %s, %s is still open: %d", name, other, got)
			}
		}
		app.SetNow(now.Add(5*time.Second - 1))
		if got := try("198.51.100.7:1"); got != 429 {
			t.Errorf("%s: just before the wait is over: %d", name, got)
		}
		app.SetNow(now.Add(5 * time.Second))
		if got := try("198.51.100.7:1"); got != 400 {
			t.Errorf("%s: after the wait: %d", name, got)
		}
		app.Store().Remove("jasaweb.guesses")
	}
	if rows := app.Reload(t, user.Record); !rows.ValidatePassword(plugintest.Password) {
		t.Error("the password was changed")
	}
}

// The input: PATCH with oldPassword was unlimited and unaudited.
func TestPatchWithOldPasswordIsLimitedAndAudited(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	still(app)
	patch := func(body map[string]any) *plugintest.Response {
		return app.Do(t, "PATCH", "/api/collections/users/records/"+user.Id, user.Token, body)
	}
	guess := map[string]any{"oldPassword": "tebakan", "password": "kata-sandi-baru", "passwordConfirm": "kata-sandi-baru"}
	for range 4 {
		patch(guess).WantError(400, "oldPassword")
	}
	row := lastAudit(t, app, collections.AuditPasswordWrong, user.Id)
	if row.GetString("actor") != user.Id || strings.Contains(row.GetString("after"), "tebakan") {
		t.Errorf("audit row %v", row.PublicExport())
	}
	// What PocketBase refuses before it looks at the old password is no success.
	patch(map[string]any{"oldPassword": "tebakan"}).WantError(400, "password")
	r := patch(guess).WantError(429)
	if r.Header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
	}
	lastAudit(t, app, collections.AuditTryRefused, user.Id)
	guess["oldPassword"] = plugintest.Password
	patch(guess).WantError(429)
	app.SetNow(app.Now().Add(5 * time.Second))
	patch(guess).Want(200)
}

// The input: 40 parallel tries passed a limit of 5.
func TestFortyParallelTriesAreFive(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	still(app)
	var looked atomic.Int32
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			path, body := "/api/auth/login", map[string]any{"email": user.Email(), "password": fmt.Sprint("tebakan", n)}
			token := ""
			if n%2 == 0 {
				path, token, body = "/api/account/close", user.Token, map[string]any{"password": fmt.Sprint("tebakan", n)}
			}
			if app.Do(t, "POST", path, token, body).Status == 400 {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	if looked.Load() != 5 {
		t.Errorf("%d passwords were looked at, want 5", looked.Load())
	}
}

// The input: an admin was guessed from 60 addresses unslowed. The owner,
// who was there before, is not kept out meanwhile, nor is anybody for good.
func TestSixtyAddressesSlowEachOtherAndNotTheOwner(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	admin := app.NewUser(t, collections.RoleAdmin)
	right := map[string]any{"email": admin.Email(), "password": plugintest.Password}
	from(t, app, "203.0.113.7:1", "POST", "/api/auth/login", "", right).Want(200)
	now := still(app)
	looked := 0
	for n := range 60 {
		for _, collection := range []string{"users", "_superusers"} { // both doors lead to the admin
			r := from(t, app, fmt.Sprintf("198.51.100.%d:1", n), "POST", "/api/collections/"+collection+"/auth-with-password", "",
				map[string]any{"identity": admin.Email(), "password": "tebakan"})
			if r.Status == 400 {
				looked++
			}
		}
	}
	if looked != 20 {
		t.Errorf("%d passwords were looked at, want 20", looked)
	}
	from(t, app, "203.0.113.7:1", "POST", "/api/auth/login", "", right).Want(200)
	from(t, app, "203.0.113.8:1", "POST", "/api/auth/login", "", right).WantError(429)
	app.SetNow(now.Add(time.Second))
	from(t, app, "203.0.113.8:1", "POST", "/api/auth/login", "", right).Want(200)
	// However long they go on, half a minute is the most that a stranger waits.
	for n := range 40 {
		now = now.Add(time.Minute)
		app.SetNow(now)
		from(t, app, fmt.Sprintf("198.51.100.%d:1", n), "POST", "/api/auth/login", "",
			map[string]any{"email": admin.Email(), "password": "tebakan"}).WantError(400)
	}
	app.SetNow(now.Add(30*time.Second - 1))
	from(t, app, "192.0.2.99:1", "POST", "/api/auth/login", "", right).WantError(429)
	app.SetNow(now.Add(30 * time.Second))
	from(t, app, "192.0.2.99:1", "POST", "/api/auth/login", "", right).Want(200)
}

// The input: IPv6 was counted by address, of which everybody has 2^64.
func TestIPv6CountsByNetwork(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	still(app)
	try := func(address string) int {
		return from(t, app, address, "POST", "/api/auth/login", "", map[string]any{"email": user.Email(), "password": "tebakan"}).Status
	}
	for n := range 5 {
		if got := try(fmt.Sprintf("[2001:db8:1:2:%x::1]:1", n)); got != 400 {
			t.Fatalf("try %d: %d", n, got)
		}
	}
	if got := try("[2001:db8:1:2:ffff::1]:1"); got != 429 {
		t.Errorf("the same network: %d", got)
	}
	if got := try("[2001:db8:1:3::1]:1"); got != 400 {
		t.Errorf("another network: %d", got)
	}
}

// One address that tries many accounts waits, too; unknown accounts count as known
// ones do, so that the answer tells nothing.
func TestOneAddressTriesManyAccounts(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	still(app)
	for n := range 30 {
		login(t, app, fmt.Sprintf("orang-%d@contoh.test", n), "tebakan").WantError(400)
	}
	login(t, app, "orang-31@contoh.test", "tebakan").WantError(429)
	from(t, app, "198.51.100.7:1", "POST", "/api/auth/login", "", map[string]any{"email": "orang-31@contoh.test", "password": "tebakan"}).WantError(400)
}

// Who signs in rightly again and again never waits, and frees no other account.
func TestRightPasswordsDoNotCount(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user, other := app.NewUser(t, collections.RoleClient), app.NewUser(t, collections.RoleClient)
	still(app)
	for range 4 {
		login(t, app, other.Email(), "tebakan").WantError(400)
	}
	for range 35 {
		login(t, app, user.Email(), plugintest.Password).Want(200)
	}
	login(t, app, other.Email(), "tebakan").WantError(400)
	login(t, app, other.Email(), "tebakan").WantError(429)
}

func TestCodesOfMailsAreCounted(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	c := user.Collection()
	c.OTP.Enabled = true
	if err := app.Save(c); err != nil {
		t.Fatal(err)
	}
	otp := core.NewOTP(app)
	otp.SetCollectionRef(c.Id)
	otp.SetRecordRef(user.Id)
	otp.SetPassword("12345678")
	if err := app.Save(otp); err != nil {
		t.Fatal(err)
	}
	still(app)
	try := func(address, code string) int {
		return from(t, app, address, "POST", "/api/collections/users/auth-with-otp", "", map[string]any{"otpId": otp.Id, "password": code}).Status
	}
	for n := range 4 {
		if got := try("198.51.100.7:1", "00000000"); got != 400 {
			t.Fatalf("try %d: %d", n, got)
		}
	}
	// The door beside it counts, too.
	from(t, app, "198.51.100.7:1", "POST", "/api/auth/login", "", map[string]any{"email": user.Email(), "password": "tebakan"}).WantError(400)
	if got := try("198.51.100.7:1", "12345678"); got != 429 {
		t.Errorf("the sixth try: %d", got)
	}
	if got := try("198.51.100.8:1", "12345678"); got != 200 {
		t.Errorf("the owner elsewhere: %d", got)
	}
}

// A link that nobody signed must not slow down whom it names.
func TestForgedLinksSlowNobodyElse(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	still(app)
	forged := must(t)(user.NewEmailChangeToken("baru@contoh.test")) + "x"
	for n := range 30 {
		from(t, app, fmt.Sprintf("198.51.100.%d:1", n), "POST", "/api/collections/users/confirm-email-change", "",
			map[string]any{"token": forged, "password": "tebakan"}).WantError(400)
	}
	login(t, app, user.Email(), plugintest.Password).Want(200)
}

// Common passwords and own data are refused on every way that sets a password.
func TestWeakPasswordsAreRefusedOnEveryPath(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	user := app.NewUser(t, collections.RoleClient)
	superuser := app.Superuser(t)
	before := app.Hash(t)
	for _, weak := range []string{"qwertyuiop", "password123", "contoh12345"} {
		both := map[string]any{"password": weak, "passwordConfirm": weak}
		with := func(more map[string]any) map[string]any {
			for k, v := range both {
				if _, ok := more[k]; !ok {
					more[k] = v
				}
			}
			return more
		}
		for name, r := range map[string]*plugintest.Response{
			"register":   app.Do(t, "POST", "/api/auth/register", "", map[string]any{"name": "SD Uji", "email": "baru@contoh.test", "password": weak}),
			"record API": app.Do(t, "POST", "/api/collections/users/records", "", with(map[string]any{"name": "SD Uji", "email": "baru@contoh.test"})),
			"change":     app.Do(t, "POST", "/api/account/password", user.Token, map[string]any{"old_password": plugintest.Password, "password": weak}),
			"patch":      app.Do(t, "PATCH", "/api/collections/users/records/"+user.Id, user.Token, with(map[string]any{"oldPassword": plugintest.Password})),
			"dashboard":  app.Do(t, "PATCH", "/api/collections/users/records/"+user.Id, superuser, with(map[string]any{})),
			"superuser":  app.Do(t, "POST", "/api/collections/_superusers/records", superuser, with(map[string]any{"email": "baru@contoh.test"})),
			"reset": app.Do(t, "POST", "/api/auth/password-reset/confirm", "",
				map[string]any{"token": must(t)(user.NewPasswordResetToken()), "password": weak}),
			"PocketBase's reset": app.Do(t, "POST", "/api/collections/users/confirm-password-reset", "",
				with(map[string]any{"token": must(t)(user.NewPasswordResetToken())})),
		} {
			r.WantError(http.StatusBadRequest, "password")
			if text := string(r.Body); !strings.Contains(text, "empat kata") && !strings.Contains(text, "Kata sandi ini") {
				t.Errorf("%s, %s: %s", weak, name, text)
			}
		}
	}
	if app.Hash(t) != before {
		t.Error("a refused password left traces")
	}
	for _, strong := range []string{"tiga kucing di atas genting", "Xk3#9q!z"} {
		app.Do(t, "POST", "/api/auth/register", "", map[string]any{"name": "SD Uji", "email": fmt.Sprintf("u%d@contoh.test", len(strong)), "password": strong}).Want(201)
	}
}
