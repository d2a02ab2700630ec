package rest

import (
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// errorBody is the schema of every error answer. It is also huma's error type,
// which only ever describes: PocketBase writes the errors.
type errorBody struct {
	Status  int                   `json:"status" doc:"HTTP status"`
	Message string                `json:"message" doc:"For people, in Indonesian or English by Accept-Language"`
	Data    map[string]fieldError `json:"data" doc:"What is wrong, by field"`
}

type fieldError struct {
	Code    string         `json:"code" doc:"For programs"`
	Message string         `json:"message" doc:"For people"`
	Params  map[string]any `json:"params,omitempty" doc:"The limits that the value broke"`
}

func (e *errorBody) Error() string  { return e.Message }
func (e *errorBody) GetStatus() int { return e.Status }

const schemaPrefix = "#/components/schemas/"

// apiConfig leaves out huma's document, page and schema routes and its $schema
// links: the document is served by us, and answers hold what handlers return.
func apiConfig() huma.Config {
	schemas := huma.NewMapRegistry(schemaPrefix, schemaNamer())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "JasaWeb",
				Version: "1.0.0",
				License: &huma.License{Name: "MIT", Identifier: "MIT"},
			},
			Servers: []*huma.Server{{URL: "/"}},
			Components: &huma.Components{
				Schemas:   schemas,
				Responses: defineErrors(schemas),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "Token of a signed-in record"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat: "application/json",
	}
}

func newOperation(r *Route) huma.Operation {
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	security := []map[string][]string{}
	if r.Access.needsAuth() {
		security = append(security, map[string][]string{"token": {}})
	}
	path := documentPath(r.Path)
	return huma.Operation{
		OperationID:   operationID(r.Method, path),
		Method:        r.Method,
		Path:          path,
		Summary:       r.Summary,
		Tags:          tags(path),
		Security:      security,
		DefaultStatus: status,
		MaxBodyBytes:  -1, // the bodyLimit middleware counts, raw routes included
		Responses:     map[string]*huma.Response{},
	}
}

// documentPath turns a pattern of net/http into OpenAPI's.
func documentPath(pattern string) string {
	return strings.NewReplacer("{$}", "", "...}", "}").Replace(pattern)
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)

func operationID(method, path string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(method)+path, "-"), "-")
}

// tags groups an operation by its first path segment after /api.
func tags(path string) []string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/"), "api/"), "/")
	if segment == "" {
		return nil
	}
	return []string{segment}
}

var pathParam = regexp.MustCompile(`\{([^}]+)\}`)

// documentRaw describes what is known of a route without types: its path.
func documentRaw(op *huma.Operation) {
	for _, match := range pathParam.FindAllStringSubmatch(op.Path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: match[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
	op.Responses[strconv.Itoa(op.DefaultStatus)] = &huma.Response{Description: http.StatusText(op.DefaultStatus)}
}

var packagePath = regexp.MustCompile(`[\w./·-]+/`)

// schemaNamer names schemas after package and type ("PortalProject"), because
// two plugins may both have a Project and huma panics on equal names. Nameless
// structs have only a hint; a second one with the same hint gets a number.
func schemaNamer() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := schemaName(t, hint)
		if t.Kind() != reflect.Struct {
			return name
		}
		for unique, n := name, 2; ; unique, n = name+strconv.Itoa(n), n+1 {
			if other, ok := taken[unique]; !ok || other == t {
				taken[unique] = t
				return unique
			}
		}
	}
}

// keptNames are packages whose schemas keep the name that the package had when
// clients first generated code from the document.
var keptNames = map[string]string{"payments": "midtrans"}

func schemaName(t reflect.Type, hint string) string {
	name := hint
	if t.Name() != "" {
		name = t.PkgPath() + "." + t.Name() // type arguments carry their own path
	}
	var b strings.Builder
	for _, part := range strings.FieldsFunc(packagePath.ReplaceAllString(name, ""), func(r rune) bool {
		return strings.ContainsRune("[]*,.{} ", r)
	}) {
		if part == "rest" {
			continue
		}
		if kept, ok := keptNames[part]; ok {
			part = kept
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
