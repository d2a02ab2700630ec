package postgres

import (
	"fmt"
	"hash/fnv"
)

// SQLite has one writer: what a transaction has read stays true until it
// commits. PocketBase and its plugins rely on that when they read a record,
// decide and save it. Here the same holds by a lock for each schema, which a
// transaction takes for itself and a statement that writes outside of one shares
// with its kind. So the transactions of all nodes run one after another, and
// single statements beside each other. The lock is asked for in the round trip of
// the first statement and ends with the transaction, so that it works behind a
// transaction pooler.

// writers is the lock of a schema.
type writers struct {
	alone  message // for a transaction
	shared message // for a statement by itself
}

func newWriters(c Config, schema string) writers {
	key := fnv.New64a()
	key.Write([]byte("jasaweb writers " + schema))
	limit := ""
	if c.DirectURL != "" { // a session's settings do not pass a pooler
		limit = fmt.Sprintf("set_config('lock_timeout', '%d', true), ", lockTimeout.Milliseconds())
	}
	take := func(function string) message {
		return message{sql: fmt.Sprintf("SELECT %s%s(%d)", limit, function, int64(key.Sum64())), prepared: c.Prepared}
	}
	return writers{alone: take("pg_advisory_xact_lock"), shared: take("pg_advisory_xact_lock_shared")}
}
