package view

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/plugintest"
)

var public = os.DirFS("../../../pb_public")

// newSite is a site whose only page is the style page, for everybody.
func newSite(t *testing.T, config Config, more ...Route) (*plugintest.App, *Site) {
	t.Helper()
	var site *Site
	config.Public = public
	app := plugintest.New(t, func(app *plugintest.App) {
		var err error
		if site, err = New(app, config); err != nil {
			t.Fatal(err)
		}
		site.Bind(append(more,
			Get("/gaya", rest.Public, "Style", StylePage).Localized(),
			Post("/preferensi", rest.Public, "Choose", Preferences),
		)...)
		if err := site.CompileAll(); err != nil {
			t.Fatal(err)
		}
		app.OnServe().BindFunc(func(e *core.ServeEvent) error {
			e.Router.GET(AssetPath+"{path...}", site.Assets().Serve)
			return e.Next()
		})
	})
	return app, site
}

func TestEveryComponentRendersInBothLanguages(t *testing.T) {
	t.Parallel()
	app, _ := newSite(t, Config{})
	for path, want := range map[string]string{"/gaya": "boleh kosong", "/en/gaya": "optional"} {
		body := string(app.Do(t, "GET", path, "", nil).Want(200).Body)
		if !strings.Contains(body, want) || strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "[style.") {
			t.Errorf("%s: %s", path, body)
		}
	}
}

func TestTextsThatAreMissingStopTheStart(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	for name, catalog := range map[string]Catalog{
		"one language":  {"x": {ID: "Ada"}},
		"taken":         {"menu": {ID: "Menu", EN: "Menu"}},
		"other values":  {"x": {ID: "%d ada", EN: "none"}},
		"unknown value": {"x": {ID: "%s", EN: "%d"}},
	} {
		site, err := New(app, Config{Public: public})
		if err != nil {
			t.Fatal(err)
		}
		if err := site.Pages(fstest.MapFS{}, catalog); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, page := range map[string]string{
		"unknown text":      `{{t "tidak.ada"}}`,
		"unknown count":     `{{n "menu" 3}}`,
		"unknown function":  `{{tidakada}}`,
		"unclosed template": `{{if true}}`,
	} {
		site, err := New(app, Config{Public: public})
		if err != nil {
			t.Fatal(err)
		}
		if err := site.Pages(fstest.MapFS{"templates/baru.html": {Data: []byte(page)}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := site.CompileAll(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAddressesInEnglish(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/": "/en", "/harga": "/en/harga", "/?nama=x": "/en?nama=x", "/#harga": "/en#harga", "/portal": "/portal", "/portal/web": "/portal/web",
		"/portalku": "/en/portalku", "https://x.id/": "https://x.id/", "//x.id": "//x.id", "#isi": "#isi", "/i/abc": "/i/abc", "/api/docs": "/api/docs",
	} {
		if got := Href("en", path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
		if got := Href("id", path); got != path {
			t.Errorf("%s = %s in Indonesian", path, got)
		}
	}
}

func TestFormsLeadToOurOwnPagesOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/portal?x=1": "/portal?x=1", "": "/", "//jahat.id": "/", "https://jahat.id": "/", `/\jahat.id`: "/", "portal": "/", "/a\nb": "/", "javascript:alert(1)": "/",
	} {
		if got := Local(address, "/"); got != want {
			t.Errorf("%q = %q, want %q", address, got, want)
		}
	}
}

func TestAssetsHaveHashedAddressesAndAreLinked(t *testing.T) {
	t.Parallel()
	a, err := NewAssets(fstest.MapFS{
		"site.css":        {Data: []byte(`@font-face{src:url("vendor/a.woff2")} ` + strings.Repeat("p{color:red}", 50))},
		"vendor/a.woff2":  {Data: []byte("font")},
		"js/main.js":      {Data: []byte(`import { a } from "./part.js"; const b = await import("./part.js");`)},
		"js/part.js":      {Data: []byte(`export const a = 1;`)},
		"vendor/kept.mjs": {Data: []byte(`import "./missing.js"`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	font, _ := a.Href("vendor/a.woff2")
	part, _ := a.Href("js/part.js")
	css, _ := a.Href("site.css")
	js, _ := a.Href("js/main.js")
	if got := string(a.files[css].raw); !strings.Contains(got, `url("`+font+`")`) {
		t.Error(got)
	}
	if got := string(a.files[js].raw); strings.Count(got, part) != 2 {
		t.Error(got)
	}
	if a.Size(css) >= len(a.files[css].raw) || a.Size(font) != 4 {
		t.Errorf("%d bytes of style, %d of font", a.Size(css), a.Size(font))
	}
	if _, err := NewAssets(fstest.MapFS{"a.js": {Data: []byte(`import "./b.js"`)}}); err == nil {
		t.Error("a module that does not exist was accepted")
	}
	if _, err := NewAssets(fstest.MapFS{"a.js": {Data: []byte(`import "./a.js"`)}}); err == nil {
		t.Error("a module that loads itself was accepted")
	}
}
