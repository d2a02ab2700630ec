package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

func TestMalformedTablesStopTheStart(t *testing.T) {
	t.Parallel()
	var zero rest.Access
	good := rest.Get("/api/good", rest.Public, "Good", ping)
	for name, routes := range map[string][]rest.Route{
		"no access":      {rest.Get("/api/x", zero, "X", ping)},
		"unknown access": {rest.Get("/api/x", 99, "X", ping)},
		"no summary":     {rest.Get("/api/x", rest.Public, "", ping)},
		"no handler":     {rest.Raw("GET", "/api/x", rest.Public, "X", nil)},
		"nil handler":    {rest.Get[rest.None, *pong]("/api/x", rest.Public, "X", nil)},
		"no slash":       {rest.Get("api/x", rest.Public, "X", ping)},
		"no limit":       {rest.Get("/api/x", rest.Public, "X", ping, rest.MaxBody(0))},
		"lower case":     {rest.Raw("get", "/api/x", rest.Public, "X", rawPing)},
		"zero route":     {{}},
		"duplicate":      {good, good},
		"raw duplicate":  {good, rest.Raw("GET", "/api/good", rest.Public, "X", rawPing)},
	} {
		func() {
			app := newApp(t)
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Bind did not panic", name)
				}
			}()
			rest.Bind(app, routes...)
		}()
	}
}

func TestRouteOfPocketBaseIsNotTakenOver(t *testing.T) {
	t.Parallel()
	s := newApp(t)
	rest.Bind(s, rest.Get("/api/health", rest.Public, "Health", ping))
	router, err := apis.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	err = s.OnServe().Trigger(&core.ServeEvent{App: s, Router: router}, func(*core.ServeEvent) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "GET /api/health") {
		t.Fatalf("served over PocketBase's own route: %v", err)
	}
}

func tableRoutes() []rest.Route {
	return []rest.Route{
		rest.Post("/api/orders/{id}", rest.Client, "Place an order", placeOrder, rest.Status(201)),
		rest.Get("/api/notes", rest.Client, "My notes", mine),
		rest.Get("/api/admin/notes", rest.Admin, "All notes", all),
		rest.Delete("/api/notes", rest.SignedIn, "Forget", func(*core.RequestEvent, *rest.None) (*rest.None, error) { return nil, nil }),
		rest.Raw("GET", "/api/media/{path...}", rest.Public, "A file", rawPing),
		rest.Raw("POST", "/api/webhooks/x", rest.Webhook, "A notification", rawPing),
	}
}

func TestRoutesAndCommandShowTheWholeTable(t *testing.T) {
	t.Parallel()
	s := newApp(t)
	rest.Bind(s, tableRoutes()[:3]...) // as one plugin …
	rest.Bind(s, tableRoutes()[3:]...) // … and another
	var got []string
	for _, r := range rest.Routes(s) {
		got = append(got, fmt.Sprint(r.Method, " ", r.Path, " ", r.Access))
	}
	want := []string{
		"GET /api/admin/notes admin",
		"GET /api/media/{path...} public",
		"DELETE /api/notes signed in",
		"GET /api/notes client",
		"POST /api/orders/{id} client",
		"POST /api/webhooks/x webhook",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	cmd, out := rest.Command(s), new(bytes.Buffer)
	cmd.SetOut(out)
	cmd.SetArgs(nil)
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 7 || !strings.Contains(lines[6], "/api/webhooks/x") {
		t.Errorf("the command prints\n%s", out)
	}
}

func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t, tableRoutes()...)
	raw, err := json.Marshal(rest.OpenAPI(s))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Security    *[]map[string][]string
			Responses   map[string]struct {
				Ref string `json:"$ref"`
			}
			Parameters []struct{ Name, In string }
		}
		Components struct {
			Schemas         map[string]map[string]any
			Responses       map[string]any
			SecuritySchemes map[string]any
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, r := range rest.Routes(s) {
		path := strings.ReplaceAll(r.Path, "...}", "}")
		op, ok := doc.Paths[path][strings.ToLower(r.Method)]
		if !ok || op.Summary != r.Summary || op.OperationID == "" || ids[op.OperationID] {
			t.Errorf("%s %s: %+v", r.Method, r.Path, op)
			continue
		}
		ids[op.OperationID] = true
		if op.Security == nil || (len(*op.Security) == 0) != (r.Access == rest.Public || r.Access == rest.Webhook) {
			t.Errorf("%s %s: security %v", r.Method, r.Path, op.Security)
		}
		for _, code := range []string{"400", "500"} {
			if ref := op.Responses[code].Ref; ref != "#/components/responses/Error"+code {
				t.Errorf("%s %s: response %s is %q", r.Method, r.Path, code, ref)
			}
		}
		if _, ok := op.Responses["422"]; ok {
			t.Errorf("%s %s: documents huma's 422", r.Method, r.Path)
		}
		if strings.Contains(path, "{") && len(op.Parameters) == 0 {
			t.Errorf("%s %s: path parameter missing", r.Method, r.Path)
		}
	}
	order := doc.Paths["/api/orders/{id}"]["post"]
	for _, code := range []string{"201", "401", "403", "404", "413", "415", "429"} {
		if _, ok := order.Responses[code]; !ok {
			t.Errorf("the order does not document %s", code)
		}
	}
	if _, ok := doc.Paths["/api/notes"]["delete"].Responses["204"]; !ok {
		t.Error("a route without output does not document 204")
	}
	for _, name := range []string{"ErrorBody", "PageRest_testNote", "Rest_testOrder"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s in %v", name, doc.Components.Schemas)
		}
	}
	if strings.Contains(string(raw), "$schema") || strings.Contains(string(raw), `["array","null"]`) {
		t.Error("huma's $schema links or nullable arrays are on")
	}
	for _, path := range []string{"/docs", "/openapi.json", "/openapi.yaml", "/schemas/ErrorBody.json"} {
		s.do("GET", path, "", "").want(t, 404)
	}
}

func TestEqualNamesOfSchemasDoNotClash(t *testing.T) {
	t.Parallel()
	s := newApp(t)
	{
		type input struct {
			Body struct {
				A string `json:"a"`
			}
		}
		rest.Bind(s, rest.Post("/api/a", rest.Public, "A", func(*core.RequestEvent, *input) (*pong, error) { return nil, nil }))
	}
	{
		type input struct {
			Body struct {
				B string `json:"b"`
			}
		}
		rest.Bind(s, rest.Post("/api/b", rest.Public, "B", func(*core.RequestEvent, *input) (*pong, error) { return nil, nil }))
	}
	s.serve()
	s.do("POST", "/api/b", "", `{"a":"x"}`).want(t, 400, "b", "validation_required")
	s.do("POST", "/api/a", "", `{"b":"x"}`).want(t, 400, "a", "validation_required")
}
