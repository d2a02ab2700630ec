package hooks

import (
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/collections"
)

// errClosed is what everybody gets who asks PocketBase's own API for a collection
// that is closed, superusers included.
func errClosed() error {
	return router.NewApiError(http.StatusForbidden,
		"Koleksi ini tertutup: tidak ada plugin yang membukanya. This collection is closed: no plugin opens it.", nil)
}

// refuseUndescribed closes every path below a collection of ours that no plugin
// describes: records, files, signing in, emptying it. Its definition itself stays
// reachable.
func refuseUndescribed(e *core.RequestEvent) error {
	name := e.Request.PathValue("collection")
	if name == "" || strings.TrimSuffix(e.Request.URL.Path, "/") == "/api/collections/"+name {
		return e.Next()
	}
	c, err := e.App.FindCachedCollectionByNameOrId(name)
	if err != nil { // not there: the route says so
		return e.Next()
	}
	k, err := collections.KindOf(e.App, c)
	if err != nil {
		return err
	}
	if k != nil && !k.Described() {
		return errClosed()
	}
	return e.Next()
}

// bindUnreadable keeps rows that nobody may read out of every answer: lists and
// single records, what a relation expands to, realtime messages, batches.
func bindUnreadable(app core.App) {
	app.OnRecordsListRequest().Bind(&hook.Handler[*core.RecordsListRequestEvent]{Id: "jasaweb.unreadableList", Func: func(e *core.RecordsListRequestEvent) error {
		k, err := collections.KindOf(e.App, e.Collection)
		if err != nil {
			return err
		}
		if k != nil && k.API.List == collections.Nobody {
			return errClosed()
		}
		return e.Next()
	}})
	app.OnRecordEnrich().Bind(&hook.Handler[*core.RecordEnrichEvent]{Id: "jasaweb.unreadable", Func: func(e *core.RecordEnrichEvent) error {
		k, err := collections.KindOf(e.App, e.Record.Collection())
		if err != nil {
			return err
		}
		if k != nil && k.API.View == collections.Nobody {
			return errClosed()
		}
		return e.Next()
	}})
}
