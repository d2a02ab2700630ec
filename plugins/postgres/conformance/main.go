// Command conformance runs PocketBase's own tests, unchanged, on Postgres through
// our driver, and names every test that passes on SQLite and not there.
//
//	go run ./plugins/postgres/conformance [flags] [PACKAGE…]
//
// It works on a temporary copy of the pinned PocketBase module, in which a build
// overlay replaces the one function that opens a database. No upstream code is
// kept in this repository. Postgres servers are started and removed by it.
//
// What SQLite answers depends on PocketBase's version alone, so it is kept in
// testdata; -golden runs the tests on SQLite and writes it. A whole run that finds
// no difference writes testdata/green.json: what it ran on, and the counts.
// -unless-green runs nothing while all of that is the same, and says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// packages of PocketBase whose tests touch a database, or are cheap.
var packages = []string{
	".", "core", "core/validators", "apis", "forms", "cmd", "mails", "tools/search", "tools/dbutils",
	"plugins/jsvm", "plugins/migratecmd", "plugins/ghupdate",
}

// pooled is the part that also runs behind a transaction pooler: transactions,
// schema changes, queries and the record API, in a few minutes.
var pooled = []string{"core", "apis", "forms", "tools/search"}

const pooledRun = "Record|Collection|Tx|Transaction|Delete|Save|Filter|Search|View|Batch|Table"

type options struct {
	run         string // tests to run, as of go test
	golden      bool
	unlessGreen bool
	matrix      bool
	pooler      bool
	verbose     bool
	icu         bool
	superuser   bool
	prepared    bool
	bin         string
}

func main() {
	o := options{}
	flag.StringVar(&o.run, "run", "", "only the tests that match, as of go test")
	flag.BoolVar(&o.golden, "golden", false, "run on SQLite and write its outcomes to testdata")
	flag.BoolVar(&o.unlessGreen, "unless-green", false, "run nothing if a run on the same driver, PocketBase, Postgres and Go was green")
	flag.BoolVar(&o.matrix, "matrix", false, "run on pairwise configurations of Postgres: version, collation, role, protocol")
	flag.BoolVar(&o.pooler, "pooler", false, "run a part of the tests through PgBouncer in transaction mode")
	flag.BoolVar(&o.verbose, "v", false, "print the whole output of the tests that differ")
	flag.BoolVar(&o.icu, "icu", false, "databases with an ICU collation (default: C)")
	flag.BoolVar(&o.superuser, "superuser", false, "connect as a superuser (default: a plain role)")
	flag.BoolVar(&o.prepared, "prepared", false, "server-side prepared statements (default: unnamed)")
	flag.StringVar(&o.bin, "bin", "", "folder with the programs of Postgres (default: Debian's newest)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	differ, err := conform(ctx, o, flag.Args())
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	case differ:
		os.Exit(1)
	}
}

// whole says that a run is the one that a green record is about: everything, on
// the default configuration.
func (o options) whole(wanted []string) bool {
	o.verbose, o.unlessGreen = false, false
	return o == options{} && len(wanted) == 0
}

// conform reports whether any test passes on SQLite and not on Postgres.
func conform(ctx context.Context, o options, wanted []string) (bool, error) {
	whole := o.whole(wanted)
	if o.unlessGreen && !whole {
		return false, errors.New("-unless-green is about the whole run, without other flags")
	}
	if o.pooler && len(wanted) == 0 {
		wanted = pooled
		if o.run == "" {
			o.run = pooledRun
		}
	}
	if len(wanted) == 0 {
		wanted = packages
	}
	now, err := inputsNow(ctx)
	if err != nil {
		return false, err
	}
	if o.unlessGreen {
		last, err := readGreen()
		if err != nil || last.covers(os.Stdout, now) {
			return false, err
		}
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return false, err
	}
	defer w.remove()
	if o.golden {
		return false, w.writeGolden(ctx, now)
	}
	sqlite, err := readGolden(now.PocketBase)
	if err != nil {
		return false, err
	}
	sqlite = sqlite.only(wanted, o.run)
	configurations := []configuration{{icu: o.icu, superuser: o.superuser, prepared: o.prepared, pooler: o.pooler, bin: o.bin}}
	if o.matrix {
		if configurations, err = pairwise(ctx, w.dir); err != nil {
			return false, err
		}
	}
	differ := false
	for _, c := range configurations {
		fmt.Println("==", c)
		worse, postgres, err := w.compare(ctx, c, sqlite, wanted, o)
		if err != nil {
			return false, err
		}
		differ = differ || worse
		if whole && !worse {
			if err := writeGreen(now, postgres); err != nil {
				return false, err
			}
		}
	}
	return differ, nil
}

// compare runs the tests on one kind of Postgres and reports the differences.
func (w *workspace) compare(ctx context.Context, c configuration, sqlite outcomes, wanted []string, o options) (bool, outcomes, error) {
	postgres, err := w.testOnPostgres(ctx, c, wanted, o.run)
	if err != nil {
		return false, postgres, err
	}
	// Some of the tests wait a quarter of a second for what must happen: on a
	// busy machine they fail now and then. What fails twice differs, unless it
	// fails on SQLite as well: on a machine without a network, say.
	if tests, run := selection(differences(sqlite, postgres)); len(tests) > 0 {
		fmt.Println("== again, what failed")
		second, err := w.testOnPostgres(ctx, c, tests, run)
		if err != nil {
			return false, postgres, err
		}
		postgres.repeat(second)
	}
	if tests, run := selection(differences(sqlite, postgres)); len(tests) > 0 {
		fmt.Println("== on SQLite, what differs")
		here, err := w.test(ctx, tests, run, nil)
		if err != nil {
			return false, postgres, err
		}
		sqlite = sqlite.failingHere(here)
	}
	return report(os.Stdout, sqlite, postgres, o.verbose), postgres, nil
}
