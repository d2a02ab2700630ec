package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// Several shops can share a merchant account, whose notifications come to all of
// them. How the orders of the others begin, an admin says once.
func init() {
	register(func(app core.App) error {
		c := core.NewBaseCollection("foreign_orders")
		c.ListRule, c.ViewRule, c.CreateRule, c.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin), rule(isAdmin)
		c.Fields.Add(
			&core.TextField{Name: "prefix", Required: true, Min: 3, Max: 40, Pattern: `^[A-Za-z0-9._~-]+$`},
			&core.TextField{Name: "reason", Required: true, Min: 3, Max: 1000},
		)
		c.Fields.Add(timestamps()...)
		c.AddIndex("idx_foreign_orders_prefix", true, "prefix", "")
		return app.Save(c)
	}, drop("foreign_orders"))
}
