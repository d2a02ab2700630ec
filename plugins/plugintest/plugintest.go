// Package plugintest gives every test a JasaWeb of its own: a migrated database,
// the invariants and the plugins under test, served through PocketBase's real
// router. Like httptest, it belongs in tests only. Tests never name a database;
// this package is the one place that does.
//
// $TEST_DATABASE chooses it: "sqlite" (default) or "postgres".
//
//	app := plugintest.New(t, func(app *plugintest.App) { portal.MustRegister(app, portal.Config{…}) })
//	client := app.NewUser(t, collections.RoleClient)
//	app.Do(t, "GET", "/api/projects", client.Token, nil).Want(200)
package plugintest

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // PocketBase's own schema

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/hooks"
	migrations "jasaweb/pb_migrations" // JasaWeb's schema
	"jasaweb/plugins/accounts"
	"jasaweb/plugins/admin"
	"jasaweb/plugins/content"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/notifications/kinds"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/portal"
	"jasaweb/plugins/sqlite"
)

// App is a running application without a network: requests go straight to its
// handler.
type App struct {
	core.App
	// Handler answers HTTP requests as the real server does.
	Handler http.Handler
	// Credentials is the box that seals credentials in this app.
	Credentials *secret.Box

	mu    sync.Mutex
	clock func() time.Time // nil: the system's
	now   time.Time        // zero: what clock says
}

// Hooks shapes the invariants as the program does.
func (a *App) Hooks() hooks.Config {
	return hooks.Config{Credentials: a.Credentials, Schema: migrations.Schema(), Serves: migrations.CheckSteps}
}

// New starts an application with the invariants and whatever register adds. It
// stops and vanishes when the test ends. The rate limiter is off, because every
// test request comes from one address; tests about it switch it on.
func New(t testing.TB, register ...func(app *App)) *App {
	t.Helper()
	return NewBare(t, withInvariants(register)...)
}

// withInvariants adds the invariants, and what the plugins that are not
// registered say of their collections: without it those would be closed.
func withInvariants(register []func(app *App)) []func(app *App) {
	invariants := func(app *App) { hooks.MustRegister(app, app.Hooks()) }
	rest := func(app *App) {
		for _, kind := range slices.Concat(accounts.Kinds(), admin.Kinds(), content.Kinds(), jobs.Kinds(),
			kinds.All(), payments.Kinds(), portal.Kinds()) {
			if collections.FindKind(app, kind.Name) != nil {
				continue
			}
			if err := collections.Describe(app, kind); err != nil {
				panic(err)
			}
		}
	}
	return slices.Concat([]func(app *App){invariants}, register, []func(app *App){rest})
}

// NewBare is New without the invariants, for the program that registers its own.
func NewBare(t testing.TB, register ...func(app *App)) *App {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	return run(t, dir, migrated(t, dir), register)
}

// StartError starts an application like NewBare and returns what keeps it from
// serving.
func StartError(t testing.TB, register ...func(app *App)) error {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	a, err := start(dir, migrated(t, dir), register)
	if a != nil {
		if stopped := a.stop(); stopped != nil {
			t.Errorf("plugintest: stop: %v", stopped)
		}
	}
	return err
}

// Open starts an application on the SQLite data directory of another one, which
// may be running in another process, with the invariants and whatever register
// adds.
func Open(t testing.TB, dataDir string, register ...func(app *App)) *App {
	t.Helper()
	return run(t, dataDir, sqlite.Connect, withInvariants(register))
}

// run starts an application that stops when the test ends.
func run(t testing.TB, dir string, connect core.DBConnectFunc, register []func(app *App)) *App {
	t.Helper()
	a, err := start(dir, connect, register)
	if err != nil {
		t.Fatalf("plugintest: %v", err)
	}
	t.Cleanup(func() {
		if err := a.stop(); err != nil {
			t.Errorf("plugintest: stop: %v", err)
		}
	})
	return a
}

func start(dir string, connect core.DBConnectFunc, register []func(app *App)) (*App, error) {
	base := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: connect})
	a := &App{App: base, Credentials: secret.NewBox(secret.Key("plugintest", nil))}
	for _, r := range register {
		r(a)
	}
	if err := a.Bootstrap(); err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	collections.SetClock(a, a.Now)
	a.Settings().RateLimits.Enabled = false
	a.Settings().Logs.MaxDays = 0 // PocketBase writes logs from a goroutine that would outlive the test
	return a, a.serve()
}

// serve builds the handler exactly as PocketBase's serve command does, short of
// opening a port.
func (a *App) serve() error {
	router, err := apis.NewRouter(a)
	if err != nil {
		return fmt.Errorf("router: %w", err)
	}
	event := new(core.ServeEvent)
	event.App, event.Router, event.Server = a, router, &http.Server{}
	return a.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		mux, err := e.Router.BuildMux()
		if err != nil {
			return fmt.Errorf("mux: %w", err)
		}
		e.Server.Handler, a.Handler = mux, mux
		return nil
	})
}

func (a *App) stop() error {
	event := new(core.TerminateEvent)
	event.App = a
	return a.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return a.ClearBootstrap() })
}

// Now is the application's clock: the system's, or where SetNow stopped it.
func (a *App) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.now.IsZero():
		return a.now
	case a.clock != nil:
		return a.clock()
	}
	return time.Now().UTC()
}

// SetClock lets the application's time run differently, say faster. Call it
// while the application registers what it consists of.
func (a *App) SetClock(clock func() time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock = clock
}

// SetNow stops the application's clock at t; a zero t lets it run again.
func (a *App) SetNow(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = t
}
