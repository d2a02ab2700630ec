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

func (t *translator) with(sc *scope, w *ast.With) string {
	if w == nil {
		return ""
	}
	sc.ctes = map[string]*source{}
	var list []string
	recursive := false
	for _, c := range w.CTEs {
		self := w.Recursive && len(c.Select.Cores) > 1 && mentions(c.Select, c.Name.Name)
		recursive = recursive || self
		if self { // the first part gives the columns that the rest refers to
			first := *c.Select
			first.Cores, first.Ops = first.Cores[:1], nil
			q := t.selectStmt(&first, sc, false)
			sc.ctes[fold(c.Name.Name)] = t.cteSource(c, q)
		}
		q := t.selectStmt(c.Select, sc, false)
		src := t.cteSource(c, q)
		sc.ctes[fold(c.Name.Name)] = src
		var cols []string
		for _, f := range src.fields {
			cols = append(cols, f.pg)
		}
		hint := map[ast.Materialized]string{ast.MaterializedYes: "MATERIALIZED ", ast.MaterializedNo: "NOT MATERIALIZED "}[c.Materialized]
		list = append(list, fmt.Sprintf("%s(%s) AS %s(%s)", src.pg, strings.Join(cols, ", "), hint, q.sql))
	}
	if recursive {
		return "WITH RECURSIVE " + strings.Join(list, ", ") + " "
	}
	return "WITH " + strings.Join(list, ", ") + " "
}

func mentions(n ast.Node, table string) bool {
	found := false
	ast.Walk(n, func(n ast.Node) bool {
		if q, ok := n.(*ast.QualifiedName); ok && strings.EqualFold(q.Name.Name, table) {
			found = true
		}
		return !found
	})
	return found
}

func (t *translator) cteSource(c *ast.CTE, q *query) *source {
	fields := append([]field(nil), q.cols...)
	if len(c.Columns) > 0 && len(c.Columns) != len(fields) {
		t.fail("table %s has %d values for %d columns", c.Name.Name, len(fields), len(c.Columns))
	}
	for i, n := range c.Columns {
		fields[i].name, fields[i].pg = n.Name, Quote(n.Name)
	}
	return &source{name: c.Name.Name, pg: Quote(c.Name.Name), fields: fields}
}

