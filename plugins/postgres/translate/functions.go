package translate

import (
	"strconv"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// function emits a scalar function from its arguments.
type function struct {
	min, max int // number of arguments; max < 0 is any number
	emit     func(a []value) value
}

func texts(a []value) string {
	out := make([]string, len(a))
	for i, v := range a {
		out[i] = v.asText()
	}
	return strings.Join(out, ", ")
}

func dyns(a []value) string {
	out := make([]string, len(a))
	for i, v := range a {
		out[i] = v.asDyn()
	}
	return strings.Join(out, ", ")
}

func textFn(name string) func([]value) value {
	return func(a []value) value { return expr(Text, name+"("+texts(a)+")") }
}

func realFn(name string) function {
	return function{1, 1, func(a []value) value { return expr(Real, "sqlite.math_"+name+"("+a[0].asMath()+")") }}
}

// strict is the value of a function that is NULL only for a NULL argument.
func strict(kind Kind, sql string, a []value) value {
	v := value{sql: sql, kind: kind, notNull: true}
	for _, x := range a {
		v.notNull = v.notNull && x.notNull
	}
	return v
}

var functions map[string]function

func init() {
	functions = map[string]function{
		"lower":   {1, 1, func(a []value) value { return strict(Text, "lower("+a[0].asText()+` COLLATE "C")`, a) }},
		"upper":   {1, 1, func(a []value) value { return strict(Text, "upper("+a[0].asText()+` COLLATE "C")`, a) }},
		"length":  {1, 1, func(a []value) value { return length(a[0]) }},
		"hex":     {1, 1, func(a []value) value { return expr(Text, "upper(encode("+a[0].to(Blob)+", 'hex'))") }},
		"unhex":   {1, 1, func(a []value) value { return expr(Blob, "decode("+a[0].asText()+", 'hex')") }},
		"typeof":  {1, 1, func(a []value) value { return typeOf(a[0]) }},
		"quote":   {1, 1, func(a []value) value { return expr(Text, "sqlite.quote("+a[0].asDyn()+")") }},
		"unicode": {1, 1, func(a []value) value { return expr(Int, "ascii("+a[0].asText()+")::int8") }},
		"char": {0, -1, func(a []value) value {
			var parts []string
			for _, v := range a {
				parts = append(parts, "chr(("+v.asInt()+")::int4)")
			}
			return expr(Text, "("+strings.Join(append(parts, "''"), " || ")+")")
		}},
		"trim":      {1, 2, textFn("btrim")},
		"ltrim":     {1, 2, textFn("ltrim")},
		"rtrim":     {1, 2, textFn("rtrim")},
		"replace":   {3, 3, textFn("sqlite.replace")},
		"instr":     {2, 2, func(a []value) value { return strict(Int, "strpos("+texts(a)+")::int8", a) }},
		"substr":    {2, 3, substr},
		"substring": {2, 3, substr},
		"printf":    {1, -1, printf},
		"format":    {1, -1, printf},
		"concat":    {1, -1, func(a []value) value { return expr(Text, "concat("+texts(a)+")") }},
		"concat_ws": {2, -1, func(a []value) value { return expr(Text, "concat_ws("+texts(a)+")") }},
		"glob":      {2, 2, func(a []value) value { return expr(Bool, "sqlite.glob("+texts(a)+")") }},
		"like": {2, 2, func(a []value) value {
			return expr(Bool, "("+a[1].asText()+` COLLATE "C" ILIKE `+a[0].asText()+" ESCAPE '')")
		}},
		"coalesce":          {2, -1, coalesce},
		"ifnull":            {2, 2, coalesce},
		"nullif":            {2, 2, nil},
		"min":               {2, -1, func(a []value) value { return extreme("<", a) }},
		"max":               {2, -1, func(a []value) value { return extreme(">", a) }},
		"abs":               {1, 1, func(a []value) value { n := a[0].asNumber(); return strict(n.kind, "abs("+n.sql+")", a) }},
		"sign":              {1, 1, func(a []value) value { return expr(Int, "sign("+a[0].asMath()+")::int8") }},
		"round":             {1, 2, round},
		"ceil":              {1, 1, rounding("ceil")},
		"ceiling":           {1, 1, rounding("ceil")},
		"floor":             {1, 1, rounding("floor")},
		"trunc":             {1, 1, rounding("trunc")},
		"mod":               {2, 2, func(a []value) value { return expr(Real, "sqlite.math_mod("+a[0].asMath()+", "+a[1].asMath()+")") }},
		"pow":               {2, 2, power},
		"power":             {2, 2, power},
		"atan2":             {2, 2, func(a []value) value { return expr(Real, "atan2("+a[0].asMath()+", "+a[1].asMath()+")") }},
		"log2":              realFn("log2"),
		"pi":                {0, 0, func([]value) value { return expr(Real, "pi()") }},
		"random":            {0, 0, func([]value) value { return value{sql: "sqlite.random()", kind: Int, notNull: true} }},
		"randomblob":        {1, 1, func(a []value) value { return expr(Blob, "sqlite.randomblob("+a[0].asInt()+")") }},
		"zeroblob":          {1, 1, func(a []value) value { return expr(Blob, `decode(repeat('00', (`+a[0].asInt()+`)::int4), 'hex')`) }},
		"likelihood":        {2, 2, func(a []value) value { return a[0] }},
		"likely":            {1, 1, func(a []value) value { return a[0] }},
		"unlikely":          {1, 1, func(a []value) value { return a[0] }},
		"strftime":          {1, -1, func(a []value) value { return timeFn("strftime", Text, a) }},
		"date":              {0, -1, func(a []value) value { return timeFormat("%Y-%m-%d", Text, a) }},
		"time":              {0, -1, func(a []value) value { return timeFormat("%H:%M:%S", Text, a) }},
		"datetime":          {0, -1, func(a []value) value { return timeFormat("%Y-%m-%d %H:%M:%S", Text, a) }},
		"julianday":         {0, -1, func(a []value) value { v := timeFormat("%J", Text, a); return expr(Real, "("+v.sql+")::float8") }},
		"unixepoch":         {0, -1, func(a []value) value { v := timeFormat("%s", Text, a); return expr(Int, "("+v.sql+")::int8") }},
		"json":              {1, 1, func(a []value) value { return expr(Text, "sqlite.json_text("+a[0].asText()+")") }},
		"json_valid":        {1, 2, func(a []value) value { return expr(Bool, "sqlite.json_valid("+a[0].asText()+")") }},
		"json_type":         {1, 2, func(a []value) value { return jsonPathFn("json_type", Text, a) }},
		"json_quote":        {1, 1, func(a []value) value { return expr(Text, "sqlite.json_quote("+a[0].asDyn()+")") }},
		"json_array":        {0, -1, func(a []value) value { return jsonArray(a) }},
		"json_object":       {0, -1, func(a []value) value { return jsonObject(a) }},
		"json_extract":      {2, -1, jsonExtract},
		"json_array_length": {1, 2, func(a []value) value { return jsonPathFn("json_array_length", Int, a) }},
		"json_set":          {1, -1, jsonEdit("set")},
		"json_insert":       {1, -1, jsonEdit("insert")},
		"json_replace":      {1, -1, jsonEdit("replace")},
		"json_remove":       {1, -1, func(a []value) value { return expr(Text, "sqlite.json_remove("+texts(a)+")") }},
		"json_patch":        {2, 2, func(a []value) value { return expr(Text, "sqlite.json_patch("+texts(a)+")") }},
		"json_pretty":       {1, 2, func(a []value) value { return expr(Text, "jsonb_pretty(("+a[0].asText()+")::jsonb)") }},
		"sqlite_version":    {0, 0, func([]value) value { return textLit("3.53.0") }},
	}
	for _, name := range []string{"acos", "asin", "atan", "cos", "sin", "tan", "cosh", "sinh", "tanh", "acosh", "asinh", "atanh",
		"sqrt", "exp", "ln", "log", "log10", "radians", "degrees"} {
		functions[name] = realFn(name)
	}
}

// call emits a function call, aggregate or window function.
func (t *translator) call(sc *scope, x *ast.FuncCall) value {
	name := fold(x.Name.Name)
	if x.Over != nil {
		return t.window(sc, x, name)
	}
	if isAggregate(x) {
		return t.aggregate(sc, x, name)
	}
	if v, ok := t.jsonPattern(sc, x); ok {
		return v
	}
	switch name {
	case "iif", "if":
		return t.iif(sc, x.Args)
	case "changes", "total_changes", "last_insert_rowid":
		t.out.Args = true
		return intLit(strconv.FormatInt(t.counters[name], 10))
	case "nullif":
		if len(x.Args) == 2 {
			a, b := t.expr(sc, x.Args[0]), t.expr(sc, x.Args[1])
			return expr(a.kind, "(CASE WHEN "+t.compare("=", a, b).sql+" THEN NULL ELSE "+a.typed()+" END)")
		}
	}
	f, ok := functions[name]
	if !ok {
		t.fail("no such function: %s", x.Name.Name)
	}
	if len(x.Args) < f.min || f.max >= 0 && len(x.Args) > f.max {
		t.fail("wrong number of arguments to function %s()", x.Name.Name)
	}
	if f.emit == nil {
		t.refuse(x.Name.Name + "()")
	}
	args := make([]value, len(x.Args))
	for i, a := range x.Args {
		args[i] = t.expr(sc, a)
	}
	if name == "min" || name == "max" || name == "coalesce" || name == "ifnull" {
		for i := range args {
			args[i] = t.result(args[i])
		}
	}
	return f.emit(args)
}

func (t *translator) iif(sc *scope, args []ast.Expr) value {
	if len(args) < 2 {
		t.fail("wrong number of arguments to function iif()")
	}
	var whens []string
	var branches []value
	for len(args) >= 2 {
		whens = append(whens, t.expr(sc, args[0]).cond())
		branches = append(branches, t.expr(sc, args[1]))
		args = args[2:]
	}
	last := null()
	if len(args) == 1 {
		last = t.expr(sc, args[0])
	}
	branches = append(branches, last)
	for _, b := range branches {
		if b.kind != Bool { // all conditions: stays a condition
			for i := range branches {
				branches[i] = t.result(branches[i])
			}
			break
		}
	}
	return choose(whens, branches)
}

func length(v value) value {
	switch v.kind {
	case Blob:
		return strict(Int, "octet_length("+v.sql+")::int8", []value{v})
	}
	return strict(Int, "length("+v.asText()+")::int8", []value{v})
}

func typeOf(v value) value {
	switch v.kind {
	case Null:
		return textLit("null")
	case Text:
		return expr(Text, "(CASE WHEN "+v.sql+" IS NULL THEN 'null' ELSE 'text' END)")
	case Int, Bool:
		if v.integral {
			return textLit("real")
		}
		return expr(Text, "(CASE WHEN "+v.sql+" IS NULL THEN 'null' ELSE 'integer' END)")
	case Real:
		return expr(Text, "(CASE WHEN "+v.sql+" IS NULL THEN 'null' ELSE 'real' END)")
	case Blob:
		return expr(Text, "(CASE WHEN "+v.sql+" IS NULL THEN 'null' ELSE 'blob' END)")
	}
	return expr(Text, "sqlite.type_of("+v.asDyn()+")")
}

func substr(a []value) value {
	n := "NULL::int8"
	if len(a) == 3 {
		n = a[2].asInt()
		return strict(Text, "sqlite.substr("+a[0].asText()+", "+a[1].asInt()+", "+n+")", a)
	}
	return strict(Text, "sqlite.substr("+a[0].asText()+", "+a[1].asInt()+")", a)
}

func printf(a []value) value {
	if len(a) == 1 {
		return expr(Text, "sqlite.printf("+a[0].asText()+")")
	}
	return expr(Text, "sqlite.printf("+a[0].asText()+", "+dyns(a[1:])+")")
}

func coalesce(a []value) value {
	kind, _ := merge(a)
	var list []string
	notNull := false
	decl := ""
	for _, v := range a {
		if v.kind == Null {
			continue
		}
		list = append(list, v.to(kind))
		if v.notNull { // nothing after it can be reached
			notNull = true
			break
		}
	}
	if len(list) == 1 {
		for _, v := range a {
			if v.kind != Null {
				out := v
				out.sql, out.kind, out.notNull = list[0], kind, notNull
				out.aff, out.decl, out.boolCol, out.lit = affNone, decl, v.boolCol && kind == Bool, v.lit
				if v.kind != kind {
					out.column, out.lit = false, false
				}
				return out
			}
		}
	}
	if len(list) == 0 {
		return null()
	}
	return value{sql: "COALESCE(" + strings.Join(list, ", ") + ")", kind: kind, notNull: notNull}
}

// extreme is min() or max() of several arguments, NULL if one of them is NULL.
func extreme(op string, a []value) value {
	kind, notNull := merge(a)
	name := map[string]string{"<": "LEAST", ">": "GREATEST"}[op]
	var list, nulls []string
	for _, v := range a {
		s := v.to(kind)
		if kind == Text || kind == Flex {
			s = "(" + s + `) COLLATE "C"`
		}
		list = append(list, s)
		if !v.notNull {
			nulls = append(nulls, v.typed()+" IS NULL")
		}
	}
	out := name + "(" + strings.Join(list, ", ") + ")"
	if len(nulls) > 0 {
		out = "(CASE WHEN " + strings.Join(nulls, " OR ") + " THEN NULL ELSE " + out + " END)"
	}
	return value{sql: out, kind: kind, notNull: notNull}
}

func round(a []value) value {
	digits := "0"
	if len(a) == 2 {
		digits = a[1].asInt()
	}
	return strict(Real, "sqlite.round("+a[0].asFloat()+", "+digits+")", a)
}

func rounding(name string) func([]value) value {
	return func(a []value) value {
		n := a[0].asNumber()
		if n.kind == Int {
			return n
		}
		return expr(n.kind, name+"("+a[0].asMath()+")")
	}
}

func power(a []value) value {
	return expr(Real, "sqlite.math_pow("+a[0].asMath()+", "+a[1].asMath()+")")
}

// timeFn calls the date functions. They are immutable, so that an index can use
// them, unless the time is now.
func timeFn(name string, kind Kind, a []value) value {
	now := len(a) < 2
	for i, v := range a {
		if i > 0 && (v.lit && strings.EqualFold(v.text, "now") || v.param || v.kind == Dyn) {
			now = true
		}
	}
	if now {
		if len(a) == 1 {
			return expr(kind, "sqlite.time_now("+a[0].asText()+")")
		}
		return expr(kind, "sqlite."+name+"_now("+texts(a)+")")
	}
	return expr(kind, "sqlite."+name+"("+texts(a)+")")
}

func timeFormat(format string, kind Kind, a []value) value {
	return timeFn("strftime", kind, append([]value{textLit(format)}, a...))
}
