package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// schema is what all connections to one database share.
type schema struct {
	store   *Store
	name    string
	writers writers

	mu      sync.Mutex
	catalog *translate.Catalog // nil: to be read again
	cache   *cache             // translations against catalog
}

// current is the catalog and its translations, read with the connection if needed.
func (s *schema) current(ctx context.Context, pg *pgconn.PgConn) (*translate.Catalog, *cache, error) {
	s.mu.Lock()
	catalog, kept := s.catalog, s.cache
	s.mu.Unlock()
	if catalog != nil {
		return catalog, kept, nil
	}
	catalog, err := s.read(ctx, pg)
	if err != nil {
		return nil, nil, err
	}
	s.keep(catalog, kept)
	return catalog, kept, nil
}

// keep lets all connections use a catalog that was read while kept were the
// translations, unless somebody changed the schema meanwhile.
func (s *schema) keep(catalog *translate.Catalog, kept *cache) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.catalog == nil && s.cache == kept {
		s.catalog = catalog
	}
}

// stale forgets the catalog: the schema has changed.
func (s *schema) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catalog, s.cache = nil, newCache(maxTranslations)
}

func (s *schema) read(ctx context.Context, pg *pgconn.PgConn) (*translate.Catalog, error) {
	objects, err := s.objects(ctx, pg)
	if err != nil {
		return nil, err
	}
	return translate.NewCatalog(s.name, objects)
}

// objects reads sqlite_master.
func (s *schema) objects(ctx context.Context, pg *pgconn.PgConn) ([]translate.Object, error) {
	r := pg.ExecParams(ctx, `SELECT "type", "name", "tbl_name", coalesce("sql", '') FROM `+translate.Quote(s.name)+`.sqlite_master ORDER BY "rootpage"`, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	objects := make([]translate.Object, 0, len(r.Rows))
	for _, row := range r.Rows {
		objects = append(objects, translate.Object{Type: string(row[0]), Name: string(row[1]), Table: string(row[2]), SQL: string(row[3])})
	}
	return objects, nil
}

type connector struct{ schema *schema }

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	pg, err := connect(ctx, c.schema.store.pg)
	if err != nil {
		c.schema.store.away.Store(time.Now().UnixNano())
		return nil, &Error{Message: "unable to open database: " + err.Error(), cause: errors.Join(ErrUnavailable, err)}
	}
	return &conn{pg: pg, schema: c.schema, counters: map[string]int64{}, used: time.Now()}, nil
}

func (c *connector) Driver() driver.Driver { return sqlDriver{} }

// sqlDriver exists because database/sql asks for it; connections come from a Store.
type sqlDriver struct{}

func (sqlDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("postgres: open databases through a Store")
}

// conn is one connection. database/sql never uses it from two goroutines.
type conn struct {
	pg     *pgconn.PgConn
	schema *schema
	tx     *tx
	// counters are what changes() and its kind answer.
	counters map[string]int64
	kept     kept
	used     time.Time // when a statement last ended
}

var (
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
	_ driver.NamedValueChecker  = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
)

func (c *conn) Prepare(query string) (driver.Stmt, error) { return &stmt{c, query}, nil }

func (c *conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return &stmt{c, query}, nil
}

func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

func (c *conn) IsValid() bool { return !c.pg.IsClosed() }

// ResetSession asks a connection that has rested whether it is still there.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.pg.IsClosed() || time.Since(c.used) > time.Second && c.pg.Ping(ctx) != nil {
		return driver.ErrBadConn
	}
	return nil
}

// reconnect replaces a connection that has died.
func (c *conn) reconnect(ctx context.Context) error {
	pg, err := connect(ctx, c.schema.store.pg)
	if err != nil {
		return err
	}
	c.pg, c.kept = pg, kept{}
	return nil
}

func (c *conn) Ping(ctx context.Context) error { return c.pg.Ping(ctx) }

func (c *conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return c.pg.Close(ctx)
}

