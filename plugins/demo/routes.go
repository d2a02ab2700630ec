package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/action"
	"jasaweb/plugins/internal/rest"
)

// The demo is loaded by the command only: it makes accounts whose passwords
// everybody can read.
func routes() []rest.Route {
	return slices.Concat([]rest.Route{
		rest.Get("/api/admin/demo", rest.Admin, "How much demo data there is", inventory),
	}, removal.Routes())
}

// removal has no way back: another load makes other rows.
var removal = action.Action[rest.None, *Removal]{
	Name: "demo.remove", Method: "DELETE", Path: "/api/admin/demo", Summary: "Remove the demo data and nothing else",
	DryRun: func(_ context.Context, app core.App, _ *rest.None) ([]action.Effect, error) { return rehearse(app) },
	Do:     func(_ context.Context, app core.App, _ *rest.None) (*Removal, error) { return Remove(app) },
}

// stock is how many demo rows there are.
type stock struct {
	Total int            `json:"total"`
	Rows  map[string]int `json:"rows" doc:"By collection"`
}

func inventory(e *core.RequestEvent, _ *rest.None) (*stock, error) {
	s := &stock{Rows: map[string]int{}}
	for _, k := range collections.Kinds(e.App) {
		if !k.Demo.Flagged() {
			continue
		}
		n, err := e.App.CountRecords(k.Name, dbx.HashExp{collections.ColumnDemo: true})
		if err != nil {
			return nil, fmt.Errorf("demo: count %s: %w", k.Name, err)
		}
		if n > 0 {
			s.Rows[k.Name] = int(n)
			s.Total += int(n)
		}
	}
	return s, nil
}
