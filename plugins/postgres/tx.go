package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/sqlc-dev/meyer/ast"
)

type statement = ast.Stmt

// tx is a transaction. SQLite lets a transaction go on after a failed
// statement, Postgres does not: so a statement gets a savepoint, sent in the
// same round trip. BEGIN waits for the first statement for the same reason.
//
// A savepoint serves until something is written, and the first statement needs
// none: when it fails, the transaction begins anew.
type tx struct {
	conn    *conn
	begun   bool
	saved   bool // the savepoint "s" exists
	written bool // something was written since the savepoint
	changed bool // the schema was changed
	catalog *reading
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
func (t *tx) prefix() []message {
	switch {
	case !t.begun:
		return []message{{sql: "BEGIN"}, t.conn.schema.writers.take().alone}
	case !t.saved:
		return []message{{sql: savepoint}}
	case t.written: // a second "s" would hide the first one, not replace it
		return []message{{sql: "RELEASE s"}, {sql: savepoint}}
	}
	return nil
}

const savepoint = "SAVEPOINT s"

// after notes what the statements of prefix have done.
func (t *tx) after(prefix []message) {
	if n := len(prefix); n > 0 {
		t.begun, t.saved, t.written = true, prefix[n-1].sql == savepoint, false
	}
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

// try sends a statement, and again if the server had kept one that no longer
// fits: the savepoint, or a new beginning, is as if it had not been sent.
func (t *tx) try(ctx context.Context, m message) (*result, error) {
	last, err := t.batch(ctx, m)
	if t.conn.anew(ctx, err) {
		last, err = t.batch(ctx, m)
	}
	return last, err
}

// batch sends statements after the prefix that the transaction needs for them. If
// one fails, none was done.
func (t *tx) batch(ctx context.Context, messages ...message) (*result, error) {
	prefix, fresh := t.prefix(), !t.begun
	last, done, err := t.conn.batch(ctx, slices.Concat(prefix, messages)...)
	if fresh {
		err = t.conn.schema.writers.taken(done-1, err)
	}
	t.begun = t.begun || done > 0
	if done >= len(prefix) {
		t.after(prefix)
	}
	if err != nil && !fresh && done < len(prefix) {
		t.halt(done)
		return nil, err
	}
	if err != nil {
		t.back()
		return nil, err
	}
	for _, m := range messages {
		t.written = t.written || m.write
	}
	return last, nil
}

// script runs a schema change.
func (t *tx) script(ctx context.Context, text string) error {
	if err := errors.Join(t.flush(ctx), t.open(ctx)); err != nil {
		return err
	}
	if err := t.conn.judge(script(ctx, t.conn.pg, text)); err != nil {
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
	return t.open(ctx)
}

// open sends the prefix by itself.
func (t *tx) open(ctx context.Context) error {
	fresh := !t.begun
	if len(t.prefix()) == 0 {
		return nil
	}
	_, err := t.batch(ctx)
	if t.conn.anew(ctx, err) {
		_, err = t.batch(ctx)
	}
	if err != nil && fresh && t.conn.pg.IsClosed() && ctx.Err() == nil && t.conn.reconnect(ctx) == nil {
		t.begun, t.saved, t.written = false, false, false
		_, err = t.batch(ctx)
	}
	return err
}

// halt is for what failed before the savepoint of its own stood: there is only the
// one before the statement before, and going back to it would undo what succeeded.
// Either nothing was sent, or the transaction is lost.
func (t *tx) halt(done int) {
	if done == 0 && t.conn.pg.TxStatus() == 'T' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.conn.pg.Close(ctx)
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
	if !t.saved { // it was the first: nothing is lost that it would have to know
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
	_, err := t.batch(ctx, later...)
	if t.conn.anew(ctx, err) {
		_, err = t.batch(ctx, later...)
	}
	if err == nil || t.conn.pg.IsClosed() {
		return err
	}
	// One of them is refused: send each by itself, and lose only that one.
	for _, m := range later {
		if _, err := t.try(ctx, m); err != nil {
			t.conn.schema.store.config.Logger.Warn("a row of the request log was refused", slog.String("error", err.Error()))
		}
	}
	return nil
}

func (t *tx) Commit() error {
	defer t.conn.vigil.await()()
	err := t.commit()
	t.conn.schema.store.note(err)
	return err
}

func (t *tx) commit() error {
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
	if t.changed { // announced by the COMMIT
		c.schema.store.changed.Store(time.Now().UnixNano())
		c.schema.store.changing.Add(1)
		defer c.schema.store.changing.Add(-1)
	}
	r := c.pg.ExecParams(ctx, "COMMIT", nil, nil, nil, nil).Read()
	if t.changed {
		c.schema.stale()
	}
	if r.Err != nil {
		return sqliteError(c.judge(r.Err), c.schema.name)
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
