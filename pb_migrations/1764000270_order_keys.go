package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// A client's form or program names its order (Idempotency-Key), so that the same
// order sent again is the same project. The name is the client's own.
func init() {
	register(func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("projects")
		if err != nil {
			return err
		}
		c.Fields.Add(&core.TextField{Name: "order_key", Max: 100, Hidden: true})
		return app.Save(c)
	}, func(app core.App) error {
		c, err := app.FindCollectionByNameOrId("projects")
		if err != nil {
			return err
		}
		c.Fields.RemoveByName("order_key")
		return app.Save(c)
	})
}
