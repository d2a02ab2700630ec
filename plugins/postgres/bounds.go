package postgres

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A node that freezes in a transaction holds the lock of all writing, and the rows
// it has changed, for as long as the server believes in it. These bounds end that:
// whatever holds the others up is gone after idleInTransaction, and what waits
// meanwhile says so after lockTimeout.

// lockTimeout is how long a statement waits for another's lock before it fails
// as SQLite's "database is locked", which PocketBase retries.
const lockTimeout = 4 * time.Second

// briefly is how long the lock of all writing is waited for when somebody has just
// waited for it in vain: the requests that queue for this node's connections would
// otherwise wait one after another, each for the whole time.
const briefly = 50 * time.Millisecond

const (
	idleTransaction = "idle_in_transaction_session_timeout"
	// idleInTransaction is how long a transaction may wait for its client. It is
	// long, because a hook may send files to S3 in one.
	idleInTransaction = "15s"
)

// alive makes the server notice that a client's machine, or the network to it, is
// gone: between statements, while it sends and while it works.
var alive = map[string]string{
	"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
	"tcp_user_timeout": "10s", "client_connection_check_interval": "2s",
}

// keepAlive is the same for this side.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}

// bound sets what the sessions of a server are bound by; the URL may say otherwise.
func bound(pg *pgconn.Config) {
	for name, value := range alive {
		if _, set := pg.RuntimeParams[name]; !set {
			pg.RuntimeParams[name] = value
		}
	}
}

// idle takes the bound of idle transactions out of an address.
func idle(pg *pgconn.Config) string {
	value, set := pg.RuntimeParams[idleTransaction]
	delete(pg.RuntimeParams, idleTransaction)
	if !set {
		return idleInTransaction
	}
	return value
}

// stuck remembers when the lock of a schema was last waited for in vain.
type stuck struct{ since atomic.Int64 }

func (s *stuck) known() bool { return time.Now().UnixNano()-s.since.Load() < int64(lockTimeout) }

// note learns why the lock was not taken. A wait in vain is no "database is
// locked": PocketBase would wait again, up to half a minute.
func (s *stuck) note(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pg.Code != "55P03" {
		return err
	}
	s.since.Store(time.Now().UnixNano())
	return &Error{Message: "the database is not available: another transaction writes and does not end", Code: pg.Code, cause: errors.Join(ErrUnavailable, err)}
}
