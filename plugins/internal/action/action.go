// Package action declares what an admin can make the program do to itself: put
// failed work back, empty a cache, forget the example data. One declaration is
// the route with its access, its row in the audit log and its place in the
// OpenAPI document, a dry run beside it and, where there is one, the way back.
//
//	func (p *plugin) routes() []rest.Route {
//		return slices.Concat(
//			[]rest.Route{rest.Get("/api/admin/metrics", rest.Admin, "What is measured", p.list)},
//			p.mute().Routes(),
//		)
//	}
//
//	type muteInput struct {
//		Metric string `path:"metric" maxLength:"100"`
//		Body   struct {
//			Hours int `json:"hours" minimum:"1" maximum:"72"`
//		}
//	}
//
//	func (p *plugin) mute() action.Action[muteInput, *muted] {
//		return action.Action[muteInput, *muted]{
//			Name: "metrics.mute", Method: "POST", Path: "/api/admin/metrics/{metric}/mute", Summary: "Raise no alarm about a measurement",
//			DryRun: func(ctx context.Context, app core.App, in *muteInput) ([]action.Effect, error) {
//				open, err := openAlarms(ctx, app, in.Metric) // a refusal of Do is one of DryRun, too
//				return []action.Effect{{Does: action.Change, What: "alarms", Count: open}}, err
//			},
//			Do: func(ctx context.Context, app core.App, in *muteInput) (*muted, error) {
//				return mute(ctx, app, in.Metric, time.Duration(in.Body.Hours)*time.Hour)
//			},
//			Undo: func(ctx context.Context, app core.App, in *muteInput) (*muted, error) {
//				return unmute(ctx, app, in.Metric)
//			},
//		}
//	}
//
// That is POST /api/admin/metrics/{metric}/mute for admins, and with the same
// parameters POST …/mute/dry-run, which says what would happen and changes
// nothing, and POST …/mute/undo, which takes it back. The audit log gets a row
// "metrics.mute" or "metrics.mute.undo" with the parameters before anything
// happens; a dry run leaves none.
package action

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Action is something that an admin can make happen. In is the input of a route
// (see [rest]) and so the parameters with their bounds; it holds no secrets,
// because the audit log keeps it. Out is the answer.
type Action[In, Out any] struct {
	Name    string // in the audit log: "jobs.retry"
	Method  string // of the route that does it
	Path    string // below /api/admin/
	Summary string // in the imperative

	// DryRun counts what Do would do, refuses what Do would refuse and changes
	// nothing.
	DryRun func(ctx context.Context, app core.App, in *In) ([]Effect, error)
	// Do does it. A second run that finds nothing left to do is no error.
	Do func(ctx context.Context, app core.App, in *In) (Out, error)
	// Undo takes back what Do did with the same parameters; nil where nothing can.
	Undo func(ctx context.Context, app core.App, in *In) (Out, error)
}

// Effect is one thing that would happen.
type Effect struct {
	Does  Verb   `json:"does" enum:"create,change,delete"`
	What  string `json:"what" doc:"A collection, or another kind of thing" example:"jobs"`
	Count int    `json:"count" doc:"How many of them"`
}

// Verb is what happens to a thing.
type Verb string

// The verbs.
const (
	Create Verb = "create"
	Change Verb = "change"
	Delete Verb = "delete"
)

// Plan is the answer of a dry run.
type Plan struct {
	Effects []Effect `json:"effects" doc:"What would happen now; empty when there is nothing to do"`
}

var namePattern = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)

// Routes returns the routes of the action for the plugin's table. It panics on a
// malformed declaration, which is a bug that must not reach a listener.
func (a Action[In, Out]) Routes() []rest.Route {
	if !namePattern.MatchString(a.Name) || len(a.Name+undone) > maxName {
		panic(fmt.Sprintf("action: malformed name %q", a.Name))
	}
	if !strings.HasPrefix(a.Path, "/api/admin/") || a.DryRun == nil || a.Do == nil {
		panic(fmt.Sprintf("action: %s needs a path below /api/admin/, DryRun and Do", a.Name))
	}
	routes := []rest.Route{
		rest.Typed(a.Method, a.Path, rest.Admin, a.Summary, audited(a.Name, a.Do)),
		rest.Post(a.Path+"/dry-run", rest.Admin, "What it would do: "+a.Summary, a.plan),
	}
	if a.Undo != nil {
		routes = append(routes, rest.Post(a.Path+"/undo", rest.Admin, "Take back: "+a.Summary, audited(a.Name+undone, a.Undo)))
	}
	return routes
}

const (
	undone  = ".undo"
	maxName = 50 // of the column in the audit log
)

func (a Action[In, Out]) plan(e *core.RequestEvent, in *In) (*Plan, error) {
	effects, err := a.DryRun(e.Request.Context(), e.App, in)
	if err != nil {
		return nil, err
	}
	return &Plan{Effects: effects}, nil
}

// audited writes down who asked for what, and then does it: what takes long is
// done in several transactions, and none of them must happen without a trace.
// What is refused then leaves its row, too.
func audited[In, Out any](name string, do func(context.Context, core.App, *In) (Out, error)) func(*core.RequestEvent, *In) (Out, error) {
	return func(e *core.RequestEvent, in *In) (out Out, err error) {
		entry := collections.AuditEntry{By: collections.RequestActor(e), Action: name, After: parameters(in)}
		if err := collections.Audit(e.App, entry); err != nil {
			return out, err
		}
		return do(e.Request.Context(), e.App, in)
	}
}

// parameters are what the route read from the request, by name; nil for none.
func parameters(in any) map[string]any {
	var all map[string]any
	add := func(name string, value reflect.Value) {
		if all == nil {
			all = map[string]any{}
		}
		all[name] = value.Interface()
	}
	v := reflect.Indirect(reflect.ValueOf(in))
	for _, field := range reflect.VisibleFields(v.Type()) {
		for _, place := range []string{"path", "query"} {
			if name, _, _ := strings.Cut(field.Tag.Get(place), ","); name != "" {
				add(name, v.FieldByIndex(field.Index))
			}
		}
		if field.Name == "Body" {
			add("body", v.FieldByIndex(field.Index))
		}
	}
	return all
}
