package rest

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"log/slog"
	"maps"
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

// Finish makes an error ready to be written, whoever made it. What says that the
// server failed gets the request's name, so that the person who reads it and
// the log speak of the same thing. And text that is not UTF-8, which an answer
// may repeat from the request, is mended: PocketBase's writer would send an
// empty body instead.
func Finish(e *core.RequestEvent, err error) error {
	if err == nil {
		return nil
	}
	apiErr, ok := errors.AsType[*router.ApiError](err)
	if !ok {
		apiErr = router.ToApiError(err)
	}
	failed := apiErr.Status >= http.StatusInternalServerError && RequestID(e) != ""
	_, unwritable := json.Marshal(apiErr)
	if !failed && unwritable == nil {
		return err
	}
	own := *apiErr // it may be a shared value
	own.Data = maps.Clone(apiErr.Data)
	if unwritable != nil {
		raw, err := json.Marshal(apiErr, jsontext.AllowInvalidUTF8(true))
		if err == nil {
			err = json.Unmarshal(raw, &own)
		}
		if err != nil { // nothing of it can be shown
			own.Data = map[string]any{}
		}
	}
	if failed {
		if own.Data == nil {
			own.Data = map[string]any{}
		}
		own.Data["request_id"] = map[string]any{"code": "request_id", "message": RequestID(e)}
	}
	return &own
}
