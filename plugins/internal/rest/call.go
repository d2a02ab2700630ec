package rest

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// call is one request on its way through huma. huma reads the input from it;
// what huma would write is dropped, because PocketBase's chain answers: either
// the handler's output or the error, never both.
type call struct {
	humaContext
	event   *core.RequestEvent
	handled bool
	out     any
	err     error
}

// humaContext names the embedded field: huma.Context has a method Context.
type humaContext = huma.Context

type callKey struct{}

// action makes the PocketBase handler of a typed route.
func action(op *huma.Operation, handler func(huma.Context), status int) Handler {
	return func(e *core.RequestEvent) error {
		c := &call{humaContext: humago.NewContext(op, e.Request, e.Response), event: e}
		handler(c)
		if c.err != nil {
			return c.err
		}
		if !c.handled {
			return errors.New("rest: huma neither ran the handler nor reported an error")
		}
		if status == http.StatusNoContent {
			return e.NoContent(status)
		}
		return writeJSON(e, status, c.out)
	}
}

// writeJSON encodes before it writes, so that a value that cannot be encoded
// ends as a clean 500. Nil slices become [] and nil maps {}.
func writeJSON(e *core.RequestEvent, status int, out any) error {
	if v := reflect.ValueOf(out); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("rest: the handler returned neither an answer nor an error")
	}
	// Text of old rows may hold invalid UTF-8; like PocketBase, show it mangled.
	body, err := json.Marshal(out, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return fmt.Errorf("rest: encode the answer: %w", err)
	}
	return e.Blob(status, "application/json", body)
}

func (c *call) Context() context.Context {
	return context.WithValue(c.event.Request.Context(), callKey{}, c)
}

// BodyReader hides Close from huma and rewinds at the end, so that the handler
// may still use what reads the body again (RequestInfo, PocketBase's own auth).
func (c *call) BodyReader() io.Reader { return rewindingReader{c.event.Request.Body} }

// SetReadDeadline keeps the server's own timeout. huma's deadline of 5 s would
// outlive the body: net/http's background read then fails and cancels the
// context of every handler that takes longer.
func (c *call) SetReadDeadline(time.Time) error { return nil }

func (c *call) SetStatus(int)               {}
func (c *call) SetHeader(string, string)    {}
func (c *call) AppendHeader(string, string) {}
func (c *call) BodyWriter() io.Writer       { return io.Discard }

type rewindingReader struct{ body io.Reader }

func (r rewindingReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if err == io.EOF {
		if body, ok := r.body.(router.Rereader); ok {
			body.Reread()
		}
	}
	return n, err
}

// jsonFormat reads strictly: names are case sensitive and may not repeat.
// Otherwise {"email":…,"EMAIL":…} passes the validation with one value and
// reaches the handler with the other.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
	Unmarshal: func(data []byte, v any) error {
		err := json.Unmarshal(data, v)
		if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
			// huma keeps only the text of this error: let it name the field.
			return errors.New(undecodable + string(semantic.JSONPointer))
		}
		return err
	},
}

// undecodable starts the text of an error about a value that fits the schema
// and not the Go type, such as 1e30 for an integer.
const undecodable = "undecodable value at "

func init() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, msg string, _ ...error) huma.StatusError {
		return &errorBody{Status: status, Message: msg}
	}
	// Every failure of huma itself passes here, on its way to being written.
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		if c, ok := ctx.(*call); ok {
			c.err = newInputError(status, msg, errs)
		}
		return huma.NewError(status, msg)
	}
}
