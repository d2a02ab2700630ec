package translate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// field is a column that a source offers: what it is without the alias.
type field struct {
	name     string
	pg       string // quoted column name in Postgres
	kind     Kind
	aff      affinity
	decl     string
	castDecl string // type of a CAST, which only table_info shows
	nocase   bool
	notNull  bool
	boolCol  bool
}

// source is one item of FROM.
type source struct {
	name     string // folded
	pg       string // quoted alias
	fields   []field
	table    *Table
	nullable bool // on the optional side of an outer join
	using    []string
	only     bool // references must be qualified (the table of ON CONFLICT's excluded)
}

// scope is what names mean inside one SELECT, UPDATE or DELETE.
type scope struct {
	parent  *scope
	sources []*source
	ctes    map[string]*source
	aliases map[string]ast.Expr // names of the result columns
	opening string              // the alias being resolved, against circles
	group   *grouping
}

// grouping is set while the result of an aggregate query is emitted: columns
// outside of aggregates then stand for any row of the group.
type grouping struct {
	keys  []string // emitted GROUP BY expressions
	plain bool     // all keys are columns
	first string   // " ORDER BY x" of the only min() or max(): bare columns come from that row
}

func (sc *scope) cte(name string) *source {
	for s := sc; s != nil; s = s.parent {
		if c, ok := s.ctes[fold(name)]; ok {
			return c
		}
	}
	return nil
}

func (s *source) find(name string) *field {
	for i := range s.fields {
		if strings.EqualFold(s.fields[i].name, name) {
			return &s.fields[i]
		}
	}
	return nil
}

func isRowid(name string) bool {
	switch fold(name) {
	case "rowid", "_rowid_", "oid":
		return true
	}
	return false
}

func (s *source) value(f *field) value {
	return value{sql: s.pg + "." + f.pg, kind: f.kind, aff: f.aff, decl: f.decl, castDecl: f.castDecl, nocase: f.nocase,
		notNull: f.notNull && !s.nullable, column: true, boolCol: f.boolCol, table: s.table}
}

func (s *source) rowid() (value, bool) {
	if s.table == nil || s.table.View != nil {
		return value{}, false
	}
	if c := s.table.rowidAlias(); c != nil {
		return s.value(s.find(c.Name)), true
	}
	return value{sql: s.pg + `."_rowid_"`, kind: Int, aff: affNumeric, decl: "INTEGER", notNull: !s.nullable, column: true, table: s.table}, true
}

// column resolves a name: the sources of this scope, then its result columns,
// then the scopes around it. As a last resort a double-quoted name is a string.
func (t *translator) column(sc *scope, table, name string, id *ast.Ident) value {
	for s := sc; s != nil; s = s.parent {
		v, src, found := t.columnIn(s, table, name)
		if found {
			if t.onRef != nil && src != nil && src.table != nil {
				t.onRef(src.table, name, id)
			}
			if s.group != nil {
				v = s.group.bare(v, src)
			}
			return v
		}
		if table == "" {
			if e, ok := s.aliases[fold(name)]; ok && s.opening != fold(name) {
				was := s.opening
				s.opening = fold(name)
				v := t.expr(s, e)
				s.opening = was
				return v
			}
		}
	}
	if table == "" && id != nil {
		switch {
		case id.Quote == ast.QuoteDouble || id.Quote == ast.QuoteSingle:
			return textLit(name)
		case id.Quote == ast.QuoteNone && strings.EqualFold(name, "true"):
			return value{sql: "TRUE", kind: Bool, lit: true, text: "1", notNull: true, truth: true}
		case id.Quote == ast.QuoteNone && strings.EqualFold(name, "false"):
			return value{sql: "FALSE", kind: Bool, lit: true, text: "0", notNull: true, truth: true}
		}
	}
	if table != "" {
		name = table + "." + name
	}
	t.fail("no such column: %s", name)
	return value{}
}

func (t *translator) columnIn(s *scope, table, name string) (value, *source, bool) {
	var found *source
	var at *field
	for _, src := range s.sources {
		if table != "" && !strings.EqualFold(src.name, table) || table == "" && src.only {
			continue
		}
		f := src.find(name)
		if f == nil {
			continue
		}
		if found != nil {
			if slices.Contains(src.using, fold(name)) {
				continue
			}
			t.fail("ambiguous column name: %s", name)
		}
		found, at = src, f
	}
	if found != nil {
		return found.value(at), found, true
	}
	if isRowid(name) {
		for _, src := range s.sources {
			if table != "" && !strings.EqualFold(src.name, table) || table == "" && src.only {
				continue
			}
			if v, ok := src.rowid(); ok {
				return v, src, true
			}
		}
	}
	return value{}, nil, false
}

