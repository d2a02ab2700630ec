package translate

import (
	"fmt"
	"sort"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
)

// from emits the sources and adds them to the scope.
func (t *translator) from(sc *scope, refs []*ast.TableRef) string {
	var b strings.Builder
	for i, ref := range refs {
		first := len(sc.sources)
		item := t.tableRef(sc, ref)
		if i == 0 {
			b.WriteString(item)
			continue
		}
		join := ref.Join.Type
		left, right := join&ast.JoinLeft != 0, join&ast.JoinRight != 0
		if join&ast.JoinOuter != 0 && !left && !right { // FULL sets both; a lone OUTER is not SQLite
			left, right = true, true
		}
		condition := t.joinCondition(sc, ref, first)
		word := " JOIN "
		switch {
		case left && right:
			word = " FULL JOIN "
		case left:
			word = " LEFT JOIN "
		case right:
			word = " RIGHT JOIN "
		case condition == "":
			word = " CROSS JOIN "
		}
		if condition == "" && word != " CROSS JOIN " {
			condition = "TRUE"
		}
		for n, src := range sc.sources {
			if left && n >= first || right && n < first {
				src.nullable = true
			}
		}
		b.WriteString(word + item)
		if condition != "" {
			b.WriteString(" ON " + condition)
		}
	}
	return b.String()
}

// joinCondition emits ON, USING and NATURAL. first is where the right side's
// sources begin.
func (t *translator) joinCondition(sc *scope, ref *ast.TableRef, first int) string {
	names := []string{}
	for _, id := range ref.Using {
		names = append(names, id.Name)
	}
	if ref.Join.Type&ast.JoinNatural != 0 {
		for _, f := range sc.sources[first].fields {
			for _, src := range sc.sources[:first] {
				if src.find(f.name) != nil {
					names = append(names, f.name)
					break
				}
			}
		}
	}
	var parts []string
	for _, name := range names {
		right := sc.sources[first]
		rf := right.find(name)
		var lv *value
		for _, src := range sc.sources[:first] {
			if f := src.find(name); f != nil {
				v := src.value(f)
				lv = &v
				break
			}
		}
		if rf == nil || lv == nil {
			t.fail("cannot join using column %s - column not present in both tables", name)
		}
		parts = append(parts, t.compare("=", *lv, right.value(rf)).sql)
		right.using = append(right.using, fold(name))
	}
	if ref.On != nil {
		parts = append(parts, t.expr(sc, ref.On).cond())
	}
	return strings.Join(parts, " AND ")
}

func (t *translator) tableRef(sc *scope, ref *ast.TableRef) string {
	switch {
	case ref.List != nil:
		inner := &scope{parent: sc.parent, ctes: sc.ctes}
		sql := "(" + t.from(inner, ref.List) + ")"
		sc.sources = append(sc.sources, inner.sources...)
		return sql
	case ref.Select != nil:
		q := t.selectStmt(ref.Select, &scope{parent: sc.parent, ctes: sc.ctes}, false)
		name := t.alias()
		visible := ""
		if ref.Alias != nil {
			visible, name = ref.Alias.Name, Quote(ref.Alias.Name)
		}
		sc.sources = append(sc.sources, &source{name: visible, pg: name, fields: q.fields()})
		return "(" + q.sql + ") AS " + name
	case ref.HasArgs:
		return t.tableFunction(sc, ref)
	}
	src, sql := t.tableSource(&scope{parent: sc.parent, ctes: sc.ctes}, ref.Name)
	if ref.Alias != nil {
		src.name, src.pg = ref.Alias.Name, Quote(ref.Alias.Name)
	}
	sc.sources = append(sc.sources, src)
	if sql == src.pg {
		return sql
	}
	return sql + " AS " + src.pg
}

// tableFunction emits json_each and the pragma functions.
func (t *translator) tableFunction(sc *scope, ref *ast.TableRef) string {
	name := fold(ref.Name.Name.Name)
	visible := ref.Name.Name.Name
	if ref.Alias != nil {
		visible = ref.Alias.Name
	}
	src := &source{name: visible, pg: Quote(visible)}
	lateral := &scope{parent: sc.parent, ctes: sc.ctes, sources: sc.sources}
	var sql string
	switch {
	case name == "json_each" || name == "json_tree":
		sql, src.fields = t.jsonEach(lateral, name, ref.Args)
	case strings.HasPrefix(name, "pragma_"):
		var args []string
		for _, a := range ref.Args {
			args = append(args, t.constant(a))
		}
		q := t.pragmaRows(strings.TrimPrefix(name, "pragma_"), args)
		sql, src.fields = q.sql, q.cols
	case name == "generate_series":
		var args []string
		for _, a := range ref.Args {
			args = append(args, t.expr(lateral, a).asInt())
		}
		if len(args) == 1 {
			args = append(args, "4294967295")
		}
		sql = "(SELECT g AS value FROM generate_series(" + strings.Join(args, ", ") + ") AS g)"
		src.fields = []field{{name: "value", pg: `"value"`, kind: Int, aff: affNone, notNull: true}}
	default:
		t.fail("no such table-valued function: %s", ref.Name.Name.Name)
	}
	sc.sources = append(sc.sources, src)
	return sql + " AS " + src.pg
}

