// Package translate turns SQLite's SQL into Postgres': the text is parsed with
// SQLite's own grammar, names are resolved and typed against a catalog, and
// every value's SQLite type decides what is emitted. It talks to no database.
package translate

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"
)

// Signs of a parameter's Go type; they are part of a translation's identity.
const (
	SignText     = 's'
	SignInt      = 'i'
	SignReal     = 'f'
	SignIntegral = 'g' // a float without a fraction: an integer for indexes, "1.0" as text
	SignBool     = 'b'
	SignBlob     = 'x'
	SignNull     = 'n'
)

// Statement is a translated statement.
type Statement struct {
	SQL string
	// Params says which arguments (from 0) each $n takes: one, or for the array
	// of an IN list several. NULLs are written into the text.
	Params []Param
	// Columns describe the result; nil when there is none. With Star the names
	// and kinds come from the server's answer, because "*" was passed on.
	Columns []Output
	Star    bool
	Write   bool // changes data
	// Log is a row for PocketBase's request log: it may be written a little later.
	Log bool
	// Args is set when argument values are part of the text: not to be cached.
	Args bool
	// Script is the schema change as several statements; SQL is then empty.
	Script []string
	// Vacuum is the file to export to (VACUUM INTO); it is an argument number
	// or, below zero, VacuumFile holds the literal.
	VacuumInto bool
	VacuumFile string
	// Rowid is set when the result is not the statement's own, but its rowids.
	Rowid bool
	// Nothing marks what has no meaning here (PRAGMA optimize, VACUUM).
	Nothing bool
}

// Param is what a $n of the translation stands for.
type Param struct {
	Args  []int
	Array bool // the arguments are the elements of a text[]
}

// Output is a column of a result.
type Output struct {
	Name string
	Kind Kind
	Decl string // declared type, as SQLite reports it; "" for an expression
}

// Error is a refusal in SQLite's words.
type Error struct{ Message string }

func (e *Error) Error() string { return "SQL logic error: " + e.Message + " (1)" }

// message is what an error says without SQLite's frame around it.
func message(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Message
	}
	return err.Error()
}

func failf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

func unsupported(what string) error {
	return &Error{what + " is not supported on Postgres; write it differently, or begin the statement with /*pg*/ to send Postgres' own SQL"}
}

// Split parses a text of one or more statements.
func Split(source string) ([]ast.Stmt, error) {
	stmts, err := parser.ParseString(source)
	if err != nil {
		return nil, &Error{position.ReplaceAllString(err.Error(), "")}
	}
	return stmts, nil
}

// position is where the parser saw the fault; SQLite does not say.
var position = regexp.MustCompile(`^\d+:\d+: `)

// Request is one statement to translate.
type Request struct {
	Source string // the text that Stmt was parsed from
	Stmt   ast.Stmt
	Signs  string // one Sign per argument
	Args   []any  // read only where a value decides the text (pragma functions)
	// Counters answer changes(), total_changes() and last_insert_rowid().
	Counters map[string]int64
	// Rowid makes an INSERT return the rowid, for last_insert_rowid().
	Rowid bool
}

// Translate translates one statement against the catalog.
func Translate(c *Catalog, r Request) (*Statement, error) {
	t := &translator{catalog: c, source: r.Source, signs: r.Signs, args: r.Args, counters: r.Counters, rowid: r.Rowid, out: &Statement{}}
	var err error
	func() {
		defer func() {
			if p := recover(); p != nil {
				failed, ok := p.(failure)
				if !ok {
					panic(p)
				}
				err = failed.error
			}
		}()
		t.statement(r.Stmt)
	}()
	if err != nil {
		return nil, err
	}
	t.out.Params = t.params
	return t.out, nil
}

// failure carries an error out of the recursive descent; Translate returns it.
type failure struct{ error }

func (t *translator) fail(format string, args ...any) { panic(failure{failf(format, args...)}) }

func (t *translator) refuse(what string) { panic(failure{unsupported(what)}) }

type translator struct {
	catalog  *Catalog
	source   string
	signs    string
	args     []any
	counters map[string]int64
	rowid    bool
	out      *Statement
	params   []Param
	names    int // generated aliases
	depth    int // nested views, to stop at circular ones
	// onRef sees every resolved column: renames rewrite the references of views with it.
	onRef func(table *Table, column string, at *ast.Ident)
	// onTable sees every resolved table name.
	onTable func(table *Table, at *ast.Ident)
}

func (t *translator) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.SelectStmt:
		q := t.selectStmt(s, nil, true)
		t.out.SQL = q.sql
		t.out.Columns = q.outputs()
		if t.out.Columns == nil {
			t.out.Columns = []Output{}
		}
		t.out.Star = q.star
	case *ast.InsertStmt:
		t.out.Write = true
		t.insert(s)
	case *ast.UpdateStmt:
		t.out.Write = true
		t.update(s)
	case *ast.DeleteStmt:
		t.out.Write = true
		t.delete(s)
	case *ast.PragmaStmt:
		t.pragma(s)
	case *ast.VacuumStmt:
		t.vacuum(s)
	case *ast.AnalyzeStmt:
		t.analyze(s)
	case *ast.ReindexStmt:
		t.out.Nothing = true
	case *ast.ExplainStmt:
		t.statement(s.Stmt)
		t.out.SQL = "EXPLAIN " + t.out.SQL
		t.out.Columns, t.out.Star = []Output{{Name: "detail", Kind: Text}}, false
	default:
		t.refuse(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", s), "*ast."), "Stmt"))
	}
}

