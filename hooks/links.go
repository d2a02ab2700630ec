package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindLinks ends the links to the invoices of a user together with all sessions,
// however those end: whoever ends them wants nobody in who was let in before.
func bindLinks(app core.App) {
	onRecord(app.OnRecordUpdateExecute(collections.Users), "endLinks", priorityClean+1, func(e *core.RecordEvent) error {
		if e.Record.TokenKey() != e.Record.Original().TokenKey() { // PocketBase has changed it by now
			e.Record.Set(collections.ColumnLinks, e.Record.Original().GetInt(collections.ColumnLinks)+1)
		}
		return e.Next()
	})
}
