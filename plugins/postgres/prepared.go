package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// keptMost is how many statements a connection keeps on the server.
const keptMost = 300

// kept are the statements that the server has parsed for this connection. Only
// what comes back is kept: a text is prepared when it is seen the second time.
type kept struct {
	names   map[string]string // text → name, "" when seen once
	next    int
	version uint64 // of the schema that they were parsed against
}

// settle makes room for n more statements, and drops those of another version of
// the schema. It comes before a batch is put together, which may hold kept ones.
func (c *conn) settle(ctx context.Context, n int) error {
	if v := c.schema.version.Load(); v != c.kept.version || len(c.kept.names)+n > keptMost {
		c.kept.version = v
		return c.forget(ctx)
	}
	return nil
}

// prepare gives the name of the prepared statement for the text, or "" to send
// the text itself.
func (c *conn) prepare(ctx context.Context, sql string) (string, error) {
	name, seen := c.kept.names[sql]
	if name != "" {
		return name, nil
	}
	if !seen {
		if c.kept.names == nil {
			c.kept.names = map[string]string{}
		}
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

// forget drops the prepared statements of this connection. It names each, as a
// pooler that carries them wants it; one that the server no longer knows is no error.
func (c *conn) forget(ctx context.Context) error {
	names := slices.DeleteFunc(slices.Collect(maps.Values(c.kept.names)), func(name string) bool { return name == "" })
	c.kept.names = nil
	if len(names) == 0 {
		return nil
	}
	pipeline := c.pg.StartPipeline(ctx)
	for _, name := range names {
		pipeline.SendDeallocate(name)
	}
	return errors.Join(pipeline.Sync(), pipeline.Close())
}

// outdated tells whether a prepared statement no longer fits the schema, or is
// gone from the server: it was refused before anything was done.
func outdated(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "0A000" || pg.Code == "26000")
}

// anew tells whether a statement, refused with err, is to be sent again, because
// it was one that the server had kept and that is forgotten now. The next time it
// goes as text, so the same cannot happen to it twice.
func (c *conn) anew(ctx context.Context, err error) bool {
	return err != nil && c.schema.store.config.Prepared && outdated(err) && !c.pg.IsClosed() && c.forget(ctx) == nil
}

// batch sends statements in one round trip. It returns the answer to the last,
// and how many were done.
func (c *conn) batch(ctx context.Context, messages ...message) (last *result, done int, err error) {
	batch := &pgconn.Batch{}
	if err := c.settle(ctx, len(messages)); err != nil {
		return nil, 0, err
	}
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
	return last, done, c.judge(results.Close())
}

// judge closes the connection if the error says that it is of no more use, so that
// the next statement gets another one, perhaps to another host.
func (c *conn) judge(err error) error {
	if err != nil && useless(err) && !c.pg.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.pg.Close(ctx)
	}
	return err
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
	if c.anew(ctx, err) {
		r, err = c.alone(ctx, m)
	}
	return r, c.judge(err)
}

func (c *conn) alone(ctx context.Context, m message) (*result, error) {
	if m.write {
		r, done, err := c.batch(ctx, c.schema.writers.take().shared, m) // one transaction, because one Sync ends it
		return r, c.schema.writers.taken(done, err)
	}
	if m.prepared {
		if err := c.settle(ctx, 1); err != nil {
			return nil, err
		}
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
