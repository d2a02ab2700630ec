package translate

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

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

func ordinal(e ast.Expr) (int, bool) {
	if l, ok := e.(*ast.Literal); ok && l.Kind == ast.LitInteger {
		var n int
		if _, err := fmt.Sscan(l.Raw, &n); err == nil {
			return n, true
		}
	}
	return 0, false
}
