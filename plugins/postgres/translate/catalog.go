package translate

import (
	"fmt"
	"sort"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"
)

// Catalog is what SQLite would read from sqlite_master: the tables, views,
// indexes and triggers of one database, parsed from their own CREATE
// statements. It never changes once it is in use.
type Catalog struct {
	Schema  string // the Postgres schema
	tables  map[string]*Table
	indexes map[string]*Index
}

// Table is a table or a view.
type Table struct {
	Name         string
	SQL          string
	View         *ast.CreateViewStmt // nil for a table
	Columns      []*Column
	pk           []*Column
	pg           string // qualified and quoted
	withoutRowid bool
}

// Column is a column of a table.
type Column struct {
	Name    string
	Decl    string // declared type, as written
	Default string // source text of the default, "" without
	Kind    Kind
	NotNull bool
	PK      int // position in the primary key, from 1; 0 outside
	nocase  bool
	defExpr ast.Expr
}

// Index is an index; SQL is empty for those that a constraint made.
type Index struct {
	Name, Table, SQL string
	stmt             *ast.CreateIndexStmt
}

// Object is a row of sqlite_master.
type Object struct {
	Type, Name, Table, SQL string
}

// NewCatalog parses the objects of a schema.
func NewCatalog(schema string, objects []Object) (*Catalog, error) {
	c := &Catalog{Schema: schema, tables: map[string]*Table{}, indexes: map[string]*Index{}}
	for _, o := range objects {
		if err := c.add(o); err != nil {
			return nil, fmt.Errorf("malformed database schema (%s): %w", o.Name, err)
		}
	}
	return c, nil
}

// Tables lists tables and views in the order of their names.
func (c *Catalog) Tables() []*Table {
	out := make([]*Table, 0, len(c.tables))
	for _, tb := range c.tables {
		out = append(out, tb)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Analyze is the statement that takes statistics of all tables, "" without any.
func (c *Catalog) Analyze() string {
	var names []string
	for _, tb := range c.Tables() {
		if tb.View == nil {
			names = append(names, tb.pg)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "ANALYZE " + strings.Join(names, ", ")
}

func (c *Catalog) add(o Object) error {
	switch o.Type {
	case "table", "view":
		t, err := parseTable(c.Schema, o)
		if err != nil {
			return err
		}
		c.tables[fold(o.Name)] = t
	case "index":
		idx := &Index{Name: o.Name, Table: o.Table, SQL: o.SQL}
		if o.SQL != "" {
			stmt, err := parser.ParseStatement(o.SQL)
			if err != nil {
				return err
			}
			idx.stmt, _ = stmt.(*ast.CreateIndexStmt)
		}
		c.indexes[fold(o.Name)] = idx
	}
	return nil
}

func parseTable(schema string, o Object) (*Table, error) {
	stmt, err := parser.ParseStatement(o.SQL)
	if err != nil {
		return nil, err
	}
	t := &Table{Name: o.Name, SQL: o.SQL, pg: Quote(schema) + "." + Quote(o.Name)}
	switch s := stmt.(type) {
	case *ast.CreateViewStmt:
		t.View = s
		return t, nil
	case *ast.CreateTableStmt:
		t.fill(s)
		return t, nil
	}
	return nil, fmt.Errorf("not a table: %.80s", o.SQL)
}

func (t *Table) fill(s *ast.CreateTableStmt) {
	for _, o := range s.Options {
		t.withoutRowid = t.withoutRowid || o.Without
	}
	for _, def := range s.Columns {
		t.Columns = append(t.Columns, newColumn(def, t.SQL))
	}
	for _, k := range s.Constraints {
		if k.Kind != ast.TablePrimaryKey {
			continue
		}
		for i, term := range k.Columns {
			if col := t.column(exprName(term.Expr)); col != nil {
				col.PK = i + 1
			}
		}
	}
	for n := 1; ; n++ {
		found := false
		for _, col := range t.Columns {
			if col.PK == n {
				t.pk, found = append(t.pk, col), true
			}
		}
		if !found {
			return
		}
	}
}

func newColumn(def *ast.ColumnDef, source string) *Column {
	c := &Column{Name: def.Name.Name}
	if def.Type != nil {
		c.Decl = def.Type.Raw
	}
	c.Kind = kindOf(c.Decl)
	for _, k := range def.Constraints {
		switch k.Kind {
		case ast.ColumnNotNull:
			c.NotNull = true
		case ast.ColumnPrimaryKey:
			c.PK = 1
		case ast.ColumnCollate:
			c.nocase = strings.EqualFold(k.Collation.Name, "nocase")
		case ast.ColumnDefault:
			e := k.Expr
			if p, ok := e.(*ast.ParenExpr); ok { // SQLite reports the default without its parentheses
				e = p.X
			}
			c.Default, c.defExpr = source[e.Pos():e.End()], e
		}
	}
	return c
}

func exprName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.Literal:
		if x.Kind == ast.LitString {
			return x.Value
		}
	case *ast.CollateExpr:
		return exprName(x.X)
	case *ast.ParenExpr:
		return exprName(x.X)
	}
	return ""
}

// Table finds a table or view by name, as SQLite does: without regard to case.
func (c *Catalog) Table(name string) *Table { return c.tables[fold(name)] }

func (t *Table) column(name string) *Column {
	for _, col := range t.Columns {
		if strings.EqualFold(col.Name, name) {
			return col
		}
	}
	return nil
}

// rowidAlias is the column that SQLite treats as the rowid itself.
func (t *Table) rowidAlias() *Column {
	if len(t.pk) == 1 && strings.EqualFold(strings.TrimSpace(t.pk[0].Decl), "integer") {
		return t.pk[0]
	}
	return nil
}

// Qualified is the table's name for Postgres.
func (t *Table) Qualified() string { return t.pg }

// HasRowid tells whether the table has a rowid beside its columns.
func (t *Table) HasRowid() bool { return t.rowidAlias() == nil && !t.withoutRowid }

// NumbersRows tells whether a column of the table is its rowid.
func (t *Table) NumbersRows() bool { return t.rowidAlias() != nil }

// KeyColumns are the quoted names of the primary key.
func (t *Table) KeyColumns() []string {
	var out []string
	for _, c := range t.pk {
		out = append(out, Quote(c.Name))
	}
	return out
}

// IdentityColumn is the column that Postgres numbers the rows with, "" for none.
func (t *Table) IdentityColumn() string {
	if c := t.rowidAlias(); c != nil {
		return pgName(c.Name)
	}
	if t.withoutRowid {
		return ""
	}
	return "_rowid_"
}
