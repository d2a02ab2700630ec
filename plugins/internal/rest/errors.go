package rest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/inflector"
	"github.com/pocketbase/pocketbase/tools/router"
)

// domainError is a refusal that its maker worded for the client. The package
// collections has the implementation.
type domainError interface {
	error
	ErrorCode() string
	ErrorField() string
	PublicMessage(lang string) string
}

// reasons are the statuses of our own routes, by the kind of a refusal.
var reasons = map[string]int{
	"invalid":         http.StatusBadRequest,
	"unauthenticated": http.StatusUnauthorized,
	"forbidden":       http.StatusForbidden,
	"not_found":       http.StatusNotFound,
	"unsupported":     http.StatusMethodNotAllowed,
	"conflict":        http.StatusConflict,
	"gone":            http.StatusGone,
	"too_many":        http.StatusTooManyRequests,
	"upstream":        http.StatusBadGateway,
	"unavailable":     http.StatusServiceUnavailable,
}

// StatusOf is the status of a refusal: that of its reason, or the one that it has
// itself, as an answer of our own API that is passed on; 0 if it has neither.
func StatusOf(err error) int {
	switch e := err.(type) {
	case interface{ ErrorReason() string }:
		return reasons[e.ErrorReason()]
	case interface{ HTTPStatus() int }:
		return e.HTTPStatus()
	}
	return 0
}

// Error maps err to what PocketBase's error writer sends and logs: a refusal in
// its own words and status, invalid fields as 400 with data, a missing row as
// 404, an *router.ApiError as it is, and everything else as 500 whose cause goes
// to the log only. Routes get it without calling it; it is for handlers that
// are bound elsewhere.
func Error(e *core.RequestEvent, err error) error {
	if err == nil {
		return nil
	}
	lang := Lang(e)
	if input, ok := errors.AsType[*inputError](err); ok {
		return input.apiError(lang)
	}
	// PocketBase's own body limit speaks English only.
	if errors.Is(err, apis.ErrRequestEntityTooLarge) {
		return newError(http.StatusRequestEntityTooLarge, lang, nil, nil)
	}
	if _, ok := errors.AsType[*router.ApiError](err); ok {
		return err
	}
	if domain, ok := errors.AsType[domainError](err); ok {
		tellWait(e, domain)
		return refusal(domain, err, lang)
	}
	var invalid validation.Errors
	if errors.As(err, &invalid) {
		return newError(http.StatusBadRequest, lang, publicFields(invalid, lang), err)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return newError(http.StatusNotFound, lang, nil, err)
	}
	return newError(http.StatusInternalServerError, lang, nil, err)
}

// tellWait says when to try again, where the refusal knows it.
func tellWait(e *core.RequestEvent, domain domainError) {
	if later, ok := domain.(interface{ RetryAfter() time.Duration }); ok && later.RetryAfter() > 0 {
		e.Response.Header().Set("Retry-After", strconv.Itoa(int((later.RetryAfter()+time.Second-1)/time.Second)))
	}
}

// newError makes an answer with the generic sentence of its status. The cause
// is kept for the log; data is all that the client sees of it.
func newError(status int, lang string, data map[string]any, cause error) *router.ApiError {
	return answer(status, statusTexts[status].in(lang), data, cause)
}

func answer(status int, message string, data map[string]any, cause error) *router.ApiError {
	apiErr := router.NewApiError(status, message, cause)
	// NewApiError publishes validation errors that it finds in the cause.
	apiErr.Data = data
	if data == nil {
		apiErr.Data = map[string]any{}
	}
	return apiErr
}

func refusal(domain domainError, cause error, lang string) error {
	status := StatusOf(domain)
	if status < 400 || status > 599 {
		return newError(http.StatusInternalServerError, lang, nil, cause)
	}
	var data map[string]any
	if field := domain.ErrorField(); field != "" {
		data = map[string]any{field: fieldData(domain.ErrorCode(), domain.PublicMessage(lang))}
	}
	return answer(status, domain.PublicMessage(lang), data, cause)
}

func fieldData(code, message string) map[string]any {
	return map[string]any{"code": code, "message": inflector.Sentenize(message)}
}

// publicFields renders validation errors like PocketBase does, and in the
// client's language where the sentence is one of the libraries'.
func publicFields(errs validation.Errors, lang string) map[string]any {
	data := make(map[string]any, len(errs))
	for name, err := range errs {
		if err == nil {
			continue
		}
		data[name] = publicField(err, lang)
	}
	return data
}

func publicField(err error, lang string) map[string]any {
	if nested, ok := err.(validation.Errors); ok {
		return publicFields(nested, lang)
	}
	if domain, ok := errors.AsType[domainError](err); ok {
		return fieldData(domain.ErrorCode(), domain.PublicMessage(lang))
	}
	safe, ok := err.(router.SafeErrorItem)
	if !ok {
		return fieldData(codeInvalid, fieldTexts[codeInvalid].in(lang))
	}
	message, params := safe.Error(), map[string]any(nil)
	if p, ok := err.(router.SafeErrorParamsResolver); ok {
		params = p.Params()
	}
	if lang != english { // the libraries' own sentences are English already
		if translated, ok := fieldText(safe.Code(), lang, limitOf(safe.Code(), params)); ok {
			message = translated
		}
	}
	field := fieldData(safe.Code(), message)
	if len(params) > 0 {
		field["params"] = params
	}
	if resolver, ok := err.(router.SafeErrorResolver); ok {
		if resolved, ok := resolver.Resolve(field).(map[string]any); ok {
			return resolved
		}
	}
	return field
}

// limitOf picks the number that a validation error is about. Its params may
// hold both ends of a range.
func limitOf(code string, params map[string]any) string {
	keys := []string{"threshold", "min", "minSelect"}
	if strings.Contains(code, "max") || strings.Contains(code, "long") || strings.Contains(code, "many") {
		keys = []string{"threshold", "max", "maxSelect"}
	}
	for _, key := range keys {
		if limit, ok := params[key]; ok {
			return fmt.Sprint(limit)
		}
	}
	return ""
}