// CheckNamedValue takes what SQLite's driver takes.
func (c *conn) CheckNamedValue(nv *driver.NamedValue) error {
	v, err := driver.DefaultParameterConverter.ConvertValue(nv.Value)
	if err != nil {
		return err
	}
	nv.Value = v
	return nil
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	r, err := c.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return driver.RowsAffected(r.affected), nil
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := c.run(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// catalog is the one that statements of this connection see: after a schema
// change inside a transaction, its own.
func (c *conn) catalog(ctx context.Context) (*translate.Catalog, *cache, error) {
	if c.tx == nil || !c.tx.changed {
		if c.tx != nil && c.schema.unread() {
			if err := c.tx.begin(ctx); err != nil {
				return nil, nil, err
			}
		}
		return c.schema.current(ctx, c.pg)
	}
	if c.tx.catalog == nil {
		if err := c.tx.begin(ctx); err != nil {
			return nil, nil, err
		}
		catalog, err := c.schema.read(ctx, c.pg)
		if err != nil {
			return nil, nil, err
		}
		c.tx.catalog, c.tx.cache = catalog, newCache(maxOfTransaction)
	}
	return c.tx.catalog, c.tx.cache, nil
}

func (s *schema) unread() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catalog == nil
}

// run translates and executes a text of one or more statements. The result is
// that of the last one.
func (c *conn) run(ctx context.Context, query string, args []driver.NamedValue) (*rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if trimmed := strings.TrimSpace(query); strings.HasPrefix(trimmed, nativePrefix) {
		return c.native(ctx, trimmed[len(nativePrefix):], args)
	}
	in := bind(args)
	r, err := c.attempt(ctx, query, in)
	if err != nil && (c.tx == nil || !c.tx.changed) && schemaMoved(err) {
		// Another node may have changed the schema: look again, once.
		c.schema.stale()
		r, err = c.attempt(ctx, query, in)
	}
	if errors.Is(err, ErrUnavailable) {
		c.schema.store.away.Store(time.Now().UnixNano())
	}
	return r, err
}

func (c *conn) attempt(ctx context.Context, query string, in *arguments) (*rows, error) {
	catalog, kept, err := c.catalog(ctx)
	if err != nil {
		if c.tx == nil && c.pg.IsClosed() && ctx.Err() == nil {
			return nil, errors.Join(driver.ErrBadConn, err)
		}
		return nil, sqliteError(err, "")
	}
	query = normalise(query)
	key := append(append(make([]byte, 0, len(query)+len(in.signs)+1), query...), 0)
	key = append(key, in.signs...)
	if stmts := kept.get(key); stmts != nil {
		return c.executeAll(ctx, query, stmts, in)
	}
	parsed, err := translate.Split(query)
	if err != nil {
		return nil, err
	}
	var stmts []*translate.Statement
	keep := true
	counted := strings.Contains(strings.ToLower(query), "last_insert_rowid")
	var last *rows
	for i, s := range parsed {
		if translate.IsDDL(s) {
			keep = false
			if last, err = c.change(ctx, query, s); err != nil {
				return nil, err
			}
			if catalog, _, err = c.catalog(ctx); err != nil && i < len(parsed)-1 {
				return nil, sqliteError(err, "")
			}
			continue
		}
		if tb, ok := transactionWord(s); ok {
			return nil, &translate.Error{Message: tb + " as a statement is not supported on Postgres; use a transaction of the connection"}
		}
		st, err := translate.Translate(catalog, translate.Request{
			Source: query, Stmt: s, Signs: string(in.signs), Args: in.values, Counters: c.counters, Rowid: counted,
		})
		if err != nil {
			return nil, err
		}
		keep = keep && !st.Args
		stmts = append(stmts, st)
		if last, err = c.execute(ctx, query, st, in); err != nil {
			return nil, err
		}
	}
	if keep && len(stmts) > 0 {
		kept.put(string(key), stmts)
	}
	if last == nil {
		last = &rows{}
	}
	return last, nil
}

func (c *conn) executeAll(ctx context.Context, query string, stmts []*translate.Statement, in *arguments) (r *rows, err error) {
	for _, st := range stmts {
		if r, err = c.execute(ctx, query, st, in); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (c *conn) execute(ctx context.Context, query string, st *translate.Statement, in *arguments) (*rows, error) {
	switch {
	case st.Nothing:
		return &rows{}, nil
	case st.VacuumInto:
		return &rows{}, c.export(ctx, st.VacuumFile)
	}
	values := make([][]byte, len(st.Params))
	for i, p := range st.Params {
		if p.Array {
			values[i] = textArray(p.Args, in.text)
			continue
		}
		values[i] = in.text[p.Args[0]]
	}
	started := time.Now()
	m := message{sql: st.SQL, values: values, write: st.Write, prepared: c.schema.store.config.Prepared && !st.Args}
	if c.tx != nil && st.Log {
		return c.tx.postpone(m), nil
	}
	result, err := c.send(ctx, m)
	c.used = time.Now()
	if trace := c.schema.store.config.Trace; trace > 0 && time.Since(started) >= trace {
		c.trace(query, st.SQL, len(values), time.Since(started), err)
	}
	if err != nil {
		return nil, sqliteError(err, c.schema.name)
	}
	if st.Write {
		c.count(result, st)
	}
	return c.newRows(result, st), nil
}

func (c *conn) count(r *result, st *translate.Statement) {
	n := r.tag.RowsAffected()
	c.counters["changes"] = n
	c.counters["total_changes"] += n
	if st.Rowid && len(r.rows) > 0 {
		c.counters["last_insert_rowid"], _ = strconv.ParseInt(string(r.rows[len(r.rows)-1][0]), 10, 64)
		r.rows, r.fields = nil, nil
	}
}

// send runs one statement: alone, or in the transaction with a savepoint.
func (c *conn) send(ctx context.Context, m message) (*result, error) {
	if c.tx != nil {
		return c.tx.send(ctx, m)
	}
	r, err := c.once(ctx, m)
	if err != nil && c.pg.IsClosed() && ctx.Err() == nil && (!m.write || notExecuted(err)) {
		// database/sql tries again on another connection. A write whose answer was
		// lost is not repeated: it may have been done.
		return nil, errors.Join(driver.ErrBadConn, err)
	}
	return r, err
}

// change runs a schema change: the statements of Postgres and the rows of
// sqlite_master together or not at all.
func (c *conn) change(ctx context.Context, query string, s statement) (*rows, error) {
	catalog, _, err := c.catalog(ctx)
	if err != nil {
		return nil, sqliteError(err, "")
	}
	ch, err := translate.DDL(catalog, query, s)
	if err != nil {
		return nil, err
	}
	if ch.Empty {
		return &rows{}, nil
	}
	text := strings.Join(append(ch.Script, "SELECT pg_notify('"+notifyChannel+"', "+translate.Literal(c.schema.name)+")"), ";\n")
	if c.tx != nil {
		err = c.tx.script(ctx, text)
		c.tx.changed, c.tx.catalog = true, nil
	} else {
		err = script(ctx, c.pg, text) // several statements in one message are one transaction
		c.schema.stale()
	}
	if err != nil {
		return nil, sqliteError(err, c.schema.name)
	}
	return &rows{}, nil
}

// notifyChannel tells other processes which schema has changed.
const notifyChannel = "sqlite_schema"

// stmt is a prepared statement in name only: translations are cached anyway.
type stmt struct {
	conn  *conn
	query string
}

func (s *stmt) Close() error  { return nil }
func (s *stmt) NumInput() int { return -1 }

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.conn.ExecContext(context.Background(), s.query, named(args))
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.conn.QueryContext(context.Background(), s.query, named(args))
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.query, args)
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.query, args)
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}
