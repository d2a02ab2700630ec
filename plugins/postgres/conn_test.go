package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

func TestTransactionGoesOnAfterAFailedStatement(t *testing.T) {
	t.Parallel()
	for _, prepared := range []bool{false, true} {
		t.Run(fmt.Sprint("prepared=", prepared), func(t *testing.T) {
			db := open(t, postgres.Config{URL: pgtest.Database(t), Prepared: prepared})
			must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
			for round := range 4 { // the first rounds are not prepared yet
				tx, err := db.Begin()
				if err != nil {
					t.Fatal(err)
				}
				do := func(want string, query string, args ...any) {
					t.Helper()
					_, err := tx.Exec(query, args...)
					if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
						t.Fatalf("%s: %v, want %q", query, err, want)
					}
				}
				key := fmt.Sprint("k", round)
				do("no such table", "DELETE FROM nowhere")
				do("", "INSERT INTO a (id, n) VALUES (?, ?)", key, 1)
				do("UNIQUE constraint failed: a.id", "INSERT INTO a (id, n) VALUES (?, ?)", key, 2)
				do("UNIQUE constraint failed: a.id", "INSERT INTO a (id, n) VALUES (?, ?)", key, 3)
				var n int
				if err := tx.QueryRow("SELECT n FROM a WHERE id = ?", key).Scan(&n); err != nil || n != 1 {
					t.Fatalf("n = %d, %v", n, err)
				}
				do("malformed JSON", "UPDATE a SET n = json_extract(?, '$.a')", "{")
				do("", "UPDATE a SET n = n + 1 WHERE id = ?", key)
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := answer(db, "SELECT count(*), sum(n) FROM a"), "count(*) |sum(n) | int64:4 int64:8;"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

func TestFailedFirstWriteRollsNothingElseIn(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL)")
	must(t, db, "INSERT INTO a VALUES ('x')")
	tx, _ := db.Begin()
	if _, err := tx.Exec("INSERT INTO a VALUES ('x')"); err == nil {
		t.Fatal("inserted twice")
	}
	if _, err := tx.Exec("INSERT INTO a VALUES ('y')"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := answer(db, "SELECT group_concat(id) FROM a"); got != "group_concat(id) | string:x;" {
		t.Error(got)
	}
}

func TestCancelKeepsTheConnectionAndTheTransaction(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	must(t, db, "CREATE TABLE a (id TEXT)")
	tx, _ := db.Begin()
	if _, err := tx.Exec("INSERT INTO a VALUES ('kept')"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := slowly(ctx, tx); err == nil {
		t.Fatal("slept through")
	}
	if _, err := tx.Exec("INSERT INTO a VALUES ('too')"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := answer(db, "SELECT count(*) FROM a"); got != "count(*) | int64:2;" {
		t.Error(got)
	}
}

// A connection that died unnoticed is replaced for reads and for transactions
// that have not begun; a write whose answer is lost is an error.
func TestKilledConnections(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	must(t, db, "CREATE TABLE a (id TEXT)")
	server := pgtest.Shared(t)
	var me string
	if err := db.QueryRow("/*pg*/ SELECT current_database()").Scan(&me); err != nil {
		t.Fatal(err)
	}
	kill := func() {
		t.Helper()
		if err := server.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+me+"' AND pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	for range 3 {
		kill()
		if got := answer(db, "SELECT count(*) >= 0 FROM a"); got != "count(*) >= 0 | int64:1;" {
			t.Error(got)
		}
		kill()
		must(t, db, "INSERT INTO a VALUES ('x')")
		kill()
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO a VALUES ('y')"); err != nil {
			t.Fatal(err)
		}
		kill()
		if _, err := tx.Exec("INSERT INTO a VALUES ('half')"); !errors.Is(err, postgres.ErrUnavailable) {
			t.Errorf("a transaction went on without its beginning: %v", err)
		}
		_ = tx.Rollback()
	}
	if got := answer(db, "SELECT group_concat(id) FROM a"); got != "group_concat(id) | string:x,x,x;" {
		t.Error(got)
	}
}

// Another node's schema change is seen without a restart.
func TestSchemaChangesOfAnotherNode(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	for _, prepared := range []bool{false, true} {
		one, two := open(t, postgres.Config{URL: url, Prepared: prepared}), open(t, postgres.Config{URL: url, Prepared: prepared})
		table := fmt.Sprintf("t%t", prepared)
		must(t, one, "CREATE TABLE "+table+" (id TEXT)")
		must(t, one, "INSERT INTO "+table+" VALUES ('a')")
		for range 3 {
			answer(two, "SELECT * FROM "+table)
		}
		must(t, one, "ALTER TABLE "+table+" ADD COLUMN extra NUMERIC DEFAULT 7")
		if got, want := answer(two, "SELECT * FROM "+table), "string:a int64:7;"; !strings.HasSuffix(got, want) {
			t.Errorf("%s, want …%s", got, want)
		}
		must(t, two, "UPDATE "+table+" SET extra = extra + 1")
		must(t, one, "ALTER TABLE "+table+" RENAME COLUMN extra TO more")
		if got, want := answer(two, "SELECT more FROM "+table), "more NUMERIC| int64:8;"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestTwoNodesStartAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	var wg sync.WaitGroup
	failed := make(chan error, 16)
	for range 8 {
		wg.Go(func() {
			store, err := postgres.New(postgres.Config{URL: url})
			if err != nil {
				failed <- err
				return
			}
			for _, name := range []string{"data.db", "auxiliary.db"} {
				db, err := store.Open(context.Background(), name)
				if err != nil {
					failed <- err
					return
				}
				failed <- db.Close()
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
}

// The rows of the request log travel together; a refused one is lost alone.
func TestLogRowsAreSentTogether(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	must(t, db, "CREATE TABLE _logs (id TEXT PRIMARY KEY NOT NULL, level INTEGER NOT NULL)")
	logs := func(ids ...string) {
		t.Helper()
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if _, err := tx.Exec("INSERT INTO _logs (id, level) VALUES (?, ?)", id, 0); err != nil {
				t.Fatal(err)
			}
		}
		var n int // a read sees what was written before it
		if err := tx.QueryRow("SELECT count(*) FROM _logs WHERE id = ?", ids[0]).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
		if _, err := tx.Exec("INSERT INTO _logs (id, level) VALUES (?, ?)", ids[0]+"+", 0); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	logs("a", "b")
	logs("c", "b", "d")
	if got, want := answer(db, "SELECT group_concat(id, ' ') FROM (SELECT id FROM _logs ORDER BY id)"), "string:a a+ b c c+ d;"; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want …%s", got, want)
	}
}

// A row that somebody beside the nodes has locked is SQLite's "database is locked",
// which PocketBase tries again; the lock of all writing is not (frozen_test.go).
func TestLockedRowIsBusy(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, postgres.Config{URL: url})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "INSERT INTO a VALUES ('x', 1)")
	holder, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.Background())
	if err := holder.Exec(t.Context(), "BEGIN; UPDATE data.a SET n = 2").Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE a SET n = 3"); err == nil || !strings.Contains(err.Error(), "database is locked") || errors.Is(err, postgres.ErrUnavailable) {
		t.Errorf("waited and got %v", err)
	}
	if err := holder.Exec(t.Context(), "ROLLBACK").Close(); err != nil {
		t.Fatal(err)
	}
	must(t, db, "UPDATE a SET n = 4")
}
