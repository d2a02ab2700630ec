package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// The end of a dispute is on record: won, or lost with a row of the ledger for
// the money that is gone.
func init() {
	added := []struct {
		collection, field string
		values            []string
	}{
		{"ledger", "kind", []string{"chargeback"}},
		{"money_exceptions", "state", []string{"won", "lost"}},
	}
	change := func(do func([]string, ...string) []string) func(core.App) error {
		return func(app core.App) error {
			for _, a := range added {
				c, err := app.FindCollectionByNameOrId(a.collection)
				if err != nil {
					return err
				}
				field := c.Fields.GetByName(a.field).(*core.SelectField)
				field.Values = do(field.Values, a.values...)
				if err := app.Save(c); err != nil {
					return err
				}
			}
			return nil
		}
	}
	remove := func(values []string, gone ...string) []string {
		return slices.DeleteFunc(values, func(v string) bool { return slices.Contains(gone, v) })
	}
	register(change(func(values []string, more ...string) []string { return append(values, more...) }), change(remove))
}
