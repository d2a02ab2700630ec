package differential

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind is the type of a field, or of what a path leads to.
type kind string

const (
	kindText     kind = "text"
	kindEditor   kind = "editor"
	kindNumber   kind = "number"
	kindBool     kind = "bool"
	kindEmail    kind = "email"
	kindURL      kind = "url"
	kindDate     kind = "date"
	kindAutodate kind = "autodate"
	kindSelect   kind = "select"
	kindFile     kind = "file"
	kindRelation kind = "relation"
	kindJSON     kind = "json"
	kindGeo      kind = "geoPoint"
	kindPassword kind = "password"
)

// fieldKinds are PocketBase's field types; each must be met often enough.
var fieldKinds = []kind{
	kindText, kindEditor, kindNumber, kindBool, kindEmail, kindURL, kindDate, kindAutodate,
	kindSelect, kindFile, kindRelation, kindJSON, kindGeo, kindPassword,
}

// The pools hold what databases disagree about: case beyond ASCII, wildcards,
// numbers as text, empty against NULL, what is too big or too precise.
var (
	texts = []string{
		"", "", "a", "A", "abc", "ABC", "aBc", "abcd", "Ábc", "ábc", "äö", "ß", "SS", "İstanbul", "ı", "日本語", "😀 emoji", "é", "e\u0301",
		"%", "_", "a%b", "a_b", "axb", `\`, `a\b`, `a\%`, "'", `"`, `a"b'c`, "`", "[a]", "{a}", "$1", "?", ":a", "a--b", "/* */",
		"123", "123.0", "0123", "1e3", "0", "-5", "5", "1.5", "0x10", "Infinity", "NaN", "true", "false", "null", "NULL", "t", "f",
		" a", "a ", "  ", "a\nb", "a\tb", "\u00a0", "\u200b", "\ufeffa",
		"2024-01-02", "2024-01-02 03:04:05.000Z", "[]", "{}", `["a"]`, `{"a":1}`, `"a"`, "<b>bold</b>", "zzz", "~", "\u007f", "\uffff",
	}
	modest = []string{
		"0", "0", "1", "-1", "2", "3", "4", "5", "10", "100", "123", "1000", "1.5", "-2.25", "0.1", "0.30000000000000004", "3.0", "1e3", "1e15",
		"123456789012", "1e-7", "-1e-7", "2147483648", "-0.5",
	}
	numbers = append([]string{"1e16", "1e17", "9007199254740991", "9007199254740993", "9223372036854775807", "1e21", "1e300", "-1e300"}, modest...)
	dates   = []string{
		"", "", "2024-01-02 03:04:05.123Z", "2024-01-02 03:04:05.000Z", "2024-01-02", "2024-02-29 23:59:59.999Z", "2023-12-31 17:00:00.000Z",
		"1970-01-01 00:00:00.000Z", "1969-12-31 23:59:59.000Z", "2030-06-15 12:00:00.000Z", "2024-01-02T03:04:05+07:00", "0001-01-01 00:00:00.000Z", "9999-12-31 23:59:59.999Z",
	}
	documents = []string{
		"null", "null", "true", "false", "0", "1", "-1", "1.5", "1.0", "1e2", "123", "12345678901234567890", "0.1", `""`, `"a"`, `"A"`, `"123"`, `"1.5"`, `"true"`, `"null"`, `"😀"`, `"a\u0041\n\"x\\"`,
		"[]", "[1,2,3]", `["a","b"]`, `["b","a"]`, "[null]", "[[1],[2]]", `[{"a":1},{"a":2}]`, `[1,"a",null,true,1.5,{"b":[]}]`,
		"{}", `{"a":1}`, `{"a":2}`, `{"a":"1"}`, `{"a":"b"}`, `{"a":null}`, `{"a":true}`, `{"a":false}`, `{"a":1.5}`, `{"a":[]}`, `{"a":[1,2]}`, `{"a":["x","y"]}`, `{"a":{"b":"x"}}`, `{"a":{"b":5}}`,
		`{"a":{"b":[1,{"c":2}]}}`, `{"b":1,"a":2}`, ` { "a" : 1 } `, `{"A":1,"a":3}`, `{"a b":1,"a.b":2,"":3}`, `{"日本":"語"}`, `{"a":1e15}`, `{"a":9007199254740993}`, `{"a":-0.5}`,
	}
	// paths into documents.
	paths = []string{"a", "a", "a", "a.b", "a.0", "0", "1", "0.a", "a.b.1.c", "A", "b", "zz", "a.b.c.d"}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true in that share of the calls.
func chance(r *rand.Rand, share float64) bool { return r.Float64() < share }

// newId is an id that no record has yet.
func newId(r *rand.Rand) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	id := make([]byte, 15)
	for i := range id {
		id[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(id)
}

// value is a random value for a field, as JSON. One in twelve is of another
// type than the field's.
func (g *generator) value(f operand) json.RawMessage {
	k := f.kind
	if chance(g.r, 0.08) {
		k = pick(g.r, []kind{kindText, kindNumber, kindBool, kindJSON, kindDate, kindSelect})
	}
	switch k {
	case kindText, kindEditor:
		return quote(g.text())
	case kindNumber:
		return json.RawMessage(pick(g.r, numbers))
	case kindBool:
		return json.RawMessage(pick(g.r, []string{"true", "false", "true", "false", "1", "0", `"true"`, `""`, "null"}))
	case kindEmail:
		return quote(pick(g.r, []string{"", "a@contoh.test", "A@Contoh.test", "b@contoh.test", "äö@contoh.test", "tidak"}))
	case kindURL:
		return quote(pick(g.r, []string{"", "https://contoh.test", "https://contoh.test/a?b=c%20d", "http://CONTOH.test", "x"}))
	case kindDate:
		return quote(pick(g.r, dates))
	case kindSelect:
		if f.multiple {
			return list(g.some(choices, 4))
		}
		return quote(pick(g.r, append([]string{""}, choices...)))
	case kindRelation:
		if f.multiple {
			return list(g.some(g.ids[f.to], 4))
		}
		return quote(pick(g.r, append([]string{""}, g.ids[f.to]...)))
	case kindGeo:
		return json.RawMessage(fmt.Sprintf(`{"lon":%v,"lat":%v}`, pick(g.r, []any{0, 106.8456, -73.9, 180, -180, 0.1}), pick(g.r, []any{0, -6.2088, 40.7, 90, -90, 0.2})))
	default:
		return json.RawMessage(pick(g.r, documents))
	}
}

// text is from the pool, or two of it, or now and then huge.
func (g *generator) text() string {
	switch {
	case chance(g.r, 0.02):
		return strings.Repeat(pick(g.r, []string{"x", "日本", "ab ", "%"}), 1+g.r.IntN(1500))
	case chance(g.r, 0.25):
		return pick(g.r, texts) + pick(g.r, texts)
	}
	return pick(g.r, texts)
}

// some picks up to most different ones, in random order.
func (g *generator) some(from []string, most int) []string {
	n := min(g.r.IntN(most+1), len(from))
	chosen := []string{}
	for _, i := range g.r.Perm(len(from))[:n] {
		chosen = append(chosen, from[i])
	}
	return chosen
}

func quote(s string) json.RawMessage {
	raw, _ := json.Marshal(s)
	return raw
}

func list(values []string) json.RawMessage {
	raw, _ := json.Marshal(values)
	return raw
}
