// Package connect is what PocketBase's tests open their databases with when
// command conformance runs them on Postgres.
//
// Each data directory becomes a database: a copy of one that holds the import of
// the directory's SQLite files, made once for equal files. Copying takes a third
// of importing, and a test run opens some thousand directories.
package connect

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pocketbase/dbx"

	"jasaweb/plugins/postgres"
)

// What command conformance tells its test processes. DATABASE in an address
// stands for the name.
var (
	adminURL  = os.Getenv("CONFORMANCE_ADMIN_URL") // of a superuser
	url       = os.Getenv("CONFORMANCE_URL")
	directURL = os.Getenv("CONFORMANCE_DIRECT_URL") // "" unless url goes through a pooler
	prepared  = os.Getenv("CONFORMANCE_PREPARED") != ""
)

func init() { sql.Register("conformance", named{}) }

var (
	mu     sync.Mutex
	stores = map[string]*opened{} // by data directory
	next   int
)

// opened is the database of a data directory.
type opened struct {
	store    *postgres.Store
	database string
}

// Open opens the database that stands for the SQLite file at path.
func Open(path string) (*dbx.DB, error) {
	store, err := storeOf(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("conformance: open %s: %w", path, err)
	}
	return store.Connect(path)
}

func storeOf(dir string) (*postgres.Store, error) {
	mu.Lock()
	defer mu.Unlock()
	if o := stores[dir]; o != nil {
		return o.store, nil
	}
	if err := dropVanished(); err != nil {
		return nil, err
	}
	template, err := templateOf(dir)
	if err != nil {
		return nil, err
	}
	next++
	o := &opened{database: fmt.Sprintf("app_%d_%d", os.Getpid(), next)}
	if err := create(o.database, template); err != nil {
		return nil, err
	}
	if o.store, err = newStore(o.database, url); err != nil {
		return nil, err
	}
	stores[dir] = o
	return o.store, nil
}

// newStore gives data.db and auxiliary.db their schemas, whatever the directory.
func newStore(database, address string) (*postgres.Store, error) {
	config := postgres.Config{
		URL:      strings.Replace(address, "DATABASE", database, 1),
		Prepared: prepared,
		Schema: func(path string) string {
			return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		},
		Fixture: func(ctx context.Context, db *sql.DB, path string) error {
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				return nil // a new application
			}
			return postgres.ImportFile(ctx, db, path, nil)
		},
	}
	if directURL != "" && address != directURL {
		config.DirectURL = strings.Replace(directURL, "DATABASE", database, 1)
	}
	return postgres.New(config)
}

// templateOf is the database with the import of a directory's files.
func templateOf(dir string) (string, error) {
	sum, found := sha256.New(), false
	for _, name := range []string{"data.db", "auxiliary.db"} {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		fmt.Fprint(sum, name)
		found = true
	}
	if !found {
		return "template0", nil
	}
	return fixture(dir, fmt.Sprintf("fixture_%x", sum.Sum(nil)[:10]))
}

// fixture makes the database under the name, unless it is there. Tests of several
// packages run at once: it gets its name, and is locked, when it is whole.
func fixture(dir, name string) (string, error) {
	making := fmt.Sprintf("%s_%d", name, os.Getpid())
	switch exists, err := admin("SELECT 1 FROM pg_database WHERE datname = '" + name + "'"); {
	case err != nil:
		return "", err
	case exists:
		return name, nil
	}
	if err := create(making, "template0"); err != nil {
		return "", err
	}
	direct := url
	if directURL != "" {
		direct = directURL
	}
	store, err := newStore(making, direct)
	if err != nil {
		return "", err
	}
	for _, file := range []string{"data.db", "auxiliary.db"} {
		db, err := store.Open(context.Background(), filepath.Join(dir, file))
		if err == nil {
			err = errors.Join(db.Ping(), db.Close())
		}
		if err != nil {
			return "", fmt.Errorf("import %s: %w", file, err)
		}
	}
	if _, err := admin("ALTER DATABASE " + making + " ALLOW_CONNECTIONS false"); err != nil {
		return "", err
	}
	if _, err := admin("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" + making + "'"); err != nil {
		return "", err
	}
	_, err = admin("ALTER DATABASE " + making + " RENAME TO " + name)
	if code(err) == "42P04" { // another process was faster
		return name, drop(making)
	}
	return name, err
}

func create(name, template string) error {
	_, err := admin("CREATE DATABASE " + name + owner() + " TEMPLATE " + template + " STRATEGY FILE_COPY")
	return err
}

func drop(name string) error {
	_, err := admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	return err
}

// dropVanished removes the databases whose directory a test has removed.
func dropVanished() error {
	for dir, o := range stores {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		delete(stores, dir)
		if err := drop(o.database); err != nil {
			return err
		}
	}
	return nil
}

// owner lets the role of the tests make schemas.
func owner() string {
	address := url
	if directURL != "" {
		address = directURL
	}
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		return ""
	}
	return " OWNER " + config.User
}

// admin runs a statement and says whether it gave a row.
func admin(statement string) (bool, error) {
	conn, err := pgconn.Connect(context.Background(), adminURL)
	if err != nil {
		return false, err
	}
	results, err := conn.Exec(context.Background(), statement).ReadAll()
	return len(results) > 0 && len(results[0].Rows) > 0, errors.Join(err, conn.Close(context.Background()))
}

func code(err error) string {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failed.Code
	}
	return ""
}

// named is the driver for the tests that open SQLite's memory by the driver's
// name: every sql.Open is an empty database of its own.
type named struct{}

func (named) Open(string) (driver.Conn, error) {
	return nil, errors.New("conformance: opened without a connector")
}

func (named) OpenConnector(string) (driver.Connector, error) {
	dir, err := os.MkdirTemp("", "conformance-memory-")
	if err != nil {
		return nil, err
	}
	store, err := storeOf(dir)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(context.Background(), filepath.Join(dir, "data.db"))
	if err != nil {
		return nil, err
	}
	return lent{db}, nil
}

// lent opens connections of another database/sql pool's driver.
type lent struct{ db *sql.DB }

func (l lent) Driver() driver.Driver { return l.db.Driver() }

func (l lent) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var raw driver.Conn
	err = conn.Raw(func(c any) error { raw = c.(driver.Conn); return nil })
	return raw, err
}
