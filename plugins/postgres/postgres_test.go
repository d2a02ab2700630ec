package postgres_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// open gives an empty database of SQLite's kind on a real server.
func open(t testing.TB, c postgres.Config) *sql.DB {
	t.Helper()
	if c.URL == "" {
		c.URL = pgtest.Database(t)
	}
	store, err := postgres.New(c)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), "data.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// file gives an empty SQLite database.
func file(t testing.TB) (*sql.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, path
}

func must(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
