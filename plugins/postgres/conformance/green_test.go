package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A recorded run covers another one only while everything that it depends on is
// the same, and it had tests.
func TestGreenRunCoversNothingElse(t *testing.T) {
	then := inputs{Driver: "abc", PocketBase: "v1", Postgres: "postgres 15.1", Go: "go1.1"}
	g := green{inputs: then, Counts: map[string][3]int{"core": {7, 0, 0}}}
	out := &strings.Builder{}
	if !g.covers(out, then) || !strings.Contains(out.String(), "SKIPPED") || !strings.Contains(out.String(), "make test-full") || !strings.Contains(out.String(), "7 of them") {
		t.Errorf("the same inputs: %s", out)
	}
	for name, change := range map[string]func(*inputs){
		"driver":     func(i *inputs) { i.Driver = "abd" },
		"PocketBase": func(i *inputs) { i.PocketBase = "v2" },
		"Postgres":   func(i *inputs) { i.Postgres = "postgres 15.2" },
		"Go":         func(i *inputs) { i.Go = "go1.2" },
	} {
		now, out := then, &strings.Builder{}
		change(&now)
		if g.covers(out, now) || strings.Contains(out.String(), "SKIPPED") {
			t.Errorf("another %s is skipped: %s", name, out)
		}
	}
	if (green{inputs: then}).covers(&strings.Builder{}, then) {
		t.Error("a run without tests counts as green")
	}
}

// A record with a part of the flags would cover what did not run.
func TestOnlyTheWholeRunIsRecorded(t *testing.T) {
	if !(options{verbose: true, unlessGreen: true}).whole(nil) {
		t.Error("the plain run is not whole")
	}
	for _, o := range []options{{run: "A"}, {golden: true}, {matrix: true}, {pooler: true}, {icu: true}, {superuser: true}, {prepared: true}, {bin: "/x"}} {
		if o.whole(nil) {
			t.Errorf("%+v is taken for the whole run", o)
		}
	}
	if (options{}).whole([]string{"core"}) {
		t.Error("one package is taken for the whole run")
	}
}

// A byte in a file of the driver, or in SQLite's outcomes, is another driver.
func TestHashKnowsEveryFileOfTheDriver(t *testing.T) {
	t.Chdir("../../..")
	hash := func(more ...string) string {
		t.Helper()
		h, err := driverHash(context.Background(), more...)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	extra := filepath.Join(t.TempDir(), "outcomes")
	if err := os.WriteFile(extra, []byte("pass a A"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := hash(extra)
	if first != hash(extra) {
		t.Error("two hashes of the same files differ")
	}
	if err := os.WriteFile(extra, []byte("fail a A"), 0o600); err != nil {
		t.Fatal(err)
	}
	if first == hash(extra) {
		t.Error("a changed file has the same hash")
	}
	lines, err := driverSources(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(lines, "\n") + "\n"
	for _, want := range []string{
		"/plugins/postgres/conn.go\n", "/plugins/postgres/helpers.sql\n", "/plugins/postgres/translate/select.go\n",
		"/plugins/postgres/conformance/connect/connect.go\n", "github.com/jackc/pgx/v5@v", "github.com/pocketbase/dbx@v",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in what is hashed", want)
		}
	}
}

func TestKeptOutcomesAreReadAsTheyWereWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := readGolden("v1"); err == nil || !strings.Contains(err.Error(), "make conformance-golden") {
		t.Errorf("without a file: %v", err)
	}
	written := read(t, sqliteRun)
	if err := keep(written, "v1"); err != nil {
		t.Fatal(err)
	}
	got, err := readGolden("v1")
	if err != nil || !maps.Equal(got.result, written.result) {
		t.Errorf("read %v, %v; want %v", got.result, err, written.result)
	}
}

func TestPartOfARunIsComparedWithThatPart(t *testing.T) {
	sqlite := read(t, sqliteRun)
	for run, want := range map[string]int{"": 4, "TestB": 1, "^Test[AB]$": 2, "TestB/other": 0, "TestB/s": 1} {
		part := sqlite.only([]string{"core"}, run)
		if n := part.count("core", "pass") + part.count("core", "fail"); n != want {
			t.Errorf("-run %q: %d tests, want %d", run, n, want)
		}
	}
	if n := len(sqlite.only([]string{"apis"}, "").result); n != 0 {
		t.Errorf("%d tests of another package", n)
	}
	if len(sqlite.result) != 5 {
		t.Error("the outcomes themselves were changed")
	}
}

// What this machine's SQLite refuses as well, for want of a network say, is no
// difference; what passes there stays one.
func TestWhatFailsOnThisMachineIsNoDifference(t *testing.T) {
	postgres := read(t, strings.NewReplacer(`"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"`,
		`"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"`, `"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestGone"`,
		`"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestGone"`).Replace(sqliteRun))
	here := read(t, `{"Action":"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestGone"}
{"Action":"fail","Package":"github.com/pocketbase/pocketbase/core"}
`)
	worse := differences(read(t, sqliteRun).failingHere(here), postgres)
	if len(worse) != 1 || worse[0].test != "TestGone" {
		t.Errorf("differences %v, want TestGone alone", worse)
	}
}
