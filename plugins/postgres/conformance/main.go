// Command conformance runs PocketBase's own tests on SQLite and then, unchanged,
// on Postgres through our driver, and names every test whose outcome differs.
//
//	go run ./plugins/postgres/conformance [flags] [PACKAGE…]
//
// It works on a temporary copy of the pinned PocketBase module, in which a build
// overlay replaces the one function that opens a database. No upstream code is
// kept in this repository. Postgres servers are started and removed by it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
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
	run       string // tests to run, as of go test
	databases string
	matrix    bool
	pooler    bool
	verbose   bool
	icu       bool
	superuser bool
	prepared  bool
	bin       string
}

func main() {
	o := options{}
	flag.StringVar(&o.run, "run", "", "only the tests that match, as of go test")
	flag.StringVar(&o.databases, "databases", "sqlite,postgres", "which to run on")
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

// conform reports whether any test passes on SQLite and not on Postgres.
func conform(ctx context.Context, o options, wanted []string) (bool, error) {
	if o.pooler && len(wanted) == 0 {
		wanted = pooled
		if o.run == "" {
			o.run = pooledRun
		}
	}
	if len(wanted) == 0 {
		wanted = packages
	}
	w, err := newWorkspace(ctx)
	if err != nil {
		return false, err
	}
	defer w.remove()
	var sqlite outcomes
	if strings.Contains(o.databases, "sqlite") {
		fmt.Println("== SQLite")
		if sqlite, err = w.test(ctx, wanted, o.run, nil); err != nil {
			return false, err
		}
	}
	if !strings.Contains(o.databases, "postgres") {
		sqlite.print()
		return false, nil
	}
	configurations := []configuration{{icu: o.icu, superuser: o.superuser, prepared: o.prepared, pooler: o.pooler, bin: o.bin}}
	if o.matrix {
		if configurations, err = pairwise(ctx, w.dir); err != nil {
			return false, err
		}
	}
	differ := false
	for _, c := range configurations {
		fmt.Println("==", c)
		postgres, err := w.testOnPostgres(ctx, c, wanted, o.run)
		if err != nil {
			return false, err
		}
		// Some of the tests wait a quarter of a second for what must happen: on a
		// busy machine they fail now and then. What fails twice differs.
		if tests, run := selection(differences(sqlite, postgres)); len(tests) > 0 {
			fmt.Println("== again, what failed")
			second, err := w.testOnPostgres(ctx, c, tests, run)
			if err != nil {
				return false, err
			}
			postgres.repeat(second)
		}
		if report(os.Stdout, sqlite, postgres, o.verbose) {
			differ = true
		}
	}
	return differ, nil
}
