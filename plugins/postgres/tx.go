package postgres

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sqlc-dev/meyer/ast"

	"jasaweb/plugins/postgres/translate"
)

type statement = ast.Stmt

// tx is a transaction. SQLite lets a transaction go on after a failed
// statement, Postgres does not: so every statement gets a savepoint, sent in
// the same round trip. BEGIN waits for the first statement for the same reason.
type tx struct {
	conn    *conn
	begun   bool
	saved   bool // the savepoint "s" exists
	changed bool // the schema was changed
	catalog *translate.Catalog
	cache   *cache
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
	if !t.begun {
		out = append(out, "BEGIN")
		if t.conn.schema.store.pooled() {
			out = append(out, "SET LOCAL lock_timeout = 4000")
		}
	}
	if t.saved { // a savepoint of the same name would hide the old one, not replace it
		out = append(out, "RELEASE s")
	}
	return append(out, "SAVEPOINT s")
}

func (t *tx) send(ctx context.Context, sql string, values [][]byte) (*result, error) {
	batch := &pgconn.Batch{}
	prefix := t.prefix()
	for _, p := range prefix {
		batch.ExecParams(p, nil, nil, nil, nil)
	}
	batch.ExecParams(sql, values, nil, nil, nil)
	results := t.conn.pg.ExecBatch(ctx, batch)
	var last *result
	done := 0
	for results.NextResult() {
		r, err := readAll(results.ResultReader())
		if err == nil {
			done++
		}
		last = r
	}
	err := results.Close()
	t.begun = t.begun || done > 0
	t.saved = t.saved || done >= len(prefix)
	if err != nil {
		if done >= len(prefix) {
			t.back()
		}
		return nil, err
	}
	return last, nil
}

// script runs a schema change.
func (t *tx) script(ctx context.Context, text string) error {
	for _, p := range t.prefix() {
		if err := script(ctx, t.conn.pg, p); err != nil {
			return err
		}
		t.begun = true
	}
	t.saved = true
	if err := script(ctx, t.conn.pg, text); err != nil {
		t.back()
		return err
	}
	return nil
}

// begin opens the transaction for reads that do not go through send.
func (t *tx) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	if err := script(ctx, t.conn.pg, "BEGIN"); err != nil {
		return err
	}
	t.begun = true
	return nil
}

// back undoes a failed statement. It must work although the caller's context
// may be what ended the statement.
func (t *tx) back() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := script(ctx, t.conn.pg, "ROLLBACK TO SAVEPOINT s"); err != nil {
		_ = t.conn.pg.Close(ctx) // nothing that follows may be taken for part of the transaction
	}
}

func (t *tx) Commit() error {
	c := t.conn
	c.tx = nil
	if !t.begun {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
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
