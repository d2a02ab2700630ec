package postgres_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// ways are the paths that a statement takes to the server. Each reads the row "x"
// of a whole and raises its n, and gives what it read.
var ways = map[string]func(db *sql.DB) (string, error){
	"alone": func(db *sql.DB) (string, error) {
		if _, err := db.Exec("UPDATE a SET n = n + 1 WHERE id = ?", "x"); err != nil {
			return "", err
		}
		return readA(db.Query("SELECT * FROM a WHERE id = ?", "x"))
	},
	"transaction that begins with a read": func(db *sql.DB) (string, error) {
		return inside(db, func(tx *sql.Tx) (string, error) {
			got, err := readA(tx.Query("SELECT * FROM a WHERE id = ?", "x"))
			if err == nil {
				_, err = tx.Exec("UPDATE a SET n = n + 1 WHERE id = ?", "x")
			}
			return got, err
		})
	},
	"transaction that has written": func(db *sql.DB) (string, error) {
		return inside(db, func(tx *sql.Tx) (string, error) {
			if _, err := tx.Exec("UPDATE a SET n = n + 1 WHERE id = ?", "x"); err != nil {
				return "", err
			}
			return readA(tx.Query("SELECT * FROM a WHERE id = ?", "x"))
		})
	},
	"write that returns the row": func(db *sql.DB) (string, error) {
		return inside(db, func(tx *sql.Tx) (string, error) {
			return readA(tx.Query("UPDATE a SET n = n + 1 WHERE id = ? RETURNING *", "x"))
		})
	},
	"rows of the request log": func(db *sql.DB) (string, error) {
		return inside(db, func(tx *sql.Tx) (string, error) {
			if _, err := tx.Exec("INSERT INTO _logs (id) VALUES (?)", fmt.Sprint(time.Now().UnixNano())); err != nil {
				return "", err
			}
			return readA(tx.Query("UPDATE a SET n = n + 1 WHERE id = ? RETURNING *", "x"))
		})
	},
}

func inside(db *sql.DB, fn func(*sql.Tx) (string, error)) (string, error) {
	tx, err := db.Begin()
	if err != nil {
		return "", err
	}
	got, err := fn(tx)
	if err != nil {
		return "", errors.Join(err, tx.Rollback())
	}
	return got, tx.Commit()
}

// readA gives the columns and values of one row, with n as "+".
func readA(rows *sql.Rows, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	out := ""
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = &values[i]
		}
		if err := rows.Scan(values...); err != nil {
			return "", err
		}
		for i, name := range names {
			if name == "n" {
				values[i] = "+"
			}
			out += fmt.Sprintf("%s=%v ", name, values[i])
		}
	}
	return out, rows.Err()
}

// The schema changes under statements that the server keeps for a connection,
// made by another node or by somebody who does not announce it. On every path the
// statement is parsed anew and done, at once and exactly once.
func TestSchemaMovesUnderKeptStatements(t *testing.T) {
	t.Parallel()
	changes := []struct{ name, ddl, want string }{
		{"added", "ALTER TABLE a ADD COLUMN extra TEXT DEFAULT 'e'", "extra=e"},
		{"renamed", "ALTER TABLE a RENAME COLUMN extra TO more", "more=e"},
		{"retyped", "ALTER TABLE a DROP COLUMN kind; ALTER TABLE a ADD COLUMN kind NUMERIC DEFAULT 7", "kind=7"},
		{"dropped", "ALTER TABLE a DROP COLUMN more", "kind=7 "},
		{"unannounced", `ALTER TABLE data.a ALTER COLUMN id TYPE varchar(20)`, "id=x "},
		{"forgotten", "", "id=x "}, // the server itself has lost the statements: 26000
	}
	for way, do := range ways {
		for _, heard := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s heard %t", way, heard), func(t *testing.T) {
				t.Parallel()
				url := pgtest.Database(t)
				wire := pgtest.Shared(t).NewWire(t, url)
				direct := url
				if !heard { // announcements do not arrive
					direct = wire.URL()
				}
				other := open(t, postgres.Config{URL: url})
				db := open(t, postgres.Config{URL: url, DirectURL: direct, Prepared: true})
				wire.Down(!heard)
				db.SetMaxOpenConns(1) // it is this connection that must be well again
				must(t, other, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC, kind TEXT DEFAULT 'k')")
				must(t, other, "CREATE TABLE _logs (id TEXT PRIMARY KEY NOT NULL)")
				must(t, other, "INSERT INTO a (id, n) VALUES ('x', 0)")
				done := 0
				again := func(what, want string) {
					t.Helper()
					if !heard && !strings.HasPrefix(way, "transaction that begins") { // RETURNING names the columns
						want = ""
					}
					deadline := time.Now().Add(30 * time.Second) // until the node has heard
					for n := 0; n < 3; {                         // the second time it is kept, the third time used
						got, err := do(db)
						if err != nil {
							t.Fatalf("%s: %v", what, err)
						}
						if done++; strings.Contains(got, want) {
							n++
						} else if time.Now().After(deadline) {
							t.Fatalf("%s: %q, want %q", what, got, want)
						} else {
							time.Sleep(5 * time.Millisecond)
						}
					}
				}
				again("at first", "kind=k")
				for _, c := range changes {
					switch c.name {
					case "unannounced":
						if err := pgtest.Shared(t).Exec(pgtest.Name(url), c.ddl); err != nil {
							t.Fatal(err)
						}
					case "forgotten":
						loses(t, db)
					default:
						for ddl := range strings.SplitSeq(c.ddl, "; ") {
							must(t, other, ddl)
						}
					}
					again(c.name, c.want)
				}
				if got, want := answer(other, "SELECT n FROM a"), fmt.Sprintf("int64:%d;", done); !strings.HasSuffix(got, want) {
					t.Errorf("%s, want …%s: something was done twice or not at all", got, want)
				}
			})
		}
	}
}

// loses makes the server lose the statements that it keeps for a connection.
func loses(t *testing.T, db *sql.DB) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := postgres.Session(t.Context(), c, "DEALLOCATE ALL"); err != nil {
		t.Fatal(err)
	}
}

// A text of several statements is not begun again because a later one met
// another schema: what is done is done.
func TestNothingIsDoneTwiceWhenTheSchemaMoved(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	wire := pgtest.Shared(t).NewWire(t, url)
	other, db := open(t, postgres.Config{URL: url}), open(t, postgres.Config{URL: url, DirectURL: wire.URL()})
	wire.Down(true)
	must(t, other, "CREATE TABLE a (id TEXT)")
	must(t, db, "INSERT INTO a VALUES ('known')")
	must(t, other, "CREATE TABLE b (id TEXT)")
	must(t, db, "INSERT INTO a VALUES ('once'); INSERT INTO b VALUES ('too')")
	if _, err := db.Exec("INSERT INTO a VALUES ('kept'); INSERT INTO nowhere VALUES ('x')"); err == nil || !strings.Contains(err.Error(), "no such table") {
		t.Errorf("wrote into nowhere: %v", err)
	}
	if got, want := answer(db, "SELECT group_concat(id) FROM (SELECT id FROM a UNION ALL SELECT id FROM b)"), "string:known,once,kept,too;"; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want …%s", got, want)
	}
}
