package translate

import (
	"os"
	"strings"
	"testing"
)

func testCatalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := NewCatalog("data", []Object{
		{Type: "table", Name: "posts", Table: "posts", SQL: "CREATE TABLE `posts` (`id` TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL, `title` TEXT DEFAULT '' NOT NULL, `n` NUMERIC DEFAULT 0 NOT NULL, `active` BOOLEAN DEFAULT FALSE NOT NULL, `tags` JSON DEFAULT '[]' NOT NULL, `meta` JSON DEFAULT NULL, `note` TEXT, `owner` TEXT DEFAULT '' NOT NULL)"},
		{Type: "table", Name: "users", Table: "users", SQL: "CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, email TEXT DEFAULT '' NOT NULL)"},
		{Type: "table", Name: "ledger", Table: "ledger", SQL: "CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, amount INTEGER, demo BOOLEAN DEFAULT FALSE NOT NULL)"},
		{Type: "view", Name: "titles", Table: "titles", SQL: "CREATE VIEW titles AS SELECT id, title AS t, n + 1 AS more FROM posts"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGoldenTranslations compares what is emitted with testdata/translations.golden:
// blocks of a SQLite statement ("signs: …" gives the kinds of its arguments) and,
// after a line "→", the text for Postgres. UPDATE_GOLDEN=1 rewrites the second halves.
func TestGoldenTranslations(t *testing.T) {
	const path = "testdata/translations.golden"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	update := os.Getenv("UPDATE_GOLDEN") != ""
	var out []string
	catalog := testCatalog(t)
	for block := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		question, want, _ := strings.Cut(block, "\n→\n")
		query, signs := question, ""
		if rest, ok := strings.CutPrefix(question, "signs: "); ok {
			signs, query, _ = strings.Cut(rest, "\n")
		}
		got := translation(catalog, query, signs)
		out = append(out, question+"\n→\n"+got)
		if got != want && !update {
			t.Errorf("%s\n  is      %s\n  want    %s", query, got, want)
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d translations", len(out))
	}
	if update {
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func translation(c *Catalog, query, signs string) string {
	stmts, err := Split(query)
	if err != nil {
		return "error: " + err.Error()
	}
	if IsDDL(stmts[0]) {
		ch, err := DDL(c, query, stmts[0])
		if err != nil {
			return "error: " + err.Error()
		}
		return strings.Join(ch.Script, ";\n")
	}
	st, err := Translate(c, Request{Source: query, Stmt: stmts[0], Signs: signs})
	if err != nil {
		return "error: " + err.Error()
	}
	return st.SQL
}

func BenchmarkTranslateMiss(b *testing.B) {
	c := testCatalog(b)
	for name, q := range map[string]string{
		"small": "SELECT `posts`.* FROM `posts` WHERE `posts`.`id`=? LIMIT 1",
		"big":   "SELECT DISTINCT `posts`.* FROM `posts` LEFT JOIN `users` `__o` ON `__o`.`id` = `posts`.`owner` LEFT JOIN json_each(CASE WHEN iif(json_valid(`posts`.`tags`), json_type(`posts`.`tags`)='array', FALSE) THEN `posts`.`tags` ELSE json_array(`posts`.`tags`) END) `__t` WHERE ((`__o`.`email` = ? OR `__t`.`value` LIKE ? ESCAPE '\\') AND `posts`.`n` > 5 AND COALESCE(`posts`.`note`, '') IS NOT '') ORDER BY `posts`.`title` DESC, `__o`.`email` LIMIT 30",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				stmts, err := Split(q)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := Translate(c, Request{Source: q, Stmt: stmts[0], Signs: "ss"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
