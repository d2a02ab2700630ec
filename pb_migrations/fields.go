package migrations

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Access rules that several collections share. A nil rule means superusers only.
const (
	isAdmin   = "@request.auth.role = 'admin'"
	signedIn  = "@request.auth.id != ''"
	ownOrAll  = "(@request.auth.id != '' && user = @request.auth.id) || " + isAdmin
	everybody = ""
)

func rule(s string) *string { return types.Pointer(s) }

// timestamps are the fields by which every list is sorted.
func timestamps() []core.Field {
	return []core.Field{
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	}
}

// demoFlag marks rows of the demo data, which can be removed again.
func demoFlag() core.Field { return &core.BoolField{Name: "demo"} }

// rupiah is a whole amount of money; the top is DECIMAL(12,2) without decimals.
func rupiah(name string, min float64) *core.NumberField {
	return &core.NumberField{Name: name, OnlyInt: true, Min: types.Pointer(min), Max: types.Pointer(9999999999.0)}
}

func relation(app core.App, name, collection string, required bool) (*core.RelationField, error) {
	target, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	return &core.RelationField{Name: name, CollectionId: target.Id, MaxSelect: 1, Required: required}, nil
}

// drop returns a down step that deletes the named collections, in that order.
func drop(names ...string) func(core.App) error {
	return func(app core.App) error {
		for _, name := range names {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			if err := app.Delete(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// appendOnly makes the table refuse UPDATE and DELETE on every path, the SQL
// console included. Only rows that were inserted with demo set may be deleted.
// The Postgres adapter translates exactly this shape.
func appendOnly(app core.App, table string) error {
	for _, statement := range []string{
		"CREATE TRIGGER [[" + table + "_no_update]] BEFORE UPDATE ON {{" + table + "}} BEGIN SELECT RAISE(ABORT, '" + table + " is append-only'); END",
		"CREATE TRIGGER [[" + table + "_no_delete]] BEFORE DELETE ON {{" + table + "}} WHEN OLD.[[demo]] = FALSE BEGIN SELECT RAISE(ABORT, '" + table + " is append-only'); END",
	} {
		if _, err := app.DB().NewQuery(statement).Bind(dbx.Params{}).Execute(); err != nil {
			return err
		}
	}
	return nil
}
