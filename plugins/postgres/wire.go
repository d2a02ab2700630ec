package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// migrationLock keeps two nodes from making the same tables at once.
const migrationLock = installLock + 1

// idleReaders is how many connections for reading stay open without work, for
// the three minutes that PocketBase gives them. PocketBase keeps 15, which suits a
// file: a list takes two at once, and each new one is a new process of the server.
const idleReaders = 32

// Register ties the store to PocketBase's life: one node at a time bootstraps
// and migrates, and a backup is not restored over a database that other nodes use.
func Register(app core.App, s *Store) {
	var holder *pgconn.PgConn
	release := func() {
		if holder != nil {
			_ = holder.Close(context.Background()) // ends the session, and the lock with it
			holder = nil
		}
	}
	app.OnBootstrap().BindFunc(func(e *core.BootstrapEvent) error {
		pg, err := connect(context.Background(), s.direct)
		if err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
		holder = pg
		defer release()
		if free, err := scalar(context.Background(), pg, fmt.Sprintf("SELECT pg_try_advisory_lock(%d)::text", migrationLock)); err == nil && free == "true" {
			return migrate(e, s, pg)
		}
		s.config.Logger.Info("another node is starting, or an import runs: waiting for it")
		if err := script(context.Background(), pg, fmt.Sprintf("SELECT pg_advisory_lock(%d)", migrationLock)); err != nil {
			return fmt.Errorf("postgres: wait for another node's migrations: %w", err)
		}
		return migrate(e, s, pg)
	})
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		s.onRows(nil)
		return e.Next()
	})
	refuse := func() error {
		return apis.NewBadRequestError("A backup cannot be restored over Postgres while nodes use it. Unpack it and run \"jasaweb db import DIR\" into an empty database.", nil)
	}
	app.OnBackupRestore().BindFunc(func(*core.BackupEvent) error { return refuse() })
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "postgresUnavailable", Priority: -100_000, Func: s.unavailable})
		e.Router.BindFunc(func(e *core.RequestEvent) error { // PocketBase restores after it has answered
			path := e.Request.URL.Path
			if strings.HasPrefix(path, "/api/backups/") && strings.HasSuffix(path, "/restore") && e.HasSuperuserAuth() {
				return refuse()
			}
			return e.Next()
		})
		return e.Next()
	})
}

// migrate bootstraps, while no other node does, and from then on hears of what
// other nodes change.
func migrate(e *core.BootstrapEvent, s *Store, pg *pgconn.PgConn) error {
	if err := e.Next(); err != nil {
		return err
	}
	if err := e.App.RunAllMigrations(); err != nil {
		return err
	}
	for _, table := range []string{"_collections", "_params"} {
		if err := s.announce(context.Background(), pg, files[0], table); err != nil {
			return fmt.Errorf("postgres: announce changes of %s: %w", table, err)
		}
	}
	s.onRows(func() { reload(e.App) })
	e.App.ConcurrentDB().(*dbx.DB).DB().SetMaxIdleConns(idleReaders)
	if s.config.Writers > 1 {
		pool := e.App.NonconcurrentDB().(*dbx.DB).DB()
		pool.SetMaxOpenConns(s.config.Writers)
		pool.SetMaxIdleConns(s.config.Writers)
	}
	reload(e.App) // what changed since they were read was not listened to
	return nil
}

// reload reads again what PocketBase keeps in memory of collections and settings,
// which another node may have changed. (PocketBase itself hears only of other
// processes on the same data directory.)
func reload(app core.App) {
	if !app.IsBootstrapped() {
		return
	}
	if err := errors.Join(app.ReloadCachedCollections(), app.ReloadSettings()); err != nil {
		app.Logger().Warn("Collections and settings could not be read again", "error", err)
	}
}

// unavailable answers 503 for what failed because the server is away. PocketBase
// turns such failures into 400, 403 or 404, and a batch drops their cause, so a
// failed request counts as one of them if any statement met the fault meanwhile.
func (s *Store) unavailable(e *core.RequestEvent) error {
	began := time.Now().UnixNano()
	err := e.Next()
	if err == nil || !errors.Is(err, ErrUnavailable) && s.watch.away.Load() < began {
		return err
	}
	e.Response.Header().Set("Retry-After", "2")
	if said, ok := errors.AsType[*router.ApiError](err); ok && said.Status == http.StatusServiceUnavailable {
		return err // it says more: which check of readiness fails
	}
	return apis.NewApiError(http.StatusServiceUnavailable, "Layanan sedang tidak tersedia, coba lagi sebentar lagi. The service is not available right now, try again in a moment.", err)
}
