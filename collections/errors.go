package collections

import (
	"time"

	validation "github.com/pocketbase/ozzo-validation/v4"
)

// Text is a sentence for people in both of the product's languages.
type Text struct{ ID, EN string }

// In returns the sentence in lang: "en", or Indonesian for anything else.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ID
}

// Reason is the kind of a refusal, by which each edge picks its own sign for it.
type Reason string

// The reasons. Package rest maps each to the status of our own routes.
const (
	ReasonInvalid         Reason = "invalid"         // one input is wrong
	ReasonUnauthenticated Reason = "unauthenticated" // the caller does not prove who it is
	ReasonForbidden       Reason = "forbidden"
	ReasonNotFound        Reason = "not_found"
	ReasonUnsupported     Reason = "unsupported" // nobody can do this here
	ReasonConflict        Reason = "conflict"    // right in itself, but not as things stand
	ReasonGone            Reason = "gone"
	ReasonTooMany         Reason = "too_many" // later again
	ReasonUpstream        Reason = "upstream" // somebody that we depend on refuses or fails
	ReasonUnavailable     Reason = "unavailable"
)

// Error is a refusal that the caller may read: a broken rule of the business,
// never an internal failure. It travels unchanged from a hook to either of the
// two edges: a route answers by its Reason, PocketBase's own record API (and so
// the dashboard) shows it under Field as an invalid input.
type Error struct {
	Code   string // machine word, e.g. "invalid_transition"
	Reason Reason
	Field  string // the input that is at fault; may be empty
	Text   Text
	Wait   time.Duration // when to try again, for ReasonTooMany; may be zero
	Err    error         // the cause, for the log only
}

var (
	_ error                              = (*Error)(nil)
	_ interface{ ErrorCode() string }    = (*Error)(nil)
	_ interface{ Unwrap() error }        = (*Error)(nil)
	_ interface{ Is(target error) bool } = (*Error)(nil)
)

// Error returns the code, the English sentence and the cause: the form for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Text.EN
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports two errors with the same code as the same refusal, so that
// errors.Is(err, collections.ErrNotFound) works on copies with other texts.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// As lets PocketBase's error writer find validation.Errors in a refusal that
// names a field, which is how the dashboard puts it under that field.
func (e *Error) As(target any) bool {
	errs, ok := target.(*validation.Errors)
	if !ok || e.Field == "" {
		return false
	}
	*errs = validation.Errors{e.Field: validation.NewError(e.Code, e.Text.ID)}
	return true
}

// ErrorCode returns the machine word.
func (e *Error) ErrorCode() string { return e.Code }

// RetryAfter returns how long to wait before the next try; zero if nobody knows.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// ErrorReason returns the kind of the refusal.
func (e *Error) ErrorReason() string { return string(e.Reason) }

// ErrorField returns the input at fault, or "".
func (e *Error) ErrorField() string { return e.Field }

// PublicMessage returns the sentence for the client in lang ("id" or "en").
func (e *Error) PublicMessage(lang string) string { return e.Text.In(lang) }

// Refuse makes a business conflict about field.
func Refuse(code, field string, text Text) *Error {
	return &Error{Code: code, Reason: ReasonConflict, Field: field, Text: text}
}

// Invalid makes a complaint about one input.
func Invalid(code, field string, text Text) *Error {
	return &Error{Code: code, Reason: ReasonInvalid, Field: field, Text: text}
}

// ErrNotFound is what a foreign or missing record answers: the two must not be
// distinguishable from outside.
var ErrNotFound = &Error{Code: "not_found", Reason: ReasonNotFound, Text: Text{
	ID: "Data tidak ditemukan.", EN: "The record was not found.",
}}

// ErrStale refuses a write that was decided on an outdated copy of the record.
var ErrStale = Refuse("stale", "status", Text{
	ID: "Data ini baru saja diubah oleh orang lain. Muat ulang lalu coba lagi.",
	EN: "Somebody else has just changed this record. Reload and try again.",
})

// ErrCrossSite refuses what another site makes a browser send.
var ErrCrossSite = &Error{Code: "cross_site", Reason: ReasonForbidden, Text: Text{
	ID: "Permintaan dari situs lain ditolak.", EN: "A request from another site was refused.",
}}
