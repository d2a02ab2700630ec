package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

type connector struct{ schema *schema }

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	store := c.schema.store
	pg, err := store.connect(ctx)
	if err != nil {
		err = &Error{Message: "unable to open database: " + err.Error(), cause: errors.Join(ErrUnavailable, err)}
		store.note(err)
		return nil, err
	}
	out := &conn{pg: pg, schema: c.schema, counters: map[string]int64{}, used: time.Now(), vigil: &vigil{}}
	out.vigil.wire.Store(new(pg.Conn()))
	store.watch.vigils.Store(out.vigil, nil)
	return out, nil
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
	vigil    *vigil
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
	if c.pg.IsClosed() || time.Since(c.used) > time.Second && c.Ping(ctx) != nil {
		return driver.ErrBadConn
	}
	return nil
}

// reconnect replaces a connection that has died.
func (c *conn) reconnect(ctx context.Context) error {
	pg, err := c.schema.store.connect(ctx)
	if err != nil {
		return err
	}
	c.pg, c.kept = pg, kept{}
	c.vigil.wire.Store(new(pg.Conn()))
	return nil
}

func (c *conn) Ping(ctx context.Context) error {
	defer c.vigil.await()()
	return c.pg.Ping(ctx)
}

func (c *conn) Close() error {
	c.schema.store.watch.vigils.Delete(c.vigil)
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
func (c *conn) catalog(ctx context.Context) (*reading, *cache, error) {
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

// run translates and executes a text of one or more statements. The result is
// that of the last one.
func (c *conn) run(ctx context.Context, query string, args []driver.NamedValue) (r *rows, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer c.vigil.await()()
	if trimmed := strings.TrimSpace(query); strings.HasPrefix(trimmed, nativePrefix) {
		r, err = c.native(ctx, trimmed[len(nativePrefix):], args)
	} else {
		r, err = c.attempts(ctx, query, bind(args))
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code == canceled && ctx.Err() == nil {
		// The server has had enough of it, not the caller: its statement_timeout, or
		// somebody who looks after it.
		err = &Error{Message: e.Message, Code: e.Code, cause: errors.Join(ErrUnavailable, err)}
	}
	c.schema.store.note(err)
	return r, err
}

// canceled is the code of a statement that was cancelled by either side.
const canceled = "57014"

// progress is how far the statements of a text have come, so that another
// attempt goes on there: what is done must not be done twice.
type progress struct {
	used *reading
	done int
	last *rows
}

// schemaChanges is how many changes of the schema, made meanwhile by others, a
// statement gets over.
const schemaChanges = 3

// attempts runs the statements, and again what another node's change of the
// schema has made fail.
func (c *conn) attempts(ctx context.Context, query string, in *arguments) (*rows, error) {
	p := &progress{last: &rows{}}
	for n := 0; ; n++ {
		err := c.attempt(ctx, query, in, p)
		if err == nil {
			return p.last, nil
		}
		if c.tx != nil && c.tx.changed || !schemaMoved(err) {
			return nil, err
		}
		if n == schemaChanges || !c.schema.moved(ctx, c.pg, p.used) {
			if c.schema.store.behind() { // PocketBase writes by collections of before; soon it will not
				err = &Error{Message: err.Error(), cause: errors.Join(errBehind, ErrUnavailable, err)}
			}
			return nil, err
		}
	}
}

func (c *conn) attempt(ctx context.Context, query string, in *arguments, p *progress) error {
	catalog, kept, err := c.catalog(ctx)
	if err != nil {
		if c.tx == nil && c.pg.IsClosed() && ctx.Err() == nil {
			return errors.Join(driver.ErrBadConn, ErrUnavailable, err)
		}
		return sqliteError(err, "")
	}
	p.used = catalog
	query = normalise(query)
	key := append(append(make([]byte, 0, len(query)+len(in.signs)+1), query...), 0)
	key = append(key, in.signs...)
	if stmts := kept.get(key); stmts != nil {
		return c.executeAll(ctx, query, stmts, in, p)
	}
	parsed, err := translate.Split(query)
	if err != nil {
		return err
	}
	var stmts []*translate.Statement
	keep := p.done == 0 // else the translations of the first ones are not here
	counted := strings.Contains(strings.ToLower(query), "last_insert_rowid")
	for _, s := range parsed[p.done:] {
		if translate.IsDDL(s) {
			keep = false
			if p.last, err = c.change(ctx, query, s); err != nil {
				return err
			}
			p.done++
			if catalog, _, err = c.catalog(ctx); err != nil && p.done < len(parsed) {
				return sqliteError(err, "")
			}
			p.used = catalog
			continue
		}
		if tb, ok := transactionWord(s); ok {
			return &translate.Error{Message: tb + " as a statement is not supported on Postgres; use a transaction of the connection"}
		}
		st, err := translate.Translate(catalog.Catalog, translate.Request{
			Source: query, Stmt: s, Signs: string(in.signs), Args: in.values, Counters: c.counters, Rowid: counted,
		})
		if err != nil {
			return err
		}
		keep = keep && !st.Args
		stmts = append(stmts, st)
		if p.last, err = c.execute(ctx, query, st, in); err != nil {
			return err
		}
		p.done++
	}
	if keep && len(stmts) > 0 {
		kept.put(string(key), stmts)
	}
	return nil
}

func (c *conn) executeAll(ctx context.Context, query string, stmts []*translate.Statement, in *arguments, p *progress) (err error) {
	for _, st := range stmts[p.done:] {
		if p.last, err = c.execute(ctx, query, st, in); err != nil {
			return err
		}
		p.done++
	}
	return nil
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
		return nil, errors.Join(driver.ErrBadConn, ErrUnavailable, err)
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
	ch, err := translate.DDL(catalog.Catalog, query, s)
	if err != nil {
		return nil, err
	}
	if ch.Empty {
		return &rows{}, nil
	}
	c.schema.store.changed.Store(time.Now().UnixNano())
	c.schema.store.changing.Add(1)
	defer c.schema.store.changing.Add(-1)
	text := strings.Join(append(ch.Script, "SELECT pg_notify('"+notifyChannel+"', "+translate.Literal(c.schema.name)+")"), ";\n")
	if c.tx != nil {
		err = c.tx.script(ctx, text)
		c.tx.changed, c.tx.catalog = true, nil
	} else {
		err = c.judge(script(ctx, c.pg, text)) // several statements in one message are one transaction
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
