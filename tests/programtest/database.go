package programtest

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"testing"
)

// Tables is every table's digest and row count, and the text of everything
// that the schema has.
func Tables(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	found := map[string]string{}
	rows, err := db.Query(`SELECT type || ' ' || name, type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, kind, name, text string
		if err := rows.Scan(&key, &kind, &name, &text); err != nil {
			t.Fatal(err)
		}
		found[key] = text
		if kind == "table" {
			found["rows of "+name] = digest(t, db, name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// digest sums a table as SQLite itself writes its values, classes included.
func digest(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	var columns string // bytes in a column that is not declared for them, such as PocketBase's settings, are text on Postgres
	err := db.QueryRow(`SELECT group_concat('quote(iif(typeof("' || name || '") = ''blob'' AND ' || (type <> 'BLOB') || ', CAST("' || name || '" AS TEXT), "' || name || '"))', ' || '','' || ')
		FROM pragma_table_info(?)`, table).Scan(&columns)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query("SELECT rowid || ',' || " + columns + ` FROM "` + table + `" ORDER BY rowid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sum := sha256.New()
	n := 0
	for ; rows.Next(); n++ {
		var row sql.RawBytes
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		sum.Write(append(row, '\n'))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rows, %s", n, hex.EncodeToString(sum.Sum(nil)[:8]))
}

// OpenSQLite opens a file as it is, without the program.
func OpenSQLite(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// NodeEnv is the environment of every node on one database.
func NodeEnv(url string) []string {
	return []string{"DATABASE_URL=" + url,
		"JWT_SECRET=a secret of the tests, long enough for it", "CREDENTIALS_KEY=another secret of the tests as long as that"}
}
