package postgres_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// What a person sends to Postgres itself reads, and whatever it does to its session
// is not on a connection that others get afterwards: not hidden behind a comment or
// in a function, nor behind a pooler.
func TestNativeStatementsLeaveTheConnectionAsItIs(t *testing.T) {
	t.Parallel()
	for way, c := range nativeWays(t) {
		db := open(t, c)
		db.SetMaxOpenConns(1)
		must(t, db, "CREATE TABLE a (id TEXT)")
		must(t, db, "INSERT INTO a VALUES ('kept')")
		session := func() (got string) {
			t.Helper()
			c, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err = postgres.Session(t.Context(), c, "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('search_path'), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), (SELECT count(*) FROM pg_prepared_statements WHERE name = 'p'), (SELECT count(*) FROM pg_cursors))")
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		before := session()
		for _, query := range []string{
			"BEGIN", " commit", "SET statement_timeout = 1", "LISTEN x", "rollback", "/* hidden */ BEGIN", "PREPARE p AS SELECT 1",
			"-- hidden\n SET statement_timeout = 1", "-- hidden\r\n/* so */ commit", "/* /* nested */ */ PREPARE p AS SELECT 1", "INSERT INTO data.a VALUES ('half')", "CREATE TABLE data.b (id text)",
			"VACUUM", "DO $$ BEGIN SET transaction_read_only = off; INSERT INTO data.a VALUES ('half'); END $$",
			"DO $$ BEGIN COMMIT; END $$", "SELECT set_config('transaction_read_only', 'off', false)",
		} {
			if _, err := db.Exec("/*pg*/ " + query); err == nil || errors.Is(err, postgres.ErrUnavailable) {
				t.Errorf("%s: %s: %v", way, query, err)
			}
		}
		for _, query := range []string{
			"SELECT set_config('statement_timeout', '1', false), set_config('search_path', 'nowhere', false)", "SELECT pg_advisory_lock(471)",
			"DO $$ BEGIN SET statement_timeout = 1; END $$", "DO $$ BEGIN PERFORM pg_advisory_lock(472); END $$",
		} {
			must(t, db, "/*pg*/ "+query)
		}
		if after := session(); after != before {
			t.Errorf("%s: the session was %q and is %q", way, before, after)
		}
		if got, want := answer(db, "SELECT count(*), min(id) FROM a"), "count(*) |min(id) | int64:1 string:kept;"; got != want {
			t.Errorf("%s: %s, want %s", way, got, want)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("/*pg*/ SELECT 1"); err == nil || !strings.Contains(err.Error(), "not supported in a transaction") {
			t.Errorf("%s: in a transaction: %v", way, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		var two int
		if err := db.QueryRow("/*pg*/ SELECT 1 + $1::int", "1").Scan(&two); err != nil || two != 2 {
			t.Errorf("%s: 1 + 1 is %d, %v", way, two, err)
		}
	}
}

// nativeWays are a database reached by itself and one through a pooler.
func nativeWays(t *testing.T) map[string]postgres.Config {
	t.Helper()
	url := pgtest.Database(t)
	pooler, err := pgtest.Shared(t).Bouncer(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pooler.Stop() })
	return map[string]postgres.Config{"direct": {}, "pooled": {URL: pooler.URL(pgtest.Name(url)), DirectURL: url}}
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
