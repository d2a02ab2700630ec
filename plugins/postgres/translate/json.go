package translate

import (
	"strconv"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// jsonPattern recognises the templates in which PocketBase wraps json functions
// (tools/dbutils/json.go) and emits one helper for each: they would otherwise
// parse the same document up to five times.
func (t *translator) jsonPattern(sc *scope, e ast.Expr) (value, bool) {
	c, ok := e.(*ast.CaseExpr)
	if !ok {
		if call, ok := e.(*ast.FuncCall); ok && strings.EqualFold(call.Name.Name, "json_array_length") && len(call.Args) == 1 {
			return t.jsonLength(sc, call)
		}
		return value{}, false
	}
	if c.Operand != nil || len(c.Whens) != 1 || c.Else == nil {
		return value{}, false
	}
	extract, ok := c.Whens[0].Then.(*ast.FuncCall)
	if !ok || len(extract.Args) != 2 || !strings.EqualFold(extract.Name.Name, "json_extract") {
		return value{}, false
	}
	path, ok := extract.Args[1].(*ast.Literal)
	if !ok || path.Kind != ast.LitString || !strings.HasPrefix(path.Value, "$") {
		return value{}, false
	}
	column := ast.String(extract.Args[0])
	want := "CASE WHEN json_valid(" + column + ") THEN JSON_EXTRACT(" + column + ", '" + path.Value + "') ELSE JSON_EXTRACT(json_object('pb', " +
		column + "), '$.pb" + path.Value[1:] + "') END"
	if !sameExpr(c, want) {
		return value{}, false
	}
	v := t.expr(sc, extract.Args[0])
	steps, ok := pathArray(path.Value)
	if !ok {
		return value{}, false
	}
	if path.Value == "$" {
		return expr(Dyn, "sqlite.pb_value("+v.asDyn()+")"), true
	}
	return expr(Dyn, "sqlite.pb_extract("+v.asText()+", "+steps+")"), true
}

// sameExpr compares an expression with the text of another, without regard to
// letter case, blanks and how names are quoted.
func sameExpr(e ast.Expr, text string) bool {
	squeeze := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch r {
			case ' ', '\n', '\t', '`', '"', '[', ']':
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	return squeeze(ast.String(e)) == squeeze(text)
}

// eachPattern finds the column of "CASE WHEN iif(json_valid(c), json_type(c)='array', FALSE) THEN c ELSE … END".
func eachPattern(e ast.Expr, last string) (ast.Expr, bool) {
	c, ok := e.(*ast.CaseExpr)
	if !ok || c.Operand != nil || len(c.Whens) != 1 {
		return nil, false
	}
	col := ast.String(c.Whens[0].Then)
	want := strings.ReplaceAll("CASE WHEN iif(json_valid(?), json_type(?)='array', FALSE) THEN ? ELSE "+last+" END", "?", col)
	return c.Whens[0].Then, sameExpr(e, want)
}

func (t *translator) jsonLength(sc *scope, call *ast.FuncCall) (value, bool) {
	col, ok := eachPattern(call.Args[0], "(CASE WHEN ? = '' OR ? IS NULL THEN json_array() ELSE json_array(?) END)")
	if !ok {
		return value{}, false
	}
	return value{sql: "sqlite.pb_length(" + t.expr(sc, col).asText() + ")", kind: Int, notNull: true}, true
}

// jsonEach emits json_each and json_tree as a table.
func (t *translator) jsonEach(sc *scope, name string, args []ast.Expr) (string, []field) {
	fields := []field{
		{name: "key", pg: `"key"`, kind: Dyn}, {name: "value", pg: `"value"`, kind: Dyn},
		{name: "type", pg: `"type"`, kind: Text, aff: affText}, {name: "atom", pg: `"atom"`, kind: Dyn},
		{name: "id", pg: `"id"`, kind: Int, aff: affNumeric}, {name: "parent", pg: `"parent"`, kind: Int, aff: affNumeric},
		{name: "fullkey", pg: `"fullkey"`, kind: Text, aff: affText}, {name: "path", pg: `"path"`, kind: Text, aff: affText},
	}
	if name == "json_each" && len(args) == 1 {
		if col, ok := eachPattern(args[0], "json_array(?)"); ok {
			v := t.expr(sc, col)
			return "sqlite.pb_each(" + v.asText() + ", " + v.asDyn() + ")", fields
		}
	}
	if len(args) < 1 || len(args) > 2 {
		t.fail("wrong number of arguments to function %s()", name)
	}
	path := "'$'"
	if len(args) == 2 {
		path = t.expr(sc, args[1]).asText()
	}
	return "sqlite." + name + "(" + t.expr(sc, args[0]).asText() + ", " + path + ")", fields
}

// pathArray turns a constant JSON path into the text[] that Postgres' #> takes.
func pathArray(path string) (string, bool) {
	if !strings.HasPrefix(path, "$") {
		return "", false
	}
	var steps []string
	rest := path[1:]
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, `."`):
			end := strings.Index(rest[2:], `"`)
			if end < 0 {
				return "", false
			}
			steps = append(steps, rest[2:2+end])
			rest = rest[end+3:]
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			if end == 0 {
				return "", false
			}
			steps = append(steps, rest[1:1+end])
			rest = rest[1+end:]
		case rest[0] == '[':
			end := strings.Index(rest, "]")
			if end < 0 {
				return "", false
			}
			n := strings.TrimPrefix(rest[1:end], "#")
			if _, err := strconv.Atoi(n); err != nil {
				return "", false
			}
			steps = append(steps, n)
			rest = rest[end+1:]
		default:
			return "", false
		}
	}
	for i, s := range steps {
		steps[i] = Literal(s)
	}
	return "ARRAY[" + strings.Join(steps, ", ") + "]::text[]", true
}

