package hooks

import (
	"regexp"
	"strings"

	"github.com/sqlc-dev/meyer/ast"
	"github.com/sqlc-dev/meyer/parser"

	"jasaweb/collections"
)

// statements checks texts in SQLite's SQL that people write: both databases take
// it, and the same parser reads it for Postgres.
type statements struct {
	// ours reports whether a table belongs to the program or to PocketBase.
	ours func(table string) bool
	// closed says why no row of a table may be written by hand; empty if it may.
	closed func(table string) (why collections.Text)
	// indexed is the table of an index, "" if there is no such index.
	indexed func(index string) (string, error)
}

// placeholder and quoted are what PocketBase replaces before a database sees the text.
var (
	placeholder = regexp.MustCompile(`\{:\w+\}`)
	quoted      = regexp.MustCompile(`\{\{([\w\-\. ]+)\}\}|\[\[([\w\-\. ]+)\]\]`)
)

// parse reads a text as the database will. What cannot be read is refused: nobody
// can tell what it does.
func parse(text string) ([]ast.Stmt, error) {
	read, err := parser.ParseString(quoted.ReplaceAllString(placeholder.ReplaceAllString(text, "?"), "`$1$2`"))
	if err != nil {
		return nil, collections.Invalid("unreadable_sql", "query", collections.Text{
			ID: "SQL ini tidak terbaca: " + err.Error(), EN: "This SQL cannot be read: " + err.Error(),
		})
	}
	return read, nil
}

// refusal refuses what is the same word in both languages.
func refusal(what string) error { return refusedSQL(what, what) }

func refusedSQL(id, en string) error {
	return collections.Invalid("refused_sql", "query", collections.Text{
		ID: "SQL ini ditolak: " + id + ".", EN: "This SQL is refused: " + en + ".",
	})
}

// check refuses what could rewrite history or take away what the program needs.
func (s *statements) check(text string) error {
	read, err := parse(text)
	if err != nil && strings.HasPrefix(strings.TrimSpace(text), "/*pg*/") {
		return nil // Postgres' own words, which may only read; to SQLite they are no SQL either
	}
	if err != nil {
		return err
	}
	for _, statement := range read {
		if err := s.one(statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *statements) one(statement ast.Stmt) error {
	switch st := statement.(type) {
	case *ast.SelectStmt, *ast.AnalyzeStmt, *ast.ReindexStmt:
		return nil
	case *ast.ExplainStmt:
		return s.one(st.Stmt)
	case *ast.PragmaStmt:
		return checkPragma(st)
	case *ast.VacuumStmt:
		if st.Into == nil {
			return nil
		}
		return refusal("VACUUM INTO")
	case *ast.InsertStmt:
		return s.row(st.Table)
	case *ast.UpdateStmt:
		return s.row(st.Table)
	case *ast.DeleteStmt:
		return s.row(st.Table)
	}
	return s.schema(statement)
}

// row checks a write of rows.
func (s *statements) row(table *ast.QualifiedName) error {
	if why := s.closed(table.Name.Name); why.EN != "" {
		return refusedSQL("perubahan "+table.Name.Name+", "+why.ID, "a change of "+table.Name.Name+", "+why.EN)
	}
	return nil
}

// schema lets people change tables, views and indexes of their own.
func (s *statements) schema(statement ast.Stmt) error {
	own := func(what string, names ...string) error {
		for _, name := range names {
			if s.ours(name) {
				return refusedSQL(what+" "+name+", milik program", what+" "+name+", which belongs to the program")
			}
		}
		return nil
	}
	switch st := statement.(type) {
	case *ast.CreateTableStmt:
		if st.Temp { // would hide a table of the same name from the program
			return refusal("CREATE TEMP TABLE")
		}
		return own("CREATE TABLE", st.Name.Name.Name)
	case *ast.CreateViewStmt:
		if st.Temp {
			return refusal("CREATE TEMP VIEW")
		}
		return own("CREATE VIEW", st.Name.Name.Name)
	case *ast.AlterTableStmt:
		names := []string{st.Table.Name.Name}
		if st.Action == ast.AlterRenameTable {
			names = append(names, st.NewName.Name)
		}
		return own("ALTER TABLE", names...)
	case *ast.DropTableStmt:
		return own("DROP TABLE", st.Name.Name.Name)
	case *ast.DropViewStmt:
		return own("DROP VIEW", st.Name.Name.Name)
	case *ast.CreateIndexStmt:
		return own("CREATE INDEX ON", st.Table.Name)
	case *ast.DropIndexStmt:
		table, err := s.indexed(st.Name.Name.Name)
		if err != nil {
			return err
		}
		return own("DROP INDEX ON", table)
	}
	return refusal(kindOf(statement))
}

// kindOf names a statement for a refusal.
func kindOf(statement ast.Stmt) string {
	switch statement.(type) {
	case *ast.CreateTriggerStmt:
		return "CREATE TRIGGER"
	case *ast.DropTriggerStmt:
		return "DROP TRIGGER"
	case *ast.AttachStmt:
		return "ATTACH"
	case *ast.DetachStmt:
		return "DETACH"
	case *ast.CreateVirtualTableStmt:
		return "CREATE VIRTUAL TABLE"
	}
	return "BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE" // the connection is shared
}

// describing are the pragmas that only tell, with the name of what they tell of.
var describing = map[string]bool{
	"table_info": true, "table_xinfo": true, "table_list": true, "index_list": true, "index_info": true, "index_xinfo": true,
	"foreign_key_list": true, "foreign_key_check": true, "integrity_check": true, "quick_check": true,
	"database_list": true, "collation_list": true, "function_list": true, "module_list": true, "pragma_list": true, "compile_options": true,
}

// settings are the pragmas that tell as long as no value stands behind them.
var settings = map[string]bool{
	"journal_mode": true, "synchronous": true, "foreign_keys": true, "busy_timeout": true, "cache_size": true, "page_count": true,
	"page_size": true, "freelist_count": true, "user_version": true, "schema_version": true, "application_id": true, "encoding": true,
	"auto_vacuum": true, "data_version": true, "temp_store": true, "recursive_triggers": true, "writable_schema": true, "trusted_schema": true,
}

func checkPragma(st *ast.PragmaStmt) error {
	name := strings.ToLower(st.Name.Name.Name)
	if describing[name] && (!st.HasValue || st.Paren) || settings[name] && !st.HasValue {
		return nil
	}
	return refusedSQL("PRAGMA "+name+", kecuali untuk membaca", "PRAGMA "+name+", other than to read")
}
