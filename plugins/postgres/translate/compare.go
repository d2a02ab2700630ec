package translate

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// compare emits a comparison by SQLite's rules: the affinity of one side may
// convert the other, then numbers come before text and text before blobs.
func (t *translator) compare(op string, x, y value) value {
	is := strings.HasPrefix(op, "IS")
	if x.kind == Null || y.kind == Null {
		if !is {
			for _, v := range []value{x, y} {
				if strings.Contains(v.sql, "$") { // a parameter must not vanish, for it is sent
					return expr(Bool, "NULLIF(("+v.sql+") IS NULL, ("+v.sql+") IS NULL)")
				}
			}
			return expr(Bool, "NULL::boolean")
		}
		if x.kind == Null {
			x = y
		}
		if op == "IS DISTINCT FROM" {
			return isNotNull(x)
		}
		return isNull(x)
	}
	out := value{kind: Bool, notNull: is || x.notNull && y.notNull}
	if is && x.notNull && y.notNull {
		op = map[string]string{"IS NOT DISTINCT FROM": "=", "IS DISTINCT FROM": "<>"}[op]
	}
	l, r := t.operands(x, y, op)
	if l == r && (op == "=" || op == "<>") && x.lit && y.lit {
		out.sql = map[string]string{"=": "TRUE", "<>": "FALSE"}[op]
		return out
	}
	out.sql = "(" + l + " " + op + " " + r + ")"
	return out
}

// operands brings both sides to one Postgres type.
func (t *translator) operands(x, y value, op string) (string, string) {
	if x.kind == Bool && y.kind == Bool {
		return x.sql, y.sql
	}
	if l, ok := boolLiteral(y); ok && x.kind == Bool {
		return x.sql, l
	}
	if l, ok := boolLiteral(x); ok && y.kind == Bool {
		return l, y.sql
	}
	nocase := x.nocase || y.nocase
	if equality(op) && (x.kind == Flex && plainText(y) || y.kind == Flex && plainText(x)) {
		return x.sql, y.sql
	}
	switch {
	case x.aff == affNumeric && y.aff != affNumeric:
		y = numeric(y, x)
	case y.aff == affNumeric && x.aff != affNumeric:
		x = numeric(x, y)
	case x.aff == affText && y.aff == affNone:
		y = value{sql: y.asText(), kind: Text, column: y.column && y.kind == Text}
	case y.aff == affText && x.aff == affNone:
		x = value{sql: x.asText(), kind: Text, column: x.column && x.kind == Text}
	}
	switch {
	case x.kind == Text && y.kind == Text:
		if nocase {
			return "lower(" + x.sql + ` COLLATE "C")`, "lower(" + y.sql + ` COLLATE "C")`
		}
		if !equality(op) && !x.column && !y.column {
			return "(" + x.sql + `) COLLATE "C"`, y.sql
		}
		return x.sql, y.sql
	case x.kind.number() && y.kind.number():
		return x.asNumber().sql, y.asNumber().sql
	case x.kind == Blob && y.kind == Blob:
		return x.sql, y.sql
	}
	return x.asDyn(), y.asDyn()
}

// plainText tells whether v is a text literal that no column reads as a number.
func plainText(v value) bool {
	if v.kind != Text || !v.lit {
		return false
	}
	_, number := looksNumeric(v.text)
	return !number
}

func equality(op string) bool { return op == "=" || op == "<>" || strings.HasPrefix(op, "IS") }

func boolLiteral(v value) (string, bool) {
	if v.lit && v.kind == Int {
		switch v.text {
		case "1":
			return "TRUE", true
		case "0":
			return "FALSE", true
		}
	}
	return "", false
}

// numeric applies NUMERIC affinity to v, which is compared with other.
func numeric(v, other value) value {
	switch v.kind {
	case Text:
		if v.lit {
			if f, ok := looksNumeric(v.text); ok {
				if f == float64(int64(f)) && f < 1e15 && f > -1e15 {
					n := intLit(formatFloat(float64(int64(f))))
					n.sql = "(" + n.text + ")::int8"
					return n
				}
				return floatLit(f)
			}
			if other.kind == Flex || other.kind == Dyn {
				return v
			}
			return value{sql: "'NaN'::float8", kind: Num, notNull: true}
		}
		if other.kind.number() { // text sorts above every number, and so does NaN
			return value{sql: "sqlite.text_num(" + v.sql + ")", kind: Num, notNull: v.notNull}
		}
		return value{sql: "sqlite.flex(" + v.sql + ")", kind: Dyn, notNull: v.notNull}
	case Dyn:
		if other.kind.number() {
			return value{sql: "sqlite.dyn_num(" + v.sql + ")", kind: Num}
		}
		return value{sql: "sqlite.dyn_numeric(" + v.sql + ")", kind: Dyn}
	}
	return v
}

