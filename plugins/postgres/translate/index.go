package translate

import (
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// createIndex gives the index the order in which SQLite sorts, so that one
// index serves both directions.
func (d *ddl) createIndex(s *ast.CreateIndexStmt) {
	name := s.Name.Name.Name
	if d.catalog.indexes[fold(name)] != nil {
		if s.IfNotExists {
			return
		}
		d.fail("index %s already exists", name)
	}
	if d.catalog.Table(name) != nil {
		d.fail("there is already a table named %s", name)
	}
	tb := d.catalog.Table(s.Table.Name)
	if tb == nil {
		d.fail("no such table: main.%s", s.Table.Name)
	}
	if tb.View != nil {
		d.fail("views may not be indexed")
	}
	d.add("%s", d.indexSQL(tb, name, s))
	d.register("index", name, tb.Name, d.indexText(s))
}

// indexText is how sqlite_master keeps the statement: without IF NOT EXISTS.
func (d *ddl) indexText(s *ast.CreateIndexStmt) string {
	out := "CREATE "
	if s.Unique {
		out += "UNIQUE "
	}
	return out + "INDEX " + strings.TrimRight(strings.TrimSpace(d.source[s.Name.Name.Pos():s.End()]), "; \n\t\r")
}

func (d *ddl) indexSQL(tb *Table, name string, s *ast.CreateIndexStmt) string {
	pg := Quote(tb.Name)
	sc := &scope{sources: []*source{{name: tb.Name, pg: pg, fields: tableFields(tb), table: tb}}}
	var keys []string
	for _, term := range s.Columns {
		key := d.indexKey(sc, pg, term)
		v := d.indexValue(sc, term)
		switch {
		case term.Order == ast.SortDesc && v.notNull:
			key += " DESC"
		case term.Order == ast.SortDesc:
			key += " DESC NULLS LAST"
		case !v.notNull:
			key += " NULLS FIRST"
		}
		keys = append(keys, key)
	}
	out := "CREATE INDEX "
	if s.Unique {
		out = "CREATE UNIQUE INDEX "
	}
	out += Quote(name) + " ON " + tb.pg + " (" + strings.Join(keys, ", ") + ")"
	if s.Where != nil {
		out += " WHERE " + strings.ReplaceAll(d.expr(sc, s.Where).cond(), pg+".", "")
	}
	return out
}

func (t *translator) indexValue(sc *scope, term *ast.OrderingTerm) value {
	e := term.Expr
	if l, ok := e.(*ast.Literal); ok && l.Kind == ast.LitString { // 'name' is a name here
		e = &ast.Ident{Name: l.Value, Quote: ast.QuoteBack}
	}
	if id, ok := e.(*ast.Ident); ok && id.Quote == ast.QuoteDouble {
		e = &ast.Ident{Name: id.Name, Quote: ast.QuoteBack}
	}
	return t.expr(sc, e)
}

// indexKey is a key without its direction, as index and ON CONFLICT write it.
func (t *translator) indexKey(sc *scope, pg string, term *ast.OrderingTerm) string {
	v := t.indexValue(sc, term)
	key := v.typed()
	plain := v.column
	if v.nocase && (v.kind == Text || v.kind == Flex) {
		key, plain = "lower("+key+` COLLATE "C")`, false
	}
	key = strings.ReplaceAll(key, pg+".", "")
	if !plain {
		key = "(" + key + ")"
	}
	return key
}

func (d *ddl) dropIndex(s *ast.DropIndexStmt) {
	idx := d.catalog.indexes[fold(s.Name.Name.Name)]
	if idx == nil {
		if !s.IfExists {
			d.fail("no such index: %s", s.Name.Name.Name)
		}
		return
	}
	if idx.SQL == "" {
		d.fail("index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped")
	}
	d.add("DROP INDEX %s.%s", Quote(d.catalog.Schema), Quote(idx.Name))
	d.add("DELETE FROM %s WHERE name = %s AND type = 'index'", d.master(), Literal(idx.Name))
}
