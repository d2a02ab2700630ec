package postgres_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"jasaweb/plugins/postgres"
)

func TestImportFile(t *testing.T) {
	t.Parallel()
	lite, path := file(t)
	must(t, lite, `CREATE TABLE items (id TEXT PRIMARY KEY NOT NULL, n NUMERIC DEFAULT 0 NOT NULL, b BOOLEAN, j JSON, t TEXT, r REAL, raw BLOB, any_thing, made DATETIME)`)
	must(t, lite, `CREATE INDEX idx_items_n ON items (n DESC, lower(t)) WHERE n > 1`)
	must(t, lite, `CREATE TABLE counts (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT)`)
	must(t, lite, `CREATE VIEW big AS SELECT id, n FROM items WHERE n > 1`)
	must(t, lite, `CREATE TRIGGER items_no_delete BEFORE DELETE ON items WHEN OLD.b = FALSE BEGIN SELECT RAISE(ABORT, 'items is append-only'); END`)
	must(t, lite, `INSERT INTO items (rowid, id, n, b, j, t, r, raw, any_thing, made) VALUES
		(5, 'a', 1, 1, '{"k": [1, 2]}', 'tab	and
line \ "x"', 0.1, x'00ff', 'text', '2024-01-01 10:00:00'), (2, 'b', 2.5, 0, 12, '', 1e300, NULL, 7, NULL), (9, 'c', 9007199254740991, NULL, NULL, 'äöü 🙂', -0.0, x'', x'0102', 3)`)
	must(t, lite, `INSERT INTO counts (id, label) VALUES (7, 'seven')`)

	pg := open(t, postgres.Config{})
	var seen int64
	if err := postgres.ImportFile(context.Background(), pg, path, func(step postgres.Step, _ string, rows int64) {
		if step == postgres.Equal {
			seen += rows
		}
	}); err != nil {
		t.Fatal(err)
	}
	if seen != 4 {
		t.Errorf("progress told of %d rows, want 4", seen)
	}
	for _, query := range []string{
		"SELECT id, n, b, j, t, r, raw, any_thing FROM items ORDER BY rowid",
		"SELECT rowid, typeof(any_thing), any_thing FROM items ORDER BY rowid",
		"SELECT * FROM big ORDER BY id",
		"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name",
		"DELETE FROM items WHERE id = 'b'",
		"INSERT INTO counts (label) VALUES ('next') RETURNING id",
		"INSERT INTO items (id) VALUES ('d') RETURNING rowid > 9 AS later",
	} {
		if want, got := answer(lite, query), answer(pg, query); want != got {
			t.Errorf("%s\n  SQLite:   %s\n  Postgres: %s", query, want, got)
		}
	}
	// And back: the file answers like the one it came from.
	back := filepath.Join(t.TempDir(), "back.db")
	if err := postgres.ExportFile(context.Background(), pg, back, nil); err != nil {
		t.Fatal(err)
	}
	copied, err := sql.Open("sqlite", back)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	for _, query := range []string{
		"SELECT rowid, * FROM items WHERE id < 'd' ORDER BY rowid",
		"SELECT * FROM counts ORDER BY id",
		"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name <> 'sqlite_sequence' ORDER BY name",
		"PRAGMA integrity_check",
	} {
		if want, got := answer(lite, query), answer(copied, query); want != got {
			t.Errorf("%s\n  first file: %s\n  exported:   %s", query, want, got)
		}
	}
	must(t, pg, "VACUUM INTO ?", back+"2")
	if _, err := pg.Exec("VACUUM INTO ?", back+"2"); err == nil || !strings.Contains(err.Error(), "output file already exists") {
		t.Errorf("exported over a file: %v", err)
	}
	// A second import must not mix two databases.
	if err := postgres.ImportFile(context.Background(), pg, path, nil); err == nil {
		t.Error("imported into a schema that has tables")
	}
}

func TestImportRefusesWhatAColumnCannotHold(t *testing.T) {
	t.Parallel()
	lite, path := file(t)
	must(t, lite, `CREATE TABLE items (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)`)
	must(t, lite, `INSERT INTO items VALUES ('a', 1), ('b', 'much')`)
	pg := open(t, postgres.Config{})
	err := postgres.ImportFile(context.Background(), pg, path, nil)
	if err == nil {
		t.Fatal("no error")
	}
	if got := answer(pg, "SELECT count(*) FROM sqlite_master"); got != "count(*) | int64:0;" {
		t.Errorf("left behind after %q: %s", err, got)
	}
	t.Log(err)
}
