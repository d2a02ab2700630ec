package postgres_test

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// TestSameAnswers puts the statements of testdata/answers.sql to SQLite and to
// Postgres, in order, and compares columns, declared types, rows and values. A
// statement that SQLite refuses must be refused with the same words.
func TestSameAnswers(t *testing.T) {
	t.Parallel()
	sameAnswers(t, postgres.Config{})
}

// Behind a transaction pooler every transaction may meet another session, so
// nothing may depend on one.
func TestSameAnswersBehindAPooler(t *testing.T) {
	t.Parallel()
	bouncer, err := pgtest.Shared(t).Bouncer(3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bouncer.Stop(); err != nil {
			t.Error(err)
		}
	})
	direct := pgtest.Database(t)
	sameAnswers(t, postgres.Config{URL: bouncer.URL(pgtest.Name(direct)), DirectURL: direct})
}

func sameAnswers(t *testing.T, c postgres.Config) {
	t.Helper()
	raw, err := os.ReadFile("testdata/answers.sql")
	if err != nil {
		t.Fatal(err)
	}
	lite, _ := file(t)
	lite.SetMaxOpenConns(1)
	pg := open(t, c)
	asked := 0
	for block := range strings.SplitSeq(string(raw), "\n\n") {
		query := strings.TrimSpace(block)
		if query == "" {
			continue
		}
		asked++
		want, got := answer(lite, query), answer(pg, query)
		if want != got {
			t.Errorf("%s\n  SQLite:   %s\n  Postgres: %s", query, want, got)
		}
	}
	if asked < 50 {
		t.Fatalf("only %d statements", asked)
	}
}

func answer(db *sql.DB, query string) string {
	if first := strings.ToUpper(strings.Fields(stripComment(query))[0]); first != "SELECT" && first != "WITH" && first != "VALUES" && !strings.Contains(strings.ToUpper(query), "RETURNING") {
		r, err := db.Exec(query)
		if err != nil {
			return err.Error()
		}
		if first == "INSERT" || first == "UPDATE" || first == "DELETE" {
			n, _ := r.RowsAffected()
			return fmt.Sprint(n, " rows")
		}
		return "done"
	}
	rows, err := db.Query(query)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, c := range types {
		fmt.Fprintf(&b, "%s %s|", c.Name(), c.DatabaseTypeName())
	}
	for rows.Next() {
		cells, dest := make([]any, len(types)), make([]any, len(types))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return err.Error()
		}
		for _, c := range cells {
			fmt.Fprintf(&b, " %T:%v", c, c)
		}
		b.WriteString(";")
	}
	if err := rows.Err(); err != nil {
		return err.Error()
	}
	return b.String()
}

func stripComment(s string) string {
	for strings.HasPrefix(s, "--") {
		_, s, _ = strings.Cut(s, "\n")
	}
	return s
}
