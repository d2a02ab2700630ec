package openapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/core"
)

// recordSchema is what a record looks like in an answer. Fields that were added
// after a row keep the zero value there, so limits belong to writing only.
func (b *builder) recordSchema(c *core.Collection) *huma.Schema {
	s := &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"collectionId": {Type: huma.TypeString}, "collectionName": {Type: huma.TypeString},
			"expand": {Type: huma.TypeObject, Description: "What the parameter expand asked for", AdditionalProperties: true},
		},
		Required: []string{"collectionId", "collectionName"},
	}
	for _, f := range c.Fields {
		schema := readSchema(f)
		if schema == nil || f.GetHidden() {
			continue
		}
		schema.Description = b.help(f)
		s.Properties[f.GetName()] = schema
		// PocketBase shows an address only where its owner made it visible.
		if !c.IsAuth() || f.GetName() != core.FieldNameEmail {
			s.Required = append(s.Required, f.GetName())
		}
	}
	return s
}

// readSchema describes a field's value in an answer; nil for what is never sent.
func readSchema(f core.Field) *huma.Schema {
	switch f := f.(type) {
	case *core.PasswordField:
		return nil
	case *core.TextField, *core.EmailField, *core.URLField, *core.EditorField:
		return text()
	case *core.NumberField:
		return numberSchema(f)
	case *core.BoolField:
		return &huma.Schema{Type: huma.TypeBoolean}
	case *core.DateField, *core.AutodateField:
		return dateSchema()
	case *core.SelectField:
		return manyOf(f.IsMultiple(), &huma.Schema{Type: huma.TypeString, Enum: enum(f, !f.IsMultiple())})
	case *core.RelationField:
		return manyOf(f.IsMultiple(), text())
	case *core.FileField:
		return manyOf(f.IsMultiple(), text())
	case *core.GeoPointField:
		return geoSchema()
	default:
		return anySchema()
	}
}

// writeSchema is what a record is created from, or changed with.
func (b *builder) writeSchema(c *core.Collection, create bool) *huma.Schema {
	left := map[string]bool{core.FieldNameId: true}
	if create {
		left = refused(c.CreateRule)
	}
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, f := range c.Fields {
		schema := inputSchema(f)
		if schema == nil || f.GetHidden() && f.Type() != core.FieldTypePassword || left[f.GetName()] {
			continue
		}
		schema.Description = b.help(f)
		s.Properties[f.GetName()] = schema
		if create && required(f) {
			s.Required = append(s.Required, f.GetName())
		}
	}
	if c.IsAuth() {
		secret := func(doc string) *huma.Schema {
			return &huma.Schema{Type: huma.TypeString, Format: "password", Description: doc}
		}
		s.Properties[core.FieldNamePassword+"Confirm"] = secret("The password again")
		if create {
			s.Required = append(s.Required, core.FieldNamePassword+"Confirm")
		} else {
			s.Properties["oldPassword"] = secret("Needed to change one's own password")
		}
	}
	return s
}

// inputSchema describes what a field takes; nil for what nobody writes.
func inputSchema(f core.Field) *huma.Schema {
	switch f := f.(type) {
	case *core.AutodateField:
		return nil
	case *core.TextField:
		s := &huma.Schema{Type: huma.TypeString, MaxLength: limit(f.Max, 5000)}
		if f.Required && !f.PrimaryKey { // otherwise empty is allowed too
			s.MinLength, s.Pattern = limit(f.Min, 1), f.Pattern
		}
		return s
	case *core.EmailField:
		return formatted("email", f.Required)
	case *core.URLField:
		return formatted("uri", f.Required)
	case *core.EditorField:
		return &huma.Schema{Type: huma.TypeString, Format: "html"}
	case *core.PasswordField:
		return &huma.Schema{Type: huma.TypeString, Format: "password", MinLength: limit(f.Min, 1), MaxLength: limit(f.Max, 71)}
	case *core.NumberField:
		s := numberSchema(f)
		s.Minimum, s.Maximum = f.Min, f.Max
		if !f.Required && f.Min != nil && *f.Min > 0 {
			s.Minimum = new(float64) // unset
		}
		return s
	case *core.DateField:
		s := dateSchema()
		s.Pattern = "" // other common forms are understood too
		return s
	case *core.SelectField:
		s := manyOf(f.IsMultiple(), &huma.Schema{Type: huma.TypeString, Enum: enum(f, !f.Required && !f.IsMultiple())})
		if f.IsMultiple() {
			s.MaxItems = limit(f.MaxSelect, 1)
		}
		return s
	case *core.FileField:
		return manyOf(f.IsMultiple(), binary())
	default:
		return readSchema(f)
	}
}

func formatted(format string, required bool) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	if required { // an empty text is no e-mail address
		s.Format = format
	}
	return s
}

func numberSchema(f *core.NumberField) *huma.Schema {
	if f.OnlyInt {
		return &huma.Schema{Type: huma.TypeInteger}
	}
	return &huma.Schema{Type: huma.TypeNumber}
}

func dateSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: `^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z)?$`,
		Examples: []any{"2026-11-22 10:00:00.000Z"},
	}
}

func geoSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"lon", "lat"},
		Properties: map[string]*huma.Schema{"lon": {Type: huma.TypeNumber}, "lat": {Type: huma.TypeNumber}},
	}
}

// anySchema writes the types out: readers disagree whether {} includes null.
func anySchema() *huma.Schema {
	return &huma.Schema{Extensions: map[string]any{"type": []string{"null", "boolean", "object", "array", "number", "string"}}}
}

func manyOf(multiple bool, s *huma.Schema) *huma.Schema {
	if multiple {
		return &huma.Schema{Type: huma.TypeArray, Items: s}
	}
	return s
}

func enum(f *core.SelectField, empty bool) []any {
	values := []any{}
	for _, v := range f.Values {
		values = append(values, v)
	}
	if empty {
		values = append(values, "")
	}
	return values
}

func limit(n, fallback int) *int {
	if n == 0 {
		n = fallback
	}
	return &n
}

// required reads the switch that every field type has under the same name.
func required(f core.Field) bool {
	raw, err := json.Marshal(f)
	if err != nil {
		return false
	}
	var option struct {
		Required            bool   `json:"required"`
		AutogeneratePattern string `json:"autogeneratePattern"`
	}
	return json.Unmarshal(raw, &option) == nil && option.Required && option.AutogeneratePattern == ""
}

// help says what a schema cannot: where a relation points, how large a file may be.
func (b *builder) help(f core.Field) string {
	switch f := f.(type) {
	case *core.RelationField:
		return "Id of a record of " + b.names[f.CollectionId]
	case *core.FileField:
		return fmt.Sprintf("File of at most %d bytes; an answer has its name", f.CalculateMaxBodySize()/int64(max(f.MaxSelect, 1)))
	}
	return ""
}

var unsettable = regexp.MustCompile(`@request\.body\.(\w+):isset = false`)

// refused are the fields that a rule without alternatives forbids to send.
func refused(rule *string) map[string]bool {
	names := map[string]bool{}
	if rule != nil && !strings.Contains(*rule, "||") {
		for _, match := range unsettable.FindAllStringSubmatch(*rule, -1) {
			names[match[1]] = true
		}
	}
	return names
}
