package translate

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// query is an emitted SELECT.
type query struct {
	sql  string
	cols []field
	star bool // "*" was passed on to Postgres
}

func (q *query) fields() []field { return q.cols }

func (q *query) outputs() []Output {
	var out []Output
	for _, c := range q.cols {
		out = append(out, Output{Name: c.name, Kind: c.kind, Decl: c.decl})
	}
	return out
}

// item is a result column before the compound decides its kind.
type item struct {
	v    value
	name string
	raw  string // "t.*", passed on
	span []field
}

// core is one SELECT of a compound.
type core struct {
	items    []item
	distinct string
	tail     string // FROM … HAVING
	order    []string
	hidden   []string // sort keys that have to be selected first
	ast      *ast.SelectQuery
	scope    *scope
	keyed    string // DISTINCT ON these
	top      bool   // nobody refers to the columns, so names may repeat
}

// selectStmt emits a SELECT. At the top, "*" is passed on to Postgres, so that
// a column that another node has just added is not lost.
func (t *translator) selectStmt(s *ast.SelectStmt, outer *scope, top bool) *query {
	sc := &scope{parent: outer}
	with := t.with(sc, s.With)
	var q *query
	if len(s.Cores) == 1 {
		if v, ok := s.Cores[0].(*ast.ValuesClause); ok {
			q = t.values(v, sc)
		} else {
			q = t.single(s.Cores[0].(*ast.SelectQuery), sc, top)
		}
	} else {
		q = t.compound(s, sc)
	}
	q.sql = with + q.sql
	return q
}

// result is a value as a result column: SQLite has no boolean.
func (t *translator) result(v value) value {
	if v.kind == Bool && !v.boolCol {
		if v.truth {
			return intLit(v.text)
		}
		return value{sql: "(" + v.sql + ")::int4::int8", kind: Int, notNull: v.notNull}
	}
	if v.integral {
		return value{sql: "(" + v.sql + ")::float8", kind: Real, notNull: v.notNull}
	}
	return v
}

func (t *translator) single(s *ast.SelectQuery, sc *scope, top bool) *query {
	c := t.core(s, sc, top)
	q := c.render(nil)
	limit := t.limit(s.Limit, sc)
	if len(c.hidden) > 0 { // DISTINCT with foreign sort keys: sort what is left
		name := t.alias()
		var list []string
		for _, f := range q.cols {
			list = append(list, name+"."+f.pg)
		}
		if q.star {
			list = []string{name + ".*"}
		}
		q.sql = "SELECT " + strings.Join(list, ", ") + " FROM (" + q.sql + ") AS " + name
		var order []string
		for i, o := range c.order {
			order = append(order, fmt.Sprintf(`%s."__o%d"%s`, name, i, o))
		}
		q.sql += " ORDER BY " + strings.Join(order, ", ")
	} else if len(c.order) > 0 {
		q.sql += " ORDER BY " + strings.Join(c.order, ", ")
	} else if by := c.natural(); by != "" {
		q.sql += " ORDER BY " + by
	}
	q.sql += limit
	return q
}

// core resolves one SELECT.
func (t *translator) core(s *ast.SelectQuery, sc *scope, top bool) *core {
	c := &core{ast: s, scope: sc, top: top}
	from := t.from(sc, s.From)
	sc.aliases = map[string]ast.Expr{}
	for _, col := range s.Columns {
		if col.Alias != nil {
			if _, twice := sc.aliases[fold(col.Alias.Name)]; !twice {
				sc.aliases[fold(col.Alias.Name)] = col.Expr
			}
		}
	}
	if from != "" {
		c.tail = " FROM " + from
	}
	if s.Where != nil {
		c.tail += " WHERE " + t.expr(sc, s.Where).cond()
	}
	group, having := t.groupBy(c)
	c.tail += group + having
	if len(s.Windows) > 0 {
		var list []string
		for _, w := range s.Windows {
			list = append(list, Quote(w.Name.Name)+" AS "+t.windowDef(sc, w))
		}
		c.tail += " WINDOW " + strings.Join(list, ", ")
	}
	for _, o := range s.OrderBy { // an ordinal counts the columns that "*" stands for
		if _, ok := ordinal(o.Expr); ok {
			top = false
		}
	}
	c.columns(t, top && sc.group == nil && (s.Distinct != ast.DistinctDistinct || c.wholeRows()))
	c.sort(t)
	return c
}

// groupBy emits GROUP BY and HAVING and turns on the treatment of bare columns.
func (t *translator) groupBy(c *core) (group, having string) {
	s, sc := c.ast, c.scope
	aggregate := len(s.GroupBy) > 0 || s.Having != nil
	var lone []*ast.FuncCall
	look := func(e ast.Expr) {
		for _, call := range aggregates(e) {
			aggregate = true
			if n := fold(call.Name.Name); n == "min" || n == "max" {
				lone = append(lone, call)
			}
		}
	}
	for _, col := range s.Columns {
		look(col.Expr)
	}
	for _, o := range s.OrderBy {
		look(o.Expr)
	}
	if s.Having != nil {
		look(s.Having)
	}
	if !aggregate {
		return "", ""
	}
	g := &grouping{plain: true}
	for _, e := range s.GroupBy {
		if n, ok := ordinal(e); ok {
			if n < 1 || n > len(s.Columns) {
				t.fail("GROUP BY term out of range - should be between 1 and %d", len(s.Columns))
			}
			e = s.Columns[n-1].Expr
		}
		v := t.expr(sc, e)
		g.plain = g.plain && v.column
		if v.nocase {
			v.sql = "lower(" + v.asText() + ` COLLATE "C")`
		} else if v.kind == Null || v.lit {
			v.sql = v.to(Text)
		}
		g.keys = append(g.keys, v.sql)
	}
	if len(lone) == 1 {
		g.first = " ORDER BY " + t.sortKey(t.expr(sc, lone[0].Args[0]), fold(lone[0].Name.Name) == "max", ast.NullsLast)
	}
	if len(g.keys) > 0 {
		group = " GROUP BY " + strings.Join(g.keys, ", ")
	}
	sc.group = g
	if s.Having != nil {
		having = " HAVING " + t.expr(sc, s.Having).cond()
	}
	return group, having
}

