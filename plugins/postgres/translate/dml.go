package translate

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// target finds the table that a statement changes.
func (t *translator) target(name *ast.QualifiedName) *Table {
	n := name.Name.Name
	if name.Schema != nil && !strings.EqualFold(name.Schema.Name, "main") {
		t.fail("no such table: %s.%s", name.Schema.Name, n)
	}
	if strings.HasPrefix(fold(n), "sqlite_") {
		t.fail("table %s may not be modified", n)
	}
	tb := t.catalog.Table(n)
	if tb == nil {
		t.fail("no such table: %s", n)
	}
	if tb.View != nil {
		t.fail("cannot modify %s because it is a view", tb.Name)
	}
	if t.onTable != nil {
		t.onTable(tb, name.Name)
	}
	return tb
}

func (t *translator) targetColumn(tb *Table, name string) *Column {
	if c := tb.column(name); c != nil {
		return c
	}
	if isRowid(name) {
		if c := tb.rowidAlias(); c != nil {
			return c
		}
		return &Column{Name: "_rowid_", Kind: Int, NotNull: true}
	}
	t.fail("table %s has no column named %s", tb.Name, name)
	return nil
}

func (t *translator) insert(s *ast.InsertStmt) {
	tb := t.target(s.Table)
	sc := &scope{}
	with := t.with(sc, s.With)
	name := s.Table.Name.Name
	if s.Alias != nil {
		name = s.Alias.Name
	}
	var b strings.Builder
	b.WriteString(with + "INSERT INTO " + tb.pg + " AS " + Quote(name))
	var cols []*Column
	for _, id := range s.Columns {
		cols = append(cols, t.targetColumn(tb, id.Name))
	}
	if len(s.Columns) == 0 {
		cols = tb.Columns
	}
	if s.DefaultValues {
		b.WriteString(" DEFAULT VALUES")
	} else {
		var names []string
		for _, c := range cols {
			names = append(names, Quote(c.Name))
		}
		b.WriteString(" (" + strings.Join(names, ", ") + ") ")
		b.WriteString(t.insertRows(s.Select, sc, tb, cols, len(s.Columns) > 0))
	}
	row := &source{name: name, pg: Quote(name), fields: tableFields(tb), table: tb}
	b.WriteString(t.conflict(s, tb, row, cols))
	b.WriteString(t.returning(s.Returning, &scope{sources: []*source{row}, ctes: sc.ctes}))
	if v, ok := row.rowid(); ok && t.rowid && len(s.Returning) == 0 {
		b.WriteString(" RETURNING " + v.sql)
		t.out.Rowid = true
	}
	t.out.Log = tb.Name == "_logs" && len(s.Returning) == 0 && len(s.Upserts) == 0
	t.out.SQL = b.String()
}