// analyze takes statistics of one table or of all. (Postgres also does so by
// itself, some time after many rows have changed.)
func (t *translator) analyze(s *ast.AnalyzeStmt) {
	t.out.SQL = t.catalog.Analyze()
	if s.Name != nil {
		if tb := t.catalog.tables[fold(s.Name.Name.Name)]; tb != nil && tb.View == nil {
			t.out.SQL = "ANALYZE " + tb.pg
		}
	}
	t.out.Nothing = t.out.SQL == ""
}

func (t *translator) vacuum(s *ast.VacuumStmt) {
	if s.Into == nil {
		t.out.Nothing = true
		return
	}
	t.out.VacuumInto = true
	switch x := s.Into.(type) {
	case *ast.Literal:
		t.out.VacuumFile = x.Value
	case *ast.BindParam:
		t.out.Args = true
		if x.Number-1 < len(t.args) {
			t.out.VacuumFile, _ = t.args[x.Number-1].(string)
		}
	default:
		t.refuse("VACUUM INTO an expression")
	}
}

// pragma answers what reads the schema and ignores what tunes SQLite.
func (t *translator) pragma(s *ast.PragmaStmt) {
	name := fold(s.Name.Name.Name)
	switch name {
	case "optimize", "wal_checkpoint", "journal_mode", "synchronous", "busy_timeout", "foreign_keys", "cache_size",
		"temp_store", "journal_size_limit", "incremental_vacuum", "shrink_memory", "analysis_limit", "mmap_size":
		t.out.Nothing = true
		return
	case "table_info", "table_xinfo", "index_list", "table_list":
		q := t.pragmaRows(name, []string{strings.Trim(s.Value, `"'`+"`[]")})
		t.out.SQL, t.out.Columns = "SELECT * FROM "+q.sql+" AS p", nil
		for _, col := range q.cols {
			t.out.Columns = append(t.out.Columns, Output{Name: col.name, Kind: col.kind})
		}
		return
	}
	t.refuse("PRAGMA " + name)
}

// param writes the argument of a marker with the cast that its Go type asks for.
func (t *translator) param(p *ast.BindParam) value {
	n := p.Number - 1
	if n < 0 || n >= len(t.signs) {
		t.fail("missing argument with index %d", p.Number)
	}
	sign := t.signs[n]
	if sign == SignNull {
		return value{sql: "NULL", kind: Null, lit: true}
	}
	at := 0
	for i, p := range t.params {
		if !p.Array && p.Args[0] == n {
			at = i + 1
		}
	}
	if at == 0 {
		t.params = append(t.params, Param{Args: []int{n}})
		at = len(t.params)
	}
	v := value{notNull: true, param: true}
	switch sign {
	case SignInt:
		v.sql, v.kind = fmt.Sprintf("$%d::int8", at), Int
	case SignReal:
		v.sql, v.kind = fmt.Sprintf("$%d::float8", at), Real
	case SignIntegral:
		v.sql, v.kind, v.integral = fmt.Sprintf("$%d::int8", at), Int, true
	case SignBool:
		v.sql, v.kind = fmt.Sprintf("$%d::boolean", at), Bool
	case SignBlob:
		v.sql, v.kind = fmt.Sprintf("$%d::bytea", at), Blob
	default:
		v.sql, v.kind = fmt.Sprintf("$%d::text", at), Text
	}
	return v
}

// textArray gives the number of a parameter that carries the list as text[], if
// all its elements are arguments of text.
func (t *translator) textArray(list []ast.Expr) (string, bool) {
	if len(list) < 2 {
		return "", false
	}
	var args []int
	for _, e := range list {
		p, ok := e.(*ast.BindParam)
		if !ok || p.Number < 1 || p.Number > len(t.signs) || t.signs[p.Number-1] != SignText {
			return "", false
		}
		args = append(args, p.Number-1)
	}
	t.params = append(t.params, Param{Args: args, Array: true})
	return fmt.Sprintf("$%d::text[]", len(t.params)), true
}

func (t *translator) alias() string {
	t.names++
	return fmt.Sprintf("__q%d", t.names)
}

// HiddenColumn tells whether a column of a passed-on "*" is the translator's own.
func (s *Statement) HiddenColumn(name string) bool {
	if !strings.HasPrefix(name, "__o") {
		return false
	}
	for _, c := range s.Columns {
		if c.Name == name {
			return false
		}
	}
	return true
}

// Number tells whether SQLite's NUMERIC affinity makes s a number, and gives it
// without blanks.
func Number(s string) (string, bool) {
	if s == "" || s[0] > '9' {
		return "", false
	}
	if _, ok := looksNumeric(s); !ok {
		return "", false
	}
	return strings.TrimSpace(s), true
}