// constant reads an argument that must be known before Postgres is asked.
func (t *translator) constant(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Literal:
		return x.Value
	case *ast.Ident:
		return x.Name
	case *ast.BindParam:
		t.out.Args = true
		if x.Number-1 < len(t.args) {
			return fmt.Sprint(t.args[x.Number-1])
		}
	}
	t.refuse("a pragma function with an argument from a column")
	return ""
}

// pragmaRows answers a pragma from the catalog.
func (t *translator) pragmaRows(name string, args []string) *query {
	arg := ""
	if len(args) > 0 {
		arg = args[0]
	}
	switch name {
	case "table_info", "table_xinfo":
		return t.tableInfo(arg)
	case "index_list":
		q := &query{cols: []field{intField("seq"), textField("name"), intField("unique"), textField("origin"), intField("partial")}}
		var rows [][]string
		for _, idx := range t.catalog.sortedIndexes(arg) {
			unique, origin, partial := "1", "u", "0"
			if idx.stmt != nil {
				origin, unique = "c", map[bool]string{true: "1", false: "0"}[idx.stmt.Unique]
				if idx.stmt.Where != nil {
					partial = "1"
				}
			}
			rows = append(rows, []string{fmt.Sprint(len(rows)), Literal(idx.Name), unique, Literal(origin), partial})
		}
		q.fill(rows)
		return q
	case "table_list":
		q := &query{cols: []field{textField("schema"), textField("name"), textField("type"), intField("ncol"), intField("wr"), intField("strict")}}
		var rows [][]string
		for _, tb := range t.catalog.Tables() {
			kind := "table"
			if tb.View != nil {
				kind = "view"
			}
			rows = append(rows, []string{"'main'", Literal(tb.Name), Literal(kind), fmt.Sprint(len(tb.Columns)), "0", "0"})
		}
		q.fill(rows)
		return q
	}
	t.refuse("pragma_" + name)
	return nil
}

func textField(name string) field {
	return field{name: name, pg: Quote(name), kind: Text, aff: affText}
}

func intField(name string) field {
	return field{name: name, pg: Quote(name), kind: Int, aff: affNumeric}
}

func (q *query) fill(rows [][]string) {
	var names, list []string
	for _, c := range q.cols {
		names = append(names, c.pg)
	}
	for _, r := range rows {
		for i := range r {
			r[i] += "::" + q.cols[i].kind.pg()
		}
		list = append(list, "("+strings.Join(r, ", ")+")")
	}
	where := ""
	if len(rows) == 0 {
		var cells []string
		for _, c := range q.cols {
			cells = append(cells, "NULL::"+c.kind.pg())
		}
		list, where = []string{"(" + strings.Join(cells, ", ") + ")"}, " WHERE FALSE"
	}
	q.sql = "(SELECT * FROM (VALUES " + strings.Join(list, ", ") + ") AS v(" + strings.Join(names, ", ") + ")" + where + ")"
}

// tableInfo describes the columns of a table or view. A view whose tables have
// gone is an error, as in SQLite.
func (t *translator) tableInfo(name string) *query {
	q := &query{cols: []field{intField("cid"), textField("name"), textField("type"), intField("notnull"), textField("dflt_value"), intField("pk")}}
	var rows [][]string
	add := func(name, decl, def string, notNull bool, pk int) {
		d, nn := "NULL", "0"
		if def != "" {
			d = Literal(def)
		}
		if notNull {
			nn = "1"
		}
		rows = append(rows, []string{fmt.Sprint(len(rows)), Literal(name), Literal(decl), nn, d, fmt.Sprint(pk)})
	}
	if tb := t.catalog.Table(name); tb != nil && tb.View != nil {
		for _, c := range t.view(tb).cols {
			add(c.name, c.decl+c.castDecl, "", false, 0)
		}
	} else if tb != nil {
		for _, c := range tb.Columns {
			add(c.Name, c.Decl, c.Default, c.NotNull, c.PK)
		}
	}
	q.fill(rows)
	return q
}

func (c *Catalog) sortedIndexes(table string) []*Index {
	var out []*Index
	for _, idx := range c.indexes {
		if strings.EqualFold(idx.Table, table) {
			out = append(out, idx)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
