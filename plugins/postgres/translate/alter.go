package translate

import (
	"regexp"
	"sort"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"
)

func (d *ddl) alter(s *ast.AlterTableStmt) {
	tb := d.target(s.Table)
	switch s.Action {
	case ast.AlterAddColumn:
		d.addColumn(tb, s)
	case ast.AlterDropColumn:
		d.dropColumn(tb, s)
	case ast.AlterRenameColumn:
		d.renameColumn(tb, s)
	case ast.AlterRenameTable:
		d.renameTable(tb, s)
	default:
		d.refuse("this ALTER TABLE")
	}
}

func (d *ddl) setSQL(kind, name, sql string) {
	d.add("UPDATE %s SET sql = %s WHERE type = '%s' AND name = %s", d.master(), Literal(sql), kind, Literal(name))
}

func (d *ddl) addColumn(tb *Table, s *ast.AlterTableStmt) {
	if tb.column(s.ColumnDef.Name.Name) != nil {
		d.fail("duplicate column name: %s", s.ColumnDef.Name.Name)
	}
	c := newColumn(s.ColumnDef, d.source)
	if c.PK > 0 {
		d.fail("Cannot add a PRIMARY KEY column")
	}
	if c.NotNull && c.defExpr == nil {
		d.fail("Cannot add a NOT NULL column with default value NULL")
	}
	d.add("ALTER TABLE %s ADD COLUMN %s", tb.pg, d.columnDef(tb, c, s.ColumnDef, func() { d.fail("Cannot add a UNIQUE column") }))
	stmt := tableStmt(tb)
	end := stmt.Columns[len(stmt.Columns)-1].End()
	def := strings.TrimRight(strings.TrimSpace(d.source[s.ColumnDef.Pos():s.ColumnDef.End()]), "; \n\t\r")
	d.setSQL("table", tb.Name, tb.SQL[:end]+", "+def+tb.SQL[end:])
}

func tableStmt(tb *Table) *ast.CreateTableStmt {
	stmt, err := parser.ParseStatement(tb.SQL)
	if err != nil {
		panic(failure{err})
	}
	return stmt.(*ast.CreateTableStmt)
}

func (d *ddl) dropColumn(tb *Table, s *ast.AlterTableStmt) {
	c := tb.column(s.Column.Name)
	if c == nil {
		d.fail(`no such column: "%s"`, s.Column.Name)
	}
	if c.PK > 0 {
		d.fail(`cannot drop PRIMARY KEY column: "%s"`, c.Name)
	}
	if len(tb.Columns) == 1 {
		d.fail(`cannot drop column "%s": no other columns exist`, c.Name)
	}
	for _, idx := range d.catalog.sortedIndexes(tb.Name) {
		if idx.stmt != nil && len(columnRefs(idx.stmt, c.Name)) > 0 {
			d.fail("error in index %s after drop column: no such column: %s", idx.Name, c.Name)
		}
	}
	stmt := tableStmt(tb)
	var start, end int
	for i, def := range stmt.Columns {
		if !strings.EqualFold(def.Name.Name, c.Name) {
			continue
		}
		start, end = def.Pos(), def.End()
		if i > 0 {
			start = stmt.Columns[i-1].End()
		} else {
			end = stmt.Columns[1].Pos()
		}
	}
	text := tb.SQL[:start] + tb.SQL[end:]
	d.add("ALTER TABLE %s DROP COLUMN %s", tb.pg, Quote(c.Name))
	d.setSQL("table", tb.Name, text)
	d.validateViews(map[string]string{fold(tb.Name): text}, nil, "drop column")
}

