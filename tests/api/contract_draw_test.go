package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// nasty are texts that break programs.
var nasty = []string{
	"", " ", "0", "-1", "1e400", "null", "true", "[]", "{}", "'", "\"", "' OR 1=1 --", "%", "%00", "\x00", "../../etc/passwd", "<script>alert(1)</script>",
	"\u202e", "😀", "\ufeff", "é", "a\nb", "9999999999999999999999", "2026-02-30", "@request.auth.id", "id", "status = 'unpaid'", "((", "-created", "@random",
	strings.Repeat("panjang ", 40), "{{.}}", "${jndi:x}", "javascript:alert(1)",
}

func escape(s string) string {
	if s == "" {
		return "-"
	}
	return url.PathEscape(strings.ReplaceAll(strings.ReplaceAll(s, "&", ""), "=", "%3D"))
}

// parameter draws the value of a parameter: in a path usually an id that exists.
func (c *conversation) parameter(p *openapi3.Parameter, wrong bool) any {
	if wrong && draw(c.rt, rapid.Bool(), "nasty") {
		return draw(c.rt, rapid.SampledFrom(nasty), p.Name)
	}
	if p.In == "path" && p.Schema.Value.Enum == nil && c.even(10) != 9 {
		return c.id(collectionOf(c.op.path))
	}
	switch p.Name {
	case "sort":
		return draw(c.rt, rapid.SampledFrom([]string{"-created", "created", "id", "-id", "name,-created", "nope"}), p.Name)
	case "filter":
		return draw(c.rt, rapid.SampledFrom([]string{"id != ''", "created > '2020-01-01'", "name ~ 'a' && id != 'x'", "status = 'unpaid'", "user.email ~ 'a'", "(("}), p.Name)
	case "expand":
		return draw(c.rt, rapid.SampledFrom([]string{"user", "project", "invoice,user", "nope", "project.user.x"}), p.Name)
	}
	return c.value(p.Schema.Value, p.Name, 0)
}

// id draws a known id, nearly always of the collection.
func (c *conversation) id(collection string) string {
	known := c.ids[collection]
	if len(known) == 0 || c.even(10) == 9 {
		known = c.ids[slices.Sorted(maps.Keys(c.ids))[c.even(len(c.ids))]]
	}
	if len(known) == 0 {
		return "tidakada0000000"
	}
	return known[c.even(len(known))]
}

// body draws the body of the operation in one of its content types.
func (c *conversation) body(wrong bool) ([]byte, string) {
	if c.op.RequestBody == nil {
		if wrong && draw(c.rt, rapid.Bool(), "body nobody asked for") {
			return []byte(`{"a":1}`), "application/json"
		}
		return nil, ""
	}
	contents := c.op.RequestBody.Value.Content
	types := slices.Sorted(maps.Keys(contents))
	contentType := draw(c.rt, rapid.SampledFrom(types), "content type")
	value := c.value(contents[contentType].Schema.Value, "", 0)
	if contentType == "multipart/form-data" {
		return form(value)
	}
	if fields, ok := value.(map[string]any); ok { // JSON carries no files
		maps.DeleteFunc(fields, func(_ string, v any) bool {
			if many, ok := v.([]any); ok && len(many) > 0 {
				v = many[0]
			}
			_, file := v.(fileContent)
			return file
		})
	}
	if wrong {
		return c.spoil(value)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		c.rt.Fatal(err)
	}
	return raw, "application/json"
}