func jsonExtract(a []value) value {
	if len(a) != 2 {
		return expr(Text, "sqlite.json_extract_many("+texts(a)+")")
	}
	if a[1].lit {
		if steps, ok := pathArray(a[1].text); ok {
			return expr(Dyn, "sqlite.json_extract("+a[0].asText()+", "+steps+")")
		}
	}
	return expr(Dyn, "sqlite.json_extract("+a[0].asText()+", sqlite.json_path("+a[1].asText()+"))")
}

// jsonPathFn is a function of a document and an optional path.
func jsonPathFn(name string, kind Kind, a []value) value {
	if len(a) == 1 {
		return expr(kind, "sqlite."+name+"("+a[0].asText()+")")
	}
	return expr(kind, "sqlite."+name+"("+a[0].asText()+", sqlite.json_path("+a[1].asText()+"))")
}

// jsonValue writes a value as JSON; what a json function returned is JSON already.
func jsonValue(v value) string {
	if v.kind == Text && (strings.HasPrefix(v.sql, "sqlite.json_") || strings.HasPrefix(v.sql, "('[' ||") || strings.HasPrefix(v.sql, "('{' ||")) {
		return v.sql
	}
	if v.kind == Real { // keeps its ".0", which a dynamic value has not
		return "COALESCE(sqlite.real_text(" + v.sql + "), 'null')"
	}
	return "sqlite.json_quote(" + v.asDyn() + ")"
}

func (t *translator) jsonElement(_ ast.Expr, v value) string { return jsonValue(v) }

func jsonArray(a []value) value {
	var list []string
	for _, v := range a {
		list = append(list, jsonValue(v))
	}
	if len(list) == 0 {
		return textLit("[]")
	}
	return value{sql: "('[' || " + strings.Join(list, " || ',' || ") + " || ']')", kind: Text, notNull: true}
}

func jsonObject(a []value) value {
	var list []string
	for i := 0; i+1 < len(a); i += 2 {
		list = append(list, "sqlite.json_quote(sqlite.dt("+a[i].asText()+")) || ':' || "+jsonValue(a[i+1]))
	}
	if len(list) == 0 {
		return textLit("{}")
	}
	return value{sql: "('{' || " + strings.Join(list, " || ',' || ") + " || '}')", kind: Text, notNull: true}
}

// jsonEdit is json_set and its siblings.
func jsonEdit(mode string) func([]value) value {
	return func(a []value) value {
		sql := a[0].asText()
		for i := 1; i+1 < len(a); i += 2 {
			sql = "sqlite.json_edit(" + Literal(mode) + ", " + sql + ", sqlite.json_path(" + a[i].asText() + "), " + jsonValue(a[i+1]) + ")"
		}
		return expr(Text, sql)
	}
}
