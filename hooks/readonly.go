package hooks

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
)

// bindKinds ends the time for descriptions when the app starts, and refuses to
// serve with one that fits no collection.
func bindKinds(app core.App) {
	app.OnBootstrap().Bind(&hook.Handler[*core.BootstrapEvent]{Id: "jasaweb.freezeKinds", Func: func(e *core.BootstrapEvent) error {
		collections.FreezeKinds(e.App)
		return e.Next()
	}})
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "jasaweb.checkKinds", Func: func(e *core.ServeEvent) error {
		undescribed, err := collections.CheckKinds(e.App)
		if err != nil {
			return err
		}
		if len(undescribed) > 0 {
			e.App.Logger().Warn("hooks: closed, for no plugin describes them: " + strings.Join(undescribed, ", "))
		}
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.undescribed", Func: refuseUndescribed})
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.emptying", Func: refuseEmptying})
		return e.Next()
	}})
}

var readOnlyText = collections.Text{
	ID: "Kolom ini tidak bisa diubah langsung; nilainya diatur oleh sistem.",
	EN: "This column cannot be edited; the system maintains it.",
}

func readOnly(field string) error {
	return collections.Invalid("validation_read_only", field, readOnlyText)
}

// bindReadOnly guards money, history and queues against edits by hand on
// PocketBase's record API, superusers, dashboard and batches included.
func bindReadOnly(app core.App) {
	onRequest(app.OnRecordCreateRequest(), "readOnlyCreate", func(e *core.RecordRequestEvent) error {
		return guard(e, func(k *collections.Kind) error {
			if k.API.Create == collections.Nobody {
				return readOnly("id")
			}
			if k.Demo.Flagged() && e.Record.GetBool(collections.ColumnDemo) {
				return readOnly(collections.ColumnDemo)
			}
			return nil
		})
	})
	onRequest(app.OnRecordUpdateRequest(), "readOnlyUpdate", func(e *core.RecordRequestEvent) error {
		return guard(e, func(k *collections.Kind) error { return checkUpdate(e.App, k, e.Record) })
	})
	onRequest(app.OnRecordDeleteRequest(), "readOnlyDelete", func(e *core.RecordRequestEvent) error {
		return guard(e, func(k *collections.Kind) error {
			if k.API.Delete == collections.Nobody && !e.Record.GetBool(collections.ColumnDemo) {
				return readOnly("id")
			}
			return nil
		})
	})
	bindUnreadable(app)
}

// guard goes on if check has nothing against what is asked of the collection.
func guard(e *core.RecordRequestEvent, check func(*collections.Kind) error) error {
	k, err := collections.KindOf(e.App, e.Record.Collection())
	if err != nil {
		return err
	}
	if k != nil {
		if !k.Described() {
			return errClosed()
		}
		if err := check(k); err != nil {
			return err
		}
	}
	return e.Next()
}

// checkUpdate returns an error about the first column that may not change.
func checkUpdate(app core.App, k *collections.Kind, record *core.Record) error {
	original, table := record.Original(), collections.FindTable(app, k.Name)
	for _, field := range record.Collection().Fields {
		name := field.GetName()
		if field.Type() == core.FieldTypeAutodate || reflect.DeepEqual(record.Get(name), original.Get(name)) {
			continue
		}
		if k.API.Update == collections.Nobody || !editable(k, table, name) {
			return readOnly(name)
		}
	}
	return nil
}

// editable reports whether people can change the column. A field that they added
// is theirs; the flag of the demo lets rows be deleted that are kept otherwise, so
// nobody sets it.
func editable(k *collections.Kind, table *collections.Table, name string) bool {
	switch {
	case table != nil && !slices.Contains(table.Fields, name):
		return true
	case name == collections.ColumnDemo && k.Demo.Flagged():
		return false
	}
	return !slices.Contains(k.ReadOnly, name) && (len(k.Writable) == 0 || slices.Contains(k.Writable, name))
}
