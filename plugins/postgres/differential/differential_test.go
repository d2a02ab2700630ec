package differential

import (
	"cmp"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"modernc.org/sqlite"
)

// seeded is a closed data directory on SQLite with random records.
func seeded(t testing.TB, seed uint64) (dir, superuser, person string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "seed")
	side, err := Open(dir, core.DefaultDBConnect)
	if err != nil {
		t.Fatal(err)
	}
	superuser, person, err = Seed(side, seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := side.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, superuser, person
}

// open starts a side on a copy of a data directory.
func open(t testing.TB, from string, connect core.DBConnectFunc) *Side {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := CopyDir(dir, from); err != nil {
		t.Fatal(err)
	}
	side, err := Open(dir, connect)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := side.Close(); err != nil {
			t.Error(err)
		}
	})
	return side
}

func fuzz(t testing.TB, cases int, seed uint64, second func(dir string) *Side) *Fuzz {
	t.Helper()
	dir, superuser, person := seeded(t, seed)
	f := &Fuzz{Want: open(t, dir, core.DefaultDBConnect), Got: second(dir), Token: superuser, User: person}
	start := time.Now()
	shown := 0
	err := f.Run(cases, seed, func(done int) {
		if cases < 5000 {
			return
		}
		known, unknown := classify(f.Differences)
		for ; shown < len(f.Differences); shown++ { // at once: the run is long; and those of a class, to judge the class by
			fmt.Printf("[%s] %v\n", cmp.Or(f.Differences[shown].class(), "no known class"), f.Differences[shown])
		}
		if done%2500 == 0 && done > 0 {
			fmt.Printf("%6d cases, %d differences, %d of them of no known class, %v, %.0f s\n", done, len(f.Differences), len(unknown), known, time.Since(start).Seconds())
		}
	})
	if err != nil {
		t.Error(err)
	}
	return f
}

// number reads an environment variable.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func TestFuzzerFindsNothingBetweenTwoSQLites(t *testing.T) {
	t.Parallel()
	f := fuzz(t, 400, 7, func(dir string) *Side { return open(t, dir, core.DefaultDBConnect) })
	for _, d := range f.Differences {
		t.Error(d)
	}
	t.Log(&f.Coverage)
}

// Each of these is a small lie that a translation could tell. The fuzzer is
// worth its time only if it finds all of them.
func TestFuzzerFindsABrokenDatabase(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]*strings.Replacer{
		"ignores case less":        strings.NewReplacer(" LIKE ", " GLOB ", "ESCAPE '\\'", ""),
		"forgets equality":         strings.NewReplacer(" >= ", " > "),
		"NULL is not distinct":     strings.NewReplacer(" IS NOT ", " <> "),
		"sorts NULL last":          strings.NewReplacer(" DESC", " DESC NULLS FIRST"),
		"JSON numbers become text": strings.NewReplacer("JSON_EXTRACT(", "(''||JSON_EXTRACT("),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driverName := "broken " + name
			sql.Register(driverName, liar{&sqlite.Driver{}, lie})
			broken := func(path string) (*dbx.DB, error) {
				db, err := sql.Open(driverName, path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
				if err != nil {
					return nil, err
				}
				return dbx.NewFromDB(db, "sqlite"), nil
			}
			f := fuzz(t, 150, 11, func(dir string) *Side { return open(t, dir, broken) })
			if len(f.Differences) == 0 {
				t.Errorf("150 cases found no difference\n%s", &f.Coverage)
			} else {
				t.Logf("%d differences, the first: %s", len(f.Differences), f.Differences[0])
			}
		})
	}
}

// liar is SQLite with words of the statements replaced.
type liar struct {
	driver.Driver
	words *strings.Replacer
}

func (l liar) Open(name string) (driver.Conn, error) {
	conn, err := l.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return lyingConn{conn, l.words}, nil
}

// lyingConn hides the faster interfaces of the driver, so that every statement
// goes through Prepare.
type lyingConn struct {
	driver.Conn
	words *strings.Replacer
}

func (c lyingConn) Prepare(query string) (driver.Stmt, error) {
	if strings.HasPrefix(query, "SELECT") {
		query = c.words.Replace(query)
	}
	return c.Conn.Prepare(query)
}
