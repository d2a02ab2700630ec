package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sqlc-dev/meyer/ast"

	"jasaweb/plugins/postgres/translate"
)

type statement = ast.Stmt

// tx is a transaction. SQLite lets a transaction go on after a failed
// statement, Postgres does not: so a statement gets a savepoint, sent in the
// same round trip. BEGIN waits for the first statement for the same reason.
//
// A savepoint serves until something is written, and none is needed while the
// transaction has not written at all: then a failure starts it anew.
type tx struct {
	conn    *conn
	begun   bool
	saved   bool // the savepoint "s" exists
	written bool // something was written since the savepoint, or since BEGIN
	changed bool // the schema was changed
	catalog *translate.Catalog
	cache   *cache
	// later are rows of the request log, sent together at the end.
	later []message
}

// message is a statement for the server.
type message struct {
	sql    string
	values [][]byte
	write  bool
	// prepared may be kept on the server under its text.
	prepared bool
}

func (c *conn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	if c.pg.IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.tx = &tx{conn: c}
	return c.tx, nil
}

// prefix are the statements that go before the next one.
func (t *tx) prefix() []string {
	var out []string
	switch {
	case !t.begun:
		out = append(out, "BEGIN")
		if t.conn.schema.store.pooled() {
			out = append(out, "SET LOCAL lock_timeout = 4000")
		}
	case t.written && t.saved: // a second "s" would hide the first one, not replace it
		out = append(out, "RELEASE s", "SAVEPOINT s")
	case t.written:
		out = append(out, "SAVEPOINT s")
	}
	return out
}

func (t *tx) send(ctx context.Context, m message) (*result, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	fresh := !t.begun
	r, err := t.try(ctx, m)
	if err != nil && fresh && t.conn.pg.IsClosed() && ctx.Err() == nil {
		// The connection had died unnoticed. Nothing of the transaction can have
		// been kept, so it may begin again on another one.
		if t.conn.reconnect(ctx) == nil {
			// Not even its BEGIN was kept: without a new one the statement would
			// stand alone, and stay when the transaction fails.
			t.begun, t.saved, t.written = false, false, false
			r, err = t.try(ctx, m)
		}
	}
	return r, err
}

func (t *tx) try(ctx context.Context, m message) (*result, error) {
	batch := &pgconn.Batch{}
	prefix := t.prefix()
	for _, p := range prefix {
		batch.ExecParams(p, nil, nil, nil, nil)
	}
	if err := t.conn.queue(ctx, batch, m); err != nil {
		return nil, err
	}
	last, done, err := t.batch(ctx, batch)
	if done > 0 {
		t.begun = true
	}
	if done >= len(prefix) && len(prefix) > 0 {
		t.saved = prefix[len(prefix)-1] == "SAVEPOINT s"
		t.written = false
	}
	if err != nil {
		t.back()
		return nil, err
	}
	t.written = t.written || m.write
	return last, nil
}

func (t *tx) batch(ctx context.Context, batch *pgconn.Batch) (last *result, done int, err error) {
	results := t.conn.pg.ExecBatch(ctx, batch)
	for results.NextResult() {
		r, err := readAll(results.ResultReader())
		if err == nil {
			done++
		}
		last = r
	}
	return last, done, results.Close()
}

// script runs a schema change.
func (t *tx) script(ctx context.Context, text string) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	for _, p := range t.prefix() {
		if err := script(ctx, t.conn.pg, p); err != nil {
			return err
		}
		t.saved = p == "SAVEPOINT s"
		t.begun, t.written = true, false
	}
	if err := script(ctx, t.conn.pg, text); err != nil {
		t.back()
		return err
	}
	t.written = true
	return nil
}

// begin opens the transaction for reads that do not go through send.
func (t *tx) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	err := script(ctx, t.conn.pg, "BEGIN")
	if err != nil && t.conn.pg.IsClosed() && ctx.Err() == nil && t.conn.reconnect(ctx) == nil {
		err = script(ctx, t.conn.pg, "BEGIN")
	}
	t.begun = err == nil
	return err
}

// back undoes a failed statement. It must work although the caller's context
// may be what ended the statement.
func (t *tx) back() {
	if t.conn.pg.IsClosed() || !t.begun {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	undo := "ROLLBACK TO SAVEPOINT s"
	if !t.saved { // nothing was written before: begin anew
		undo = "ROLLBACK"
		t.begun, t.written = false, false
	}
	if err := script(ctx, t.conn.pg, undo); err != nil {
		_ = t.conn.pg.Close(ctx) // nothing that follows may be taken for part of the transaction
	}
	t.written = false
}

// postpone keeps a row of the request log for the end of the transaction, where
// all of them travel in one round trip.
func (t *tx) postpone(m message) *rows {
	t.later = append(t.later, m)
	return &rows{affected: 1}
}

// flush sends the postponed rows before another statement may look for them.
func (t *tx) flush(ctx context.Context) error {
	if len(t.later) == 0 {
		return nil
	}
	later := t.later
	t.later = nil
	batch := &pgconn.Batch{}
	prefix := t.prefix()
	for _, p := range prefix {
		batch.ExecParams(p, nil, nil, nil, nil)
	}
	for _, m := range later {
		if err := t.conn.queue(ctx, batch, m); err != nil {
			return err
		}
	}
	_, done, err := t.batch(ctx, batch)
	t.begun = t.begun || done > 0
	if done >= len(prefix) && len(prefix) > 0 {
		t.saved, t.written = prefix[len(prefix)-1] == "SAVEPOINT s", false
	}
	if err == nil {
		t.written = true
		return nil
	}
	t.back()
	if t.conn.pg.IsClosed() {
		return err
	}
	// One of them is refused: send each by itself, and lose only that one.
	for _, m := range later {
		if _, err := t.try(ctx, m); err != nil {
			t.conn.schema.store.config.Logger.Debug("a row of the request log was refused", slog.String("error", err.Error()))
		}
	}
	return nil
}

func (t *tx) Commit() error {
	c := t.conn
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := t.flush(ctx); err != nil {
		return errors.Join(sqliteError(err, c.schema.name), t.Rollback())
	}
	c.tx = nil
	if !t.begun {
		return nil
	}
	r := c.pg.ExecParams(ctx, "COMMIT", nil, nil, nil, nil).Read()
	if t.changed {
		c.schema.stale()
	}
	if r.Err != nil {
		return sqliteError(r.Err, c.schema.name)
	}
	if r.CommandTag.String() == "ROLLBACK" { // the server had given the transaction up
		return &Error{Message: "cannot commit - the transaction was rolled back by the server"}
	}
	return nil
}

func (t *tx) Rollback() error {
	c := t.conn
	c.tx = nil
	if !t.begun || c.pg.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := script(ctx, c.pg, "ROLLBACK"); err != nil {
		_ = c.pg.Close(ctx)
		return sqliteError(err, c.schema.name)
	}
	return nil
}

// transactionWord names the statements that database/sql has methods for.
func transactionWord(s statement) (string, bool) {
	switch s.(type) {
	case *ast.BeginStmt:
		return "BEGIN", true
	case *ast.CommitStmt:
		return "COMMIT", true
	case *ast.RollbackStmt:
		return "ROLLBACK", true
	case *ast.SavepointStmt, *ast.ReleaseStmt:
		return "SAVEPOINT", true
	case *ast.AttachStmt, *ast.DetachStmt:
		return "ATTACH", true
	}
	return "", false
}
