package rest

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// documentNulls says of every pointer to a struct in an answer that it may be
// null, which huma says of plain values only.
func documentNulls(schemas huma.Registry, t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	schema := schemas.Schema(t, true, "")
	if schema.Ref != "" {
		schema = schemas.SchemaFromRef(schema.Ref)
	}
	for field := range t.Fields() {
		if !field.IsExported() {
			continue
		}
		documentNulls(schemas, field.Type, seen)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := schema.Properties[name]
		if property == nil || property.Ref == "" || field.Type.Kind() != reflect.Pointer || strings.Contains(options, "omit") {
			continue
		}
		schema.Properties[name] = &huma.Schema{
			Description: field.Tag.Get("doc"), AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
		}
	}
}
