package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// The direct way to the server is gone for a while and the pooled one is not:
// statements go on, what needs the direct way says so, and a schema change that
// nobody could tell of is known as soon as it is back.
func TestDirectWayIsAway(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	wire := pgtest.Shared(t).NewWire(t, url)
	other, db := open(t, postgres.Config{URL: url}), open(t, postgres.Config{URL: url, DirectURL: wire.URL()})
	must(t, other, "CREATE TABLE a (id TEXT)")
	seen := func(want string) {
		t.Helper()
		var got string
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if got = answer(db, "SELECT * FROM a"); strings.HasSuffix(got, want) {
				return
			}
		}
		t.Fatalf("%s, want …%s", got, want)
	}
	must(t, other, "INSERT INTO a VALUES ('x')")
	seen("string:x;")

	wire.Down(true)
	must(t, db, "UPDATE a SET id = 'y'")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE a SET id = 'z'"); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := db.Exec("VACUUM INTO ?", backup); err == nil || !strings.Contains(err.Error(), "cannot connect to database") {
		t.Errorf("a backup without the direct way: %v", err)
	}
	// Without an error that could hint at it: the statement is still right, only
	// the type of the new column is not known yet.
	must(t, other, "ALTER TABLE a ADD COLUMN extra NUMERIC DEFAULT 7")
	if got := answer(db, "SELECT * FROM a"); got != "id TEXT|extra | string:z int64:7;" {
		t.Errorf("knows of the change on a way that is down, so this test proves nothing: %s", got)
	}
	wire.Down(false)
	seen("id TEXT|extra NUMERIC| string:z int64:7;")
	must(t, db, "VACUUM INTO ?", backup)
}

// The pooler restarts under load. What was acknowledged is there, what was not is
// an error that says the database was away, and the same pool works on.
func TestPoolerRestartsAtOnce(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	name, err := server.CreateDatabase("")
	if err != nil {
		t.Fatal(err)
	}
	pooler, err := server.Bouncer(3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pooler.Stop() })
	db := open(t, postgres.Config{URL: pooler.URL(name), DirectURL: server.URL(name)})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, pair NUMERIC)")
	underLoad(t, db, func() {
		for range 3 {
			time.Sleep(300 * time.Millisecond)
			if err := pooler.Restart(); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(300 * time.Millisecond)
	})
}

// A replica takes over while nodes write: what was acknowledged is there, what was
// not is an error that says the database was away, and the same pool writes to the
// new server within two seconds, for the URL names both.
func TestReplicaTakesOverAtOnce(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(pgtest.Options{TCP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	name, err := server.CreateDatabase("")
	if err != nil {
		t.Fatal(err)
	}
	replica, err := server.Replica()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = replica.Stop() })
	db := open(t, postgres.Config{URL: pgtest.HostsURL(name, replica, server), Prepared: true})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, pair NUMERIC)")
	underLoad(t, db, func() {
		time.Sleep(300 * time.Millisecond)
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		time.Sleep(300 * time.Millisecond) // nobody lets write
		if err := replica.Promote(); err != nil {
			t.Error(err)
		}
		promoted := time.Now()
		for twice(db, fmt.Sprint("after ", time.Now().UnixNano())) != nil {
			if time.Since(promoted) > 2*time.Second {
				t.Error("2 s after the replica lets write it is not written to")
				break
			}
		}
		time.Sleep(300 * time.Millisecond)
	})
}

// underLoad writes pairs on several goroutines while harm does its work, and then
// looks at what is stored: both of an acknowledged pair, both or none of others.
func underLoad(t *testing.T, db *sql.DB, harm func()) {
	t.Helper()
	var mu sync.Mutex
	stored, refused := map[string]bool{}, 0
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := string(rune('a'+worker)) + strings.Repeat("x", n%7) + time.Now().Format("150405.000000000")
				err := twice(db, id)
				mu.Lock()
				if err == nil {
					stored[id] = true
				} else if refused++; !errors.Is(err, postgres.ErrUnavailable) {
					t.Errorf("refused with %v", err)
				}
				mu.Unlock()
			}
		})
	}
	harm()
	close(stop)
	wg.Wait()
	for id := range stored {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM a WHERE id IN (?, ?)", id, id+"'").Scan(&n); err != nil || n != 2 {
			t.Errorf("%s was acknowledged and is stored %d times, %v", id, n, err)
		}
	}
	if got := answer(db, "SELECT count(*) % 2 FROM a"); !strings.HasSuffix(got, "int64:0;") {
		t.Errorf("half a transaction: %s", got)
	}
	if len(stored) == 0 {
		t.Error("nothing was stored: the load did no work")
	}
	t.Logf("%d transactions stored, %d refused", len(stored), refused)
}

// twice writes two rows in one transaction.
func twice(db *sql.DB, id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, id := range []string{id, id + "'"} {
		if _, err := tx.ExecContext(ctx, "INSERT INTO a VALUES (?, 1)", id); err != nil {
			return err
		}
	}
	return tx.Commit()
}
