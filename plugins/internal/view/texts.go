package view

import (
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Text is one text of the site in both languages. Values are put in by the
// verbs of package fmt.
type Text struct{ ID, EN string }

// Catalog is texts by key. A number of things has two keys: "x.one" (only
// English uses it) and "x.other".
type Catalog map[string]Text

// Texts adds texts. A key that exists already is an error.
func (s *Site) Texts(more Catalog) error { return s.addTexts(more) }

func (s *Site) addTexts(more Catalog) error {
	for key, text := range more {
		if _, taken := s.texts[key]; taken {
			return fmt.Errorf("view: two texts are called %s", key)
		}
		if text.ID == "" || text.EN == "" {
			return fmt.Errorf("view: the text %s is missing in one language", key)
		}
		if verbs(text.ID) != verbs(text.EN) {
			return fmt.Errorf("view: the text %s takes other values in English", key)
		}
		s.texts[key] = text
	}
	return nil
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-z]`)

func verbs(s string) string {
	all := verb.FindAllString(s, -1)
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Text returns the text of key in lang with the values put in. An unknown key is
// shown as itself, in brackets; the tests refuse templates that name one.
func (s *Site) Text(lang, key string, values ...any) string {
	text, ok := s.texts[key]
	if !ok {
		return "[" + key + "]"
	}
	format := text.ID
	if lang == "en" {
		format = text.EN
	}
	if len(values) == 0 {
		return strings.ReplaceAll(format, "%%", "%")
	}
	return fmt.Sprintf(format, values...)
}

// Has reports whether there is a text of that key.
func (s *Site) Has(key string) bool {
	_, ok := s.texts[key]
	return ok
}

// Count returns the text for n things: key.one or key.other, with n as its value.
func (s *Site) Count(lang, key string, n int) string {
	if lang == "en" && n == 1 {
		return s.Text(lang, key+".one", n)
	}
	return s.Text(lang, key+".other", n)
}

var (
	namedText  = regexp.MustCompile(`[({ |]t "([^"]+)"`)
	namedCount = regexp.MustCompile(`[({ |]n "([^"]+)"`)
)

// checkTexts finds keys in the templates that no catalog has.
func (s *Site) checkTexts() error {
	missing := map[string]bool{}
	all := append(slices.Collect(maps.Values(s.sources)), s.shared...)
	for _, text := range all {
		for _, m := range namedText.FindAllStringSubmatch(text, -1) {
			if !s.Has(m[1]) {
				missing[m[1]] = true
			}
		}
		for _, m := range namedCount.FindAllStringSubmatch(text, -1) {
			if !s.Has(m[1]+".one") || !s.Has(m[1]+".other") {
				missing[m[1]+".one/.other"] = true
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("view: templates name texts that do not exist: %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return nil
}

// functions are what templates can call, in one language.
func (s *Site) functions(lang string, set *templates) template.FuncMap {
	funcs := template.FuncMap{
		"t":      func(key string, values ...any) string { return s.Text(lang, key, values...) },
		"n":      func(key string, n int) string { return s.Count(lang, key, n) },
		"href":   func(path string) string { return Href(lang, path) },
		"asset":  func(name string) (string, error) { return s.assets.Href(name) },
		"c":      func(c Component) (template.HTML, error) { return set.component(c) },
		"rupiah": func(amount any) (string, error) { return money(lang, amount) },
		"date":   func(at any) (string, error) { return date(lang, at) },
		"moment": func(at any) (string, error) { return moment(lang, at) },
		"iso":    iso,
		"lang":   func() string { return lang },
		"add":    func(a, b int) int { return a + b },
		"list":   func(items ...any) []any { return items },
		"lines":  func(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' }) },
	}
	maps.Copy(funcs, constructors)
	return funcs
}
