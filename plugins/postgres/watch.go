package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A server, or a pooler, that freezes or whose network is gone does not refuse: it
// says nothing. A statement may take long, so no bound on its answer tells the two
// apart; but a living server greets whoever knocks. So while answers are awaited for
// longer than silence, the watch knocks, and ends what is awaited if nobody opens.
const (
	silence = 3 * time.Second
	knock   = 2 * time.Second
)

// vigil is what the watch knows of one connection.
type vigil struct {
	since atomic.Int64 // when the answer began to be awaited, 0 when none is
	wire  atomic.Pointer[net.Conn]
}

// await marks the connection as waiting for an answer until the returned function.
func (v *vigil) await() (done func()) {
	v.since.Store(time.Now().UnixNano())
	return func() { v.since.Store(0) }
}

// watch is what a store knows of how its server is.
type watch struct {
	vigils sync.Map    // *vigil → nothing
	silent atomic.Bool // the server says nothing

	away     atomic.Int64 // a statement last failed for the server's fault
	reported atomic.Int64 // and that last reached the process log, 0 when it is over
}

// The process log hears of an outage at once and then every reportEvery, and of its
// end when nothing has failed for calm.
const (
	reportEvery = 10 * time.Second
	calm        = 5 * time.Second
)

// note remembers, and reports, that the server is away.
func (s *Store) note(err error) {
	if err == nil || !errors.Is(err, ErrUnavailable) {
		return
	}
	now := time.Now().UnixNano()
	s.watch.away.Store(now)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, errBehind) {
		return // it is tried again on another connection; it is this node that is late
	}
	if last := s.watch.reported.Load(); now-last > int64(reportEvery) && s.watch.reported.CompareAndSwap(last, now) {
		s.config.Logger.Error("Postgres is not available; what needs it is answered 503", slog.String("error", err.Error()))
	}
}

// over reports the end of an outage.
func (s *Store) over() {
	last := s.watch.reported.Load()
	if last != 0 && time.Now().UnixNano()-s.watch.away.Load() > int64(calm) && s.watch.reported.CompareAndSwap(last, 0) {
		s.config.Logger.Info(fmt.Sprintf("Postgres is available: nothing has failed for its fault in %s", calm))
	}
}

// keepWatch runs as long as databases are open.
func (s *Store) keepWatch(ctx context.Context) {
	tick := time.NewTicker(knock / 4)
	defer tick.Stop()
	answered := map[string]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.over()
		if s.watch.silent.Load() {
			s.try(ctx)
		}
		for address, waiting := range s.watch.waiting() {
			if time.Since(answered[address]) < silence {
				continue
			}
			if !mute(knockAt(ctx, *waiting[0].wire.Load())) {
				answered[address] = time.Now()
				continue
			}
			s.watch.silent.Store(true)
			for _, v := range waiting {
				_ = (*v.wire.Load()).SetDeadline(time.Unix(1, 0)) // fails what waits for it
			}
		}
	}
}

// waiting are the connections that have awaited an answer for long, by address.
func (w *watch) waiting() map[string][]*vigil {
	out := map[string][]*vigil{}
	w.vigils.Range(func(key, _ any) bool {
		v := key.(*vigil)
		wire := v.wire.Load()
		if since := v.since.Load(); since != 0 && wire != nil && time.Now().UnixNano()-since > int64(silence) {
			address := (*wire).RemoteAddr().String()
			out[address] = append(out[address], v)
		}
		return true
	})
	return out
}

// sslRequest is the question that Postgres, its poolers and proxies answer before
// they know who asks.
var sslRequest = []byte{0, 0, 0, 8, 4, 210, 22, 47}

// knockAt asks the other end of a connection, by a new one, whether it is there.
func knockAt(ctx context.Context, wire net.Conn) error {
	to := wire.RemoteAddr()
	c, err := (&net.Dialer{Timeout: knock}).DialContext(ctx, to.Network(), to.String())
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(knock)); err != nil {
		return err
	}
	if _, err := c.Write(sslRequest); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	return err
}

// mute tells whether an attempt to reach the server failed for its silence. Any
// answer, be it a refusal, is one.
func mute(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}

// connect opens a pooled connection. While the server says nothing nobody waits for
// one: a pool of one, as PocketBase writes with, would wait for each of its requests.
func (s *Store) connect(ctx context.Context) (*pgconn.PgConn, error) {
	if s.watch.silent.Load() {
		return nil, &connectError{s.pg, errors.New("it does not answer")}
	}
	pg, err := connect(ctx, s.pg)
	if mute(err) && ctx.Err() == nil { // else the caller had no time
		s.watch.silent.Store(true)
	}
	return pg, err
}

// try finds out whether the server answers again.
func (s *Store) try(ctx context.Context) {
	to := s.pg.Copy()
	to.ConnectTimeout = min(to.ConnectTimeout, knock)
	pg, err := connect(ctx, to)
	if err == nil {
		_ = pg.Close(ctx)
	}
	s.watch.silent.Store(mute(err))
}
