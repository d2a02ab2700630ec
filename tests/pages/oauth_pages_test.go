package pages

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// newGoogle is an OpenID Connect server that asks the person before it whether
// to go on, and the sign-in of the stage's users that leads there.
func (s *stage) newGoogle(t *testing.T, email string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		back := func(answer string) string {
			q := r.URL.Query()
			return html.EscapeString(q.Get("redirect_uri") + "?state=" + url.QueryEscape(q.Get("state")) + "&" + answer)
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<main><h1>Penyedia</h1><a href="%s">Izinkan</a> <a href="%s">Tolak</a></main>`, back("code=kode"), back("error=access_denied"))
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") != "kode" || r.FormValue("code_verifier") == "" {
			w.WriteHeader(400)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"kunci","token_type":"Bearer","expires_in":60}`))
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"sub": "1", "email": email, "email_verified": true, "name": "Ibu Sari"})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	users, err := s.FindCollectionByNameOrId(collections.Users)
	if err != nil {
		t.Fatal(err)
	}
	users.OAuth2.Enabled = true
	users.OAuth2.Providers = []core.OAuth2ProviderConfig{{
		Name: "oidc", DisplayName: "Google uji", ClientId: "jasaweb", ClientSecret: "rahasia",
		AuthURL: server.URL + "/authorize", TokenURL: server.URL + "/token", UserInfoURL: server.URL + "/userinfo",
	}}
	if err := s.Save(users); err != nil {
		t.Fatal(err)
	}
}

// The button is on the page once a provider is configured; it leads there and
// back to the page that was asked for, and a way that ends elsewhere says why.
func TestSignInElsewhereInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newDoor(t)
	b := s.phone(t)
	b.visit("/login")
	if text := b.eval("document.body.innerText"); strings.Contains(text, "Lanjut dengan") {
		t.Error("a button that leads nowhere")
	}
	s.newGoogle(t, "sari@contoh.test")
	b.visit("/login?next=%2Fportal%2Fakun")
	b.press("Lanjut dengan Google uji")
	b.press("Tolak")
	b.sees("Anda belum masuk")
	b.wants("a refusal", "/login")

	b.visit("/login?next=%2Fportal%2Fakun")
	if wide := b.eval(`document.documentElement.scrollWidth`); wide != "390" {
		t.Errorf("the page is %s px wide", wide)
	}
	b.press("Lanjut dengan Google uji")
	b.sees("Izinkan")
	way := b.eval(`document.querySelector("a").href`)
	b.press("Izinkan")
	b.sees("sari@contoh.test")
	b.wants("the way back", "/portal/akun")
	if text := b.eval("document.body.innerText"); strings.Contains(text, "belum dikonfirmasi") {
		t.Error("the provider's word for the address does not count")
	}

	again := s.phone(t) // the same way back in a browser that did not go there
	again.visit(strings.TrimPrefix(way, s.site))
	again.sees("Waktu untuk masuk sudah habis")
	again.visit("/en/register?paket=dasar")
	again.press("Continue with Google uji")
	again.press("Izinkan")
	again.sees("Pesan") // the order that the visitor had begun
	again.wants("opening an account", "/portal/pesan-baru")
}

// Every reason for which the way back ends at the login has its words.
func TestReasonsOfSignInElsewhereHaveWords(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	said := map[string]string{}
	for _, why := range []string{"expired", "cancelled", "failed", "no_email", "admin_password_only", "unverified_account"} {
		for _, page := range []string{"/login", "/en/login"} {
			_, alert, found := strings.Cut(a.page(t, page+"?oauth="+why, ""), `class="alert-title">`)
			alert, _, _ = strings.Cut(alert, "<")
			if other := said[alert]; !found || alert == "" || other != "" {
				t.Errorf("%s of %s: %q, as %s", page, why, alert, other)
			}
			said[alert] = page + " " + why
		}
	}
	if page := a.page(t, "/login?oauth=%3Cb%3E", ""); !strings.Contains(page, "tidak bisa dipakai untuk masuk") || strings.Contains(page, "<b>") {
		t.Error("an unknown reason is not told as a failure")
	}
	if page := a.page(t, "/login", ""); strings.Contains(page, "alert-title") {
		t.Error("the login complains about nothing")
	}
}
