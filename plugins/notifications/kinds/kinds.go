// Package kinds says what the collections of the notifications plugin are. It is
// a package of its own because the test kit needs it, and the tests of the pages'
// mechanism, on which the plugin builds, need the test kit.
package kinds

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// All are the collections of the plugin: what people were told.
func All() []collections.Kind {
	return []collections.Kind{{
		Name: collections.Notifications,
		API: collections.API{
			List: collections.Own, View: collections.Own, Update: collections.Superusers, Delete: collections.Superusers,
		},
		Writable: []string{"read_at"},
		Visitors: func(r *core.Record) []string {
			if r.GetString("type") != collections.NoticeContact {
				return nil
			}
			return []string{"title", "message", "payload"}
		},
		Personal: &collections.Personal{Key: "notifications", Rows: collections.RowsOf("user"), Forget: true},
		Demo:     collections.Demo{Removal: collections.RemoveAll},
	}}
}