func vector(e ast.Expr) ([]ast.Expr, bool) {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	if v, ok := e.(*ast.VectorExpr); ok {
		return v.List, true
	}
	return nil, false
}

func (t *translator) compareRows(sc *scope, op string, left []ast.Expr, right ast.Expr) value {
	list, ok := vector(right)
	if !ok {
		t.refuse("comparing a row with a sub-select")
	}
	if len(list) != len(left) {
		t.fail("row value misused")
	}
	var l, r []string
	for i := range left {
		a, b := t.operands(t.expr(sc, left[i]), t.expr(sc, list[i]), op)
		l, r = append(l, a), append(r, b)
	}
	return expr(Bool, "(("+strings.Join(l, ", ")+") "+op+" ("+strings.Join(r, ", ")+"))")
}

// in emits IN. The affinity is the left side's alone when the right is a list.
func (t *translator) in(sc *scope, x *ast.InExpr) value {
	var out value
	switch {
	case x.Select != nil:
		out = t.inSelect(sc, x.X, x.Select)
	case x.Table != nil:
		src, sql := t.tableSource(sc, x.Table)
		if x.HasArgs || len(src.fields) != 1 {
			t.refuse("IN with a table of other than one column")
		}
		src.pg = t.alias()
		v := t.expr(sc, x.X)
		l, r := t.operands(v, src.value(&src.fields[0]), "=")
		out = expr(Bool, "("+l+" IN (SELECT "+r+" FROM "+sql+" AS "+src.pg+"))")
	case len(x.List) == 0:
		t.expr(sc, x.X)
		out = value{sql: "FALSE", kind: Bool, notNull: true}
	default:
		out = t.inList(sc, x)
	}
	if x.Not {
		out.sql = "(NOT " + out.sql + ")"
	}
	return out
}

func (t *translator) inList(sc *scope, x *ast.InExpr) value {
	if rows, ok := vector(x.X); ok {
		var parts []string
		for _, e := range x.List {
			parts = append(parts, t.compareRows(sc, "=", rows, e).sql)
		}
		return expr(Bool, "("+strings.Join(parts, " OR ")+")")
	}
	v := t.expr(sc, x.X)
	notNull := v.notNull
	if v.kind == Text && v.aff == affText && !v.nocase {
		if array, ok := t.textArray(x.List); ok { // one text for lists of every length
			return value{sql: "(" + v.sql + " = ANY(" + array + "))", kind: Bool, notNull: notNull}
		}
	}
	var same []string // one Postgres type on both sides: IN serves the index
	var parts []string
	left := ""
	for _, e := range x.List {
		y := t.expr(sc, e)
		y.aff = affNone
		notNull = notNull && y.notNull
		if v.kind == Null || y.kind == Null {
			parts = append(parts, "NULL::boolean")
			continue
		}
		l, r := t.operands(v, y, "=")
		if left == "" {
			left = l
		}
		if l == left {
			same = append(same, r)
			continue
		}
		parts = append(parts, "("+l+" = "+r+")")
	}
	if len(same) > 0 {
		parts = append([]string{left + " IN (" + strings.Join(same, ", ") + ")"}, parts...)
	}
	return value{sql: "(" + strings.Join(parts, " OR ") + ")", kind: Bool, notNull: notNull}
}

func (t *translator) inSelect(sc *scope, e ast.Expr, s *ast.SelectStmt) value {
	q := t.selectStmt(s, sc, false)
	left, ok := vector(e)
	if !ok {
		left = []ast.Expr{e}
	}
	if len(q.cols) != len(left) {
		t.fail("sub-select returns %d columns - expected %d", len(q.cols), len(left))
	}
	name := t.alias()
	src := &source{name: name, pg: name, fields: q.cols}
	plain := true
	var ls, rs []string
	for i := range left {
		v, y := t.expr(sc, left[i]), src.value(&q.cols[i])
		if v.kind == Null {
			v = value{sql: "NULL::text", kind: Text}
		}
		if y.kind == Null {
			y.kind = Text
		}
		l, r := t.operands(v, y, "=")
		plain = plain && r == y.sql
		ls, rs = append(ls, l), append(rs, r)
	}
	l := strings.Join(ls, ", ")
	if len(ls) > 1 {
		l = "(" + l + ")"
	}
	if plain {
		return expr(Bool, "("+l+" IN ("+q.sql+"))")
	}
	return expr(Bool, "("+l+" IN (SELECT "+strings.Join(rs, ", ")+" FROM ("+q.sql+") AS "+name+"))")
}
