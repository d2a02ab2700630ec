package demo

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

// The demo is loaded by the command only: it makes accounts whose passwords
// everybody can read.
func routes() []rest.Route {
	return []rest.Route{
		rest.Get("/api/admin/demo", rest.Admin, "How much demo data there is", inventory),
		rest.Delete("/api/admin/demo", rest.Admin, "Remove the demo data and nothing else", remove, rest.Status(200)),
	}
}

// stock is how many demo rows there are.
type stock struct {
	Total int            `json:"total"`
	Rows  map[string]int `json:"rows" doc:"By collection"`
}

func inventory(e *core.RequestEvent, _ *rest.None) (*stock, error) {
	names, err := flagged(e.App)
	if err != nil {
		return nil, err
	}
	s := &stock{Rows: map[string]int{}}
	for _, name := range names {
		n, err := e.App.CountRecords(name, dbx.HashExp{"demo": true})
		if err != nil {
			return nil, fmt.Errorf("demo: count %s: %w", name, err)
		}
		if n > 0 {
			s.Rows[name] = int(n)
			s.Total += int(n)
		}
	}
	return s, nil
}

func remove(e *core.RequestEvent, _ *rest.None) (*Removal, error) { return Remove(e.App) }