// spoil makes a body wrong.
func (c *conversation) spoil(value any) ([]byte, string) {
	fields, _ := value.(map[string]any)
	names := slices.Sorted(maps.Keys(fields))
	kind := c.even(9)
	if len(names) > 0 && kind < 5 {
		name := draw(c.rt, rapid.SampledFrom(names), "spoiled field")
		switch kind {
		case 0:
			delete(fields, name)
		case 1:
			fields[name] = draw(c.rt, rapid.SampledFrom(nasty), "nasty text")
		case 2:
			fields[name] = draw(c.rt, rapid.SampledFrom([]any{nil, true, -1, 0, 1e30, 1.5, []any{}, []any{nil}, map[string]any{}, map[string]any{"a": []any{1}}}), "another type")
		case 3:
			fields[name] = strings.Repeat("x", draw(c.rt, rapid.IntRange(100, 70_000), "length"))
		case 4:
			fields["tidak_dikenal"], fields["role"], fields["demo"] = 1, "admin", true
		}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		c.rt.Fatal(err)
	}
	switch kind {
	case 5:
		return raw[:len(raw)/2], "application/json"
	case 6:
		return raw, draw(c.rt, rapid.SampledFrom([]string{"", "text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "x"}), "content type")
	case 7:
		return []byte(draw(c.rt, rapid.SampledFrom([]string{"", "null", "[]", "1", `"a"`, "{}", `{"a":`, "\x00\xff", `{"name":"a","name":"b"}`, strings.Repeat("[", 5000)}), "body")), "application/json"
	}
	return raw, "application/json"
}

// form encodes an object as multipart.
func form(value any) ([]byte, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		values, many := fields[name].([]any)
		if !many {
			values = []any{fields[name]}
		}
		for _, value := range values {
			file, ok := value.(fileContent)
			if !ok {
				_ = w.WriteField(name, fmt.Sprint(value))
				continue
			}
			if part, err := w.CreateFormFile(name, "berkas.png"); err == nil {
				_, _ = part.Write([]byte(file))
			}
		}
	}
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// fileContent is what a form uploads.
type fileContent string

// value draws a value of the schema.
func (c *conversation) value(s *openapi3.Schema, name string, depth int) any {
	if len(s.Enum) > 0 {
		return draw(c.rt, rapid.SampledFrom(s.Enum), name)
	}
	switch {
	case s.Type.Is("string"):
		return c.text(s, name)
	case s.Type.Is("boolean"):
		return draw(c.rt, rapid.Bool(), name)
	case s.Type.Is("integer"), s.Type.Is("number"):
		low, high := -10, 2_000_000
		if s.Min != nil {
			low = int(*s.Min)
		}
		if s.Max != nil {
			high = int(*s.Max)
		}
		return draw(c.rt, rapid.IntRange(low, max(low, high)), name)
	case s.Type.Is("array"):
		items := []any{}
		for range draw(c.rt, rapid.IntRange(int(s.MinItems), int(s.MinItems)+2), name) {
			items = append(items, c.value(s.Items.Value, name, depth+1))
		}
		return items
	case s.Type.Is("object"):
		return c.object(s, depth)
	}
	return draw(c.rt, rapid.SampledFrom([]any{nil, true, 1.5, "a", []any{"a", 1}, map[string]any{"a": "b"}}), name)
}

func (c *conversation) object(s *openapi3.Schema, depth int) any {
	fields := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(s.Required, name) && (depth > 3 || c.even(3) == 0) {
			continue
		}
		fields[name] = c.value(s.Properties[name].Value, name, depth+1)
	}
	if _, ok := fields["passwordConfirm"]; ok {
		if password, ok := fields["password"]; ok {
			fields["passwordConfirm"] = password
		}
	}
	return fields
}

func (c *conversation) text(s *openapi3.Schema, name string) any {
	switch {
	case s.Format == "binary":
		return fileContent(programtest.PNG)
	case strings.Contains(strings.ToLower(name), "email"), name == "identity", s.Format == "email":
		known := []string{c.Owner.Email(), c.Other.Email(), "bukan alamat", "Lain@Contoh.test"}
		if n := c.even(1 << 12); n%8 >= len(known) {
			return fmt.Sprintf("baru%d@contoh.test", n)
		} else {
			return known[n%8]
		}
	case strings.Contains(strings.ToLower(name), "password"):
		return []string{plugintest.Password, plugintest.Password, "rahasia-lain-2", "pendek"}[c.even(4)]
	case name == "phone":
		return []string{"+6281234567890", "0812 3456 789", "telepon", ""}[c.even(4)]
	case name == "reference":
		return fmt.Sprintf("TRX-%d", c.even(1<<12))
	case s.Format == "date-time":
		return []string{"2026-12-01T10:00:00Z", "2027-01-31T00:00:00+07:00"}[c.even(2)]
	case strings.HasSuffix(name, "_at"), strings.Contains(s.Pattern, `\d{4}-\d\d`):
		return draw(c.rt, rapid.SampledFrom([]string{"2026-12-01 10:00:00.000Z", "2026-12-01T10:00:00Z", "2027-01-31", ""}), name)
	case s.Format == "uri", strings.HasSuffix(name, "url"):
		return draw(c.rt, rapid.SampledFrom([]string{"https://contoh.test/a", "http://a.id", "ftp://a"}), name)
	case strings.HasPrefix(s.Description, "Id of a record of "):
		return c.id(strings.TrimPrefix(s.Description, "Id of a record of "))
	case name == "tier":
		return c.id("pricing_tiers")
	case name == "template", name == "project", name == "invoice":
		return c.id(name + "s")
	case s.Pattern != "":
		return draw(c.rt, rapid.StringMatching(s.Pattern), name)
	case name == "id":
		return ""
	}
	most := 40
	if s.MaxLength != nil {
		most = min(most, int(*s.MaxLength))
	}
	return draw(c.rt, rapid.StringN(min(int(s.MinLength), most), most, -1), name)
}