func (t *translator) insertRows(s *ast.SelectStmt, sc *scope, tb *Table, cols []*Column, named bool) string {
	if v, ok := s.Cores[0].(*ast.ValuesClause); ok && len(s.Cores) == 1 {
		var rows []string
		for _, row := range v.Rows {
			if len(row) != len(cols) {
				if !named {
					t.fail("table %s has %d columns but %d values were supplied", tb.Name, len(cols), len(row))
				}
				t.fail("%d values for %d columns", len(row), len(cols))
			}
			var cells []string
			for i, e := range row {
				cell := t.expr(sc, e).store(cols[i])
				if cell == "NULL" && cols[i] == tb.rowidAlias() {
					cell = "DEFAULT"
				}
				cells = append(cells, cell)
			}
			rows = append(rows, "("+strings.Join(cells, ", ")+")")
		}
		return "VALUES " + strings.Join(rows, ", ")
	}
	q := t.selectStmt(s, sc, false)
	if len(q.cols) != len(cols) {
		t.fail("table %s has %d columns but %d values were supplied", tb.Name, len(cols), len(q.cols))
	}
	name := t.alias()
	src := &source{name: name, pg: name, fields: q.cols}
	var list []string
	for i := range cols {
		list = append(list, src.value(&q.cols[i]).store(cols[i]))
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM (" + q.sql + ") AS " + name
}

// conflict emits ON CONFLICT and the OR clauses.
func (t *translator) conflict(s *ast.InsertStmt, tb *Table, row *source, cols []*Column) string {
	if len(s.Upserts) == 0 {
		switch {
		case s.OrConflict == ast.ConflictIgnore:
			return " ON CONFLICT DO NOTHING"
		case s.Replace || s.OrConflict == ast.ConflictReplace:
			return t.replace(tb, cols)
		}
		return ""
	}
	if len(s.Upserts) > 1 {
		t.refuse("more than one ON CONFLICT")
	}
	u := s.Upserts[0]
	excluded := &source{name: "excluded", pg: "excluded", fields: tableFields(tb), table: tb, only: true}
	sc := &scope{sources: []*source{row, excluded}}
	out := " ON CONFLICT"
	if len(u.Target) > 0 {
		plain := &scope{sources: []*source{{name: row.name, fields: row.fields, table: tb, pg: row.pg}}}
		var list []string
		for _, term := range u.Target {
			list = append(list, t.indexKey(plain, row.pg, term))
		}
		out += " (" + strings.Join(list, ", ") + ")"
		if u.TargetWhere != nil {
			out += " WHERE " + strings.ReplaceAll(t.expr(plain, u.TargetWhere).cond(), row.pg+".", "")
		}
	}
	if u.DoNothing {
		return out + " DO NOTHING"
	}
	if len(u.Target) == 0 {
		if len(tb.pk) == 0 {
			t.refuse("ON CONFLICT DO UPDATE without columns")
		}
		out += " (" + strings.Join(tb.KeyColumns(), ", ") + ")"
	}
	out += " DO UPDATE SET " + t.set(sc, tb, u.Set)
	if u.Where != nil {
		out += " WHERE " + t.expr(sc, u.Where).cond()
	}
	return out
}

// replace is INSERT OR REPLACE where only the primary key can conflict; a row
// that another unique index names would have to be deleted first.
func (t *translator) replace(tb *Table, cols []*Column) string {
	if len(tb.pk) == 0 {
		return ""
	}
	for _, idx := range t.catalog.sortedIndexes(tb.Name) {
		if idx.stmt != nil && idx.stmt.Unique || idx.SQL == "" && !strings.HasSuffix(idx.Name, "_1") {
			t.refuse("INSERT OR REPLACE into a table with unique indexes beside its primary key")
		}
	}
	var set []string
	for _, c := range tb.Columns {
		name := Quote(c.Name)
		given := false
		for _, in := range cols {
			given = given || in == c
		}
		if given {
			set = append(set, name+" = excluded."+name)
		} else {
			set = append(set, name+" = DEFAULT")
		}
	}
	return " ON CONFLICT (" + strings.Join(tb.KeyColumns(), ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}

func (t *translator) set(sc *scope, tb *Table, pairs []*ast.SetPair) string {
	var list []string
	for _, p := range pairs {
		if len(p.Columns) > 1 {
			values, ok := vector(p.Value)
			if !ok || len(values) != len(p.Columns) {
				t.refuse("UPDATE of several columns from one sub-select")
			}
			for i, id := range p.Columns {
				c := t.targetColumn(tb, id.Name)
				list = append(list, Quote(c.Name)+" = "+t.expr(sc, values[i]).store(c))
			}
			continue
		}
		c := tb.column(p.Columns[0].Name)
		if c == nil {
			t.fail("no such column: %s", p.Columns[0].Name)
		}
		list = append(list, Quote(c.Name)+" = "+t.expr(sc, p.Value).store(c))
	}
	return strings.Join(list, ", ")
}

func (t *translator) update(s *ast.UpdateStmt) {
	tb := t.target(s.Table)
	if s.OrConflict != ast.ConflictDefault && s.OrConflict != ast.ConflictAbort {
		t.refuse("UPDATE OR " + s.OrConflict.String())
	}
	sc := &scope{}
	with := t.with(sc, s.With)
	name := s.Table.Name.Name
	if s.Alias != nil {
		name = s.Alias.Name
	}
	row := &source{name: name, pg: Quote(name), fields: tableFields(tb), table: tb}
	sc.sources = []*source{row}
	out := with + "UPDATE " + tb.pg + " AS " + row.pg + " SET "
	from := ""
	if len(s.From) > 0 {
		from = " FROM " + t.from(sc, s.From)
	}
	out += t.set(sc, tb, s.Set) + from
	if s.Where != nil {
		out += " WHERE " + t.expr(sc, s.Where).cond()
	}
	t.out.SQL = out + t.returning(s.Returning, sc)
}

func (t *translator) delete(s *ast.DeleteStmt) {
	tb := t.target(s.Table)
	sc := &scope{}
	with := t.with(sc, s.With)
	name := s.Table.Name.Name
	if s.Alias != nil {
		name = s.Alias.Name
	}
	row := &source{name: name, pg: Quote(name), fields: tableFields(tb), table: tb}
	sc.sources = []*source{row}
	out := with + "DELETE FROM " + tb.pg + " AS " + row.pg
	if s.Where != nil {
		out += " WHERE " + t.expr(sc, s.Where).cond()
	}
	t.out.SQL = out + t.returning(s.Returning, sc)
}

func (t *translator) returning(cols []*ast.ResultColumn, sc *scope) string {
	if len(cols) == 0 {
		return ""
	}
	c := &core{ast: &ast.SelectQuery{Columns: cols}, scope: sc}
	c.columns(t, false)
	q := c.render(nil)
	t.out.Columns = q.outputs()
	return " RETURNING " + strings.TrimPrefix(q.sql, "SELECT ")
}
