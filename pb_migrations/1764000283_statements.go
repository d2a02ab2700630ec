package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// A statement of the provider that no rule can book is a finding of its own and
// keeps the provider's words, compressed. The column is hidden because the audit
// log has no use for it.
func init() {
	register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("money_exceptions")
		if err != nil {
			return err
		}
		kind := c.Fields.GetByName("kind").(*core.SelectField)
		kind.Values = append(kind.Values, "unbooked")
		c.Fields.Add(&core.TextField{Name: "statement", Max: 100000, Hidden: true})
		return app.Save(c)
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("money_exceptions")
		if err != nil {
			return err
		}
		kind := c.Fields.GetByName("kind").(*core.SelectField)
		kind.Values = slices.DeleteFunc(kind.Values, func(v string) bool { return v == "unbooked" })
		c.Fields.RemoveByName("statement")
		return app.Save(c)
	})
}
