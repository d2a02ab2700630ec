package postgres

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// keptMost is how many statements a connection keeps on the server.
const keptMost = 300

// kept are the statements that the server has parsed for this connection. Only
// what comes back is kept: a text is prepared when it is seen the second time.
type kept struct {
	names map[string]string // text → name, "" when seen once
	next  int
}

// prepare gives the name of the prepared statement for the text, or "" to send
// the text itself.
func (c *conn) prepare(ctx context.Context, sql string) (string, error) {
	if c.kept.names == nil {
		c.kept.names = map[string]string{}
	}
	name, seen := c.kept.names[sql]
	if name != "" {
		return name, nil
	}
	if len(c.kept.names) >= keptMost {
		if err := c.forget(ctx); err != nil {
			return "", err
		}
		seen = false
	}
	if !seen {
		c.kept.names[sql] = ""
		return "", nil
	}
	if c.tx != nil && c.tx.begun { // an error here would end the transaction
		return "", nil
	}
	c.kept.next++
	name = "jw" + strconv.Itoa(c.kept.next)
	if _, err := c.pg.Prepare(ctx, name, sql, nil); err != nil {
		return "", err
	}
	c.kept.names[sql] = name
	return name, nil
}

// forget drops the prepared statements of this connection.
func (c *conn) forget(ctx context.Context) error {
	c.kept.names = map[string]string{}
	return script(ctx, c.pg, "DEALLOCATE ALL")
}

// outdated tells whether a prepared statement no longer fits the schema, or is
// gone from the server.
func outdated(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "0A000" || pg.Code == "26000")
}

// batch sends statements in one round trip. It returns the answer to the last,
// and how many were done.
func (c *conn) batch(ctx context.Context, messages ...message) (last *result, done int, err error) {
	batch := &pgconn.Batch{}
	for _, m := range messages {
		if err := c.queue(ctx, batch, m); err != nil {
			return nil, 0, err
		}
	}
	results := c.pg.ExecBatch(ctx, batch)
	for results.NextResult() {
		r, err := readAll(results.ResultReader())
		if err == nil {
			done++
		}
		last = r
	}
	return last, done, results.Close()
}

// queue adds a statement to a batch.
func (c *conn) queue(ctx context.Context, batch *pgconn.Batch, m message) error {
	if m.prepared {
		name, err := c.prepare(ctx, m.sql)
		if err != nil {
			return err
		}
		if name != "" {
			batch.ExecPrepared(name, m.values, nil, nil)
			return nil
		}
	}
	batch.ExecParams(m.sql, m.values, nil, nil, nil)
	return nil
}

// once runs a statement outside of a transaction.
func (c *conn) once(ctx context.Context, m message) (*result, error) {
	r, err := c.alone(ctx, m)
	if err != nil && m.prepared && outdated(err) { // refused before anything was done
		if err := c.forget(ctx); err != nil {
			return nil, err
		}
		r, err = c.alone(ctx, m)
	}
	return r, err
}

func (c *conn) alone(ctx context.Context, m message) (*result, error) {
	if m.write && !m.native {
		r, _, err := c.batch(ctx, c.schema.writers.shared, m) // one transaction, because one Sync ends it
		return r, err
	}
	if m.prepared {
		name, err := c.prepare(ctx, m.sql)
		if err != nil {
			return nil, err
		}
		if name != "" {
			return readAll(c.pg.ExecPrepared(ctx, name, m.values, nil, nil))
		}
	}
	return readAll(c.pg.ExecParams(ctx, m.sql, m.values, nil, nil, nil))
}