// columnRefs finds where a statement over one table names a column.
func columnRefs(n ast.Node, column string) []*ast.Ident {
	var out []*ast.Ident
	ast.Walk(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.QualifiedName, *ast.FuncCall:
			if call, ok := x.(*ast.FuncCall); ok {
				for _, a := range call.Args {
					out = append(out, columnRefs(a, column)...)
				}
			}
			return false
		case *ast.CreateIndexStmt:
			for _, term := range x.Columns {
				out = append(out, columnRefs(term, column)...)
			}
			if x.Where != nil {
				out = append(out, columnRefs(x.Where, column)...)
			}
			return false
		case *ast.CollateExpr:
			out = append(out, columnRefs(x.X, column)...)
			return false
		case *ast.Ident:
			if strings.EqualFold(x.Name, column) {
				out = append(out, x)
			}
		}
		return true
	})
	return out
}

// plainName needs no quotes; SQLite keeps a name without them if it can.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// edit replaces identifiers in a text by another name.
func edit(text string, at []*ast.Ident, name string) string {
	sort.Slice(at, func(i, j int) bool { return at[i].Pos() > at[j].Pos() })
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	last := -1
	for _, id := range at {
		if id.Pos() == last {
			continue
		}
		last = id.Pos()
		written := quoted
		if id.Quote == ast.QuoteNone && plainName.MatchString(name) {
			written = name
		}
		text = text[:id.Pos()] + written + text[id.End():]
	}
	return text
}

func (d *ddl) renameColumn(tb *Table, s *ast.AlterTableStmt) {
	c := tb.column(s.Column.Name)
	if c == nil {
		d.fail(`no such column: "%s"`, s.Column.Name)
	}
	if other := tb.column(s.NewName.Name); other != nil && other != c {
		d.fail("duplicate column name: %s", s.NewName.Name)
	}
	name := s.NewName.Name
	stmt := tableStmt(tb)
	var at []*ast.Ident
	for _, def := range stmt.Columns {
		if strings.EqualFold(def.Name.Name, c.Name) {
			at = append(at, def.Name)
		}
		for _, k := range def.Constraints {
			if k.Kind == ast.ColumnCheck || k.Kind == ast.ColumnGenerated {
				at = append(at, columnRefs(k.Expr, c.Name)...)
			}
		}
	}
	for _, k := range stmt.Constraints {
		at = append(at, columnRefs(k, c.Name)...)
	}
	text := edit(tb.SQL, at, name)
	if c.Name != name {
		d.add("ALTER TABLE %s RENAME COLUMN %s TO %s", tb.pg, Quote(c.Name), Quote(name))
	}
	d.setSQL("table", tb.Name, text)
	for _, idx := range d.catalog.sortedIndexes(tb.Name) {
		if idx.stmt == nil {
			continue
		}
		if refs := columnRefs(idx.stmt, c.Name); len(refs) > 0 {
			d.setSQL("index", idx.Name, edit(idx.SQL, refs, name))
		}
	}
	changed := map[string]string{fold(tb.Name): text}
	for view, refs := range d.viewRefs(func(t *Table, column string) bool { return t == tb && strings.EqualFold(column, c.Name) }, nil) {
		v := d.catalog.Table(view)
		changed[fold(view)] = edit(v.SQL, refs, name)
		d.setSQL("view", v.Name, changed[fold(view)])
	}
	d.validateViews(changed, nil, "rename")
}

func (d *ddl) renameTable(tb *Table, s *ast.AlterTableStmt) {
	name := s.NewName.Name
	if other := d.catalog.Table(name); other != nil && other != tb || d.catalog.indexes[fold(name)] != nil {
		d.fail("there is already another table or index with this name: %s", name)
	}
	stmt := tableStmt(tb)
	text := edit(tb.SQL, []*ast.Ident{stmt.Name.Name}, name)
	if tb.Name != name {
		d.add("ALTER TABLE %s RENAME TO %s", tb.pg, Quote(name))
	}
	d.add("UPDATE %s SET tbl_name = %s, name = CASE WHEN type = 'table' THEN %s WHEN sql IS NULL THEN replace(name, %s, %s) ELSE name END WHERE lower(tbl_name) = lower(%s) AND type <> 'view'",
		d.master(), Literal(name), Literal(name), Literal("_"+tb.Name+"_"), Literal("_"+name+"_"), Literal(tb.Name))
	d.setSQL("table", name, text)
	for _, idx := range d.catalog.sortedIndexes(tb.Name) {
		if idx.stmt != nil {
			d.setSQL("index", idx.Name, edit(idx.SQL, []*ast.Ident{idx.stmt.Table}, name))
		}
	}
	changed := map[string]string{}
	for view, refs := range d.viewRefs(nil, func(t *Table) bool { return t == tb }) {
		v := d.catalog.Table(view)
		changed[fold(view)] = edit(v.SQL, refs, name)
		d.setSQL("view", v.Name, changed[fold(view)])
	}
	changed[fold(name)] = text
	d.validateViews(changed, tb, "rename")
}

