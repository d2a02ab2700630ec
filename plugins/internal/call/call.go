// Package call lets a page ask our own JSON API in process, as the visitor who
// asked for the page: same session, address and language. Pages so have no
// authorisation and no business of their own; what a route refuses, a page
// cannot do.
//
//	api := call.New(app)                      // in Register
//	v := api.As(e, "id")                      // in a handler
//	list, err := call.Get[rest.Page[collections.InvoiceView]](v, "/api/invoices?perPage=5")
//	_, err = call.Post[order](v, "/api/projects", map[string]any{"name": name})
//	if refused, ok := errors.AsType[*call.Error](err); ok { … refused.Field("name") … }
package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// API is the program's own HTTP interface.
type API struct{ server *http.Server }

// New returns the API of app. It answers from the moment the app serves.
func New(app core.App) *API {
	a := &API{}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		a.server = e.Server // its handler is set once every route is known
		return e.Next()
	})
	return a
}

// As returns the API as the visitor of e sees it; answers are in lang, "id" or
// "en". A cookie that the API sets goes to the visitor.
func (a *API) As(e *core.RequestEvent, lang string) *Visitor {
	return &Visitor{api: a, event: e, lang: lang}
}

// Visitor asks the API for one visitor. It is good for one request.
type Visitor struct {
	api    *API
	event  *core.RequestEvent
	lang   string
	header [2]string
}

// With returns the visitor with one more header for the API.
func (v *Visitor) With(name, value string) *Visitor {
	w := *v
	w.header = [2]string{name, value}
	return &w
}

// Body is a request body that is no JSON, such as an upload.
type Body struct {
	ContentType string
	Content     io.Reader
}

// Get asks for path, which may have a query, and decodes the answer.
func Get[T any](v *Visitor, path string) (T, error) { return Do[T](v, http.MethodGet, path, nil) }

// Post sends body (nil, a Body, or anything that becomes JSON).
func Post[T any](v *Visitor, path string, body any) (T, error) {
	return Do[T](v, http.MethodPost, path, body)
}

// Put sends body like Post.
func Put[T any](v *Visitor, path string, body any) (T, error) {
	return Do[T](v, http.MethodPut, path, body)
}

// None is the answer of a route that has none.
type None struct{}

// Do sends one request and decodes the answer into a T. What the API refuses is
// an *Error.
func Do[T any](v *Visitor, method, path string, body any) (T, error) {
	var out T
	raw, err := v.Raw(method, path, body)
	if err != nil || len(raw) == 0 {
		return out, err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, fmt.Errorf("call: read answer of %s %s: %w", method, path, err)
	}
	return out, nil
}

// Raw is Do without decoding, for pictures and other files.
func (v *Visitor) Raw(method, path string, body any) ([]byte, error) {
	req, err := v.request(method, path, body)
	if err != nil {
		return nil, err
	}
	if v.api.server == nil || v.api.server.Handler == nil {
		return nil, errors.New("call: the program does not serve yet")
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	v.api.server.Handler.ServeHTTP(w, req)
	for _, cookie := range w.header.Values("Set-Cookie") {
		v.event.Response.Header().Add("Set-Cookie", cookie)
	}
	if w.status >= http.StatusMultipleChoices {
		return nil, newError(method, path, w)
	}
	return w.body.Bytes(), nil
}

// notPassedOn are headers of the page's request that say nothing about the visitor.
var notPassedOn = []string{
	"Content-Length", "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "Range", "If-None-Match", "If-Modified-Since",
	"If-Match", "If-Unmodified-Since", "If-Range", "Upgrade", "Connection", "Expect",
}

// request is the visitor's own, for another path. Where the visitor's browser
// sent it from stays in it, so that the API refuses what another site sends.
func (v *Visitor) request(method, path string, body any) (*http.Request, error) {
	contentType, content := "", io.Reader(http.NoBody) // a server's request always has a body
	switch b := body.(type) {
	case nil:
	case Body:
		contentType, content = b.ContentType, b.Content
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("call: write body of %s %s: %w", method, path, err)
		}
		contentType, content = "application/json", bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(v.event.Request.Context(), method, path, content)
	if err != nil {
		return nil, fmt.Errorf("call: %s %s: %w", method, path, err)
	}
	req.Header = v.event.Request.Header.Clone()
	for _, name := range notPassedOn {
		req.Header.Del(name)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept-Language", v.lang)
	if v.header[0] != "" {
		req.Header.Set(v.header[0], v.header[1])
	}
	req.Host, req.RemoteAddr, req.TLS = v.event.Request.Host, v.event.Request.RemoteAddr, v.event.Request.TLS
	req.RequestURI = path
	return req, nil
}

// answer keeps an in-process answer.
type answer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (w *answer) Header() http.Header { return w.header }

func (w *answer) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.status, w.wrote = status, true
	}
}

