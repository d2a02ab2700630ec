// Package rest declares the HTTP routes of the plugins: who may call each, what
// it takes and what it returns, in one table per plugin.
//
//	func (p *plugin) routes() []rest.Route {
//		return []rest.Route{
//			rest.Post("/api/notes", rest.Client, "Write a note", p.create, rest.Status(201)),
//			rest.Get("/api/notes", rest.Client, "My notes", p.list),
//			rest.Raw("POST", "/api/webhooks/notes", rest.Webhook, "A note arrives", p.webhook),
//		}
//	}
//
//	type createInput struct {
//		Body struct {
//			Text string `json:"text" minLength:"1" maxLength:"500"`
//		}
//	}
//
//	func (p *plugin) create(e *core.RequestEvent, in *createInput) (*Note, error) {
//		return save(e.App, e.Auth.Id, in.Body.Text) // any error: the package answers
//	}
//
//	func Register(app core.App) error {
//		rest.Bind(app, (&plugin{}).routes()...)
//		return nil
//	}
//
// The input struct is at the same time the parser, the validation and the
// OpenAPI schema (tags of huma: path, query, header, json, minLength, enum, …),
// so that the three cannot drift apart. A handler returns the body itself and
// sets cookies and headers on the event. Whatever fails, in the input or in the
// handler, ends in [Error] and leaves through PocketBase's own error writer.
package rest

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// DefaultMaxBody is the largest request body, in bytes, that a route accepts
// unless it says otherwise with [MaxBody].
const DefaultMaxBody = 64 << 10

// Handler is a plain PocketBase handler, for streams, files and signed bodies.
type Handler = func(e *core.RequestEvent) error

// Middleware is a PocketBase middleware such as apis.Gzip().
type Middleware = hook.Handler[*core.RequestEvent]

// None is the input of a route that takes none, and the output of one that
// answers 204 (return nil).
type None struct{}

// Route is one line of a plugin's route table. Make it with Get, Post, Put,
// Patch, Delete, Raw or HTML.
type Route struct {
	Method  string
	Path    string
	Access  Access
	Summary string

	plugin      string // set by Bind
	status      int
	maxBody     int64
	middlewares []*Middleware
	unbind      []string
	errors      []int
	describe    []func(*huma.Operation, huma.Registry)

	// exactly one of the two is set
	raw      Handler
	register func(api huma.API, op huma.Operation)

	// set for pages: writes what went wrong as HTML
	onError func(*core.RequestEvent, error) error
}

// Option changes one property of a route.
type Option func(*Route)

// Status sets the status of a successful answer (default 200, or 204 for None).
func Status(code int) Option { return func(r *Route) { r.status = code } }

// MaxBody sets how many bytes of body the route accepts instead of [DefaultMaxBody].
func MaxBody(bytes int64) Option { return func(r *Route) { r.maxBody = bytes } }

// Use adds middlewares that run after the access check.
func Use(middlewares ...*Middleware) Option {
	return func(r *Route) { r.middlewares = append(r.middlewares, middlewares...) }
}

// Unbind removes inherited middlewares by their id, for example
// apis.DefaultRateLimitMiddlewareId.
func Unbind(ids ...string) Option {
	return func(r *Route) { r.unbind = append(r.unbind, ids...) }
}

// Get declares a typed GET route.
func Get[In, Out any](path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(http.MethodGet, path, access, summary, handler, options)
}

// Post declares a typed POST route.
func Post[In, Out any](path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(http.MethodPost, path, access, summary, handler, options)
}

// Put declares a typed PUT route.
func Put[In, Out any](path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(http.MethodPut, path, access, summary, handler, options)
}

// Patch declares a typed PATCH route.
func Patch[In, Out any](path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(http.MethodPatch, path, access, summary, handler, options)
}

// Delete declares a typed DELETE route.
func Delete[In, Out any](path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(http.MethodDelete, path, access, summary, handler, options)
}

// Typed declares a typed route of any method, for those who declare more than a
// route at once.
func Typed[In, Out any](method, path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options ...Option) Route {
	return typed(method, path, access, summary, handler, options)
}

// Raw declares a route that reads its request and writes its answer itself. It
// keeps the access check, the body limit and the error mapping.
func Raw(method, path string, access Access, summary string, handler Handler, options ...Option) Route {
	r := newRoute(method, path, access, summary, options)
	r.raw = handler
	return r
}

// HTML declares a route that answers with HTML. It is a Raw route that the
// OpenAPI document leaves out, and whatever fails goes to onError, a refused
// access included.
func HTML(method, path string, access Access, summary string, handler Handler, onError func(*core.RequestEvent, error) error, options ...Option) Route {
	r := Raw(method, path, access, summary, handler, options...)
	r.onError = onError
	return r
}

func typed[In, Out any](method, path string, access Access, summary string, handler func(*core.RequestEvent, *In) (Out, error), options []Option) Route {
	r := newRoute(method, path, access, summary, options)
	if handler == nil {
		return r // check refuses it with the route's name
	}
	// huma keeps the input; the answer is written by the call, so that nothing
	// reaches the client before it is known to be encodable.
	run := func(ctx context.Context, in *In) {
		c := ctx.Value(callKey{}).(*call)
		out, err := handler(c.event, in)
		c.out, c.err, c.handled = out, err, true
	}
	outType := reflect.TypeFor[Out]()
	if outType == reflect.TypeFor[*None]() || outType == reflect.TypeFor[None]() {
		if r.status == 0 {
			r.status = http.StatusNoContent
		}
		r.register = func(api huma.API, op huma.Operation) {
			huma.Register(api, op, func(ctx context.Context, in *In) (*struct{}, error) {
				run(ctx, in)
				return nil, nil
			})
		}
		return r
	}
	r.describe = append(r.describe, func(_ *huma.Operation, schemas huma.Registry) {
		documentNulls(schemas, outType, map[reflect.Type]bool{})
	})
	r.register = func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *In) (*struct{ Body Out }, error) {
			run(ctx, in)
			return nil, nil
		})
	}
	return r
}

func newRoute(method, path string, access Access, summary string, options []Option) Route {
	r := Route{Method: method, Path: path, Access: access, Summary: summary, maxBody: DefaultMaxBody}
	for _, o := range options {
		o(&r)
	}
	return r
}

// check finds the mistakes that would otherwise be an unguarded or undocumented
// endpoint. They are bugs in a route table, so the program must not start.
func (r *Route) check() error {
	switch {
	case r.Method == "" || r.Method != strings.ToUpper(r.Method) || !strings.HasPrefix(r.Path, "/"):
		return fmt.Errorf("rest: malformed route %q %q", r.Method, r.Path)
	case !r.Access.valid():
		return fmt.Errorf("rest: %s %s names no access level", r.Method, r.Path)
	case r.Summary == "":
		return fmt.Errorf("rest: %s %s has no summary", r.Method, r.Path)
	case r.raw == nil && r.register == nil:
		return fmt.Errorf("rest: %s %s has no handler", r.Method, r.Path)
	case r.maxBody <= 0:
		return fmt.Errorf("rest: %s %s has no body limit", r.Method, r.Path)
	}
	return nil
}
