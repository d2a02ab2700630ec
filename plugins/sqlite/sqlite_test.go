package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations"
)

// Every pooled connection of both databases must be durable, so the test holds
// many at once: a pragma that reached only the first one would show.
func TestPW46_EveryPooledConnectionIsSynchronousFull(t *testing.T) {
	t.Parallel()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: filepath.Join(t.TempDir(), "data"), DBConnect: Connect})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.ClearBootstrap() })

	pools := map[string]dbx.Builder{
		"data concurrent": app.ConcurrentDB(), "data writer": app.NonconcurrentDB(),
		"auxiliary concurrent": app.AuxConcurrentDB(), "auxiliary writer": app.AuxNonconcurrentDB(),
	}
	for name, builder := range pools {
		pool := builder.(*dbx.DB).DB()
		open := 12
		if limit := pool.Stats().MaxOpenConnections; limit > 0 && limit < open {
			open = limit
		}
		seen := 0
		for range open {
			seen += synchronous(t, name, pool)
		}
		if seen != open {
			t.Errorf("%s: looked at %d connections, want %d", name, seen, open)
		}
	}
}

// synchronous checks one connection and keeps it checked out until the test ends.
func synchronous(t *testing.T, name string, pool *sql.DB) int {
	t.Helper()
	conn, err := pool.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var level int
	var journal string
	if err := conn.QueryRowContext(context.Background(), "PRAGMA synchronous").Scan(&level); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRowContext(context.Background(), "PRAGMA journal_mode").Scan(&journal); err != nil {
		t.Fatal(err)
	}
	if level != 2 || journal != "wal" {
		t.Errorf("%s: synchronous = %d, journal_mode = %s; want 2 (FULL), wal", name, level, journal)
	}
	return 1
}
