// Package postgres lets PocketBase run on PostgreSQL, unmodified: a
// database/sql driver that presents SQLite. Statements are parsed with SQLite's
// grammar and translated with SQLite's types (package translate); results,
// errors and schema tables look as SQLite's do.
//
//	store, err := postgres.New(postgres.Config{URL: os.Getenv("DATABASE_URL")})
//	…
//	app := pocketbase.NewWithConfig(pocketbase.Config{DBConnect: store.Connect})
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/pocketbase/dbx"
)

// Config says where the database is.
type Config struct {
	// URL is the address for ordinary statements; it may lead through a
	// transaction pooler.
	URL string
	// DirectURL leads to the server itself, for what a pooler cannot carry
	// (LISTEN, session locks). Empty means that URL does.
	DirectURL string
	// Schema names the Postgres schema of a database file. Nil: "data.db" is
	// schema "data", "auxiliary.db" schema "auxiliary".
	Schema func(path string) string
	// Prepared lets the server keep prepared statements. Only without a
	// transaction pooler.
	Prepared bool
	// Writers is how many connections may write at once; default: 1, PocketBase's
	// own setting. Transactions run one after another all the same, but single
	// statements need not wait for each other's commit.
	Writers int
	// Trace logs statements that take at least this long, with both texts and
	// the plan; 0 is off.
	Trace time.Duration
	// Logger receives the trace and lost connections. Nil is slog's default.
	Logger *slog.Logger
	// Fixture, if set, fills a schema that has just been made, from the path
	// that is opened (tests put a SQLite file there).
	Fixture func(ctx context.Context, db *sql.DB, path string) error
}

// Store opens databases on one server.
type Store struct {
	config Config
	pg     *pgconn.Config
	direct *pgconn.Config
	watch  watch
	idle   string // how long a transaction may wait for its client

	mu      sync.Mutex
	ready   bool // helpers are installed
	dynOID  uint32
	schemas map[string]*schema
	open    int // databases in use
	stop    func()
	rows    func() // called when rows of announced tables may have changed

	// Moments, in Unix nanoseconds.
	changed atomic.Int64 // this node last changed a schema
	moved   atomic.Int64 // another node was last seen to have done so

	changing atomic.Int32 // schema changes of this node that are under way
	catching atomic.Bool  // collections are being read again
}

// connectTimeout is how long a host may take to answer, unless the URL says
// otherwise: with several hosts, one that is gone delays the others by it.
const connectTimeout = 5 * time.Second

// New checks the addresses; it does not connect.
func New(c Config) (*Store, error) {
	if c.Schema == nil {
		c.Schema = func(path string) string { return strings.TrimSuffix(filepath.Base(path), ".db") }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &Store{config: c, schemas: map[string]*schema{}}
	var err error
	if s.pg, err = parseURL(c.URL); err != nil {
		return nil, err
	}
	s.idle = idle(s.pg)
	if c.DirectURL == "" {
		bound(s.pg)
		s.direct = s.pg.Copy()
		s.pg.RuntimeParams["lock_timeout"], s.pg.RuntimeParams[idleTransaction] = fmt.Sprint(lockTimeout.Milliseconds()), s.idle
		return s, nil
	}
	if s.direct, err = parseURL(c.DirectURL); err != nil {
		return nil, fmt.Errorf("direct address: %w", err)
	}
	bound(s.direct)
	return s, nil
}

func parseURL(url string) (*pgconn.Config, error) {
	pg, err := pgconn.ParseConfig(url)
	if err != nil { // pgconn hides the password
		return nil, fmt.Errorf("postgres: %w", err)
	}
	// A cancelled context asks the server to stop; closing the connection, which
	// is pgconn's default, would lose the transaction it carries.
	pg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, CancelRequestDelay: 0, DeadlineDelay: 3 * time.Second}
	}
	if pg.ConnectTimeout == 0 { // for each host
		pg.ConnectTimeout = connectTimeout
	}
	pg.DialFunc = (&net.Dialer{Timeout: pg.ConnectTimeout, KeepAliveConfig: keepAlive}).DialContext
	if pg.ValidateConnect == nil && slices.ContainsFunc(pg.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.Host != pg.Host || f.Port != pg.Port }) {
		// Of several hosts one is the server and the others follow it: without
		// target_session_attrs in the URL, the one that lets write is meant.
		pg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return pg, nil
}

// Connect opens the database that PocketBase knows by the path of a file. Its
// type is that of PocketBase's DBConnect.
func (s *Store) Connect(path string) (*dbx.DB, error) {
	db, err := s.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	return dbx.NewFromDB(db, "sqlite"), nil
}

// Open is Connect for database/sql.
func (s *Store) Open(ctx context.Context, path string) (*sql.DB, error) {
	sch, created, err := s.schema(ctx, s.config.Schema(path))
	if err != nil {
		return nil, fmt.Errorf("postgres: open %s: %w", filepath.Base(path), err)
	}
	s.opened()
	db := sql.OpenDB(&connector{schema: sch})
	if created && s.config.Fixture != nil {
		if err := s.config.Fixture(ctx, db, path); err != nil {
			return nil, errors.Join(fmt.Errorf("postgres: fill %s: %w", filepath.Base(path), err), db.Close())
		}
	}
	return db, nil
}
