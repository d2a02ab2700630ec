package differential

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// onPostgres starts a side on a fresh database, filled by importing the SQLite
// files of a data directory.
func onPostgres(t testing.TB, from string) *Side {
	t.Helper()
	store, err := postgres.New(postgres.Config{
		URL:      pgtest.Database(t),
		Prepared: os.Getenv("FUZZ_PREPARED") != "",
		Fixture: func(ctx context.Context, db *sql.DB, path string) error {
			return postgres.ImportFile(ctx, db, filepath.Join(from, filepath.Base(path)), nil)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return open(t, from, store.Connect)
}

// The short form runs with all tests, "make fuzz" runs the long one.
// FUZZ_CASES and FUZZ_SEED choose another run; a seed repeats its cases.
func TestPostgresAnswersLikeSQLite(t *testing.T) {
	t.Parallel()
	const long = 50_000
	cases, seed := number(t, "FUZZ_CASES", 1000), number(t, "FUZZ_SEED", 1)
	f := fuzz(t, cases, uint64(seed), func(dir string) *Side { return onPostgres(t, dir) })
	fmt.Print(&f.Coverage)
	operator, operators, field, fields := f.Coverage.Least()
	fmt.Printf("%d cases with seed %d: %d differences; least met: operator %s %d times, field type %s %d times\n",
		cases, seed, len(f.Differences), operator, operators, field, fields)
	known, unknown := classify(f.Differences)
	for name, count := range known {
		fmt.Printf("%d differences of the known class %q\n", count, name)
	}
	if few := 0.002 * float64(cases); float64(len(f.Differences)-len(unknown)) > max(few, 5) {
		t.Errorf("%d cases of known classes, more than 0.2 %%", len(f.Differences)-len(unknown))
	}
	complain(t, unknown)
	if f.Coverage.Selective() < 0.4 {
		t.Errorf("only %.0f %% of the filters match some records and not all, want 40 %%", 100*f.Coverage.Selective())
	}
	if enough := 200; cases >= long && (operators < enough || fields < enough) {
		t.Errorf("operator %s %d times, field type %s %d times; want %d", operator, operators, field, fields, enough)
	}
}

// complain shows the first of each kind of difference, and counts them.
func complain(t *testing.T, differences []Difference) {
	t.Helper()
	count := map[string]int{}
	for _, d := range differences {
		kind := d.Kind()
		if count[kind]++; count[kind] == 1 && len(count) <= 60 {
			t.Errorf("[%s] %v", kind, d)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%5d × %s", count[kind], kind)
	}
}
