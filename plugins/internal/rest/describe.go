package rest

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// The options below say what the types of a route do not: the errors that its
// handler words itself and, for raw routes, what is read and written.

// Binary is the type of a file in [Reads] and [Answers].
type Binary []byte

// Schema implements huma.SchemaProvider.
func (Binary) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "binary"}
}

// Errors documents statuses that the handler answers with beside those of
// every route of its access level: 409, 502, 503.
func Errors(codes ...int) Option {
	return func(r *Route) { r.errors = append(r.errors, codes...) }
}

// Reads documents the body of a raw route: its media type and its shape.
func Reads[T any](mediaType string) Option {
	return describe(func(op *huma.Operation, schemas huma.Registry) {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaType: mediaOf[T](op, schemas)}}
	})
}

// Answers documents the success of a raw route: its media type and its shape.
// Given twice, the client's Accept header chooses.
func Answers[T any](mediaType string) Option {
	return describe(func(op *huma.Operation, schemas huma.Registry) {
		answer := op.Responses[strconv.Itoa(op.DefaultStatus)]
		if answer.Content == nil {
			answer.Content = map[string]*huma.MediaType{}
		}
		answer.Content[mediaType] = mediaOf[T](op, schemas)
	})
}

// Query documents a parameter that a raw route reads from its query.
func Query(name, doc string) Option {
	return describe(func(op *huma.Operation, _ huma.Registry) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString},
		})
	})
}

// Describe documents the operation at length, in Markdown.
func Describe(text string) Option {
	return describe(func(op *huma.Operation, _ huma.Registry) { op.Description = text })
}

func describe(f func(op *huma.Operation, schemas huma.Registry)) Option {
	return func(r *Route) { r.describe = append(r.describe, f) }
}

func mediaOf[T any](op *huma.Operation, schemas huma.Registry) *huma.MediaType {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Map { // Binary, map[string]any
		return &huma.MediaType{Schema: huma.SchemaFromType(schemas, t)}
	}
	return &huma.MediaType{Schema: schemas.Schema(t, true, op.OperationID)}
}

// documentErrors lists every error that the operation can answer with, so that
// a status outside the list is a bug.
func documentErrors(op *huma.Operation, r *Route) {
	codes := append([]int{http.StatusBadRequest, http.StatusInternalServerError}, r.errors...)
	if r.Access != Webhook {
		codes = append(codes, http.StatusTooManyRequests)
	}
	writes := op.Method != http.MethodGet
	if r.Access.needsAuth() {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
		if writes {
			codes = append(codes, http.StatusConflict) // the state of things forbids it
		}
	}
	if writes { // a session cookie on another site's form
		codes = append(codes, http.StatusForbidden)
	}
	if pathParam.MatchString(op.Path) {
		codes = append(codes, http.StatusNotFound)
	}
	if op.RequestBody != nil {
		codes = append(codes, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	for code, answer := range ErrorResponses(codes...) {
		op.Responses[code] = answer
	}
}

// ErrorResponses describes error answers in the common shape. The document
// defines each once and refers to it.
func ErrorResponses(codes ...int) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	for _, code := range codes {
		responses[strconv.Itoa(code)] = &huma.Response{Ref: "#/components/responses/" + errorName(code)}
	}
	return responses
}

func errorName(code int) string { return "Error" + strconv.Itoa(code) }

// defineErrors describes every error that a route can refer to.
func defineErrors(schemas huma.Registry) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	for _, code := range []int{400, 401, 403, 404, 409, 410, 413, 415, 429, 500, 502, 503} {
		responses[errorName(code)] = &huma.Response{
			Description: http.StatusText(code),
			Content: map[string]*huma.MediaType{
				"application/json": {Schema: schemas.Schema(reflect.TypeFor[errorBody](), true, "")},
			},
		}
	}
	return responses
}
