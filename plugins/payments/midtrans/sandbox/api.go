package sandbox

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v5"
)

// reply is an answer of the API. Its code stands in the body as status_code;
// the HTTP status is 200 even for most errors.
type reply struct {
	code     int
	body     map[string]any
	announce []*delivery // to be sent after the answer

	// What chaos makes of the answer.
	outage bool          // it is a gateway's page with this code as the HTTP status
	first  []*delivery   // those of announce that arrive before it
	hold   time.Duration // it comes later
	cut    bool          // it does not come: the connection ends
}

// failure is an answer that says what is wrong. problems name the fields.
func failure(code int, message string, problems ...string) reply {
	body := map[string]any{"status_code": strconv.Itoa(code), "status_message": message}
	if len(problems) > 0 {
		body["validation_messages"] = problems
	}
	return reply{code: code, body: body}
}

// refuse turns an error of a transaction into an answer.
func refuse(err error) reply {
	switch {
	case errors.Is(err, ErrNotFound):
		return failure(404, "Transaction doesn't exist.")
	case errors.Is(err, ErrNotModifiable):
		return failure(412, "Transaction status cannot be updated.")
	case errors.Is(err, ErrRefundAmount):
		return failure(414, "Refund request is rejected due to invalid amount.")
	case errors.Is(err, ErrDuplicateRefund):
		return failure(406, "Refund key has already been utilized previously.")
	}
	return failure(500, "Sorry, we encountered internal server error. We will fix this soon.")
}

// success tells whether an idempotency key keeps the answer. 407 is the good
// answer of expire.
func (r reply) success() bool { return r.code < 300 || r.code == 407 }

// httpStatus is 200 except for the few codes that Midtrans mirrors, unless all
// of them are to be.
func (s *Server) httpStatus(r reply) int {
	if s.config.HTTPStatus == HTTPStatusBody || r.code == http.StatusUnauthorized || r.code == http.StatusAccepted {
		return r.code
	}
	return http.StatusOK
}

// api wraps a handler of the Midtrans API: key, idempotency, answer, and then
// the notifications. Every answer of the API leaves through send.
func (s *Server) api(which call, handle func(*echo.Context) reply) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if !s.authorized(c.Request()) {
			return s.send(c, failure(401, "Transaction cannot be authorized with the current client/server key."))
		}
		if r := s.outage(c, which); r != nil {
			return s.send(c, *r)
		}
		if c.Request().Method != http.MethodPost {
			return s.send(c, s.disturb(which, handle(c)))
		}
		r := s.once(c.Request().Header.Get("Idempotency-Key"), func() reply { return handle(c) })
		return s.send(c, s.disturb(which, r))
	}
}

// send writes an answer and then lets its notifications go: whoever asked can
// know the transaction before being notified about it. They are on the agenda
// before the answer leaves, so that a caller who got it can count on them.
func (s *Server) send(c *echo.Context, r reply) error {
	answered := make(chan struct{})
	release := sync.OnceFunc(func() { close(answered) })
	defer release() // also if the client is gone: the transaction is there
	s.mu.Lock()
	for _, d := range r.announce {
		d.gate = answered
	}
	s.dispatch(r.announce)
	s.mu.Unlock()
	if len(r.first) > 0 || r.hold > 0 {
		release() // only the answer is late
		s.notified(c.Request().Context(), r.first)
	}
	if r.hold > 0 {
		s.delayed(c.Request().Context(), r.hold)
	}
	switch {
	case r.cut:
		panic(http.ErrAbortHandler) // how net/http is told to hang up
	case r.outage:
		return sendOutage(c, r.code)
	}
	body, err := json.Marshal(r.body)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Length", strconv.Itoa(len(body)))
	err = c.Blob(s.httpStatus(r), "application/json", body)
	if err == nil && len(r.announce) > 0 {
		err = http.NewResponseController(c.Response()).Flush()
	}
	return err
}

// authorized checks the Basic authentication: the server key as the user, no
// password.
func (s *Server) authorized(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && password == "" && subtle.ConstantTimeCompare([]byte(user), []byte(s.config.ServerKey)) == 1
}

// errContentType refuses bodies of another kind than JSON.
var errContentType = errors.New("sandbox: the body is not application/json")

// readJSON decodes the request's body into to. An empty body is allowed if
// optional.
func readJSON(c *echo.Context, to any, optional bool) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 && optional {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errContentType
	}
	return json.Unmarshal(body, to)
}

// unreadable says what is wrong with a body that readJSON refused.
func unreadable(err error) reply {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, errContentType):
		return failure(403, "The requested resource is not capable of generating content in the format specified in the request headers.")
	case errors.Is(err, errWrongType):
		return failure(408, "Wrong data type.", "an amount or a quantity is not a number")
	case errors.As(err, &wrongType):
		return failure(408, "Wrong data type.", cmp.Or(wrongType.Field, "the body")+" has the wrong type")
	}
	return failure(413, "The request cannot be processed due to malformed syntax in the request body.")
}
