package rest

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// RouteInfo is a route as the golden file, the routes command and the
// documentation see it.
type RouteInfo struct {
	Method  string
	Path    string
	Access  Access
	Summary string
	Page    bool   // answers with HTML
	Plugin  string // whose Register bound it
}

// Bind adds routes to the app's table and serves them from the next OnServe on.
// It belongs in a plugin's Register, and panics on a malformed or duplicated
// route: a wrong table is a bug that must not reach a listener.
func Bind(app core.App, routes ...Route) {
	t, plugin := tableOf(app), pluginOfCaller()
	for _, r := range routes {
		r.plugin = plugin
		if err := t.add(r); err != nil {
			panic(err)
		}
	}
}

// pluginOfCaller is the folder of the plugin that is registering, also where it
// binds through another of the shared mechanisms.
func pluginOfCaller() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for frame, more := frames.Next(); ; frame, more = frames.Next() {
		name, ours := strings.CutPrefix(frame.Function, "jasaweb/plugins/")
		if name, _, _ = strings.Cut(name, "."); ours {
			if name, _, _ = strings.Cut(name, "/"); name != "internal" {
				return name
			}
		}
		if !more {
			return ""
		}
	}
}

// Routes returns the routes of all plugins, sorted by path and method.
func Routes(app core.App) []RouteInfo {
	t := tableOf(app)
	infos := make([]RouteInfo, len(t.routes))
	for i, r := range t.routes {
		infos[i] = RouteInfo{Method: r.Method, Path: r.Path, Access: r.Access, Summary: r.Summary, Page: r.onError != nil, Plugin: r.plugin}
	}
	slices.SortFunc(infos, func(a, b RouteInfo) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return infos
}

// OpenAPI returns the document that describes the bound routes. It is shared:
// change it only before the app serves.
func OpenAPI(app core.App) *huma.OpenAPI {
	return tableOf(app).api.OpenAPI()
}

// table is the app's one list of routes. It is written while the plugins
// register and only read once the app serves, hence no lock.
type table struct {
	api    huma.API
	routes []boundRoute

	// huma hands over the operation and its handler through Handle, in the
	// middle of add.
	operation *huma.Operation
	handler   func(huma.Context)
}

type boundRoute struct {
	Route
	action Handler
}

var _ huma.Adapter = (*table)(nil)

const storeKey = "jasaweb.rest"

func tableOf(app core.App) *table {
	return app.Store().GetOrSet(storeKey, func() any {
		t := &table{}
		t.api = huma.NewAPI(apiConfig(), t)
		app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: storeKey, Func: t.mount})
		return t
	}).(*table)
}

func (t *table) add(r Route) error {
	if err := r.check(); err != nil {
		return err
	}
	for _, other := range t.routes {
		if other.Method == r.Method && other.Path == r.Path {
			return fmt.Errorf("rest: %s %s is declared twice", r.Method, r.Path)
		}
	}
	if r.onError != nil {
		t.routes = append(t.routes, boundRoute{r, r.raw})
		return nil
	}
	op := newOperation(&r)
	if r.raw != nil {
		documentRaw(&op)
		t.operation = &op
		t.api.OpenAPI().AddOperation(&op)
		t.routes = append(t.routes, boundRoute{r, r.raw})
	} else {
		r.register(t.api, op)
		if err := checkPathParams(t.operation); err != nil {
			return err
		}
		t.routes = append(t.routes, boundRoute{r, action(t.operation, t.handler, op.DefaultStatus)})
	}
	schemas := t.api.OpenAPI().Components.Schemas
	for _, describe := range r.describe {
		describe(t.operation, schemas)
	}
	documentErrors(t.operation, &r)
	return nil
}

// checkPathParams finds a parameter of the path that the input does not read: a
// field without its tag, or one in an embedded type that is not exported. The
// handler would see it empty.
func checkPathParams(op *huma.Operation) error {
	for segment := range strings.SplitSeq(op.Path, "/") {
		name, isParam := strings.CutPrefix(strings.TrimSuffix(segment, "}"), "{")
		if isParam && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == name }) {
			return fmt.Errorf("rest: %s %s: the input does not read {%s}", op.Method, op.Path, name)
		}
	}
	return nil
}

// mount puts the table into PocketBase's router.
func (t *table) mount(se *core.ServeEvent) error {
	for i := range t.routes {
		r := &t.routes[i]
		if se.Router.HasRoute(r.Method, r.Path) {
			return fmt.Errorf("rest: %s %s is already served by somebody else", r.Method, r.Path)
		}
		route := se.Router.Route(r.Method, r.Path, r.action)
		route.Unbind(r.unbind...)
		if r.Access == Webhook {
			// A provider calls from few addresses and repeats what was refused:
			// limiting it would only delay payments.
			route.Unbind(apis.DefaultRateLimitMiddlewareId)
		}
		route.Bind(r.guard(), r.bodyLimit())
		route.Bind(r.middlewares...)
	}
	return se.Next()
}

// Handle receives an operation from huma.Register.
func (t *table) Handle(op *huma.Operation, handler func(huma.Context)) {
	t.operation, t.handler = op, handler
}

// ServeHTTP completes huma.Adapter. Requests come through PocketBase's router.
func (t *table) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
