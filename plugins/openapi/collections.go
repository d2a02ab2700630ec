package openapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/rest"
)

// builder adds to the document what no route declaration says.
type builder struct {
	doc     *huma.OpenAPI
	schemas *merged
	router  *served
	names   map[string]string // of the collections, by id
}

// collections describes the record API of those collections that anybody but a
// superuser may use, in so far as they may. The rules themselves stay private.
func (b *builder) collections(all []*core.Collection) {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(x, y *core.Collection) int { return strings.Compare(x.Name, y.Name) })
	for _, c := range sorted {
		b.names[c.Id] = c.Name
	}
	for _, c := range sorted {
		if c.ListRule == nil && c.ViewRule == nil && (c.IsView() || c.CreateRule == nil && c.UpdateRule == nil && c.DeleteRule == nil) {
			continue
		}
		b.records(c)
		if c.IsAuth() {
			b.auth(c)
		}
	}
}

// records describes list, view, create, update and delete.
func (b *builder) records(c *core.Collection) {
	name := schemaName(c)
	b.schemas.all[name] = b.recordSchema(c)
	record := &huma.Response{Description: "The record", Content: jsonContent(ref(name))}
	const list, one = "/api/collections/{collection}/records", "/api/collections/{collection}/records/{id}"
	if c.ListRule != nil {
		b.schemas.all[name+"Page"] = pageSchema(name)
		b.record(c, http.MethodGet, list, "list", "List or search "+c.Name, c.ListRule, func(op *huma.Operation) {
			op.Parameters = append(op.Parameters, listParameters()...)
			op.Responses["200"] = &huma.Response{Description: "One page", Content: jsonContent(ref(name + "Page"))}
		})
	}
	if c.ViewRule != nil {
		b.record(c, http.MethodGet, one, "view", "One record of "+c.Name, c.ViewRule, func(op *huma.Operation) {
			op.Parameters = append(op.Parameters, expandParameter())
			op.Responses["200"] = record
		})
	}
	if c.IsView() {
		return
	}
	if c.CreateRule != nil {
		b.schemas.all[name+"Create"] = b.writeSchema(c, true)
		b.record(c, http.MethodPost, list, "create", "Create a record of "+c.Name, c.CreateRule, func(op *huma.Operation) {
			op.RequestBody = recordBody(c, name+"Create")
			op.Responses["200"] = record
		})
	}
	if c.UpdateRule != nil {
		b.schemas.all[name+"Update"] = b.writeSchema(c, false)
		b.record(c, http.MethodPatch, one, "update", "Change a record of "+c.Name, c.UpdateRule, func(op *huma.Operation) {
			op.RequestBody = recordBody(c, name+"Update")
			op.Responses["200"] = record
		})
	}
	if c.DeleteRule != nil {
		b.record(c, http.MethodDelete, one, "delete", "Delete a record of "+c.Name, c.DeleteRule, func(op *huma.Operation) {
			op.Responses["204"] = &huma.Response{Description: "Deleted"}
		})
	}
}

// record adds one operation on a collection's records.
func (b *builder) record(c *core.Collection, method, path, verb, summary string, rule *string, describe func(*huma.Operation)) {
	op := &huma.Operation{
		OperationID: "records-" + c.Name + "-" + verb,
		Summary:     summary,
		Tags:        []string{recordsTag + c.Name},
		Security:    security(*rule),
		Responses:   map[string]*huma.Response{},
	}
	if strings.Contains(path, "{id}") {
		op.Parameters = []*huma.Param{pathParameter("id")}
	}
	describe(op)
	codes := []int{400, 403, 404, 429, 500}
	if op.RequestBody != nil {
		codes = append(codes, http.StatusRequestEntityTooLarge)
	}
	b.add(method, path, c.Name, op, codes...)
}

// add puts an operation into the document if the router serves its pattern; in
// its path {collection} becomes the name.
func (b *builder) add(method, pattern, collection string, op *huma.Operation, errors ...int) {
	if !b.router.HasRoute(method, pattern) {
		return
	}
	for code, answer := range rest.ErrorResponses(errors...) {
		if op.Responses[code] == nil {
			op.Responses[code] = answer
		}
	}
	path := pattern
	if collection != "" {
		path = strings.Replace(pattern, "{collection}", collection, 1)
	}
	op.Method, op.Path = method, path
	item := b.doc.Paths[path]
	if item == nil {
		item = &huma.PathItem{}
	} else { // the declared routes keep theirs as it is
		clone := *item
		item = &clone
	}
	switch method {
	case http.MethodGet:
		item.Get = op
	case http.MethodPost:
		item.Post = op
	case http.MethodPatch:
		item.Patch = op
	case http.MethodDelete:
		item.Delete = op
	}
	b.doc.Paths[path] = item
}

// security says who need not sign in: everybody where the rule is empty, and
// otherwise whoever the rule lets pass, which may be a guest.
func security(rule string) []map[string][]string {
	if rule == "" {
		return []map[string][]string{}
	}
	return []map[string][]string{{}, {"token": {}}}
}

func signedIn() []map[string][]string { return []map[string][]string{{"token": {}}} }

// schemaName is "RecordProjects" for projects: a name of its own beside the
// routes' types.
func schemaName(c *core.Collection) string {
	name := "Record"
	for word := range strings.SplitSeq(strings.Trim(c.Name, "_"), "_") {
		if word != "" {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return name
}

func jsonContent(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// recordBody takes JSON, and a form where files are sent.
func recordBody(c *core.Collection, schema string) *huma.RequestBody {
	content := jsonContent(ref(schema))
	for _, f := range c.Fields {
		if f.Type() == core.FieldTypeFile && !f.GetHidden() {
			content["multipart/form-data"] = &huma.MediaType{Schema: ref(schema)}
			break
		}
	}
	return &huma.RequestBody{Required: true, Content: content}
}

func pageSchema(record string) *huma.Schema {
	count := func() *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"page", "perPage", "totalItems", "totalPages", "items"},
		Properties: map[string]*huma.Schema{
			"page": count(), "perPage": count(), "totalItems": count(), "totalPages": count(),
			"items": {Type: huma.TypeArray, Items: ref(record)},
		},
	}
}

func listParameters() []*huma.Param {
	// PocketBase corrects a page out of range instead of refusing it.
	query := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: text()}
	}
	number := func(name, doc string, fallback int) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeInteger, Default: fallback}}
	}
	return []*huma.Param{
		number("page", "Page number, from 1", 1),
		number("perPage", "Items per page, at most "+strconv.Itoa(maxPerPage), 30),
		query("sort", "Fields, comma separated, - for descending"),
		query("filter", "Filter expression of PocketBase"),
		{Name: "skipTotal", In: "query", Description: "Leave totalItems and totalPages at -1 and answer faster", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		expandParameter(),
	}
}

// maxPerPage is PocketBase's own limit.
const maxPerPage = 1000

func expandParameter() *huma.Param {
	return &huma.Param{
		Name: "expand", In: "query", Description: "Relations to include under the property expand, comma separated",
		Schema: &huma.Schema{Type: huma.TypeString},
	}
}
