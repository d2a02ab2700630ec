package differential

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// operand is something that filters and sorts can name.
type operand struct {
	name     string
	kind     kind
	multiple bool
	several  bool   // leads through several records, so that it has several values
	to       string // a relation's collection
	// from is where values that it may have are found: a collection and field.
	from [2]string
}

// operators are all that PocketBase's filters know.
var operators = []string{"=", "!=", ">", ">=", "<", "<=", "~", "!~", "?=", "?!=", "?>", "?>=", "?<", "?<=", "?~", "?!~"}

// expression is a node of a filter: a comparison, or two joined by && or ||.
type expression struct {
	join        string // "" for a comparison
	left, right *expression

	operand, operator, value string
	kinds                    []kind // of the fields that the comparison reads
}

func (e *expression) String() string {
	if e == nil {
		return ""
	}
	if e.join == "" {
		return e.operand + " " + e.operator + " " + e.value
	}
	return "(" + e.left.String() + " " + e.join + " " + e.right.String() + ")"
}

// comparisons are the leaves.
func (e *expression) comparisons() []*expression {
	if e == nil {
		return nil
	}
	if e.join == "" {
		return []*expression{e}
	}
	return append(e.left.comparisons(), e.right.comparisons()...)
}

// filter is a random filter on the operands of a collection.
func (g *generator) filter(on []operand, depth int) *expression {
	if depth > 0 && chance(g.r, 0.45) {
		return &expression{join: pick(g.r, []string{"&&", "||"}), left: g.filter(on, depth-1), right: g.filter(on, depth-1)}
	}
	o := pick(g.r, on)
	e := &expression{operand: o.name, kinds: []kind{o.kind}}
	e.operator = pick(g.r, operators)
	if o.kind == kindBool && chance(g.r, 0.5) || o.kind == kindSelect && chance(g.r, 0.3) {
		e.operator = pick(g.r, []string{"=", "!=", "?=", "?!="})
	}
	other := o
	switch {
	case chance(g.r, 0.07): // with another field
		other = pick(g.r, on)
		e.value, e.kinds = other.name, append(e.kinds, other.kind)
	case chance(g.r, 0.09): // with something of another type
		e.value = g.literal(operand{kind: pick(g.r, fieldKinds)})
	case chance(g.r, 0.03):
		e.value = pick(g.r, []string{"@now", "@todayStart", "@yearEnd", "@year", "@request.auth.id", "@request.auth.score", "@request.query.q", "@request.method", "@request.query.missing"})
	default:
		e.value = g.literal(o)
		if strings.Contains(e.operator, "~") {
			e.value = g.part(e.value)
		}
	}
	if chance(g.r, 0.06) {
		e.operand, e.value = e.value, e.operand
	}
	return e
}

// literal is a value that the operand may well have: two times in three one
// that a record has.
func (g *generator) literal(o operand) string {
	if known := g.known[o.from]; len(known) > 0 && chance(g.r, 0.66) {
		return filterValue(pick(g.r, known))
	}
	switch o.kind {
	case kindNumber:
		return pick(g.r, numbers)
	case kindBool:
		return pick(g.r, []string{"true", "false", "1", "0", `"true"`, "2", "null", `""`})
	case kindRelation:
		if o.to != "" && chance(g.r, 0.8) {
			return strconv.Quote(pick(g.r, g.ids[o.to]))
		}
	case kindDate, kindAutodate:
		return strconv.Quote(pick(g.r, dates))
	case kindSelect:
		return strconv.Quote(pick(g.r, choices))
	case kindJSON, kindGeo:
		return filterValue(json.RawMessage(pick(g.r, documents)))
	case kindText, kindEditor:
		if chance(g.r, 0.05) {
			return pick(g.r, []string{"null", "NULL", "true", "5", "1.5"})
		}
	}
	return quoted(g.text())
}

// part shortens a quoted text, so that "contains" has something to find, and
// puts a wildcard in now and then.
func (g *generator) part(value string) string {
	text, err := strconv.Unquote(value)
	if err != nil {
		return value
	}
	runes := []rune(text)
	if len(runes) > 2 {
		from := g.r.IntN(len(runes) - 1)
		runes = runes[from : from+1+g.r.IntN(min(3, len(runes)-from))]
	}
	text = string(runes)
	switch g.r.IntN(10) {
	case 0:
		text += "%"
	case 1:
		text = "%" + text
	case 2:
		text = strings.ToUpper(text)
	}
	return quoted(text)
}

// filterValue writes a JSON value as PocketBase's filters do.
func filterValue(raw json.RawMessage) string {
	var v any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return `""`
	}
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		if strings.ContainsAny(v.String(), "eE") { // filters have no exponents
			return quoted(v.String())
		}
		return v.String()
	case string:
		return quoted(v)
	case []any:
		if len(v) > 0 {
			element, _ := json.Marshal(v[len(v)/2])
			return filterValue(element)
		}
		return quoted("[]")
	default:
		return quoted(string(raw))
	}
}

// quoted is a text as a filter's literal. Filters know only the backslash
// before the quote, and cannot hold a text that ends with one.
func quoted(s string) string {
	return `"` + strings.ReplaceAll(strings.TrimRight(s, `\`), `"`, `\"`) + `"`
}

// fields makes operands of kind, name pairs.
func fields(pairs ...any) []operand {
	out := []operand{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, operand{kind: pairs[i].(kind), name: fmt.Sprint(pairs[i+1])})
	}
	return out
}

// sort is up to three random keys; "id" at the end makes the order total, for
// among equals no database promises one.
func (g *generator) sort(on []operand) string {
	keys := []string{}
	for range g.r.IntN(4) {
		o := pick(g.r, on)
		if !o.sortable() {
			continue
		}
		keys = append(keys, pick(g.r, []string{"", "-", "+"})+o.name)
	}
	if chance(g.r, 0.05) {
		keys = append(keys, pick(g.r, []string{"@rowid", "-@rowid"}))
	}
	return strings.Join(append(keys, pick(g.r, []string{"id", "-id"})), ",")
}

// sortable excludes what reads several rows for one record: which of them
// decides is nobody's promise either.
func (o operand) sortable() bool {
	return !o.several && !strings.Contains(o.name, ":each") && !strings.Contains(o.name, "(")
}
