package plugintest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Response is what the application answered.
type Response struct {
	t      testing.TB
	what   string // method and path, for messages
	Status int
	Header http.Header
	Body   []byte
}

// Form is a body that brings its own content type, such as an upload.
type Form struct {
	ContentType string
	Content     string
}

// Do sends one request. Token may be empty (a guest). Body is sent as it is if
// it is a string or an io.Reader, and as JSON otherwise; nil sends none.
func (a *App) Do(t testing.TB, method, path, token string, body any) *Response {
	t.Helper()
	return a.Send(t, a.Request(t, method, path, token, body))
}

// Send sends a request made by Request.
func (a *App) Send(t testing.TB, req *http.Request) *Response {
	t.Helper()
	rec := httptest.NewRecorder()
	a.Handler.ServeHTTP(rec, req)
	return &Response{t: t, what: req.Method + " " + req.URL.Path, Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()}
}

// Request makes a request as Do sends it, for tests that change it and Send it.
func (a *App) Request(t testing.TB, method, path, token string, body any) *http.Request {
	t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case io.Reader:
		reader = b
	case Form:
		reader = strings.NewReader(b.Content)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		reader = strings.NewReader(string(raw))
	}
	req := httptest.NewRequest(method, path, reader)
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if form, ok := body.(Form); ok {
		req.Header.Set("Content-Type", form.ContentType)
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	return req
}

// Want fails the test unless the status is the wanted one.
func (r *Response) Want(status int) *Response {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("%s: status %d, want %d; body %s", r.what, r.Status, status, r.Body)
	}
	return r
}

// WantError fails the test unless the answer is an error in PocketBase's shape
// with the status, and with data about each of the fields.
func (r *Response) WantError(status int, fields ...string) *Response {
	r.t.Helper()
	r.Want(status)
	var e struct {
		Status  int
		Message string
		Data    map[string]struct{ Code, Message string }
	}
	if err := json.Unmarshal(r.Body, &e); err != nil || e.Status != status || e.Message == "" || e.Data == nil {
		r.t.Fatalf("%s: body %s is not an error in the common shape", r.what, r.Body)
	}
	for _, f := range fields {
		if e.Data[f].Code == "" || e.Data[f].Message == "" {
			r.t.Fatalf("%s: data says nothing about %q: %s", r.what, f, r.Body)
		}
	}
	return r
}

// JSON decodes the body into v.
func (r *Response) JSON(v any) *Response {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		r.t.Fatalf("%s: %v in %s", r.what, err, r.Body)
	}
	return r
}

// Map decodes the body as a JSON object.
func (r *Response) Map() map[string]any {
	r.t.Helper()
	m := map[string]any{}
	r.JSON(&m)
	return m
}
