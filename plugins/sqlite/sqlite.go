// Package sqlite opens the embedded databases so that what was acknowledged
// survives a power cut.
//
//	pocketbase.NewWithConfig(pocketbase.Config{DBConnect: sqlite.Connect})
package sqlite

import (
	"fmt"

	"github.com/pocketbase/dbx"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// PocketBase's own connection uses synchronous(NORMAL): in WAL mode a commit
// may then vanish on power loss, and with it a payment that the provider was
// told is safe. The other pragmas are PocketBase's. busy_timeout comes first,
// because switching to WAL already needs it. Without recursive_triggers a REPLACE
// takes a row away past the triggers that keep it.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)" +
	"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=recursive_triggers(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)&_defensive=1"

// full is SQLite's number for synchronous(FULL).
const full = 2

// Connect opens the SQLite file at path; the pragmas are part of the address,
// so every connection of the pool gets them.
func Connect(path string) (*dbx.DB, error) {
	db, err := dbx.Open("sqlite", path+pragmas)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	var synchronous int
	if err := db.NewQuery("PRAGMA synchronous").Row(&synchronous); err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	if synchronous != full {
		return nil, fmt.Errorf("sqlite: synchronous is %d, not FULL: a driver that ignores its address must not run payments", synchronous)
	}
	return db, nil
}
