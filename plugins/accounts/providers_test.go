package accounts_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/accounts"
	"jasaweb/plugins/plugintest"
)

// provider is an OpenID Connect server with one person before it.
type provider struct {
	*httptest.Server
	mu         sync.Mutex
	person     map[string]any
	challenges map[string]string // by code
}

func newProvider(t *testing.T) *provider {
	p := &provider{challenges: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer kunci" {
			w.WriteHeader(401)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.person)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token gives the key only for a code whose PKCE verifier is right.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	challenge, known := p.challenges[r.FormValue("code")]
	delete(p.challenges, r.FormValue("code"))
	if !known || challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(400)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"access_token":"kunci","token_type":"Bearer","expires_in":60}`))
}

func (p *provider) is(person map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = person
}

// newLinkedApp is an application whose users may sign in at the provider.
func newLinkedApp(t *testing.T) (*plugintest.App, *provider) {
	t.Helper()
	app := plugintest.New(t, func(app *plugintest.App) {
		accounts.MustRegister(app, accounts.Config{AppURL: "https://agensi.test"})
	})
	p := newProvider(t)
	users, err := app.FindCollectionByNameOrId(collections.Users)
	if err != nil {
		t.Fatal(err)
	}
	users.OAuth2.Enabled = true
	users.OAuth2.Providers = []core.OAuth2ProviderConfig{{
		Name: "oidc", DisplayName: "Google uji", ClientId: "jasaweb", ClientSecret: "rahasia",
		AuthURL: p.URL + "/authorize", TokenURL: p.URL + "/token", UserInfoURL: p.URL + "/userinfo",
	}}
	if err := app.Save(users); err != nil {
		t.Fatal(err)
	}
	return app, p
}

// journey goes to the provider and back, as a browser without scripts does.
type journey struct {
	app    *plugintest.App
	cookie *http.Cookie
	back   string
}

func (p *provider) visit(t *testing.T, app *plugintest.App, next string) *journey {
	t.Helper()
	r := app.Do(t, "GET", "/api/auth/oauth2/oidc?next="+url.QueryEscape(next), "", nil).Want(303)
	there, err := url.Parse(r.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(there.String(), p.URL+"/authorize") {
		t.Fatal(there, err)
	}
	q := there.Query()
	if q.Get("redirect_uri") != "https://agensi.test/api/auth/oauth2-callback" || q.Get("code_challenge_method") != "S256" {
		t.Fatalf("%v", q)
	}
	p.mu.Lock()
	p.challenges["kode"] = q.Get("code_challenge")
	p.mu.Unlock()
	return &journey{app: app, cookie: sessionCookie(t, r.Header), back: "/api/auth/oauth2-callback?code=kode&state=" + q.Get("state")}
}

// home comes back and returns where the browser ends and its session.
func (j *journey) home(t *testing.T) (location, token string) {
	t.Helper()
	rec := send(t, j.app, "GET", j.back, nil, func(r *http.Request) { r.AddCookie(j.cookie) })
	if rec.Code != 303 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	for _, c := range rec.Result().Cookies() {
		if c.Name == "__Host-jw" || c.Name == "jw" {
			token = c.Value
		}
	}
	return rec.Header().Get("Location"), token
}

func person(email string, verified bool) map[string]any {
	return map[string]any{"sub": "sub-" + email, "email": email, "email_verified": verified, "name": "Ibu Sari"}
}

func TestSignInElsewhereOpensAClientAccount(t *testing.T) {
	t.Parallel()
	app, p := newLinkedApp(t)
	r := app.Do(t, "GET", "/api/auth/providers", "", nil).Want(200)
	if !strings.Contains(string(r.Body), `"url":"/api/auth/oauth2/oidc"`) || strings.Contains(string(r.Body), "rahasia") {
		t.Errorf("%s", r.Body)
	}
	p.is(person("sari@contoh.test", true))
	location, token := p.visit(t, app, "/portal/tagihan").home(t)
	if location != "/portal/tagihan" || token == "" {
		t.Fatal(location, token)
	}
	var me struct{ Record collections.UserView }
	app.Do(t, "GET", "/api/auth/me", token, nil).Want(200).JSON(&me)
	if me.Record.Role != collections.RoleClient || !me.Record.Verified || me.Record.Name != "Ibu Sari" || me.Record.Email != "sari@contoh.test" {
		t.Errorf("%+v", me.Record)
	}
	if row := lastAudit(t, app, collections.AuditLogin, me.Record.ID); !strings.Contains(row.GetString("after"), "oauth2") {
		t.Errorf("audit row %s", row.GetString("after"))
	}
	_, again := p.visit(t, app, "").home(t) // the same account, not a second one
	var second struct{ Record collections.UserView }
	app.Do(t, "GET", "/api/auth/me", again, nil).Want(200).JSON(&second)
	if second.Record.ID != me.Record.ID {
		t.Error("a second account")
	}
}

// Somebody has ten minutes at the provider, and the export names it.
func TestJourneyHasTenMinutesAndIsInTheExport(t *testing.T) {
	t.Parallel()
	app, p := newLinkedApp(t)
	p.is(person("baru@contoh.test", true))
	j := p.visit(t, app, "/portal")
	if j.cookie.MaxAge != 600 {
		t.Errorf("the journey's cookie lives %d s", j.cookie.MaxAge)
	}
	_, token := j.home(t)
	var out struct{ Providers []string }
	app.Do(t, "GET", "/api/account/export", token, nil).Want(200).JSON(&out)
	if len(out.Providers) != 1 || out.Providers[0] != "oidc" {
		t.Errorf("providers %v", out.Providers)
	}
}

func TestSignInElsewhereTakesNoAccountOver(t *testing.T) {
	t.Parallel()
	app, p := newLinkedApp(t)
	r := app.Do(t, "POST", "/api/auth/register", "", register("belum@contoh.test")).Want(201)
	waiting := r.Map()["token"].(string)
	admin, client := app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleClient)
	for name, c := range map[string]struct {
		person map[string]any
		why    string
	}{
		"unverified account":         {person("belum@contoh.test", true), "unverified_account"},
		"admin":                      {person(admin.Email(), true), "admin_password_only"},
		"address not verified there": {person(client.Email(), false), "no_email"},
		"no address":                 {map[string]any{"sub": "1", "name": "X"}, "no_email"},
	} {
		p.is(c.person)
		before := app.Hash(t)
		if location, token := p.visit(t, app, "").home(t); location != "/login?oauth="+c.why || token != "" {
			t.Errorf("%s: %s, signed in %t", name, location, token != "")
		}
		if app.Hash(t) != before {
			t.Errorf("%s: left traces", name)
		}
	}
	login(t, app, "belum@contoh.test", "rahasia-123").Want(200) // still its owner's
	app.Do(t, "GET", "/api/auth/me", waiting, nil).Want(200)

	p.is(person(client.Email(), true)) // a verified account may be linked
	_, token := p.visit(t, app, "").home(t)
	var me struct{ Record collections.UserView }
	app.Do(t, "GET", "/api/auth/me", token, nil).Want(200).JSON(&me)
	if me.Record.ID != client.Id {
		t.Error("not linked")
	}
	login(t, app, client.Email(), plugintest.Password).Want(200)
}

func TestNobodyChoosesHisRoleElsewhere(t *testing.T) {
	t.Parallel()
	app, p := newLinkedApp(t)
	p.is(person("licik@contoh.test", true))
	sum := sha256.Sum256([]byte("penguji"))
	p.challenges["kode"] = base64.RawURLEncoding.EncodeToString(sum[:])
	r := app.Do(t, "POST", "/api/collections/users/auth-with-oauth2", "", map[string]any{
		"provider": "oidc", "code": "kode", "codeVerifier": "penguji", "redirectURL": "https://agensi.test/api/auth/oauth2-callback",
		"createData": map[string]any{"role": "admin", "email": "lain@contoh.test", "demo": true},
	}).Want(200)
	var answer struct{ Record collections.UserView }
	r.JSON(&answer)
	if answer.Record.Role != collections.RoleClient || answer.Record.Email != "licik@contoh.test" {
		t.Errorf("%+v", answer.Record)
	}
}

func TestWayBackIsTheBrowsersOwn(t *testing.T) {
	t.Parallel()
	app, p := newLinkedApp(t)
	p.is(person("sari@contoh.test", true))
	before := app.Hash(t)
	for name, change := range map[string]func(*journey){
		"other state": func(j *journey) { j.back = "/api/auth/oauth2-callback?code=kode&state=lain" },
		"no state":    func(j *journey) { j.back = "/api/auth/oauth2-callback?code=kode" },
		"no cookie":   func(j *journey) { j.cookie.Value = "" },
		"foreign page": func(j *journey) {
			v, _ := url.QueryUnescape(j.cookie.Value)
			j.cookie.Value = url.QueryEscape(strings.Replace(v, `"/portal"`, `"https://jahat.test"`, 1))
		},
		"refused there": func(j *journey) { j.back = strings.Replace(j.back, "code=kode", "error=access_denied", 1) },
		"forged code":   func(j *journey) { j.back = strings.Replace(j.back, "code=kode", "code=lain", 1) },
	} {
		j := p.visit(t, app, "")
		change(j)
		if location, token := j.home(t); !strings.HasPrefix(location, "/login?oauth=") || token != "" {
			t.Errorf("%s: %s, signed in %t", name, location, token != "")
		}
	}
	if app.Hash(t) != before {
		t.Error("a wrong way back left traces")
	}
	for _, next := range []string{"https://jahat.test", "//jahat.test", `/\jahat.test`, "javascript:alert(1)", "jahat"} {
		if location, token := p.visit(t, app, next).home(t); location != "/portal" || token == "" {
			t.Errorf("next=%s leads to %s", next, location)
		}
	}
	app.Do(t, "GET", "/api/auth/oauth2/tidak-ada", "", nil).WantError(404)
}