func (t *translator) values(v *ast.ValuesClause, sc *scope) *query {
	rows := make([][]value, len(v.Rows))
	kinds := make([]Kind, len(v.Rows[0]))
	for r, row := range v.Rows {
		if len(row) != len(kinds) {
			t.fail("all VALUES must have the same number of terms")
		}
		for i, e := range row {
			x := t.result(t.expr(sc, e))
			rows[r] = append(rows[r], x)
			if r == 0 {
				kinds[i] = x.kind
			} else {
				kinds[i] = common(kinds[i], x.kind)
			}
		}
	}
	q := &query{}
	var names, list []string
	for i, k := range kinds {
		name := fmt.Sprintf("column%d", i+1)
		q.cols = append(q.cols, field{name: name, pg: Quote(name), kind: k})
		names = append(names, Quote(name))
	}
	for _, row := range rows {
		var cells []string
		for i, x := range row {
			cells = append(cells, x.to(kinds[i]))
		}
		list = append(list, "("+strings.Join(cells, ", ")+")")
	}
	q.sql = "SELECT * FROM (VALUES " + strings.Join(list, ", ") + ") AS " + t.alias() + "(" + strings.Join(names, ", ") + ")"
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

// natural is the order in which SQLite gives the rows of one table when nobody
// asks for one: as they were inserted. In Postgres a changed row moves. A list
// of everything page by page is left alone, for it would sort the whole table
// for each page; so is what reads one row.
func (c *core) natural() string {
	limited := c.ast.Limit != nil
	if limited {
		n, ok := ordinal(c.ast.Limit.Count)
		limited = c.ast.Where == nil || ok && n == 1
	}
	if limited || !c.top || c.scope.group != nil || c.distinct != "" || len(c.scope.sources) != 1 {
		return ""
	}
	v, ok := c.scope.sources[0].rowid()
	if !ok || strings.HasPrefix(fold(c.scope.sources[0].table.Name), "sqlite_") {
		return ""
	}
	return v.sql
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

func ordinal(e ast.Expr) (int, bool) {
	if l, ok := e.(*ast.Literal); ok && l.Kind == ast.LitInteger {
		var n int
		if _, err := fmt.Sscan(l.Raw, &n); err == nil {
			return n, true
		}
	}
	return 0, false
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

// sort emits ORDER BY. A DISTINCT query may in Postgres only be sorted by what
// it selects; other keys become hidden columns of an inner DISTINCT ON.
func (c *core) sort(t *translator) {
	distinct := c.ast.Distinct == ast.DistinctDistinct
	if distinct {
		c.distinct = "DISTINCT "
		c.keyed = c.primaryKeys()
	}
	for _, o := range c.ast.OrderBy {
		v, ok := c.sortValue(t, o.Expr)
		if !ok {
			continue
		}
		if distinct {
			key, direction := t.sortParts(v, o.Order == ast.SortDesc, o.Nulls)
			c.hidden = append(c.hidden, key)
			c.order = append(c.order, direction)
			continue
		}
		c.order = append(c.order, t.sortKey(v, o.Order == ast.SortDesc, o.Nulls))
	}
}

func (c *core) sortValue(t *translator, e ast.Expr) (value, bool) {
	if n, ok := ordinal(e); ok {
		if n < 1 || n > len(c.items) {
			t.fail("1st ORDER BY term out of range - should be between 1 and %d", len(c.items))
		}
		return c.items[n-1].v, c.items[n-1].raw == ""
	}
	if id, ok := e.(*ast.Ident); ok { // a result column comes before a column of FROM
		for i := range c.items {
			if c.items[i].raw == "" && c.ast.Columns != nil && strings.EqualFold(c.items[i].name, id.Name) {
				if _, named := c.scope.aliases[fold(id.Name)]; named {
					return c.items[i].v, true
				}
			}
		}
	}
	v := t.expr(c.scope, e)
	return v, !(v.lit || v.param)
}

// wholeRows tells whether the result is "t.*" of a table with a primary key.
func (c *core) wholeRows() bool {
	if len(c.ast.Columns) != 1 || len(c.scope.sources) == 0 {
		return false
	}
	star, ok := c.ast.Columns[0].Expr.(*ast.Star)
	src := c.scope.sources[0]
	return ok && src.table != nil && len(src.table.pk) > 0 && src.table.pk[0].NotNull && !src.nullable &&
		(star.Table != nil && strings.EqualFold(star.Table.Name, src.name) || star.Table == nil && len(c.scope.sources) == 1)
}

// primaryKeys lists the keys that tell the rows of the result apart, when every
// selected column belongs to one table with a primary key.
func (c *core) primaryKeys() string {
	if len(c.scope.sources) == 0 || c.scope.group != nil {
		return ""
	}
	src := c.scope.sources[0]
	if src.table == nil || len(src.table.pk) == 0 || src.nullable {
		return ""
	}
	has := map[string]bool{}
	for _, it := range c.items {
		if it.raw != "" {
			for i := range src.fields {
				has[src.pg+"."+src.fields[i].pg] = true
			}
			continue
		}
		if !it.v.column || it.v.table != src.table || !strings.HasPrefix(it.v.sql, src.pg+".") {
			return ""
		}
		has[it.v.sql] = true
	}
	var keys []string
	for _, col := range src.table.pk {
		key := src.pg + "." + Quote(col.Name)
		if !has[key] || !col.NotNull {
			return ""
		}
		keys = append(keys, key)
	}
	return strings.Join(keys, ", ")
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

// compound emits UNION, EXCEPT and INTERSECT. SQLite gives them no precedence,
// so every step is an operand in parentheses of the next.
func (t *translator) compound(s *ast.SelectStmt, sc *scope) *query {
	var cores []*core
	var whole []*query
	var kinds []Kind
	for i, part := range s.Cores {
		inner := &scope{parent: sc}
		if v, ok := part.(*ast.ValuesClause); ok {
			q := t.values(v, inner)
			c := &core{scope: inner, tail: " FROM (" + q.sql + ") AS " + t.alias()}
			for _, f := range q.cols {
				c.items = append(c.items, item{v: value{sql: f.pg, kind: f.kind}, name: f.name})
			}
			cores = append(cores, c)
		} else {
			sel := *part.(*ast.SelectQuery)
			if i < len(s.Cores)-1 && (len(sel.OrderBy) > 0 || sel.Limit != nil) {
				t.fail("%s clause should come after %s not before", map[bool]string{true: "ORDER BY", false: "LIMIT"}[len(sel.OrderBy) > 0], s.Ops[i].Op)
			}
			sel.OrderBy, sel.Limit = nil, nil
			cores = append(cores, t.core(&sel, inner, false))
		}
		c := cores[i]
		if i > 0 && len(c.items) != len(kinds) {
			t.fail("SELECTs to the left and right of %s do not have the same number of result columns", opName(s.Ops[i-1]))
		}
		for n, it := range c.items {
			if i == 0 {
				kinds = append(kinds, it.v.kind)
			} else {
				kinds[n] = common(kinds[n], it.v.kind)
			}
		}
	}
	for i, k := range kinds {
		if k == Null {
			kinds[i] = Text
		}
	}
	for _, c := range cores {
		whole = append(whole, c.render(kinds))
	}
	q := whole[0]
	for i, next := range whole[1:] {
		left := q.sql
		if i > 0 {
			left = "(" + left + ")"
		}
		q.sql = left + " " + opName(s.Ops[i]) + " " + next.sql
		for n := range q.cols {
			q.cols[n].notNull = q.cols[n].notNull && next.cols[n].notNull
			q.cols[n].boolCol = q.cols[n].boolCol && kinds[n] == Bool
		}
	}
	last, ok := s.Cores[len(s.Cores)-1].(*ast.SelectQuery)
	if !ok || len(last.OrderBy) == 0 && last.Limit == nil {
		return q
	}
	if len(last.OrderBy) > 0 {
		name := t.alias()
		osc := &scope{parent: sc.parent, ctes: sc.ctes, sources: []*source{{name: name, pg: name, fields: q.cols}}}
		var order []string
		for _, o := range last.OrderBy {
			order = append(order, t.sortKey(t.compoundSort(osc, cores, q, name, o.Expr), o.Order == ast.SortDesc, o.Nulls))
		}
		q.sql = "SELECT * FROM (" + q.sql + ") AS " + name + " ORDER BY " + strings.Join(order, ", ")
	}
	q.sql += t.limit(last.Limit, sc)
	return q
}

func (t *translator) compoundSort(osc *scope, cores []*core, q *query, name string, e ast.Expr) value {
	src := osc.sources[0]
	if n, ok := ordinal(e); ok {
		if n < 1 || n > len(q.cols) {
			t.fail("1st ORDER BY term out of range - should be between 1 and %d", len(q.cols))
		}
		return src.value(&q.cols[n-1])
	}
	if id := exprName(e); id != "" {
		for _, c := range cores {
			for n, it := range c.items {
				if strings.EqualFold(it.name, id) {
					v := src.value(&q.cols[n])
					if col, ok := e.(*ast.CollateExpr); ok {
						v.nocase = strings.EqualFold(col.Name.Name, "nocase")
					}
					return v
				}
			}
		}
	}
	if ref, ok := e.(*ast.QualifiedRef); ok {
		for n := range q.cols {
			if strings.EqualFold(q.cols[n].name, ref.Parts[len(ref.Parts)-1].Name) {
				return src.value(&q.cols[n])
			}
		}
	}
	t.fail("1st ORDER BY term does not match any column in the result set")
	return value{}
}

func opName(op ast.CompoundOp) string {
	if op.All {
		return op.Op + " ALL"
	}
	return op.Op
}

func (t *translator) limit(l *ast.Limit, sc *scope) string {
	if l == nil {
		return ""
	}
	out := ""
	if s := t.bound(l.Count, sc); s != "" {
		out = " LIMIT " + s
	}
	if l.Offset != nil {
		if s := t.bound(l.Offset, sc); s != "" {
			out += " OFFSET " + s
		}
	}
	return out
}

// bound is LIMIT's number: below zero means none.
func (t *translator) bound(e ast.Expr, sc *scope) string {
	if n, ok := ordinal(e); ok {
		return fmt.Sprint(n)
	}
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == ast.OpMinus {
		if _, ok := ordinal(u.X); ok {
			return ""
		}
	}
	return "sqlite.row_limit(" + t.expr(&scope{parent: nil, ctes: sc.ctes}, e).asInt() + ")"
}

// sortKey orders as SQLite does: NULL first going up, bytes for text, numbers
// before text.
func (t *translator) sortKey(v value, desc bool, nulls ast.NullsOrder) string {
	key, direction := t.sortParts(v, desc, nulls)
	return key + direction
}

func (t *translator) sortParts(v value, desc bool, nulls ast.NullsOrder) (key, direction string) {
	key = v.typed()
	switch {
	case v.kind == Flex:
		key = v.asDyn()
	case v.nocase && v.kind == Text:
		key = "lower(" + key + ` COLLATE "C")`
	case v.kind == Text && !v.column:
		key = "(" + key + `) COLLATE "C"`
	}
	if desc {
		direction = " DESC"
	}
	if v.notNull && nulls == ast.NullsDefault {
		return key, direction
	}
	if nulls == ast.NullsFirst || nulls == ast.NullsDefault && !desc {
		return key, direction + " NULLS FIRST"
	}
	return key, direction + " NULLS LAST"
}
