package postgres_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
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

// Sums of fractions are SQLite's to the last bit: of a column, of an
// expression, of different values, over a window, and their averages.
func TestSumsAreExact(t *testing.T) {
	t.Parallel()
	lite, _ := file(t)
	lite.SetMaxOpenConns(1)
	pg := open(t, postgres.Config{})
	pool := []float64{0, 1, -1, 3, 0.1, -0.1, 0.3, 1e-7, -1e-7, 1e-20, 5e-324, 2.5, 1e15, 1234567.891, -0.30000000000000004, 0.5, 99.99, 1.0 / 3, 1e14 + 0.7, 123456789012}
	r := rand.New(rand.NewPCG(1, 2))
	for _, db := range []*sql.DB{lite, pg} {
		if _, err := db.Exec(`CREATE TABLE "n" ("g" NUMERIC, "x" NUMERIC)`); err != nil {
			t.Fatal(err)
		}
	}
	const groups = 150
	added := [groups][]float64{}
	for g := range groups {
		for range 1 + r.IntN(6) {
			x := pool[r.IntN(len(pool))]
			if r.IntN(3) == 0 {
				x = r.NormFloat64() * math.Pow(10, float64(r.IntN(12)-4))
			}
			added[g] = append(added[g], x)
			for _, db := range []*sql.DB{lite, pg} {
				if _, err := db.Exec(`INSERT INTO n (g, x) VALUES (?, ?)`, g, x); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, x := range []string{"SUM(x)", "TOTAL(x)", "AVG(x)", "SUM(-x)", "SUM(DISTINCT x)", "SUM(x) FILTER (WHERE x > 0)", "SUM(CASE WHEN ABS(x) < 10 THEN x END)"} {
		query := "SELECT g, " + x + " AS v FROM n GROUP BY g ORDER BY g"
		want, got := floats(t, lite, query), floats(t, pg, query)
		if len(want) != groups || len(got) != groups {
			t.Fatalf("%s: %d and %d rows", query, len(want), len(got))
		}
		for g := range want {
			if want[g] != got[g] {
				t.Errorf("%s of %v is %v in SQLite, %v on Postgres", x, added[g], want[g], got[g])
			}
		}
	}
}

// floats are the values of column v; a whole sum is an integer on one database
// and not on the other, which a class of the fuzzer knows.
func floats(t *testing.T, db *sql.DB, query string) (out []sql.NullFloat64) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var g int
		var v sql.NullFloat64
		if err := rows.Scan(&g, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
