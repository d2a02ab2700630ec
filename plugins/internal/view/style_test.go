package view

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"jasaweb/plugins/internal/rest"
)

// shown collects what the style page shows of every component: by type, and by
// field the values of its switches and tones.
type shown map[string]map[string]map[any]bool

func (s shown) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			s.walk(v.Elem())
		}
	case reflect.Slice:
		for n := range v.Len() {
			s.walk(v.Index(n))
		}
	case reflect.Struct:
		if s[v.Type().Name()] == nil {
			s[v.Type().Name()] = map[string]map[any]bool{}
		}
		s.fields(v.Type().Name(), v)
	}
}

// fields notes the fields of a component under its own name, those of what is
// embedded in it included.
func (s shown) fields(of string, v reflect.Value) {
	for n := range v.NumField() {
		field, value := v.Type().Field(n), v.Field(n)
		switch {
		case field.Anonymous:
			s.fields(of, value)
		case !field.IsExported():
		case value.Kind() == reflect.Bool:
			s.note(of, field.Name, value.Bool())
		case field.Type == reflect.TypeFor[Tone]() || field.Name == "Look":
			s.note(of, field.Name, value.String())
		default:
			s.walk(value)
		}
	}
}

func (s shown) note(of, field string, value any) {
	if s[of][field] == nil {
		s[of][field] = map[any]bool{}
	}
	s[of][field][value] = true
}

// The style page has every component, each of its switches on and off, every
// tone and every look: a state that is not there has been looked at by nobody.
func TestStylePageShowsEveryComponentInEveryState(t *testing.T) {
	t.Parallel()
	var all shown
	app, _ := newSite(t, Config{}, Get("/semua", rest.Public, "Every specimen", func(r *Request) (*Page, error) {
		all = shown{}
		all.walk(reflect.ValueOf(specimens(r)))
		return StylePage(r)
	}))
	app.Do(t, "GET", "/semua", "", nil).Want(200)
	types := componentTypes(t)
	if len(types) < 25 {
		t.Fatalf("only %d components: %v", len(types), types)
	}
	for _, name := range types {
		if all[name] == nil {
			t.Errorf("the style page does not show %s", name)
		}
	}
	for name, fields := range all {
		for field, values := range fields {
			want := map[string][]any{"Tone": {"neutral", "info", "ok", "warn", "bad"}, "Look": {"primary", "secondary", "quiet"}}[field]
			switch {
			case name+"."+field == "Problems.Still" || name+"."+field == "Stat.Tone" || name == "Event" || name == "Flash":
				continue // the page must not take the focus; numbers, lines and messages have some tones only
			case want == nil:
				want = []any{true, false}
			}
			for _, value := range want {
				if !values[value] {
					t.Errorf("the style page shows no %s with %s = %v", name, field, value)
				}
			}
		}
	}
	if !all["Button"]["Look"]["danger"] || !all["Stat"]["Tone"]["bad"] {
		t.Error("nothing is dangerous or bad")
	}
}

// componentTypes are the types of this package that are components.
func componentTypes(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`func \((?:\w+ )?(\w+)\) component\(\) string`).FindAllStringSubmatch(string(raw), -1) {
			list = append(list, m[1])
		}
	}
	return list
}
