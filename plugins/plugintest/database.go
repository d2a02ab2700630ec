package plugintest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/plugins/sqlite"
)

// ProgramEnv is the environment that makes the program itself run on the
// database of the tests: an empty one that goes when the test ends.
func ProgramEnv(t testing.TB) []string {
	t.Helper()
	if os.Getenv("TEST_DATABASE") != "postgres" {
		return nil
	}
	return []string{
		"DATABASE_URL=" + pgtest.Database(t),
		"JWT_SECRET=a secret of the tests, long enough for it",
		"CREDENTIALS_KEY=another secret of the tests as long as that",
	}
}

// OnceOnly skips the test in the run that puts every application on Postgres, where
// it would do again what it does in the other: because it never asks a database,
// or brings a Postgres of its own.
func OnceOnly(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("TEST_DATABASE") == "postgres" {
		t.Skip(why)
	}
}

// migrated makes a migrated, empty database for the data directory and returns
// what opens it. It goes when the test ends, after the application.
func migrated(t testing.TB, dir string) core.DBConnectFunc {
	t.Helper()
	switch name := os.Getenv("TEST_DATABASE"); name {
	case "", "sqlite":
		files, err := sqliteTemplate()
		if err == nil {
			err = writeFiles(dir, files)
		}
		if err != nil {
			t.Fatalf("plugintest: %v", err)
		}
		return sqlite.Connect
	case "postgres":
		return migratedPostgres(t)
	default:
		t.Fatalf("plugintest: TEST_DATABASE is %q, neither sqlite nor postgres", name)
		return nil
	}
}

// migrate runs all migrations on an empty database.
func migrate(dir string, connect core.DBConnectFunc) error {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: connect})
	if err := errors.Join(app.Bootstrap(), app.RunAllMigrations(), cheapPasswords(app), app.ClearBootstrap()); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	return nil
}

// cheapPasswords hashes passwords as cheaply as bcrypt can. What production's
// schema asks for took half the time of most tests, and fixtures guard nothing.
func cheapPasswords(app core.App) error {
	const leastCost = 4
	all, err := app.FindAllCollections(core.CollectionTypeAuth)
	if err != nil {
		return err
	}
	for _, c := range all {
		for _, f := range c.Fields {
			if p, ok := f.(*core.PasswordField); ok {
				p.Cost = leastCost
			}
		}
		if err := app.Save(c); err != nil {
			return err
		}
	}
	return nil
}

// sqliteTemplate is a migrated, empty data directory, lent or made once per test
// binary, and kept in memory: copying it takes a fraction of running the migrations.
var sqliteTemplate = sync.OnceValues(func() (map[string][]byte, error) {
	if dir := os.Getenv(lentFiles); dir != "" {
		return readFiles(dir)
	}
	dir, err := os.MkdirTemp("", "jasaweb-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrate(dir, sqlite.Connect); err != nil {
		return nil, err
	}
	return readFiles(dir)
})

// postgresTemplate is the same as a database, which the server copies.
var postgresTemplate = struct {
	once sync.Once
	name string
	err  error
}{}

func migratedPostgres(t testing.TB) core.DBConnectFunc {
	t.Helper()
	server := pgtest.Shared(t)
	template := &postgresTemplate
	template.once.Do(func() {
		if template.name = os.Getenv(lentDatabase); template.name == "" {
			template.name, template.err = newPostgresTemplate(server)
		}
	})
	if template.err != nil {
		t.Fatalf("plugintest: %v", template.err)
	}
	name, err := server.CreateDatabase(template.name)
	if err != nil {
		t.Fatalf("plugintest: %v", err)
	}
	t.Cleanup(func() {
		if err := server.DropDatabase(name); err != nil {
			t.Errorf("plugintest: %v", err)
		}
	})
	store, err := postgres.New(postgres.Config{URL: server.URL(name), Prepared: true})
	if err != nil {
		t.Fatalf("plugintest: %v", err)
	}
	return store.Connect
}

func newPostgresTemplate(server *pgtest.Server) (string, error) {
	name, err := server.CreateDatabase("")
	if err != nil {
		return "", err
	}
	store, err := postgres.New(postgres.Config{URL: server.URL(name)})
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "jasaweb-template-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := migrate(dir, store.Connect); err != nil {
		return "", err
	}
	// A database that somebody is connected to cannot be copied.
	return name, server.Lock(name)
}

func readFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	return files, err
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
