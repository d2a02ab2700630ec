package api

import (
	"strings"
	"testing"

	"jasaweb/plugins"
	"jasaweb/tests/programtest"
)

// Settings of PocketBase that the product relies on.
func TestSwitches(t *testing.T) {
	app := programtest.NewApp(t, plugins.Options{})
	if err := app.ReloadSettings(); err != nil {
		t.Fatal(err)
	}
	s := app.Settings()
	if !s.Batch.Enabled || !s.RateLimits.Enabled || s.Meta.AppName != "JasaWeb" {
		t.Errorf("batch %t, rate limits %t, name %q", s.Batch.Enabled, s.RateLimits.Enabled, s.Meta.AppName)
	}
	rule, ok := s.RateLimits.FindRateLimitRule([]string{"users:authWithPassword", "*:authWithPassword"})
	if !ok || rule.MaxRequests != 10 || rule.Duration != 60 {
		t.Errorf("login limit = %+v, %t; want 10 in 60 s", rule, ok)
	}
}

// The catalogue is edited in the dashboard; nonsense stays out of it.
func TestCatalogueRefusesNonsense(t *testing.T) {
	a := newAgency(t)
	tier := func(pairs ...any) map[string]any {
		m := body("identifier", "baru", "name", "Baru", "type", "company", "price", 1_000_000, "deposit_percent", 50)
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	before := a.Hash(t)
	for column, value := range map[string]any{
		"price": -5, "deposit_percent": 101, "identifier": "Dengan Spasi", "type": "toko", "name": "",
	} {
		for _, role := range []string{"admin", "superuser"} {
			a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.Tokens[role], tier(column, value)).WantError(400, column)
		}
	}
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.Tokens["superuser"], tier("identifier", "dasar")).WantError(400, "identifier")
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.Owner.Token, tier()).WantError(400)
	if a.Hash(t) != before {
		t.Error("a refused tier left traces")
	}
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.Tokens["admin"], tier()).Want(200)
}

func TestPublicFiles(t *testing.T) {
	app := programtest.NewApp(t, plugins.Options{})
	r := app.Do(t, "GET", "/", "", nil).Want(200)
	if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy = %q", csp)
	}
	app.Do(t, "GET", "/site.css", "", nil).Want(200)
	app.Do(t, "GET", "/api/salah-ketik", "", nil).WantError(404)
	app.Do(t, "GET", "/tidak-ada", "", nil).WantError(404)
}