// viewRefs resolves the views and finds what they say about a column or table.
func (d *ddl) viewRefs(column func(*Table, string) bool, table func(*Table) bool) map[string][]*ast.Ident {
	out := map[string][]*ast.Ident{}
	for _, v := range d.catalog.Tables() {
		if v.View == nil {
			continue
		}
		probe := &translator{catalog: d.catalog, source: v.SQL, out: &Statement{}}
		if column != nil {
			probe.onRef = func(t *Table, name string, at *ast.Ident) {
				if at != nil && column(t, name) {
					out[v.Name] = append(out[v.Name], at)
				}
			}
		}
		if table != nil {
			probe.onTable = func(t *Table, at *ast.Ident) {
				if table(t) {
					out[v.Name] = append(out[v.Name], at)
				}
			}
		}
		_ = probe.try(v.View.Select)
		if table != nil { // references like table.column follow the table's name
			ast.Walk(v.View.Select, func(n ast.Node) bool {
				if q, ok := n.(*ast.QualifiedRef); ok && len(out[v.Name]) > 0 && d.catalog.Table(q.Parts[0].Name) != nil && table(d.catalog.Table(q.Parts[0].Name)) {
					out[v.Name] = append(out[v.Name], q.Parts[len(q.Parts)-2])
				}
				return true
			})
		}
	}
	return out
}

func (t *translator) try(s *ast.SelectStmt) (err error) {
	defer func() {
		if p := recover(); p != nil {
			failed, ok := p.(failure)
			if !ok {
				panic(p)
			}
			err = failed.error
		}
	}()
	t.selectStmt(s, nil, false)
	return nil
}

// validateViews does what SQLite does after a rename or a dropped column: a
// view that no longer resolves stops the change.
func (d *ddl) validateViews(changed map[string]string, gone *Table, after string) {
	next := &Catalog{Schema: d.catalog.Schema, tables: map[string]*Table{}, indexes: d.catalog.indexes}
	for key, tb := range d.catalog.tables {
		if tb != gone {
			next.tables[key] = tb
		}
	}
	for key, text := range changed {
		stmt, err := parser.ParseStatement(text)
		if err != nil {
			d.fail("error in %s after %s: %v", key, after, err)
		}
		var name string
		switch s := stmt.(type) {
		case *ast.CreateTableStmt:
			name = s.Name.Name.Name
		case *ast.CreateViewStmt:
			name = s.Name.Name.Name
		}
		tb, err := parseTable(next.Schema, Object{Name: name, SQL: text})
		if err != nil {
			panic(failure{err})
		}
		next.tables[key] = tb
	}
	for _, v := range next.Tables() {
		if v.View == nil {
			continue
		}
		probe := &translator{catalog: next, source: v.SQL, out: &Statement{}}
		if err := probe.try(v.View.Select); err != nil {
			if table, ok := strings.CutPrefix(message(err), "no such table: "); ok && !strings.HasPrefix(table, "main.") {
				err = failf("no such table: main.%s", table)
			}
			if before := (&translator{catalog: d.catalog, source: v.SQL, out: &Statement{}}).try(v.View.Select); before != nil {
				d.fail("error in view %s: %s", v.Name, message(err))
			}
			d.fail("error in view %s after %s: %s", v.Name, after, message(err))
		}
	}
}
