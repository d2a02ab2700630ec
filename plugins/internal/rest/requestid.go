package rest

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

const requestIDKey = "jasaweb.requestID"

// SetRequestID names the request for log lines and failure answers.
func SetRequestID(e *core.RequestEvent, id string) { e.Set(requestIDKey, id) }

// RequestID returns the name of the request, or nothing outside of one.
func RequestID(e *core.RequestEvent) string {
	id, _ := e.Get(requestIDKey).(string)
	return id
}

// Log is the logger for lines about the request: each names it.
func Log(e *core.RequestEvent) *slog.Logger {
	return e.App.Logger().With("request_id", RequestID(e))
}

// NameFailure adds the request's name to an answer that says the server failed,
// so that the person who got it and the log speak of the same thing. Every other
// error stays as it is.
func NameFailure(e *core.RequestEvent, err error) error {
	id := RequestID(e)
	if err == nil || id == "" {
		return err
	}
	apiErr, ok := errors.AsType[*router.ApiError](err)
	if !ok {
		apiErr = router.ToApiError(err)
	}
	if apiErr.Status < http.StatusInternalServerError {
		return err
	}
	named := *apiErr // it may be a shared value
	named.Data = map[string]any{}
	for field, value := range apiErr.Data {
		named.Data[field] = value
	}
	named.Data["request_id"] = map[string]any{"code": "request_id", "message": id}
	return &named
}