// aggregates finds the aggregate calls of this level in e.
func aggregates(e ast.Expr) []*ast.FuncCall {
	var out []*ast.FuncCall
	ast.Walk(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectStmt:
			return false
		case *ast.FuncCall:
			if x.Over == nil && isAggregate(x) {
				out = append(out, x)
				return false
			}
		}
		return true
	})
	return out
}

func isAggregate(x *ast.FuncCall) bool {
	switch fold(x.Name.Name) {
	case "count", "sum", "avg", "total", "group_concat", "string_agg", "json_group_array", "json_group_object":
		return true
	case "min", "max":
		return len(x.Args) == 1
	}
	return false
}

// columns resolves the result columns.
func (c *core) columns(t *translator, pass bool) {
	for _, col := range c.ast.Columns {
		star, ok := col.Expr.(*ast.Star)
		if !ok {
			v := t.result(t.expr(c.scope, col.Expr))
			c.items = append(c.items, item{v: v, name: t.columnName(c.scope, col)})
			continue
		}
		if len(c.scope.sources) == 0 {
			t.fail("no tables specified")
		}
		found := false
		for _, src := range c.scope.sources {
			if star.Table != nil && !strings.EqualFold(src.name, star.Table.Name) {
				continue
			}
			found = true
			if pass && src.table != nil && len(src.using) == 0 && !strings.HasSuffix(src.table.pg, ".sqlite_master") {
				c.items = append(c.items, item{raw: src.pg + ".*", span: src.fields})
				continue
			}
			for i := range src.fields {
				f := &src.fields[i]
				if star.Table == nil && contains(src.using, f.name) {
					continue
				}
				v := src.value(f)
				if c.scope.group != nil {
					v = c.scope.group.bare(v, src)
				}
				c.items = append(c.items, item{v: v, name: f.name})
			}
			if star.Table != nil {
				break
			}
		}
		if !found {
			t.fail("no such table: %s", star.Table.Name)
		}
	}
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// columnName is the name that SQLite gives a result column.
func (t *translator) columnName(sc *scope, col *ast.ResultColumn) string {
	if col.Alias != nil {
		return col.Alias.Name
	}
	e := col.Expr
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	var table, name string
	switch x := e.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.QualifiedRef:
		table, name = x.Parts[len(x.Parts)-2].Name, x.Parts[len(x.Parts)-1].Name
	default:
		return strings.TrimSpace(t.source[col.Expr.Pos():col.Expr.End()])
	}
	for s := sc; s != nil; s = s.parent {
		for _, src := range s.sources {
			if table == "" || strings.EqualFold(src.name, table) {
				if f := src.find(name); f != nil {
					return f.name
				}
			}
		}
	}
	if isRowid(name) {
		return "rowid"
	}
	return strings.TrimSpace(t.source[col.Expr.Pos():col.Expr.End()])
}

// render writes the SELECT; kinds, when given, are those of the compound.
func (c *core) render(kinds []Kind) *query {
	q := &query{}
	var list []string
	seen := map[string]bool{}
	n := 0
	for _, it := range c.items {
		if it.raw != "" {
			q.star = true
			list = append(list, it.raw)
			q.cols = append(q.cols, it.span...)
			continue
		}
		v := it.v
		kind := v.kind
		if kinds != nil {
			kind = kinds[n]
		}
		n++
		name, sql := it.name, v.typed()
		if kind != v.kind {
			sql = v.to(kind)
		}
		for i := 1; seen[fold(name)] && (!c.top || len(c.hidden) > 0); i++ {
			name = fmt.Sprintf("%s:%d", it.name, i)
		}
		seen[fold(name)] = true
		f := field{name: it.name, pg: Quote(name), kind: kind, aff: v.aff, decl: v.decl, castDecl: v.castDecl, nocase: v.nocase, notNull: v.notNull, boolCol: v.boolCol}
		if len(seen) > 0 && name != it.name {
			f.name = name
		}
		if kind == Null {
			f.kind = Null
		}
		list = append(list, sql+" AS "+f.pg)
		q.cols = append(q.cols, f)
	}
	if c.distinct != "" && (len(c.hidden) > 0 || c.keyed != "") {
		keys := c.keyed
		if keys == "" {
			var all []string
			for _, it := range c.items {
				all = append(all, it.v.typed())
			}
			keys = strings.Join(all, ", ")
		}
		for i, h := range c.hidden {
			list = append(list, fmt.Sprintf(`%s AS "__o%d"`, h, i))
		}
		q.sql = "SELECT DISTINCT ON (" + keys + ") " + strings.Join(list, ", ") + c.tail
		return q
	}
	q.sql = "SELECT " + c.distinct + strings.Join(list, ", ") + c.tail
	return q
}
