package accounts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/accounts"
	"jasaweb/plugins/plugintest"
)

// Five exports within an hour are enough; those before it are forgotten.
func TestExportsAreCountedForAnHour(t *testing.T) {
	t.Parallel()
	for ago, last := range map[time.Duration]int{time.Hour - 30*time.Second: 429, time.Hour + time.Second: 200} {
		var made time.Time
		app := plugintest.New(t, func(app *plugintest.App) {
			accounts.MustRegister(app, accounts.Config{})
			app.OnRecordCreate(collections.AuditLogs).BindFunc(func(e *core.RecordEvent) error {
				if !made.IsZero() {
					e.Record.SetRaw("created", collections.DateTime(made))
				}
				return e.Next()
			})
		})
		user := app.NewUser(t, collections.RoleClient)
		export := func() *plugintest.Response { return app.Do(t, "GET", "/api/account/export", user.Token, nil) }
		made = time.Now().UTC().Add(-ago)
		export().Want(200)
		made = time.Time{}
		for range 4 {
			export().Want(200)
		}
		export().Want(last)
	}
}

// Every word of an account has its length, and one letter more, or less, changes
// nothing.
func TestWordsOfAnAccountHaveALength(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	with := func(field string, value any) map[string]any {
		body := register("panjang@contoh.test")
		body[field] = value
		return body
	}
	const host = "@contoh.test"
	hard := strings.Repeat("zq7-Kw9x+Vt3 ", 6) // no common password, of whichever length
	before := app.Hash(t)
	for name, c := range map[string]struct{ field, value string }{
		"name of 256":               {"name", strings.Repeat("é", 256)},
		"password of 7":             {"password", hard[:7]},
		"password of 72":            {"password", hard[:72]},
		"password of 71 and longer": {"password", strings.Repeat("é", 71)}, // in bytes, of which the hash takes 72
		"phone of 31":               {"phone", "0812345678" + strings.Repeat(" ", 21)},
		"e-mail of 256":             {"email", strings.Repeat("a", 256-len(host)) + host},
	} {
		if r := app.Do(t, "POST", "/api/auth/register", "", with(c.field, c.value)); r.Status != 400 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		} else {
			r.WantError(400, c.field)
		}
	}
	if app.Hash(t) != before {
		t.Error("a refused account left traces")
	}
	for name, c := range map[string]struct{ field, value string }{
		"name of 255":    {"name", strings.Repeat("é", 255)},
		"password of 8":  {"password", hard[:8]},
		"password of 71": {"password", hard[:71]},
		"phone of 30":    {"phone", "0812345678" + strings.Repeat(" ", 20)},
	} {
		body := with(c.field, c.value)
		body["email"] = strings.ReplaceAll(name, " ", "-") + host
		r := app.Do(t, "POST", "/api/auth/register", "", body)
		if r.Status != 201 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
			continue
		}
		app.Do(t, "POST", "/api/auth/login", "", map[string]any{"email": body["email"], "password": body["password"]}).Want(200)
	}

	user := app.NewUser(t, collections.RoleClient)
	for n, taken := range map[int]bool{255: true, 256: false} {
		r := app.Do(t, "PUT", "/api/account", user.Token, map[string]any{"name": strings.Repeat("é", n)})
		if (r.Status == 200) != taken {
			t.Errorf("a name of %d: %d %s", n, r.Status, r.Body)
		}
	}
	// A password that is asked for once more is compared up to 255 letters; that it
	// is wrong is another refusal than that it is too long.
	for n, code := range map[int]string{255: "wrong_password", 256: "validation_length_too_long"} {
		var refused struct {
			Data map[string]struct{ Code string }
		}
		app.Do(t, "POST", "/api/account/close", user.Token, map[string]any{"password": strings.Repeat("p", n)}).WantError(400, "password").JSON(&refused)
		if got := refused.Data["password"].Code; got != code {
			t.Errorf("a password of %d: %s, want %s", n, got, code)
		}
	}
}
