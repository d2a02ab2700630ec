package hooks

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// bindBodies refuses the body null, which makes several of PocketBase's forms
// vanish (a nil pointer) and the request a failure of the server.
func bindBodies(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.bodies", Func: refuseNull})
		return e.Next()
	})
}

// longestNull is how many bytes are looked at: null with blanks around it.
const longestNull = 64

func refuseNull(e *core.RequestEvent) error {
	if e.Request.Method == http.MethodGet || !strings.HasPrefix(e.Request.URL.Path, "/api/collections/") || e.Request.ContentLength < 4 || e.Request.ContentLength > longestNull {
		return e.Next()
	}
	raw, err := io.ReadAll(e.Request.Body)
	if err != nil {
		return e.BadRequestError("", err)
	}
	if body, ok := e.Request.Body.(router.Rereader); ok {
		body.Reread() // for whoever takes it
	}
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return e.BadRequestError("Isi permintaan kosong. The request has no content.", nil)
	}
	return e.Next()
}
