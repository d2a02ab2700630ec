package hooks

import (
	"bytes"
	"errors"
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

// looksAt is how many bytes of a body are looked at; blanks that fill it are no request.
const looksAt = 64

// refuseNull refuses what begins with null: PocketBase reads one JSON value and
// leaves what follows it alone.
func refuseNull(e *core.RequestEvent) error {
	if e.Request.Method == http.MethodGet || !strings.HasPrefix(e.Request.URL.Path, "/api/collections/") ||
		!strings.HasPrefix(e.Request.Header.Get("Content-Type"), "application/json") {
		return e.Next()
	}
	head := make([]byte, looksAt)
	n, err := io.ReadFull(e.Request.Body, head)
	switch {
	case err == nil: // there may be more: whoever takes it gets all
		e.Request.Body = &router.RereadableReadCloser{ReadCloser: struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), e.Request.Body), e.Request.Body}}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if body, ok := e.Request.Body.(router.Rereader); ok {
			body.Reread()
		}
	default:
		return e.BadRequestError("", err)
	}
	text := bytes.TrimLeft(head[:n], " \t\r\n")
	if bytes.HasPrefix(text, []byte("null")) || n == looksAt && len(text) < len("null") {
		return e.BadRequestError("Isi permintaan kosong. The request has no content.", nil)
	}
	return e.Next()
}
