package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Links to invoices can be ended: a new link ends the old ones of its invoice, the
// end of all sessions those of all invoices of their owner.
func init() {
	each := func(change func(*core.Collection)) func(core.App) error {
		return func(app core.App) error {
			for _, name := range []string{"users", "invoices"} {
				c, err := app.FindCollectionByNameOrId(name)
				if err != nil {
					return err
				}
				change(c)
				if err := app.Save(c); err != nil {
					return err
				}
			}
			return nil
		}
	}
	register(
		each(func(c *core.Collection) {
			c.Fields.Add(&core.NumberField{Name: "link_generation", OnlyInt: true, Min: types.Pointer(0.0), Hidden: true})
		}),
		each(func(c *core.Collection) { c.Fields.RemoveByName("link_generation") }),
	)
}
