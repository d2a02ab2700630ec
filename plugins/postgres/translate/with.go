package translate

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

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
