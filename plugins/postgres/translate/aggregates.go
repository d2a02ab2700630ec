package translate

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

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
		return "(sum(" + distinct + "sqlite.exact(" + x + "))" + filter + ")::float8"
	}
	const places = " * 9007199254740992"
	first := "(" + x + " - trunc(" + x + "))" + places
	second := "(" + first + " - trunc(" + first + "))" + places
	fractions := ")::int8) FILTER (WHERE " + x + " <> trunc(" + x + ") AND abs(" + x + ") >= 1.2e-16)"
	return "sqlite.sum(sum(CASE WHEN abs(" + x + ") < 1.2e-16 THEN " + x + " ELSE trunc(" + x + ") END), sum(trunc(" + first + fractions + ", sum(trunc(" + second + fractions + ")"
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
