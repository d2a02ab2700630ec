package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"jasaweb/plugins/postgres/translate"
)

// listen hears of schema changes made by other nodes and forgets the catalogs
// that they concern. What happened while it was not connected is unknown, so
// then everything is forgotten.
func (s *Store) listen(ctx context.Context) {
	wait := 200 * time.Millisecond
	for ctx.Err() == nil {
		err := s.hear(ctx, func() { wait = 200 * time.Millisecond })
		if ctx.Err() != nil {
			return
		}
		s.config.Logger.Debug("postgres: the connection that hears of schema changes ended", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, 10*time.Second)
		}
	}
}

func (s *Store) hear(ctx context.Context, connected func()) error {
	config := s.direct.Copy()
	changed := false // rows of an announced table
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if n.Channel == rowsChannel {
			changed = true
			return
		}
		s.mu.Lock()
		sch := s.schemas[n.Payload]
		s.mu.Unlock()
		if sch != nil {
			sch.stale()
			s.otherMoved()
		}
	}
	// A cancelled wait ends the connection; nothing of worth is on it.
	config.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: pg.Conn()}
	}
	pg, err := connect(ctx, config)
	if err != nil {
		return err
	}
	defer pg.Close(context.Background())
	if err := script(ctx, pg, "LISTEN "+notifyChannel+"; LISTEN "+rowsChannel); err != nil {
		return err
	}
	connected()
	s.mu.Lock()
	for _, sch := range s.schemas {
		sch.stale()
	}
	s.mu.Unlock()
	for changed = true; ; {
		if changed {
			changed = false
			s.tellRows()
		}
		if err := pg.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// rowsChannel tells every node that rows of an announced table have changed.
const rowsChannel = "sqlite_rows"

// announce makes the database tell of every change in the rows of a table,
// whoever makes it.
func (s *Store) announce(ctx context.Context, pg *pgconn.PgConn, path, table string) error {
	name := translate.Quote(s.config.Schema(path)) + "." + translate.Quote(table)
	made, err := scalar(ctx, pg, "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND tgname = 'announce')::text", name)
	if err != nil || made == "true" {
		return err
	}
	return script(ctx, pg, "CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "+name+" FOR EACH STATEMENT EXECUTE FUNCTION sqlite.announce()")
}

// onRows sets what to do when rows of announced tables have, or may have, changed.
func (s *Store) onRows(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = fn
}

func (s *Store) tellRows() {
	s.mu.Lock()
	fn := s.rows
	s.mu.Unlock()
	if fn != nil {
		fn()
	}
}

// opened and closed count the databases in use: the listener lives as long as one is.
func (s *Store) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open++; s.open == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		s.stop = func() { cancel(); <-done }
		go func() {
			defer close(done)
			var wg sync.WaitGroup
			wg.Go(func() { s.keepWatch(ctx) })
			s.listen(ctx)
			wg.Wait()
		}()
	}
}

func (s *Store) closed() {
	s.mu.Lock()
	s.open--
	stop := s.stop
	last := s.open == 0
	s.mu.Unlock()
	if last {
		stop()
	}
}

// Close ends what the database needs beside its connections; database/sql calls
// it when the pool is closed.
func (c *connector) Close() error {
	c.schema.store.closed()
	return nil
}

// toCatchUp is how long a node may take to read its collections again after another
// one has changed the schema.
const toCatchUp = 2 * time.Second

// otherMoved notes that another node has changed a schema; what this one has just
// changed comes back to it as an announcement, too.
func (s *Store) otherMoved() {
	if now := time.Now().UnixNano(); now-s.changed.Load() > int64(toCatchUp) {
		s.moved.Store(now)
	}
}

// errBehind is why a node is not available while behind.
var errBehind = errors.New("another node has changed the schema")

// behind tells whether the collections in memory may be older than the schema.
func (s *Store) behind() bool { return time.Now().UnixNano()-s.moved.Load() < int64(toCatchUp) }

// catchUp reads the collections again without having heard of a change: a statement
// has met it, and the way on which announcements come may be down.
func (s *Store) catchUp() {
	if s.catching.CompareAndSwap(false, true) {
		go func() {
			defer s.catching.Store(false)
			s.tellRows()
		}()
	}
}
