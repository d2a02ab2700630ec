package differential

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
)

// console sends a statement as the dashboard's SQL console does and returns the
// answer without the time it took. The second value is the error's text.
func console(t testing.TB, side *Side, token, statement string) (answer, refusal string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": statement})
	if err != nil {
		t.Fatal(err)
	}
	a := side.Do(Request{Method: "POST", Path: "/api/sql", Token: token, Body: body})
	var result struct {
		Message      string
		AffectedRows int64
		Columns      []struct{ Name, Type string }
		Rows         [][]any
	}
	if err := json.Unmarshal([]byte(a.Body), &result); err != nil {
		t.Fatalf("%s: %v in %s", statement, err, a)
	}
	if a.Status != 200 {
		return fmt.Sprintf("refused (%d)", a.Status), result.Message
	}
	switch first, _, _ := strings.Cut(statement, " "); first {
	case "CREATE", "ALTER", "DROP": // SQLite repeats the number of the change before
		result.AffectedRows = 0
	}
	return fmt.Sprintf("%d affected; %v; %v", result.AffectedRows, result.Columns, result.Rows), ""
}

// TestStatementsOfAdmins puts 300 statements into the SQL console of both. At
// least 95 % of them must be answered alike; the others must be refused with a
// message that says so and names the way out.
func TestStatementsOfAdmins(t *testing.T) {
	t.Parallel()
	tables, err := os.ReadFile("testdata/tables.sql")
	if err != nil {
		t.Fatal(err)
	}
	statements, err := os.ReadFile("testdata/statements.sql")
	if err != nil {
		t.Fatal(err)
	}
	dir, token, _ := seeded(t, 3)
	sides := []*Side{open(t, dir, core.DefaultDBConnect), onPostgres(t, dir)}
	both := func(statement string) (answers, refusals [2]string) {
		for i, side := range sides {
			answers[i], refusals[i] = console(t, side, token, statement)
		}
		return answers, refusals
	}
	construct, asked, alike, refused := "", 0, 0, 0
	for line := range strings.Lines(string(statements)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "-- ["); ok {
			construct = strings.TrimSuffix(name, "]")
		}
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		asked++
		for i, side := range sides {
			for reset := range strings.SplitSeq(strings.TrimSpace(string(tables)), ";\n") { // numbering starts anew too
				if _, refusal := console(t, side, token, reset); refusal != "" {
					t.Fatalf("side %d: %s: %s", i, reset, refusal)
				}
			}
		}
		answers, refusals := both(line)
		if answers[0] == answers[1] { // and what it changed
			for table, key := range map[string]string{"authors": "id", "pages": "id", "counters": "name", "events": "id"} {
				state, _ := both("SELECT * FROM " + table + " ORDER BY " + key)
				if state[0] != state[1] {
					answers = [2]string{answers[0] + "\n    " + table + ": " + state[0], answers[1] + "\n    " + table + ": " + state[1]}
				}
			}
		}
		switch {
		case answers[0] == answers[1]:
			alike++
		case clearly(refusals[1]):
			refused++
			t.Logf("[%s] refused: %s: %s", construct, line, refusals[1])
		default:
			t.Errorf("[%s] %s\n  SQLite:   %s %s\n  Postgres: %s %s", construct, line, answers[0], refusals[0], answers[1], refusals[1])
		}
	}
	fmt.Printf("%d statements: %d alike (%.1f %%), %d refused clearly, %d otherwise\n", asked, alike, 100*float64(alike)/float64(asked), refused, asked-alike-refused)
	if asked < 300 || float64(alike) < 0.95*float64(asked) {
		t.Errorf("%d of %d statements are answered alike, want 95 %% of at least 300", alike, asked)
	}
}

// A statement with Postgres' own prefix goes through as it is.
func TestNativeStatementsPassThrough(t *testing.T) {
	t.Parallel()
	dir, token, _ := seeded(t, 4)
	answer, refusal := console(t, onPostgres(t, dir), token, "/*pg*/ SELECT current_setting('server_encoding') AS e")
	if refusal != "" || !strings.Contains(answer, "UTF8") {
		t.Errorf("%s %s", answer, refusal)
	}
}

// clearly says whether a refusal names what is not there, or what cannot be kept.
func clearly(refusal string) bool {
	for _, says := range []string{"is not supported on Postgres", "cannot store", "no such function: ", "out of range"} {
		if strings.Contains(refusal, says) {
			return true
		}
	}
	return false
}
