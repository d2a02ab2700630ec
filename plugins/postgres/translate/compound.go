package translate

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

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
