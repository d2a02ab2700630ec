package translate

import (
	"github.com/sqlc-dev/meyer/ast"
)

// createTrigger knows one shape: a row is refused with a message. More would
// need the statements of a trigger's body in Postgres' language.
func (d *ddl) createTrigger(s *ast.CreateTriggerStmt) {
	tb := d.target(s.Table)
	if len(s.Body) != 1 || s.Time != ast.TriggerBefore || len(s.UpdateOf) > 0 {
		d.refuse("a trigger other than BEFORE … BEGIN SELECT RAISE(ABORT, '…'); END")
	}
	raise := raiseOf(s.Body[0])
	if raise == nil || raise.Action != "ABORT" && raise.Action != "FAIL" {
		d.refuse("a trigger other than BEFORE … BEGIN SELECT RAISE(ABORT, '…'); END")
	}
	message, ok := raise.Message.(*ast.Literal)
	if !ok {
		d.refuse("RAISE with an expression")
	}
	name := s.Name.Name.Name
	when := ""
	if s.When != nil {
		fields := tableFields(tb)
		sc := &scope{sources: []*source{{name: "old", pg: "OLD", fields: fields, table: tb}, {name: "new", pg: "NEW", fields: fields, table: tb}}}
		when = " WHEN (" + d.expr(sc, s.When).cond() + ")"
	}
	d.add("CREATE TRIGGER %s BEFORE %s ON %s FOR EACH ROW%s EXECUTE FUNCTION sqlite.abort(%s)", Quote(name), s.Event, tb.pg, when, Literal(message.Value))
	if s.Event != "INSERT" { // TRUNCATE has no SQLite counterpart and would pass by
		d.add("CREATE TRIGGER %s BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION sqlite.abort(%s)", Quote(name+" truncate"), tb.pg, Literal(message.Value))
	}
	d.register("trigger", name, tb.Name, d.text(s))
}

func raiseOf(s ast.Stmt) *ast.RaiseExpr {
	sel, ok := s.(*ast.SelectStmt)
	if !ok || len(sel.Cores) != 1 {
		return nil
	}
	q, ok := sel.Cores[0].(*ast.SelectQuery)
	if !ok || len(q.Columns) != 1 || q.Where != nil || len(q.From) > 0 {
		return nil
	}
	r, _ := q.Columns[0].Expr.(*ast.RaiseExpr)
	return r
}

func (d *ddl) dropTrigger(s *ast.DropTriggerStmt) {
	name := s.Name.Name.Name
	if s.IfExists {
		d.add("SELECT sqlite.drop_trigger(%s, %s, TRUE)", Literal(d.catalog.Schema), Literal(name))
		return
	}
	d.add("SELECT sqlite.drop_trigger(%s, %s, FALSE)", Literal(d.catalog.Schema), Literal(name))
}
