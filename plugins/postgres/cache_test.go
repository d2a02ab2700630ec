package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlc-dev/meyer/parser"

	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/plugins/postgres/translate"
)

// Only identifiers lose their random letters: what SQLite reads as a string, a
// comment or a parameter reaches the server as it was written.
func TestNormaliseTouchesIdentifiersOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, query, want string }{
		{"nothing random", "SELECT `__mm_posts`.`id` FROM `posts` `__mm_posts`", ""},
		{"quoted alias", "SELECT `__mlABCDEFGH`.`v` FROM (SELECT 1 v) `__mlABCDEFGH`", "SELECT `__n0000`.`v` FROM (SELECT 1 v) `__n0000`"},
		{"bare and bracketed alias", "SELECT __mrABCDEFGH.v FROM (SELECT 1 v) [__mrABCDEFGH]", "SELECT __n0000.v FROM (SELECT 1 v) [__n0000]"},
		{"within a name", "WITH `posts__pb_create__aB3dEf` AS (SELECT 1 x) SELECT * FROM `posts__pb_create__aB3dEf`", "WITH `posts__n0000` AS (SELECT 1 x) SELECT * FROM `posts__n0000`"},
		{"numbered by their first use", "SELECT `__smBBBBBBBB`.x, `__smAAAAAAAA`.x, `__smBBBBBBBB`.x", "SELECT `__n0000`.x, `__n0001`.x, `__n0000`.x"},
		{"too few random letters", "SELECT `__mlABCDEFG`.x", ""},
		{"string", "SELECT '__mlABCDEFGH'", ""},
		{"string with a quote", "SELECT 'it''s __mlABCDEFGH'", ""},
		{"string after a comment with a quote", "SELECT 1 /* it's */, '__mlABCDEFGH'", ""},
		{"string after a line comment with a quote", "SELECT 1 -- it's\n, '__mlABCDEFGH'", ""},
		{"string after a name with a quote", "SELECT `it's`, '__mlABCDEFGH'", ""},
		{"alias after a comment with a quote", "SELECT /* it's */ `__mlABCDEFGH`.x", "SELECT /* it's */ `__n0000`.x"},
		{"comment", "SELECT 1 /* __mlABCDEFGH */ -- __mlABCDEFGH", ""},
		{"parameter", "SELECT :__mlABCDEFGH", ""},
		{"perhaps a string", `SELECT "__mlABCDEFGH", __mlABCDEFGH.x`, ""},
		{"unfinished string", "SELECT `__mlABCDEFGH`.x, '__mlABCDEFGH", "SELECT `__n0000`.x, '__mlABCDEFGH"},
	} {
		want := c.want
		if want == "" {
			want = c.query
		}
		if got := normalise(c.query); got != want {
			t.Errorf("%s: %s\nwant %s", c.name, got, want)
		}
	}
}

// PocketBase allows 200 expressions in a filter, each with two random names.
func TestNormaliseKeepsHundredsOfNamesApart(t *testing.T) {
	t.Parallel()
	const names = 400
	write := func(prefix string) string {
		parts := []string{}
		for n := range names {
			parts = append(parts, fmt.Sprintf("`__ml%s%06d`.`v`", prefix, n))
		}
		return "SELECT " + strings.Join(parts, ", ")
	}
	one, two := normalise(write("aa")), normalise(write("bb"))
	if one != two {
		t.Error("the random letters are still in it")
	}
	if _, err := parser.ParseString(one); err != nil {
		t.Error(err)
	}
	apart := map[string]bool{}
	for _, part := range strings.Split(one, ", ") {
		apart[part] = true
	}
	if len(apart) != names {
		t.Errorf("%d names of %d", len(apart), names)
	}
}

func TestCacheDropsTheLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	c := newCache(2)
	one, two := []*translate.Statement{{SQL: "1"}}, []*translate.Statement{{SQL: "2"}}
	c.put("a", one)
	c.put("a", two) // who came first stays, nothing is counted twice
	c.put("b", two)
	if got := c.get([]byte("a")); len(got) != 1 || got[0] != one[0] {
		t.Fatalf("within the bound: %v", got)
	}
	c.put("c", one) // "b" was used longest ago
	for key, kept := range map[string]bool{"a": true, "b": false, "c": true} {
		if got := c.get([]byte(key)) != nil; got != kept {
			t.Errorf("%s is kept: %t", key, got)
		}
	}
	for n := range 10 {
		c.put(fmt.Sprint(n), one)
	}
	if len(c.byKey) != 2 || c.order.Len() != 2 {
		t.Errorf("%d keys, %d entries", len(c.byKey), c.order.Len())
	}
}

// A statement that is not sent at all undoes nothing of what the transaction has
// done, though it fails where a savepoint would have been.
func TestUnsentStatementUndoesNothing(t *testing.T) {
	t.Parallel()
	store, err := New(Config{URL: pgtest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "data.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE a (id TEXT)"); err != nil {
		t.Fatal(err)
	}
	session, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tx, err := session.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, id := range []string{"a", "b", "c"} {
		if _, err := tx.Exec("INSERT INTO a VALUES (?)", id); err != nil {
			t.Fatal(err)
		}
		err := session.Raw(func(dc any) error {
			_, err := dc.(*conn).tx.batch(gone, message{sql: "SELECT 1"})
			return err
		})
		if err == nil {
			t.Fatal("was sent")
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var ids string
	if err := db.QueryRow("SELECT group_concat(id) FROM a").Scan(&ids); err != nil || ids != "a,b,c" {
		t.Errorf("stored %q, %v", ids, err)
	}
}

// A connection reads the catalog while another one changes the schema: what it
// read may be from before, so the next one reads again.
func TestCatalogReadDuringAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	s := &schema{}
	s.stale()
	read := func() *reading {
		c, err := translate.NewCatalog("data", nil)
		if err != nil {
			t.Fatal(err)
		}
		return &reading{c, nil}
	}
	before := s.cache
	s.stale()
	s.keep(read(), before)
	if !s.unread() {
		t.Error("a catalog of before the change is kept")
	}
	first, second := read(), read()
	s.keep(first, s.cache)
	s.keep(second, s.cache) // two read at once: the first one's goes with the translations
	if s.catalog != first {
		t.Error("the catalog was exchanged under its translations")
	}
}
