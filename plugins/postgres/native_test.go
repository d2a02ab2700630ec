package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
)

// What a person sends to Postgres itself must not end another's transaction or
// stay on a connection that others get afterwards.
func TestNativeStatementsLeaveTheConnectionAsItIs(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	db.SetMaxOpenConns(1)
	must(t, db, "CREATE TABLE a (id TEXT)")
	for _, query := range []string{"BEGIN", " commit", "SET statement_timeout = 1", "LISTEN x", "rollback", "/* hidden */ BEGIN", "PREPARE p AS SELECT 1"} {
		if _, err := db.Exec("/*pg*/ " + query); err == nil {
			t.Errorf("%s was done", query)
		}
		must(t, db, "INSERT INTO a VALUES ('kept')")
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO a VALUES ('half')"); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("/*pg*/ COMMIT"); err == nil || !strings.Contains(err.Error(), "COMMIT") {
		t.Errorf("committed what was not its own: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got, want := answer(db, "SELECT count(*), min(id) FROM a"), "count(*) |min(id) | int64:7 string:kept;"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var two int
	if err := db.QueryRow("/*pg*/ SELECT 1 + $1::int", "1").Scan(&two); err != nil || two != 2 {
		t.Errorf("1 + 1 is %d, %v", two, err)
	}
}

// A trace has both texts and the plan, and none of the arguments.
func TestTraceShowsNoArguments(t *testing.T) {
	t.Parallel()
	log := &bytes.Buffer{}
	db := open(t, postgres.Config{Trace: time.Nanosecond, Logger: slog.New(slog.NewJSONHandler(log, nil))})
	db.SetMaxOpenConns(1)
	must(t, db, "CREATE TABLE people (email TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "SELECT * FROM people WHERE email = ? AND n > ? ORDER BY n LIMIT ?", "siti@contoh.test", 471_147_114_711, 3)
	must(t, db, "INSERT INTO people VALUES (?, ?)", "budi@contoh.test", 471_147_114_712)
	text := log.String()
	for _, want := range []string{"WHERE email = ? AND n > ?", `\"people\".\"email\" = $1`, "Index", "LIMIT", "INSERT INTO people"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for _, secret := range []string{"siti", "budi", "47114711471"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}
