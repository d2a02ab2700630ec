package hooks

import (
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// bindBatch keeps PocketBase's batches for admins: all requests of one run in one
// transaction, so whoever sends one holds the only writer for as long as it takes.
// Hashing a password takes a twentieth of a second each, so none is set in one.
func bindBatch(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.batch", Func: batchForAdmins})
		return e.Next()
	})
	app.OnBatchRequest().Bind(&hook.Handler[*core.BatchRequestEvent]{Id: "jasaweb.batch", Func: func(e *core.BatchRequestEvent) error {
		for _, request := range e.Batch {
			for field := range request.Body {
				if strings.Contains(strings.ToLower(field), "password") {
					return router.NewApiError(http.StatusBadRequest,
						"Kata sandi tidak diubah dalam batch; kirim sendiri-sendiri. Passwords are not set in a batch; send them one by one.", nil)
				}
			}
		}
		return e.Next()
	}})
}

// batchForAdmins answers before the body is read.
func batchForAdmins(e *core.RequestEvent) error {
	if strings.TrimSuffix(e.Request.URL.Path, "/") != "/api/batch" {
		return e.Next()
	}
	if !isAdmin(e.Auth) {
		return router.NewApiError(http.StatusForbidden, "Batch hanya untuk admin. Batches are for admins only.", nil)
	}
	return e.Next()
}