// bare wraps a column that stands beside aggregates without being grouped.
func (g *grouping) bare(v value, src *source) value {
	for _, key := range g.keys {
		if key == v.sql {
			return v
		}
	}
	if src != nil && src.table != nil && len(src.table.pk) > 0 && !src.nullable {
		whole := true
		for _, col := range src.table.pk {
			whole = whole && slices.Contains(g.keys, src.pg+"."+Quote(col.Name))
		}
		if whole {
			return v
		}
	}
	if g.first != "" {
		v.sql = "(array_agg(" + v.sql + g.first + "))[1]"
	} else {
		v.sql = "sqlite.any_value(" + v.sql + ")"
	}
	v.column, v.notNull = false, false
	return v
}

func tableFields(tb *Table) []field {
	out := make([]field, 0, len(tb.Columns))
	for _, c := range tb.Columns {
		out = append(out, field{name: c.Name, pg: Quote(c.Name), kind: c.Kind, aff: c.Kind.affinity(), decl: c.Decl,
			nocase: c.nocase, notNull: c.NotNull || c == tb.rowidAlias(), boolCol: c.Kind == Bool})
	}
	return out
}

func textFields(names ...string) []field {
	out := make([]field, 0, len(names))
	for _, n := range names {
		out = append(out, field{name: n, pg: Quote(n), kind: Text, aff: affText, decl: "TEXT"})
	}
	return out
}

// tableSource resolves a table, view or CTE name. The second result is what
// stands in FROM.
func (t *translator) tableSource(sc *scope, name *ast.QualifiedName) (*source, string) {
	n := name.Name.Name
	if name.Schema == nil {
		if c := sc.cte(n); c != nil {
			return &source{name: n, pg: c.pg, fields: c.fields}, c.pg
		}
	} else if s := fold(name.Schema.Name); s != "main" {
		t.fail("no such table: %s.%s", name.Schema.Name, n)
	}
	switch fold(n) {
	case "sqlite_master", "sqlite_schema":
		f := textFields("type", "name", "tbl_name", "rootpage", "sql")
		f[3].kind, f[3].decl, f[3].aff = Int, "INT", affNumeric
		return &source{name: n, pg: Quote(n), fields: f, table: &Table{Name: n, pg: t.master()}}, t.master()
	}
	tb := t.catalog.Table(n)
	if tb == nil {
		t.fail("no such table: %s", n)
	}
	if t.onTable != nil {
		t.onTable(tb, name.Name)
	}
	if tb.View == nil {
		return &source{name: n, pg: Quote(n), fields: tableFields(tb), table: tb}, tb.pg
	}
	q := t.view(tb)
	return &source{name: n, pg: Quote(n), fields: q.fields()}, "(" + q.sql + ")"
}

func (t *translator) master() string { return Quote(t.catalog.Schema) + ".sqlite_master" }

// view translates the body of a view where it is used, as SQLite does: it sees
// the tables of now, and nothing has to be recreated when they change.
func (t *translator) view(tb *Table) *query {
	if t.depth++; t.depth > 30 {
		t.fail("view %s is circularly defined", tb.Name)
	}
	source, onRef, onTable := t.source, t.onRef, t.onTable
	t.source, t.onRef, t.onTable = tb.SQL, nil, nil
	q := t.selectStmt(tb.View.Select, nil, false)
	t.source, t.onRef, t.onTable = source, onRef, onTable
	t.depth--
	t.rename(q, tb.View.Columns, tb.Name)
	return q
}

func (t *translator) rename(q *query, names []*ast.IndexedColumn, of string) {
	if len(names) == 0 {
		return
	}
	if len(names) != len(q.cols) {
		t.fail("expected %d columns for '%s' but got %d", len(names), of, len(q.cols))
	}
	var list []string
	for i, n := range names {
		list = append(list, fmt.Sprintf("%s AS %s", q.cols[i].pg, Quote(n.Name.Name)))
		q.cols[i].name, q.cols[i].pg = n.Name.Name, Quote(n.Name.Name)
	}
	q.sql = "SELECT " + strings.Join(list, ", ") + " FROM (" + q.sql + ") AS " + t.alias()
}
