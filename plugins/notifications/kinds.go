package notifications

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Kinds are the collections of this plugin: what people were told.
func Kinds() []collections.Kind {
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
