package postgres_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// journal is a process log that may be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// The pooler freezes (SIGSTOP): it takes connections and says nothing. What waits
// for it is unavailable within the watch's time, however many wait in the queue of
// the one connection that writes, later ones almost at once; when it goes on,
// writing works within two seconds. The process log says that it began and ended.
func TestFrozenPoolerAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	pooler, err := pgtest.Shared(t).Bouncer(5)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pooler.Stop() })
	log := &journal{}
	db := open(t, postgres.Config{URL: pooler.URL(pgtest.Name(url)), DirectURL: url, Logger: slog.New(slog.NewTextHandler(log, nil))})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "INSERT INTO a VALUES ('x', 0), ('y', 0)")
	db.SetMaxOpenConns(1) // as PocketBase writes
	if err := pooler.Freeze(true); err != nil {
		t.Fatal(err)
	}
	frozen := time.Now()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { refused(t, db, 9*time.Second+slack) })
	}
	wg.Wait()
	t.Logf("all were refused %s after it froze", time.Since(frozen))
	refused(t, db, time.Second)
	if err := pooler.Freeze(false); err != nil {
		t.Fatal(err)
	}
	t.Logf("writes again after %s", writes(t, db, 2*time.Second+slack))
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(log.String(), "level=INFO msg=\"Postgres is available"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the process log does not say that it is over: %s", log)
		}
	}
	if n := strings.Count(log.String(), "level=ERROR msg=\"Postgres is not available"); n < 1 || n > 3 {
		t.Errorf("the process log has it %d times: %s", n, log)
	}
}

// The watch leaves alone what takes long on a server that is there.
func TestSlowStatementIsLeftAlone(t *testing.T) {
	t.Parallel()
	db := open(t, postgres.Config{})
	must(t, db, "CREATE TABLE a (id TEXT)")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO a VALUES ('kept')"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
	defer cancel()
	if err := slowly(ctx, tx); ctx.Err() == nil || errors.Is(err, postgres.ErrUnavailable) {
		t.Errorf("ended before its time: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := answer(db, "SELECT count(*) FROM a"); got != "count(*) | int64:1;" {
		t.Error(got)
	}
}

// slowly runs a statement that takes longer than any test waits.
func slowly(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT count(*) FROM c")
	return err
}
