package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/plugins"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

func docRoutes() []routeCase {
	return []routeCase{
		{route: "GET /api/docs", want: everyone},
		{route: "GET /api/docs/openapi.json", want: everyone},
		{
			route: "GET /api/docs/{file}", path: func(*agency) string { return "/api/docs/swagger-ui.css" }, want: everyone,
			bad: []badInput{
				{name: "another file", path: "/api/docs/openapi.go", status: 404},
				{name: "a folder above", path: "/api/docs/..%2Froutes.go", status: 404},
			},
		},
	}
}

// document reads the API's description as a client gets it.
func document(t testing.TB, app *plugintest.App) (*openapi3.T, []byte) {
	t.Helper()
	raw := app.Do(t, "GET", "/api/docs", "", nil).Want(200).Body
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatalf("the document cannot be read: %v", err)
	}
	return doc, raw
}

func TestDocumentIsValidOpenAPI31(t *testing.T) {
	t.Parallel()
	doc, raw := document(t, programtest.NewApp(t, plugins.Options{}))
	if path := os.Getenv("OPENAPI_FILE"); path != "" { // for other linters
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if doc.OpenAPI != "3.1.0" || len(doc.Servers) == 0 || doc.Info.License == nil || doc.Components.SecuritySchemes["token"] == nil {
		t.Errorf("version %s, servers %v, licence %v", doc.OpenAPI, doc.Servers, doc.Info.License)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security == nil || op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: security %v, summary %q, id %q, tags %v", method, path, op.Security, op.Summary, op.OperationID, op.Tags)
			}
		}
	}
}

// Every documented operation is served, and every route that we declare for
// programs is documented.
func TestDocumentAndRouterAgree(t *testing.T) {
	t.Parallel()
	var routes *router.Router[*core.RequestEvent]
	app := programtest.NewApp(t, plugins.Options{}, func(app *plugintest.App) {
		app.OnServe().BindFunc(func(e *core.ServeEvent) error { routes = e.Router; return e.Next() })
	})
	doc, _ := document(t, app)
	declared := map[string]bool{}
	for _, line := range openapi.Routes(app) {
		f := strings.Fields(line)
		declared[f[0]+" "+f[1]] = true
		if path := strings.ReplaceAll(f[1], "...}", "}"); strings.HasPrefix(f[1], "/api/") &&
			(doc.Paths.Value(path) == nil || doc.Paths.Value(path).GetOperation(f[0]) == nil) {
			t.Errorf("%s %s is not documented", f[0], f[1])
		}
	}
	ofCollection := regexp.MustCompile(`^/api/collections/[^/]+/`)
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			pattern := ofCollection.ReplaceAllString(path, "/api/collections/{collection}/")
			if !routes.HasRoute(method, pattern) && !declared[method+" "+pattern] {
				t.Errorf("%s %s is documented and not served", method, path)
			}
		}
	}
}

// What only superusers may see is nobody else's business: neither closed
// collections, nor hidden fields, nor the rules.
func TestDocumentKeepsSecrets(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	doc, raw := document(t, app)
	all, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"@request", "tokenKey", "sentTo", "_superusers"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the document says %q", secret)
		}
	}
	for _, c := range all {
		path := doc.Paths.Value("/api/collections/" + c.Name + "/records")
		if got, want := path != nil && path.Get != nil, c.ListRule != nil; got != want {
			t.Errorf("%s: list documented %t, open %t", c.Name, got, want)
		}
		if got, want := path != nil && path.Post != nil, c.CreateRule != nil; got != want {
			t.Errorf("%s: create documented %t, open %t", c.Name, got, want)
		}
	}
	users := doc.Components.Schemas["RecordUsersCreate"].Value
	if users.Properties["role"] != nil || users.Properties["passwordConfirm"] == nil {
		t.Errorf("who registers sends %v", users.Properties)
	}
	if p := doc.Components.Schemas["RecordProjects"].Value; p.Properties["credentials"] != nil || p.Properties["status"] == nil {
		t.Errorf("a project has %v", p.Properties)
	}
}

func TestDocumentFollowsTheCollections(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	before := app.Do(t, "GET", "/api/docs", "", nil).Want(200)
	again := app.Request(t, "GET", "/api/docs/openapi.json", "", nil)
	again.Header.Set("If-None-Match", before.Header.Get("ETag"))
	if r := send(app, again); r.Code != http.StatusNotModified || r.Body.Len() != 0 {
		t.Errorf("an unchanged document is answered with %d and %d bytes", r.Code, r.Body.Len())
	}
	c, err := app.FindCollectionByNameOrId("templates")
	if err != nil {
		t.Fatal(err)
	}
	c.Fields.Add(&core.NumberField{Name: "warna_tambahan", OnlyInt: true})
	if err := app.Save(c); err != nil {
		t.Fatal(err)
	}
	after := app.Do(t, "GET", "/api/docs", "", nil).Want(200)
	if !strings.Contains(string(after.Body), "warna_tambahan") || after.Header.Get("ETag") == before.Header.Get("ETag") {
		t.Error("a new field is not in the document")
	}
}

func TestDocumentHasAPageForBrowsers(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	r := app.Request(t, "GET", "/api/docs", "", nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	page := send(app, r)
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Fatalf("%d %v", page.Code, page.Header())
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/api/docs/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		app.Do(t, "GET", m[1], "", nil).Want(200)
	}
	r.Header.Set("Accept", "application/json, text/html;q=0.1")
	if page := send(app, r); !json.Valid(page.Body.Bytes()) {
		t.Error("who asks for JSON gets a page")
	}
}

// The copy of Swagger UI is what its README says.
func TestSwaggerUIIsUnchanged(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("bash", "-c", `set -euo pipefail; sed -nE 's/^\| (\S+) \| .(\w{64}). \|$/\2 \1/p' README.md |
		while read -r sum file; do test "$(gzip -dc "$file.gz" | sha256sum)" = "$sum  -" || { echo "$file differs"; exit 1; }; echo "$file"; done`)
	cmd.Dir = filepath.Join(programtest.Root(), "plugins/openapi/swagger-ui")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "\n") != 2 {
		t.Errorf("%s %v", out, err)
	}
}

// send is App.Do for a request with headers of its own.
func send(app *plugintest.App, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	app.Handler.ServeHTTP(answer, r)
	return answer
}
