package content

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// maxText is the largest body of these routes in bytes: two texts of 500 kB in
// which JSON writes every < as six.
const maxText = 6 << 20

// columns is a body of these routes: what was given, by column. What was not
// given stays as it is; what a new row lacks, the collection's own validation
// names.
type columns interface {
	columns() (map[string]any, error)
}

// editorial are the five routes by which admins edit one collection.
type editorial[B columns, V any] struct {
	path, collection string
	one, all         string // "an article", "articles"
	sort             string // default order of the list
	view             func(*core.Record) V
}

func (x editorial[B, V]) routes() []rest.Route {
	base := "/api/admin/" + x.path
	return []rest.Route{
		rest.Get(base, rest.Admin, "All "+x.all, x.list),
		rest.Post(base, rest.Admin, "Write "+x.one, x.create, rest.Status(201), rest.MaxBody(maxText)),
		rest.Get(base+"/{id}", rest.Admin, "Read "+x.one, x.get),
		rest.Put(base+"/{id}", rest.Admin, "Change "+x.one, x.update, rest.MaxBody(maxText)),
		rest.Delete(base+"/{id}", rest.Admin, "Delete "+x.one, x.delete, rest.Status(204)),
	}
}

type byID struct {
	ID string `path:"id" maxLength:"50"`
}

type newInput[B columns] struct {
	Body B
}

type changeInput[B columns] struct {
	ID   string `path:"id" maxLength:"50"`
	Body B
}

func (x editorial[B, V]) list(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[V], error) {
	if in.Sort == "" {
		in.Sort = x.sort
	}
	return rest.List(e, x.collection, in, nil, x.view)
}

func (x editorial[B, V]) get(e *core.RequestEvent, in *byID) (*V, error) {
	record, err := collections.FindRecord(e.App, x.collection, in.ID)
	if err != nil {
		return nil, err
	}
	view := x.view(record)
	return &view, nil
}

func (x editorial[B, V]) create(e *core.RequestEvent, in *newInput[B]) (*V, error) {
	c, err := e.App.FindCachedCollectionByNameOrId(x.collection)
	if err != nil {
		return nil, fmt.Errorf("content: find %s: %w", x.collection, err)
	}
	record := core.NewRecord(c)
	if c.Fields.GetByName("is_active") != nil { // what is added is meant to be seen, unless the body says otherwise
		record.Set("is_active", true)
	}
	return x.save(e, record, in.Body)
}

func (x editorial[B, V]) update(e *core.RequestEvent, in *changeInput[B]) (*V, error) {
	record, err := collections.FindRecord(e.App, x.collection, in.ID)
	if err != nil {
		return nil, err
	}
	return x.save(e, record, in.Body)
}

func (x editorial[B, V]) save(e *core.RequestEvent, record *core.Record, body B) (*V, error) {
	given, err := body.columns()
	if err != nil {
		return nil, err
	}
	record.Load(given)
	collections.SetActor(record, collections.RequestActor(e))
	if err := e.App.Save(record); err != nil {
		return nil, fmt.Errorf("content: save %s: %w", x.one, err)
	}
	view := x.view(record)
	return &view, nil
}

func (x editorial[B, V]) delete(e *core.RequestEvent, in *byID) (*rest.None, error) {
	record, err := collections.FindRecord(e.App, x.collection, in.ID)
	if err != nil {
		return nil, err
	}
	collections.SetActor(record, collections.RequestActor(e))
	if err := e.App.Delete(record); err != nil {
		return nil, fmt.Errorf("content: delete %s: %w", x.one, err)
	}
	return nil, nil
}

// given collects the columns that a body names.
type given map[string]any

func put[T any](g given, column string, value *T) {
	if value != nil {
		g[column] = *value
	}
}

// putTime reads a moment in PocketBase's or RFC 3339's form; empty is unset.
func putTime(g given, column string, value *string) error {
	if value == nil {
		return nil
	}
	at, err := types.ParseDateTime(*value)
	if err != nil || (*value != "" && at.IsZero()) {
		return collections.Invalid("validation_invalid_date", column, collections.Text{
			ID: "Tulis waktu seperti 2026-11-22T10:00:00+07:00.", EN: "Write a time like 2026-11-22T10:00:00+07:00.",
		})
	}
	g[column] = at
	return nil
}
