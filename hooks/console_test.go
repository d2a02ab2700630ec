package hooks_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// history is what there is of tables, indexes and triggers, and every row of the ledger.
func (w *world) history(t *testing.T) string {
	t.Helper()
	b := &strings.Builder{}
	for _, query := range []string{
		"SELECT type, name, tbl_name FROM sqlite_master ORDER BY name, type", "SELECT * FROM ledger ORDER BY id",
	} {
		rows := []dbx.NullStringMap{}
		if err := w.DB().NewQuery(query).All(&rows); err != nil || len(rows) == 0 {
			t.Fatal(len(rows), err)
		}
		for _, row := range rows {
			fmt.Fprintln(b, row)
		}
	}
	return b.String()
}

// Each of these once was answered 200, and then history could be rewritten.
func TestTheSQLConsoleLeavesHistoryAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	before := w.history(t)
	for _, statement := range []string{
		"DROP TRIGGER ledger_no_delete", "drop trigger if exists main.\"ledger_no_update\"", "SELECT 1; DROP TRIGGER audit_logs_no_update",
		"CREATE TRIGGER mine BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END",
		"CREATE TEMP TRIGGER mine BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'no'); END",
		"attach database '/tmp/other.db' AS other", "ATTACH 'x' AS y", "DETACH other",
		"PRAGMA writable_schema = ON", "PRAGMA writable_schema(1)", "pragma main.writable_schema=1", "PRAGMA foreign_keys = OFF", "PRAGMA recursive_triggers = OFF",
		"PRAGMA journal_mode = OFF", "PRAGMA synchronous(0)", "PRAGMA user_version = 7", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA incremental_vacuum",
		"VACUUM INTO '/tmp/copy.db'", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "EXPLAIN DROP TABLE ledger",
		"DROP TABLE ledger", "DROP TABLE IF EXISTS [Ledger]", "drop table `AUDIT_LOGS`", "DROP TABLE _collections", "DROP TABLE counters",
		"ALTER TABLE ledger RENAME TO old", "ALTER TABLE users ADD COLUMN x TEXT", "ALTER TABLE invoices DROP COLUMN amount", "CREATE TABLE ledger (id TEXT)",
		"CREATE TEMP TABLE ledger (id TEXT)", "CREATE TEMP VIEW ledger AS SELECT 1", "CREATE VIEW users AS SELECT 1", "CREATE VIRTUAL TABLE v USING fts5(x)",
		"CREATE UNIQUE INDEX mine ON ledger (kind)", "CREATE INDEX mine ON users (name)", "DROP INDEX idx_ledger_dedupe_key", "DROP TABLE {{ledger}}",
		"UPDATE ledger SET amount = 0", "DELETE FROM audit_logs", "DELETE FROM ledger WHERE demo = TRUE", "INSERT INTO ledger (id) VALUES ('x')",
		"REPLACE INTO ledger SELECT * FROM ledger", "WITH x AS (SELECT 1) UPDATE project_events SET note = ''",
		"UPDATE _collections SET listRule = '' WHERE name = 'users'", "DELETE FROM _migrations", "UPDATE _params SET value = '{}'", "UPDATE sqlite_master SET sql = ''",
		"/*pg*/ ALTER TABLE data.ledger DISABLE TRIGGER ALL", "  /*pg*/ DROP TRIGGER ledger_no_delete", "/*pg*/ PRAGMA writable_schema = ON",
		"/*pg*/ DO $$ BEGIN DELETE FROM data.ledger; END $$", "this is no SQL", "SELECT 'open",
	} {
		w.Do(t, "POST", "/api/sql", w.superuser, map[string]any{"query": statement}).WantError(400)
	}
	form := plugintest.Form{ContentType: "application/x-www-form-urlencoded", Content: "query=DROP+TRIGGER+ledger_no_delete"}
	w.Do(t, "POST", "/api/sql", w.superuser, form).WantError(400)
	w.Do(t, "POST", "/api/sql", w.superuser, `{"query": 7`).WantError(400)
	if w.history(t) != before {
		t.Error("something was changed")
	}
	if n := w.rows(t, collections.AuditLogs, "action = 'sql' AND after LIKE '%DROP TRIGGER ledger_no_delete%'"); n != 3 { // plain, behind /*pg*/, by a form
		t.Errorf("%d rows in the audit log about the first of them", n)
	}
}

