package translate

import (
	"strconv"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

func (t *translator) expr(sc *scope, e ast.Expr) value {
	if sc != nil && sc.group != nil && !sc.group.plain {
		if v, ok := t.grouped(sc, e); ok {
			return v
		}
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		v := t.expr(sc, x.X)
		return v
	case *ast.Literal:
		return t.literal(x)
	case *ast.Ident:
		return t.column(sc, "", x.Name, x)
	case *ast.QualifiedRef:
		last := x.Parts[len(x.Parts)-1]
		return t.column(sc, x.Parts[len(x.Parts)-2].Name, last.Name, last)
	case *ast.BindParam:
		return t.param(x)
	case *ast.BinaryExpr:
		return t.binary(sc, x)
	case *ast.UnaryExpr:
		return t.unary(sc, x)
	case *ast.IsExpr:
		return t.is(sc, x)
	case *ast.NullCheckExpr:
		v := t.expr(sc, x.X)
		if x.Test == ast.TestIsNull {
			return isNull(v)
		}
		return isNotNull(v)
	case *ast.LikeExpr:
		return t.like(sc, x)
	case *ast.BetweenExpr:
		v, lo, hi := t.expr(sc, x.X), t.expr(sc, x.Lo), t.expr(sc, x.Hi)
		out := "(" + t.compare(">=", v, lo).sql + " AND " + t.compare("<=", v, hi).sql + ")"
		if x.Not {
			out = "(NOT " + out + ")"
		}
		return expr(Bool, out)
	case *ast.InExpr:
		return t.in(sc, x)
	case *ast.CaseExpr:
		return t.caseExpr(sc, x)
	case *ast.CastExpr:
		return t.cast(t.expr(sc, x.X), x.Type.Raw)
	case *ast.CollateExpr:
		v := t.expr(sc, x.X)
		switch fold(x.Name.Name) {
		case "nocase":
			v.nocase = true
		case "binary":
			v.nocase = false
		case "rtrim":
			v = expr(Text, "rtrim("+v.asText()+")")
		default:
			t.fail("no such collation sequence: %s", x.Name.Name)
		}
		return v
	case *ast.FuncCall:
		return t.call(sc, x)
	case *ast.ExistsExpr:
		q := t.selectStmt(x.Select, sc, false)
		return value{sql: "EXISTS (" + q.sql + ")", kind: Bool, notNull: true}
	case *ast.SubqueryExpr:
		return t.subquery(sc, x.Select)
	case *ast.VectorExpr:
		t.fail("row value misused")
	case *ast.RaiseExpr:
		t.fail("RAISE() may only be used within a trigger-program")
	case *ast.Star:
		t.fail("no tables specified")
	}
	t.refuse(strings.TrimSpace(t.source[e.Pos():e.End()]))
	return value{}
}

// grouped recognises an expression that is a GROUP BY key.
func (t *translator) grouped(sc *scope, e ast.Expr) (value, bool) {
	switch e.(type) {
	case *ast.FuncCall, *ast.BinaryExpr, *ast.CaseExpr, *ast.CastExpr:
	default:
		return value{}, false
	}
	if len(aggregates(e)) > 0 {
		return value{}, false
	}
	g := sc.group
	sc.group = nil
	v := t.expr(sc, e)
	sc.group = g
	for _, key := range g.keys {
		if key == v.sql {
			return v, true
		}
	}
	return value{}, false
}

func (t *translator) literal(x *ast.Literal) value {
	switch x.Kind {
	case ast.LitNull:
		return null()
	case ast.LitInteger:
		if strings.HasPrefix(fold(x.Raw), "0x") {
			n, err := strconv.ParseUint(x.Raw[2:], 16, 64)
			if err != nil {
				t.fail("hex literal too big: %s", x.Raw)
			}
			return intLit(strconv.FormatInt(int64(n), 10))
		}
		raw := strings.ReplaceAll(x.Raw, "_", "")
		if _, err := strconv.ParseInt(raw, 10, 64); err != nil {
			f, _ := strconv.ParseFloat(raw, 64)
			return floatLit(f)
		}
		return intLit(raw)
	case ast.LitFloat:
		f, _ := strconv.ParseFloat(strings.ReplaceAll(x.Raw, "_", ""), 64)
		return floatLit(f)
	case ast.LitBlob:
		return value{sql: `'\x` + strings.Trim(x.Raw[1:], "'") + `'::bytea`, kind: Blob, lit: true, notNull: true}
	case ast.LitCurrentDate:
		return expr(Text, "sqlite.time_now('%Y-%m-%d')")
	case ast.LitCurrentTime:
		return expr(Text, "sqlite.time_now('%H:%M:%S')")
	case ast.LitCurrentTimestamp:
		return expr(Text, "sqlite.time_now('%Y-%m-%d %H:%M:%S')")
	}
	return textLit(x.Value)
}

func isNull(v value) value {
	if v.kind == Null {
		return value{sql: "TRUE", kind: Bool, notNull: true}
	}
	if v.notNull {
		return value{sql: "FALSE", kind: Bool, notNull: true}
	}
	return value{sql: "(" + v.sql + " IS NULL)", kind: Bool, notNull: true}
}

func isNotNull(v value) value {
	n := isNull(v)
	switch n.sql {
	case "TRUE":
		n.sql = "FALSE"
	case "FALSE":
		n.sql = "TRUE"
	default:
		n.sql = "(" + v.sql + " IS NOT NULL)"
	}
	return n
}

func (t *translator) unary(sc *scope, x *ast.UnaryExpr) value {
	v := t.expr(sc, x.X)
	switch x.Op {
	case ast.OpNot:
		return value{sql: "(NOT " + v.cond() + ")", kind: Bool, notNull: v.notNull}
	case ast.OpMinus:
		if v.lit && (v.kind == Int || v.kind == Real) && !v.truth {
			if strings.HasPrefix(v.text, "-") {
				v.text = v.text[1:]
			} else {
				v.text = "-" + v.text
			}
			v.sql = "'" + v.text + "'::" + v.kind.pg() // quoted, or -0.0 would lose its sign
			return v
		}
		n := v.asNumber()
		return value{sql: "(- " + n.sql + ")", kind: n.kind, notNull: n.notNull}
	case ast.OpPlus:
		v.aff = affNone
		return v
	}
	return expr(Int, "(~ "+v.asInt()+")")
}

var comparisons = map[ast.Operator]string{ast.OpEq: "=", ast.OpNe: "<>", ast.OpLt: "<", ast.OpLe: "<=", ast.OpGt: ">", ast.OpGe: ">="}

func (t *translator) binary(sc *scope, x *ast.BinaryExpr) value {
	if op, ok := comparisons[x.Op]; ok {
		if lx, ok := vector(x.X); ok {
			return t.compareRows(sc, op, lx, x.Y)
		}
		return t.compare(op, t.expr(sc, x.X), t.expr(sc, x.Y))
	}
	switch x.Op {
	case ast.OpAnd, ast.OpOr:
		// A long chain is a left-leaning tree; one pair of parentheses does.
		var parts []string
		notNull := true
		var walk func(e ast.Expr)
		walk = func(e ast.Expr) {
			if b, ok := e.(*ast.BinaryExpr); ok && b.Op == x.Op {
				walk(b.X)
				walk(b.Y)
				return
			}
			v := t.expr(sc, e)
			notNull = notNull && v.notNull
			parts = append(parts, v.cond())
		}
		walk(x)
		return value{sql: "(" + strings.Join(parts, " "+x.Op.String()+" ") + ")", kind: Bool, notNull: notNull}
	}
	l, r := t.expr(sc, x.X), t.expr(sc, x.Y)
	both := l.notNull && r.notNull
	switch x.Op {
	case ast.OpConcat:
		return value{sql: "(" + l.asText() + " || " + r.asText() + ")", kind: Text, notNull: both}
	case ast.OpAdd, ast.OpSub, ast.OpMul:
		a, b := l.asNumber(), r.asNumber()
		return value{sql: "(" + a.sql + " " + x.Op.String() + " " + b.sql + ")", kind: arithmetic(a.kind, b.kind), notNull: both}
	case ast.OpDiv:
		return divide(l.asNumber(), r.asNumber())
	case ast.OpMod:
		a, b := l.asNumber(), r.asNumber()
		k := arithmetic(a.kind, b.kind)
		out := "sqlite.int_mod(" + l.asInt() + ", " + r.asInt() + ")"
		if k == Int {
			return expr(Int, out)
		}
		return expr(k, out+"::float8")
	case ast.OpBitAnd, ast.OpBitOr:
		return expr(Int, "("+l.asInt()+" "+x.Op.String()+" "+r.asInt()+")")
	case ast.OpLShift:
		return expr(Int, "sqlite.shift("+l.asInt()+", "+r.asInt()+")")
	case ast.OpRShift:
		return expr(Int, "sqlite.shift("+l.asInt()+", - "+r.asInt()+")")
	case ast.OpPtr:
		return expr(Text, "sqlite.json_arrow("+l.asText()+", "+r.asDyn()+")")
	case ast.OpPtr2:
		return expr(Dyn, "sqlite.json_arrow2("+l.asText()+", "+r.asDyn()+")")
	}
	t.refuse("operator " + x.Op.String())
	return value{}
}

func arithmetic(a, b Kind) Kind {
	switch {
	case a == Real || b == Real:
		return Real
	case a == Int && b == Int:
		return Int
	}
	return Num
}

// divide: integers give an integer, and zero gives NULL.
func divide(a, b value) value {
	switch arithmetic(a.kind, b.kind) {
	case Int:
		return expr(Int, "("+a.sql+" / NULLIF("+b.sql+", 0))")
	case Num:
		return expr(Num, "sqlite.num_div(("+a.sql+")::float8, ("+b.sql+")::float8)")
	}
	return expr(Real, "(("+a.sql+")::float8 / NULLIF(("+b.sql+")::float8, 0))")
}

func (t *translator) is(sc *scope, x *ast.IsExpr) value {
	not := x.Not != x.Distinct // IS NOT, or IS DISTINCT FROM
	if id, ok := x.Y.(*ast.Ident); ok && id.Quote == ast.QuoteNone && !x.Distinct && (strings.EqualFold(id.Name, "true") || strings.EqualFold(id.Name, "false")) {
		word := " IS "
		if not {
			word = " IS NOT "
		}
		return value{sql: "(" + t.expr(sc, x.X).cond() + word + strings.ToUpper(id.Name) + ")", kind: Bool, notNull: true}
	}
	if lx, ok := vector(x.X); ok {
		return t.compareRows(sc, map[bool]string{true: "IS DISTINCT FROM", false: "IS NOT DISTINCT FROM"}[not], lx, x.Y)
	}
	l, r := t.expr(sc, x.X), t.expr(sc, x.Y)
	if not {
		return t.compare("IS DISTINCT FROM", l, r)
	}
	return t.compare("IS NOT DISTINCT FROM", l, r)
}

func (t *translator) like(sc *scope, x *ast.LikeExpr) value {
	l, r := t.expr(sc, x.X), t.expr(sc, x.Y)
	var out string
	switch fold(x.Op.Name) {
	case "like":
		escape := "''"
		if x.Escape != nil {
			escape = t.expr(sc, x.Escape).asText()
		}
		// Only ASCII letters are folded, as in SQLite, because of the "C".
		out = "((" + l.asText() + `) COLLATE "C" ILIKE ` + r.asText() + " ESCAPE " + escape + ")"
	case "glob":
		out = "sqlite.glob(" + r.asText() + ", " + l.asText() + ")"
	case "regexp":
		t.fail("no such function: REGEXP")
	default:
		t.fail("unable to use function %s in the requested context", strings.ToUpper(x.Op.Name))
	}
	if x.Not {
		out = "(NOT " + out + ")"
	}
	return value{sql: out, kind: Bool, notNull: l.notNull && r.notNull}
}

func (t *translator) caseExpr(sc *scope, x *ast.CaseExpr) value {
	if v, ok := t.jsonPattern(sc, x); ok {
		return v
	}
	var operand *value
	if x.Operand != nil {
		v := t.expr(sc, x.Operand)
		operand = &v
	}
	var whens []string
	var thens []value
	for _, w := range x.Whens {
		v := t.expr(sc, w.When)
		if operand != nil {
			v = t.compare("=", *operand, v)
		}
		whens = append(whens, v.cond())
		thens = append(thens, t.result(t.expr(sc, w.Then)))
	}
	last := null()
	if x.Else != nil {
		last = t.result(t.expr(sc, x.Else))
	}
	return choose(whens, append(thens, last))
}

// choose emits CASE; the branches get a common kind.
func choose(whens []string, branches []value) value {
	kind, notNull := merge(branches)
	var b strings.Builder
	b.WriteString("(CASE")
	for i, w := range whens {
		b.WriteString(" WHEN " + w + " THEN " + branches[i].to(kind))
	}
	b.WriteString(" ELSE " + branches[len(branches)-1].to(kind) + " END)")
	return value{sql: b.String(), kind: kind, notNull: notNull}
}

// merge finds the kind that holds all values. Text that cannot look like a
// number joins a Flex column without a wrapper.
func merge(values []value) (Kind, bool) {
	kind, notNull := Null, true
	hasFlex := false
	for _, v := range values {
		hasFlex = hasFlex || v.kind == Flex
	}
	for _, v := range values {
		k := v.kind
		if k == Text && v.lit && hasFlex {
			if _, number := looksNumeric(v.text); !number {
				k = Flex
			}
		}
		kind = common(kind, k)
		notNull = notNull && v.notNull
	}
	if kind == Null {
		kind = Text
	}
	return kind, notNull
}

func (t *translator) cast(v value, decl string) value {
	d := strings.ToUpper(decl)
	out := value{notNull: v.notNull, aff: affNumeric}
	switch {
	case strings.Contains(d, "INT"):
		out.kind, out.sql, out.castDecl = Int, v.asInt(), "INT"
	case strings.Contains(d, "CHAR") || strings.Contains(d, "CLOB") || strings.Contains(d, "TEXT"):
		out.kind, out.sql, out.aff, out.castDecl = Text, v.asText(), affText, "TEXT"
	case strings.Contains(d, "BLOB") || strings.TrimSpace(d) == "":
		out.kind, out.sql, out.aff = Blob, v.to(Blob), affNone
	case strings.Contains(d, "REAL") || strings.Contains(d, "FLOA") || strings.Contains(d, "DOUB"):
		out.kind, out.sql, out.castDecl = Real, v.asFloat(), "REAL"
	default:
		n := v.asNumber()
		out.kind, out.sql, out.castDecl = n.kind, n.sql, "NUM"
	}
	return out
}

// subquery is a SELECT as a value: its first row.
func (t *translator) subquery(sc *scope, s *ast.SelectStmt) value {
	q := t.selectStmt(s, sc, false)
	if len(q.cols) != 1 {
		t.fail("sub-select returns %d columns - expected 1", len(q.cols))
	}
	f := q.cols[0]
	sql := q.sql
	if !oneRow(s) {
		sql = "SELECT * FROM (" + sql + ") AS " + t.alias() + " LIMIT 1"
	}
	kind := f.kind
	return value{sql: "(" + sql + ")", kind: kind, aff: f.aff, nocase: f.nocase, boolCol: f.boolCol, decl: f.decl, castDecl: f.castDecl}
}

func oneRow(s *ast.SelectStmt) bool {
	if len(s.Cores) != 1 {
		return false
	}
	q, ok := s.Cores[0].(*ast.SelectQuery)
	if !ok {
		return false
	}
	if q.Limit != nil {
		n, ok := ordinal(q.Limit.Count)
		return ok && n <= 1
	}
	if len(q.From) == 0 {
		return true
	}
	return len(q.GroupBy) == 0 && len(q.Columns) == 1 && len(aggregates(q.Columns[0].Expr)) > 0
}
