package translate

import (
	"fmt"
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
	return function{1, 1, func(a []value) value { return expr(Real, "sqlite.math_"+name+"("+a[0].asFloat()+")") }}
}

// allNotNull marks the value of a function that is NULL only for a NULL argument.
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
		"sign":              {1, 1, func(a []value) value { return expr(Int, "sign("+a[0].asFloat()+")::int8") }},
		"round":             {1, 2, round},
		"ceil":              {1, 1, rounding("ceil")},
		"ceiling":           {1, 1, rounding("ceil")},
		"floor":             {1, 1, rounding("floor")},
		"trunc":             {1, 1, rounding("trunc")},
		"mod":               {2, 2, func(a []value) value { return expr(Real, "sqlite.math_mod("+a[0].asFloat()+", "+a[1].asFloat()+")") }},
		"pow":               {2, 2, power},
		"power":             {2, 2, power},
		"atan2":             {2, 2, func(a []value) value { return expr(Real, "atan2("+a[0].asFloat()+", "+a[1].asFloat()+")") }},
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
		return strict(n.kind, name+"("+n.sql+")", a)
	}
}

func power(a []value) value {
	return expr(Real, "sqlite.math_pow("+a[0].asFloat()+", "+a[1].asFloat()+")")
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

// aggregate emits an aggregate; its arguments see the rows, not the group.
func (t *translator) aggregate(sc *scope, x *ast.FuncCall, name string) value {
	group := sc.group
	sc.group = nil
	defer func() { sc.group = group }()
	args := make([]value, len(x.Args))
	for i, a := range x.Args {
		args[i] = t.expr(sc, a)
	}
	filter := ""
	if x.Filter != nil {
		filter = " FILTER (WHERE " + t.expr(sc, x.Filter).cond() + ")"
	}
	order := ""
	if len(x.OrderBy) > 0 {
		var keys []string
		for _, o := range x.OrderBy {
			keys = append(keys, t.sortKey(t.expr(sc, o.Expr), o.Order == ast.SortDesc, o.Nulls))
		}
		order = " ORDER BY " + strings.Join(keys, ", ")
	}
	return t.emitAggregate(sc, x, name, args, order, filter)
}

func (t *translator) emitAggregate(sc *scope, x *ast.FuncCall, name string, args []value, order, filter string) value {
	distinct := ""
	if x.Distinct {
		distinct = "DISTINCT "
	}
	need := func(n int) {
		if len(args) != n {
			t.fail("wrong number of arguments to function %s()", x.Name.Name)
		}
	}
	switch name {
	case "count":
		if x.Star || len(args) == 0 {
			return value{sql: "count(*)" + filter, kind: Int, notNull: true}
		}
		need(1)
		if x.Distinct && t.oneRowEach(sc, args[0]) {
			return value{sql: "count(*)" + filter, kind: Int, notNull: true}
		}
		return value{sql: "count(" + distinct + args[0].typed() + ")" + filter, kind: Int, notNull: true}
	case "sum":
		need(1)
		n := args[0].asNumber()
		if n.kind == Int {
			return expr(Int, "sum("+distinct+n.sql+")"+filter+"::int8")
		}
		return expr(n.kind, sum(distinct, filter, n.sql))
	case "avg", "total":
		need(1)
		x := args[0].asFloat()
		if name == "total" {
			return value{sql: "COALESCE(" + sum(distinct, filter, x) + ", 0::float8)", kind: Real, notNull: true}
		}
		return expr(Real, "("+sum(distinct, filter, x)+" / NULLIF(count("+distinct+x+")"+filter+", 0))")
	case "min", "max":
		need(1)
		return t.minMax(name, t.result(args[0]), filter)
	case "group_concat", "string_agg":
		sep := "','"
		if len(args) == 2 {
			sep = args[1].asText()
		}
		return expr(Text, "string_agg("+distinct+args[0].asText()+", "+sep+order+")"+filter)
	case "json_group_array":
		need(1)
		return expr(Text, "('[' || COALESCE(string_agg("+distinct+t.jsonElement(x.Args[0], args[0])+", ','"+order+")"+filter+", '') || ']')")
	}
	need(2)
	pair := "sqlite.json_quote(sqlite.dt(" + args[0].asText() + ")) || ':' || " + t.jsonElement(x.Args[1], args[1])
	return expr(Text, "('{' || COALESCE(string_agg("+pair+", ','"+order+")"+filter+", '') || '}')")
}

// sum adds floats. SQLite compensates for rounding; Postgres does not, so they
// are added as decimals. Of a column, which mostly has none, only the fractions.
func sum(distinct, filter, x string) string {
	if distinct != "" || filter != "" || strings.Contains(x, "(") {
		return "(sum(" + distinct + "(" + x + ")::text::numeric)" + filter + ")::float8"
	}
	return "(sum(trunc(" + x + ")) + COALESCE(sum((" + x + " - trunc(" + x + "))::text::numeric) FILTER (WHERE " + x + " <> trunc(" + x + ")), 0)::float8)"
}

func (t *translator) minMax(name string, v value, filter string) value {
	switch v.kind {
	case Dyn, Flex, Bool, Blob, Null:
		by := ""
		if name == "max" {
			by = " DESC"
		}
		d := v.asDyn()
		out := fmt.Sprintf("(array_agg(%s ORDER BY %s%s) FILTER (WHERE %s IS NOT NULL))[1]", v.typed(), d, by, v.typed())
		if filter != "" {
			out = fmt.Sprintf("(array_agg(%s ORDER BY %s%s NULLS LAST)%s)[1]", v.typed(), d, by, filter)
		}
		return value{sql: out, kind: v.kind, boolCol: v.boolCol, decl: ""}
	case Text:
		return expr(Text, name+"("+v.sql+` COLLATE "C")`+filter)
	}
	return expr(v.kind, name+"("+v.sql+")"+filter)
}

// oneRowEach tells whether v is the rowid or primary key of the only source:
// then counting distinct values is counting rows, which is much cheaper.
func (t *translator) oneRowEach(sc *scope, v value) bool {
	if len(sc.sources) != 1 || !v.column {
		return false
	}
	src := sc.sources[0]
	if src.table == nil || src.table.View != nil {
		return false
	}
	if v.sql == src.pg+`."_rowid_"` {
		return true
	}
	return len(src.table.pk) == 1 && v.sql == src.pg+"."+Quote(src.table.pk[0].Name) && src.table.pk[0].NotNull
}

// window emits a function with OVER.
func (t *translator) window(sc *scope, x *ast.FuncCall, name string) value {
	over := " OVER " + t.windowDef(sc, x.Over)
	if isAggregate(x) || name == "count" {
		args := make([]value, len(x.Args))
		for i, a := range x.Args {
			args[i] = t.expr(sc, a)
		}
		if name == "min" || name == "max" {
			v := t.result(args[0])
			if v.kind == Text || v.kind.number() && v.kind != Bool {
				return expr(v.kind, name+"("+v.sql+")"+over)
			}
			t.refuse(name + "() over values of mixed types")
		}
		filter := ""
		if x.Filter != nil {
			filter = " FILTER (WHERE " + t.expr(sc, x.Filter).cond() + ")"
		}
		plain := &scope{} // no shortcut for count(DISTINCT) here
		v := t.emitAggregate(plain, x, name, args, "", filter+over)
		v.notNull = false
		return v
	}
	args := make([]value, len(x.Args))
	for i, a := range x.Args {
		args[i] = t.result(t.expr(sc, a))
	}
	switch name {
	case "row_number", "rank", "dense_rank":
		return value{sql: name + "()" + over, kind: Int, notNull: true}
	case "percent_rank", "cume_dist":
		return value{sql: name + "()" + over, kind: Real, notNull: true}
	case "ntile":
		return expr(Int, "ntile(("+args[0].asInt()+")::int4)"+over+"::int8")
	case "first_value", "last_value":
		return expr(args[0].kind, name+"("+args[0].typed()+")"+over)
	case "nth_value":
		return expr(args[0].kind, name+"("+args[0].typed()+", ("+args[1].asInt()+")::int4)"+over)
	case "lag", "lead":
		list := args[0].typed()
		if len(args) > 1 {
			list += ", (" + args[1].asInt() + ")::int4"
		}
		if len(args) > 2 {
			list += ", " + args[2].to(args[0].kind)
		}
		return expr(args[0].kind, name+"("+list+")"+over)
	}
	t.fail("no such window function: %s", x.Name.Name)
	return value{}
}

func (t *translator) windowDef(sc *scope, w *ast.WindowDef) string {
	if w.NameOnly && w.Base != nil {
		return Quote(w.Base.Name)
	}
	var parts []string
	if w.Base != nil {
		parts = append(parts, Quote(w.Base.Name))
	}
	if len(w.Partition) > 0 {
		var list []string
		for _, e := range w.Partition {
			list = append(list, t.expr(sc, e).typed())
		}
		parts = append(parts, "PARTITION BY "+strings.Join(list, ", "))
	}
	if len(w.OrderBy) > 0 {
		var list []string
		for _, o := range w.OrderBy {
			list = append(list, t.sortKey(t.expr(sc, o.Expr), o.Order == ast.SortDesc, o.Nulls))
		}
		parts = append(parts, "ORDER BY "+strings.Join(list, ", "))
	}
	if w.Frame != ast.FrameNone {
		parts = append(parts, t.frame(sc, w))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (t *translator) frame(sc *scope, w *ast.WindowDef) string {
	word := map[ast.FrameType]string{ast.FrameRange: "RANGE", ast.FrameRows: "ROWS", ast.FrameGroups: "GROUPS"}[w.Frame]
	bound := func(b *ast.FrameBound) string {
		switch b.Type {
		case ast.BoundUnboundedPreceding:
			return "UNBOUNDED PRECEDING"
		case ast.BoundUnboundedFollowing:
			return "UNBOUNDED FOLLOWING"
		case ast.BoundCurrentRow:
			return "CURRENT ROW"
		case ast.BoundPreceding:
			return t.expr(sc, b.Expr).asInt() + " PRECEDING"
		}
		return t.expr(sc, b.Expr).asInt() + " FOLLOWING"
	}
	out := word + " " + bound(w.StartBound)
	if w.EndBound != nil {
		out = word + " BETWEEN " + bound(w.StartBound) + " AND " + bound(w.EndBound)
	}
	switch w.Exclude {
	case ast.ExcludeCurrentRow:
		out += " EXCLUDE CURRENT ROW"
	case ast.ExcludeGroup:
		out += " EXCLUDE GROUP"
	case ast.ExcludeTies:
		out += " EXCLUDE TIES"
	}
	return out
}
