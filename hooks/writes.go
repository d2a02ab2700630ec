package hooks

import (
	"math"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindChangedColumns makes an update write only the columns that its writer
// changed. PocketBase writes the whole row, so an admin who saves a form that
// was opened a minute ago would take back the payment that came in between.
func bindChangedColumns(app core.App) {
	onRecord(app.OnRecordUpdate(), "changedColumns", math.MinInt/2, func(e *core.RecordEvent) error {
		e.Record.IgnoreUnchangedFields(true)
		return e.Next()
	})
	// After the commit the record's original state is what was saved; otherwise
	// a second save of the same object would compare with the first state.
	saved := func(e *core.RecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		return e.Record.PostScan()
	}
	onRecord(app.OnRecordAfterCreateSuccess(), "changedColumnsCreated", math.MinInt/2, saved)
	onRecord(app.OnRecordAfterUpdateSuccess(), "changedColumnsSaved", math.MinInt/2, saved)
}

// bindActor notes on the record who sent a request to PocketBase's record API.
func bindActor(app core.App) {
	note := func(e *core.RecordRequestEvent) error {
		collections.SetActor(e.Record, collections.RequestActor(e.RequestEvent))
		return e.Next()
	}
	onRequest(app.OnRecordCreateRequest(), "actorCreate", note)
	onRequest(app.OnRecordUpdateRequest(), "actorUpdate", note)
	onRequest(app.OnRecordDeleteRequest(), "actorDelete", note)
}
