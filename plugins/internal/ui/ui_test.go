package ui_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tests"

	"jasaweb/plugins/internal/ui"
	"jasaweb/plugins/internal/ui/uitest"
)

func newApp(t *testing.T) *tests.TestApp {
	t.Helper()
	app, err := tests.NewTestAppWithConfig(core.BaseAppConfig{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Cleanup)
	return app
}

func serve(t *testing.T, app core.App) http.Handler {
	t.Helper()
	router, err := apis.NewRouter(app)
	if err != nil {
		t.Fatal(err)
	}
	var mux http.Handler
	event := &core.ServeEvent{App: app, Router: router}
	err = app.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		mux, err = e.Router.BuildMux()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mux
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec
}

var files = fstest.MapFS{
	"page.js":     {Data: []byte("export function page() { return t.div(null, app.store.title); }\n")},
	"parts/x.css": {Data: []byte("a{}")},
}

func page(path string) ui.Page {
	return ui.Page{Path: path, Icon: "ri-line-chart-line", Label: `A "label" </script>`, FS: files}
}

func TestDashboardGetsTheExtension(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	ui.Bind(app)
	ui.Bind(app) // harmless
	ui.Register(app, page("#/business"))
	ui.Register(app, page("#/health-check"))
	h := serve(t, app)

	bundle := get(h, "/_/extensions.js")
	body := bundle.Body.String()
	if bundle.Code != 200 || strings.Count(body, "await (async function(){") != 1 || !strings.HasSuffix(body, "\n})();") {
		t.Fatalf("%d %s", bundle.Code, body)
	}
	for _, want := range []string{`"path":"#/business"`, `"name":"health-check"`, `"label":"A \"label\" </script>"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the bundle does not say %s: %s", want, body)
		}
	}
	for path, want := range map[string]int{
		"/_/extensions/jasaweb/main.js":                  200,
		"/_/extensions/jasaweb/business/page.js":         200,
		"/_/extensions/jasaweb/health-check/parts/x.css": 200,
		"/_/extensions/jasaweb/business/none.js":         404,
		"/_/extensions/jasaweb/other/page.js":            404,
		"/_/extensions/jasaweb/business":                 404,
		"/_/extensions/jasaweb/business/../../ui.go":     307, // the router cleans the path first
		"/_/extensions/jasaweb/business/%2e%2e/ui.go":    404,
	} {
		rec := get(h, path)
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
		if got := rec.Header().Get("Cache-Control"); want == 200 && got != "no-cache" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
	if got := bundle.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the bundle has Cache-Control %q", got)
	}
	if got := get(h, "/api/health").Header().Get("Cache-Control"); got != "" {
		t.Errorf("another path has Cache-Control %q", got)
	}
}

func TestExtensionWithoutPagesHasItsLink(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	ui.Bind(app)
	if body := get(serve(t, app), "/_/extensions.js").Body.String(); !strings.Contains(body, "const pages = [];") || !strings.Contains(body, `href: "/"`) {
		t.Fatal(body)
	}
}

func TestMalformedPagesStopTheStart(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]ui.Page{
		"zero":         {},
		"no hash":      page("business"),
		"parameter":    page("#/business/{id}"),
		"upper case":   page("#/Business"),
		"pocketbase's": page("#/settings"),
		"no label":     {Path: "#/a", Icon: "ri-x", FS: files},
		"no page.js":   {Path: "#/a", Icon: "ri-x", Label: "A", FS: fstest.MapFS{}},
		"duplicate":    page("#/twice"),
	} {
		func() {
			app := newApp(t)
			ui.Register(app, page("#/twice"))
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Register did not panic", name)
				}
			}()
			ui.Register(app, p)
		}()
	}
}

// PocketBase wraps main.js into a function, joins it with others and never
// waits for it; each rule here is a way in which that broke dashboards.
func TestMainScriptKeepsTheRulesOfTheBundle(t *testing.T) {
	t.Parallel()
	uitest.Check(t, os.DirFS("."))
	raw, err := os.ReadFile("main.js")
	if err != nil {
		t.Fatal(err)
	}
	source := string(raw)
	if !strings.HasSuffix(source, "\n") {
		t.Error("a last line without an end can swallow the wrapper")
	}
	if n := strings.Count(source, "\n"); n >= 100 {
		t.Errorf("main.js has %d lines", n)
	}
	for line := range strings.Lines(source) {
		code := strings.TrimSpace(line)
		if strings.HasPrefix(code, "import ") || strings.HasPrefix(code, "export ") {
			t.Errorf("a static import or export is a syntax error inside the wrapper: %s", code)
		}
		if indent := len(line) - len(strings.TrimLeft(line, " ")); indent <= 4 && strings.Contains(code, "await ") && !strings.HasPrefix(code, "//") {
			t.Errorf("a top-level await lets the router start before our routes: %s", code)
		}
		if strings.Contains(code, "isActive") {
			t.Errorf("isActive on location.hash keeps a link highlighted: %s", code)
		}
	}
	if !strings.Contains(source, "\ntry {\n") || !strings.HasSuffix(strings.TrimSpace(source), "}") {
		t.Error("main.js is not one try … catch")
	}
}

func TestFSHasEveryScriptOfThePages(t *testing.T) {
	t.Parallel()
	app := newApp(t)
	ui.Register(app, page("#/business"))
	for _, name := range []string{"main.js", "business/page.js"} {
		if b, err := fs.ReadFile(ui.FS(app), name); err != nil || len(b) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ui.FS(app).Open("../main.js"); err == nil {
		t.Error("opened a path outside")
	}
}
