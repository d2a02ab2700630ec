package postgres

import (
	"fmt"
	"hash/fnv"

	"jasaweb/plugins/postgres/translate"
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
	patient, brief takes
	stuck          stuck
}

// takes are the statements that take the lock.
type takes struct {
	alone  message // for a transaction
	shared message // for a statement by itself
}

func newWriters(s *Store, schema string) *writers {
	key := fnv.New64a()
	key.Write([]byte("jasaweb writers " + schema))
	lock := setting("lock_timeout", fmt.Sprint(lockTimeout.Milliseconds()))
	idle := setting(idleTransaction, s.idle)
	take := func(format string, parts ...any) message {
		return message{sql: "SELECT " + fmt.Sprintf(format, parts...), prepared: s.config.Prepared}
	}
	alone, shared := fmt.Sprintf("pg_advisory_xact_lock(%d)", int64(key.Sum64())), fmt.Sprintf("pg_advisory_xact_lock_shared(%d)", int64(key.Sum64()))
	short := setting("lock_timeout", fmt.Sprint(briefly.Milliseconds()))
	w := &writers{
		patient: takes{take("%s", alone), take("%s", shared)},
		brief:   takes{take("%s, %s, %s", short, alone, lock), take("%s, %s, %s", short, shared, lock)},
	}
	if s.config.DirectURL != "" { // a session's settings do not pass a pooler
		w.patient = takes{take("%s, %s, %s", lock, idle, alone), take("%s, %s", lock, shared)}
		w.brief.alone = take("%s, %s, %s, %s", short, idle, alone, lock)
	}
	return w
}

// setting is a setting for the rest of a transaction, in a SELECT.
func setting(name, value string) string {
	return fmt.Sprintf("set_config('%s', %s, true)", name, translate.Literal(value))
}

// take are the statements to take the lock with now.
func (w *writers) take() takes {
	if w.stuck.known() {
		return w.brief
	}
	return w.patient
}

// taken learns from a batch in which n statements were done from the one on that
// takes the lock.
func (w *writers) taken(n int, err error) error {
	switch {
	case n > 0:
		w.stuck.since.Store(0)
	case n == 0:
		return w.stuck.note(err)
	}
	return err
}
