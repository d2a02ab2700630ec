package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jasaweb/plugins/openapi"
	"jasaweb/plugins/plugintest"
)

// newApp is the whole program as main composes it.
func newApp(t testing.TB, o *options, more ...func(*plugintest.App)) *plugintest.App {
	t.Helper()
	if o == nil {
		o = &options{}
	}
	if err := o.load(func(string) string { return "" }); err != nil {
		t.Fatal(err)
	}
	return plugintest.NewBare(t, func(app *plugintest.App) {
		if err := setup(app, nil, o); err != nil {
			t.Fatal(err)
		}
		for _, register := range more {
			register(app)
		}
	})
}

// golden compares got with testdata/name, or writes it with UPDATE_GOLDEN=1.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s differs from what the program has now; if that is meant, run \"make golden\".\n%s", path, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(nothing)"
		}
		if line(a) != line(b) {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, line(a), line(b))
		}
	}
	return ""
}

func TestGoldenRoutes(t *testing.T) {
	app := newApp(t, nil)
	golden(t, "routes.golden", strings.Join(openapi.Routes(app), "\n")+"\n")
	golden(t, "pages.golden", strings.Join(openapi.Pages(app), "\n")+"\n")
}

// Settings of PocketBase that the product relies on.
func TestSwitches(t *testing.T) {
	app := newApp(t, nil)
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
			a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.tokens[role], tier(column, value)).WantError(400, column)
		}
	}
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.tokens["superuser"], tier("identifier", "dasar")).WantError(400, "identifier")
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.owner.Token, tier()).WantError(400)
	if a.Hash(t) != before {
		t.Error("a refused tier left traces")
	}
	a.Do(t, "POST", "/api/collections/pricing_tiers/records", a.tokens["admin"], tier()).Want(200)
}

func TestPublicFiles(t *testing.T) {
	app := newApp(t, nil)
	r := app.Do(t, "GET", "/", "", nil).Want(200)
	if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy = %q", csp)
	}
	app.Do(t, "GET", "/site.css", "", nil).Want(200)
	app.Do(t, "GET", "/api/salah-ketik", "", nil).WantError(404)
	app.Do(t, "GET", "/tidak-ada", "", nil).WantError(404)
}
