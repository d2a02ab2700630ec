package view

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/security"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Handler answers a request with a page, with an error, or, when it has written
// the answer itself (a redirect, a file), with neither.
type Handler func(r *Request) (*Page, error)

// Route is one page's address.
type Route struct {
	method, path, summary string
	access                rest.Access
	handler               Handler
	localized, cached     bool
	parameters            []string // of the query that a cached page depends on
	options               []rest.Option
}

// Get declares a page.
func Get(path string, access rest.Access, summary string, handler Handler, options ...rest.Option) Route {
	return Route{method: http.MethodGet, path: path, access: access, summary: summary, handler: handler, options: options}
}

// Post declares where a form is sent to. Requests from other sites are refused.
func Post(path string, access rest.Access, summary string, handler Handler, options ...rest.Option) Route {
	return Route{method: http.MethodPost, path: path, access: access, summary: summary, handler: handler, options: options}
}

// Localized also serves the page in English, under /en.
func (r Route) Localized() Route { r.localized = true; return r }

// Cached keeps the rendered page until content changes. Only for pages that
// look the same to every visitor. With another parameter in the query than those
// given the page is neither read from the cache nor kept.
func (r Route) Cached(parameters ...string) Route {
	r.cached, r.parameters = true, parameters
	return r
}

// Bind adds pages to the program's table of routes.
func (s *Site) Bind(routes ...Route) {
	for _, r := range routes {
		rest.Bind(s.app, s.route(r, r.path))
		if r.localized {
			path := "/en" + r.path
			if r.path == "/{$}" {
				path = "/en"
				rest.Bind(s.app, s.route(Get("/en/{$}", r.access, "To the English landing page", withoutSlash), "/en/{$}"))
			}
			rest.Bind(s.app, s.route(r, path))
		}
	}
}

// withoutSlash leads from /en/ to /en.
func withoutSlash(r *Request) (*Page, error) {
	to := *r.Request.URL
	to.Path = strings.TrimSuffix(to.Path, "/")
	return nil, r.Redirect(http.StatusMovedPermanently, to.RequestURI())
}

func (s *Site) route(r Route, path string) rest.Route {
	handler := func(e *core.RequestEvent) error {
		if err := s.cross.Check(e.Request); err != nil {
			return fmt.Errorf("%w: %w", collections.ErrCrossSite, err)
		}
		if err := readForm(e.Request); err != nil {
			return err
		}
		request := s.Request(e)
		if r.cached {
			return s.writeCached(request, r)
		}
		return s.answer(request, r.handler)
	}
	return rest.HTML(r.method, path, r.access, r.summary, handler, s.Fail, r.options...)
}

// formMemory is how many bytes of a form's files are kept in memory; more go to disk.
const formMemory = 1 << 20

// readForm reads what a form has sent, once and for all its handlers. What is no
// form is the sender's fault, not a failure of ours.
func readForm(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	read := r.ParseForm
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data") {
		read = func() error { return r.ParseMultipartForm(formMemory) }
	}
	err := read()
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); err == nil || tooBig || errors.Is(err, apis.ErrRequestEntityTooLarge) {
		return err
	}
	return &collections.Error{Code: "unreadable_form", Reason: collections.ReasonInvalid, Err: err, Text: collections.Text{
		ID: "Isian formulir tidak terbaca. Muat ulang halaman ini lalu kirim lagi.", EN: "The form cannot be read. Reload the page and send it again.",
	}}
}

func (s *Site) answer(r *Request, handler Handler) error {
	page, err := handler(r)
	if err != nil || page == nil {
		return err
	}
	return s.Write(r, page)
}

// Fail answers with a page that says what went wrong. Guests are sent to the
// login and come back afterwards.
func (s *Site) Fail(e *core.RequestEvent, err error) error {
	if e.Request.Context().Err() != nil {
		return nil // the visitor has left
	}
	status, message := http.StatusInternalServerError, ""
	if apiErr, ok := errors.AsType[*router.ApiError](rest.Error(e, err)); ok {
		status, message = apiErr.Status, apiErr.Message
	}
	r := s.Request(e)
	if status == http.StatusUnauthorized {
		return r.SeeOther("/login?next=" + url.QueryEscape(e.Request.URL.RequestURI()))
	}
	return s.WriteError(r, status, message, err)
}

// failure is what the error page shows.
type failure struct {
	Status           int
	Heading, Message string
	Reference        string
}

// causeOf returns what the log needs to know: PocketBase's errors keep the cause
// behind the words for the client.
func causeOf(err error) any {
	if apiErr, ok := errors.AsType[*router.ApiError](err); ok && apiErr.RawData() != nil {
		return apiErr.RawData()
	}
	return err
}

// WriteError answers with the error page of status. The cause of an error of
// ours goes to the log under the reference that the visitor sees.
func (s *Site) WriteError(r *Request, status int, message string, cause error) error {
	f := failure{Status: status}
	key := "error.other"
	switch status {
	case http.StatusNotFound, http.StatusGone, http.StatusForbidden, http.StatusTooManyRequests:
		key = map[int]string{404: "error.404", 410: "error.410", 403: "error.403", 429: "error.429"}[status]
		message = ""
	}
	if status >= http.StatusInternalServerError {
		key, message = "error.500", ""
		f.Reference = security.RandomStringWithAlphabet(6, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
		s.app.Logger().Error("page failed", "reference", f.Reference, "path", r.Request.URL.Path, "status", status, "error", causeOf(cause))
	}
	area := AreaPublic
	switch {
	case r.User() != nil && private(r.Path):
		area = AreaPortal
	case status == http.StatusGone && strings.HasPrefix(r.Path, "/i/"): // whoever follows it wants to pay
		key, area = "error.link", AreaLink
	}
	f.Heading, f.Message = r.T(key+".title"), message
	if message == "" {
		f.Message = r.T(key + ".text")
	}
	return s.Write(r, &Page{Template: "error", Title: f.Heading, Status: status, Area: area, Data: f, NoIndex: true})
}