func (w *answer) Write(b []byte) (int, error) {
	w.wrote = true
	return w.body.Write(b)
}

// Error is what the API refused, in the visitor's language. A page that hands it
// on answers with the same status and words.
type Error struct {
	Status  int
	Message string
	Fields  map[string]FieldError

	what string
}

// FieldError is what is wrong with one input.
type FieldError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func newError(method, path string, w *answer) *Error {
	var body struct {
		Message string                     `json:"message"`
		Data    map[string]json.RawMessage `json:"data"`
	}
	// An answer that is not in the common shape leaves the status, which is enough to act on.
	_ = json.Unmarshal(w.body.Bytes(), &body)
	e := &Error{Status: w.status, Message: body.Message, Fields: map[string]FieldError{}, what: method + " " + pathOnly(path)}
	for name, raw := range body.Data {
		var field FieldError
		if json.Unmarshal(raw, &field) == nil && field.Message != "" {
			e.Fields[name] = field
		}
	}
	return e
}

// Refused is a complaint that a page makes itself about one input, such as a
// *collections.Error, in the form of an answer of the API.
func Refused(complaint interface {
	ErrorCode() string
	ErrorField() string
	PublicMessage(lang string) string
}, lang string) *Error {
	message := complaint.PublicMessage(lang)
	return &Error{
		Status: http.StatusBadRequest, Message: message, what: "form",
		Fields: map[string]FieldError{complaint.ErrorField(): {Code: complaint.ErrorCode(), Message: message}},
	}
}

// pathOnly leaves the query out of logs: it may hold what was typed.
func pathOnly(path string) string {
	p, _, _ := strings.Cut(path, "?")
	return p
}

// Error returns the form for logs. Messages for people may repeat what was
// typed, so they are left out.
func (e *Error) Error() string { return fmt.Sprintf("call: %s: status %d", e.what, e.Status) }

// HTTPStatus, PublicMessage, ErrorCode and ErrorField make it a refusal for rest.

// HTTPStatus returns the API's status.
func (e *Error) HTTPStatus() int { return e.Status }

// PublicMessage returns the API's words, which are in the visitor's language.
func (e *Error) PublicMessage(string) string { return e.Message }

// ErrorCode returns no code: those are about fields.
func (e *Error) ErrorCode() string { return "" }

// ErrorField names no field: Fields has them all.
func (e *Error) ErrorField() string { return "" }

// Field returns what to say beside the input, "" if nothing is wrong with it.
func (e *Error) Field(name string) string {
	if e == nil {
		return ""
	}
	return e.Fields[name].Message
}

// Code returns the machine word of the first of the fields that has one.
func (e *Error) Code(fields ...string) string {
	for _, name := range fields {
		if e != nil && e.Fields[name].Code != "" {
			return e.Fields[name].Code
		}
	}
	return ""
}

// Status returns the status of a refusal, 0 of any other error and of nil.
func Status(err error) int {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.Status
	}
	return 0
}

// Time reads a time of the API, which is UTC; zero where there is none.
func Time(s string) time.Time {
	t, err := types.ParseDateTime(s)
	if err != nil {
		return time.Time{}
	}
	return t.Time()
}