// SQLite's REPLACE takes rows away without asking triggers, unless it is told to.
func TestReplaceDoesNotPassTheTriggers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	before := w.history(t)
	_, err := w.NonconcurrentDB().NewQuery("REPLACE INTO ledger SELECT * FROM ledger").Execute()
	if err == nil || w.history(t) != before {
		t.Errorf("%v", err)
	}
}

// What the console is for goes on working.
func TestTheSQLConsoleReadsAndKeepsTablesOfOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, statement := range []string{
		"SELECT COUNT(*) FROM ledger; ", "WITH a AS (SELECT id FROM users) SELECT * FROM a", "SELECT name FROM sqlite_master", "VALUES (1)",
		"EXPLAIN SELECT * FROM users", "PRAGMA table_info(users)", "ANALYZE users",
		"UPDATE faqs SET question = 'DROP TRIGGER ledger_no_delete' WHERE id = '-- no'",
		"CREATE TABLE catatan (id TEXT, isi TEXT)", "CREATE INDEX idx_catatan ON catatan (isi)", "INSERT INTO catatan VALUES ('a', '[[c]]')",
		"DELETE FROM catatan", "DROP INDEX idx_catatan", "ALTER TABLE catatan RENAME TO catatanku", "DROP TABLE catatanku",
	} {
		w.Do(t, "POST", "/api/sql", w.superuser, map[string]any{"query": statement}).Want(200)
	}
}

// PocketBase hands the texts of views and indexes to the database as they are.
func TestTextsOfViewsAndIndexesAreOneStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.payStart(t)
	before := w.history(t)
	view := func(name, query string) map[string]any {
		return map[string]any{"name": name, "type": "view", "viewQuery": query}
	}
	index := func(name, text string) map[string]any {
		return map[string]any{"name": name, "type": "base", "indexes": []string{text}, "fields": []any{map[string]any{"type": "text", "name": "isi"}}}
	}
	for _, body := range []map[string]any{
		view("a", "SELECT id FROM users) WHERE 1=1; DROP TRIGGER ledger_no_delete; SELECT (1"),
		view("b", "SELECT id FROM users -- '\n); DROP TRIGGER ledger_no_delete; --'"),
		index("d", "CREATE INDEX i ON d (isi) WHERE isi = ''; DROP TRIGGER ledger_no_delete"),
		index("e", "CREATE INDEX i ON e (isi) WHERE isi = 'a' -- '\n; DROP TRIGGER ledger_no_delete; --'"),
		index("f", "CREATE INDEX i ON f (length(isi)); DROP TRIGGER ledger_no_delete; SELECT (1)"),
	} {
		field := "indexes"
		if body["type"] == "view" {
			field = "viewQuery"
		}
		r := w.Do(t, "POST", "/api/collections", w.superuser, body).WantError(400)
		if !strings.Contains(string(r.Body), field) {
			t.Errorf("%v: %s", body, r.Body)
		}
	}
	if w.history(t) != before {
		t.Error("something was changed")
	}
	w.Do(t, "POST", "/api/collections", w.superuser, view("ringkas", "SELECT id, COUNT(*) AS n FROM users GROUP BY id;")).Want(200)
	w.Do(t, "POST", "/api/collections", w.superuser, index("catatan", "CREATE UNIQUE INDEX i ON catatan (isi, lower(isi) COLLATE NOCASE DESC) WHERE isi != ''")).Want(200)
	w.Do(t, "PATCH", "/api/collections/ringkas", w.superuser, map[string]any{"viewQuery": "SELECT id FROM users); DROP TRIGGER ledger_no_delete; SELECT (1"}).WantError(400)
}
