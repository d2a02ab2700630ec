package migrations_test

import (
	"path/filepath"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations"

	_ "jasaweb/pb_migrations"
	"jasaweb/plugins/sqlite"
)

func newApp(t *testing.T) *core.BaseApp {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: filepath.Join(t.TempDir(), "data"), DBConnect: sqlite.Connect})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.ClearBootstrap() })
	return app
}

func TestMigrationsRun(t *testing.T) {
	app := newApp(t)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"ledger", "audit_logs", "project_events"} {
		if _, err := app.DB().NewQuery("UPDATE {{" + table + "}} SET demo = demo").Execute(); err != nil {
			t.Log(err)
		}
	}
}
