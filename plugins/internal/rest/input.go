package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/pocketbase/pocketbase/tools/router"
)

// inputError is a request that huma could not turn into the handler's input.
type inputError struct {
	status int
	reason string
	faults []fault
	cause  error
}

// fault is what is wrong with one field. It never holds the value: that may be
// a password, and errors are logged.
type fault struct{ field, code, limit string }

func (f fault) String() string { return f.field + ": " + f.code }

func (e *inputError) Error() string {
	return fmt.Sprintf("input refused with %d (%s): %v", e.status, e.reason, e.faults)
}

func (e *inputError) Unwrap() error { return e.cause }

// maxFaults bounds the answer to a body that is nothing but unknown fields.
const maxFaults = 50

// newInputError takes over an error of huma. Faults in the values are 400 here
// as everywhere in PocketBase, not huma's 422.
func newInputError(status int, reason string, errs []error) *inputError {
	e := &inputError{status: status, reason: reason}
	switch status {
	case http.StatusUnprocessableEntity:
		e.status = http.StatusBadRequest
		for _, err := range errs[:min(len(errs), maxFaults)] {
			e.faults = append(e.faults, faultOf(err))
		}
	case http.StatusBadRequest:
		if len(errs) == 0 { // huma's form of "request body is required"
			e.faults = []fault{{"body", codeRequired, ""}}
		} else {
			e.reason = reasonBrokenJSON
		}
	case http.StatusInternalServerError:
		// The body could not be read; the cause may be PocketBase's body limit.
		e.cause = errors.Join(errs...)
	}
	return e
}

const reasonBrokenJSON = "broken JSON"

func (e *inputError) apiError(lang string) *router.ApiError {
	if apiErr, ok := errors.AsType[*router.ApiError](e.cause); ok && apiErr.Status < 500 {
		return newError(apiErr.Status, lang, nil, e)
	}
	status := e.status
	if _, ok := statusTexts[status]; !ok {
		status = http.StatusBadRequest
	}
	if e.reason == reasonBrokenJSON {
		return answer(status, brokenJSON.in(lang), nil, e)
	}
	data := make(map[string]any, len(e.faults))
	for _, f := range e.faults {
		if _, ok := data[f.field]; ok {
			continue // the first fault of a field says enough
		}
		message, ok := fieldText(f.code, lang, f.limit)
		if !ok {
			message = fieldTexts[codeInvalid].in(lang)
		}
		data[f.field] = fieldData(f.code, message)
	}
	return newError(status, lang, data, e)
}

// complaint is one of huma's sentences. The text around the sentence's verb is
// matched, and what stands in the verb's place is the limit.
type complaint struct{ sentence, code string }

var complaints = []complaint{
	{"required path parameter is missing", codeRequired},
	{"required query parameter is missing", codeRequired},
	{"required header parameter is missing", codeRequired},
	{"required cookie parameter is missing", codeRequired},
	{"required form parameter is missing", codeRequired},
	{"unknown query parameter", codeUnknownField},
	{validation.MsgUnexpectedProperty, codeUnknownField},
	{"invalid %s", codeType}, // integer, float, boolean
	{validation.MsgExpectedBoolean, codeType},
	{validation.MsgExpectedNumber, codeType},
	{validation.MsgExpectedInteger, codeType},
	{validation.MsgExpectedString, codeType},
	{validation.MsgExpectedArray, codeType},
	{validation.MsgExpectedObject, codeType},
	{validation.MsgExpectedMinLength, codeTooShort},
	{validation.MsgExpectedMaxLength, codeTooLong},
	{validation.MsgExpectedMinItems, codeTooFewItems},
	{validation.MsgExpectedMaxItems, codeTooManyItems},
	{validation.MsgExpectedArrayItemsUnique, codeNotUnique},
	{validation.MsgExpectedMinimumNumber, codeMinimum},
	{validation.MsgExpectedMaximumNumber, codeMaximum},
	{validation.MsgExpectedExclusiveMinimumNumber, codeAbove},
	{validation.MsgExpectedExclusiveMaximumNumber, codeBelow},
	{validation.MsgExpectedNumberBeMultipleOf, codeMultiple},
	{validation.MsgExpectedOneOf, codeOneOf},
	{validation.MsgExpectedRFC5322Email, codeEmail},
	{validation.MsgExpectedRFC3986URI, codeURL},
	{validation.MsgExpectedRFC3339DateTime, codeDate},
	{validation.MsgExpectedRFC3339Date, codeDate},
	{validation.MsgExpectedBePattern, codePattern},
	{validation.MsgExpectedMatchPattern, codePattern},
}

// match returns what stands in the place of the sentence's verb.
func (c complaint) match(message string) (limit string, ok bool) {
	before, after, hasVerb := cutVerb(c.sentence)
	if !hasVerb {
		return "", message == c.sentence
	}
	rest, ok := strings.CutPrefix(message, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, after)
}

// cutVerb splits a sentence at its one fmt verb, which is always two characters.
func cutVerb(sentence string) (before, after string, found bool) {
	i := strings.IndexByte(sentence, '%')
	if i < 0 {
		return sentence, "", false
	}
	return sentence[:i], sentence[i+2:], true
}

func faultOf(err error) fault {
	detail, ok := err.(*huma.ErrorDetail)
	if !ok {
		return fault{field: "body", code: codeInvalid}
	}
	message := detail.Message
	if pointer, ok := strings.CutPrefix(message, undecodable); ok {
		return fault{fieldOf(strings.ReplaceAll(pointer, "/", ".")), codeInvalid, ""}
	}
	// A missing property is reported at its parent.
	if property, ok := (complaint{sentence: validation.MsgExpectedRequiredProperty}).match(message); ok {
		return fault{property, codeRequired, ""}
	}
	field := fieldOf(detail.Location)
	for _, c := range complaints {
		limit, ok := c.match(message)
		if !ok {
			continue
		}
		if c.code == codeType {
			limit = message[strings.LastIndexByte(message, ' ')+1:]
		}
		return fault{field, c.code, limit}
	}
	return fault{field, codeInvalid, ""}
}

// fieldOf returns the last element of a location: "tags" of "body.items[3].tags[0]".
func fieldOf(location string) string {
	last := location[strings.LastIndexByte(location, '.')+1:]
	last, _, _ = strings.Cut(last, "[")
	if last == "" {
		return "body"
	}
	return last[:min(len(last), 100)]
}
