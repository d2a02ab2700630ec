package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// outcomes are the results of one run, by package and test.
type outcomes struct {
	result  map[testName]string // pass, fail or skip
	output  map[testName]string // of the failed ones
	again   []testName          // that failed, and passed when run once more
	seconds map[string]float64  // wall time by package
}

// testName is a test or subtest; an empty test is the package itself.
type testName struct{ pkg, test string }

func (n testName) String() string {
	if n.test == "" {
		return n.pkg + " (the package)"
	}
	return n.pkg + " " + n.test
}

// ofTheRun is what the names of some subtests take from the run that they are in:
// an address, the time, a random part of a file's name.
var ofTheRun = regexp.MustCompile(`0x[0-9a-f]{6,}|time\.Date\([^)]*\)|_[a-z0-9]{10}\.`)

// event is one line of go test -json.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// test runs the tests of the packages, with more environment and, if there is
// any, the overlay. Failing tests are no error.
func (w *workspace) test(ctx context.Context, wanted []string, run string, env []string) (outcomes, error) {
	args := []string{"test", "-json", "-count=1", "-p=2", "-timeout=60m"}
	if run != "" {
		args = append(args, "-run", run)
	}
	if env != nil {
		args = append(args, "-overlay", w.overlay)
	}
	for _, path := range wanted {
		args = append(args, "./"+path)
	}
	cmd := w.command(ctx, "go", args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return outcomes{}, err
	}
	stderr := &strings.Builder{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		return outcomes{}, err
	}
	o, readErr := collect(stdout)
	err = cmd.Wait()
	if _, failed := errors.AsType[*exec.ExitError](err); failed && ctx.Err() == nil && len(o.result) > 0 {
		err = nil // a failed test; it is in the outcomes
	}
	if err := errors.Join(readErr, err, ctx.Err()); err != nil {
		return o, fmt.Errorf("go test: %w\n%s", err, stderr)
	}
	return o, nil
}

// collect reads the events and prints a line for every package, and one every
// ten seconds while a package runs.
func collect(r io.Reader) (outcomes, error) {
	o := outcomes{result: map[testName]string{}, output: map[testName]string{}, seconds: map[string]float64{}}
	output := map[testName]string{}
	last := time.Now()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		e := event{}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			continue // not of go test
		}
		name := testName{strings.TrimPrefix(strings.TrimPrefix(e.Package, upstream), "/"), ofTheRun.ReplaceAllString(e.Test, "*")}
		if name.pkg == "" {
			name.pkg = "."
		}
		switch e.Action {
		case "build-output":
			fmt.Print(e.Output)
		case "output":
			output[name] += e.Output
		case "pass", "fail", "skip":
			o.result[name] = e.Action
			if e.Action == "fail" {
				o.output[name] = output[name]
			}
			delete(output, name)
			if e.Test == "" {
				o.seconds[name.pkg] = e.Elapsed
				fmt.Println("  ", o.line(name.pkg))
				last = time.Now()
			}
		}
		if time.Since(last) > 10*time.Second && e.Test != "" {
			last = time.Now()
			fmt.Println("   …", o.line(name.pkg), "at", e.Test)
		}
	}
	return o, lines.Err()
}

// count is how many tests and subtests of a package ended so.
func (o outcomes) count(pkg, result string) int {
	n := 0
	for name, r := range o.result {
		if name.pkg == pkg && name.test != "" && r == result {
			n++
		}
	}
	return n
}

func (o outcomes) line(pkg string) string {
	return fmt.Sprintf("%-20s %5d passed %4d failed %4d skipped %7.1f s", pkg, o.count(pkg, "pass"), o.count(pkg, "fail"), o.count(pkg, "skip"), o.seconds[pkg])
}

func (o outcomes) packages() []string {
	names := []string{}
	for name := range o.result {
		if name.test == "" {
			names = append(names, name.pkg)
		}
	}
	slices.Sort(names)
	return names
}

// report prints both counts and every difference, and says whether a test that
// passes on SQLite does not on Postgres.
func report(w io.Writer, sqlite, postgres outcomes, verbose bool) bool {
	fmt.Fprintf(w, "\n%-20s %22s %22s\n", "passed/failed", "SQLite", "Postgres")
	for _, pkg := range postgres.packages() {
		fmt.Fprintf(w, "%-20s %14d / %-5d %14d / %-5d %7.1f s\n", pkg, sqlite.count(pkg, "pass"), sqlite.count(pkg, "fail"),
			postgres.count(pkg, "pass"), postgres.count(pkg, "fail"), postgres.seconds[pkg])
	}
	worse := differences(sqlite, postgres)
	for _, name := range postgres.again {
		fmt.Fprintf(w, "failed, and passed when run again: %s\n", name)
	}
	for _, name := range worse {
		result := postgres.result[name]
		if result == "" {
			result = "did not run"
		}
		fmt.Fprintf(w, "DIFFERS %s: %s\n", name, result)
		fmt.Fprint(w, excerpt(postgres.output[name], verbose))
	}
	for name, result := range sqlite.result {
		if result == "fail" && postgres.result[name] == "fail" && name.test != "" {
			fmt.Fprintf(w, "fails on both: %s\n", name)
		}
		if result == "fail" && postgres.result[name] == "pass" {
			fmt.Fprintf(w, "fails on SQLite only: %s\n", name)
		}
	}
	fmt.Fprintf(w, "%d tests pass on SQLite and not on Postgres\n", len(worse))
	return len(worse) > 0
}

// differences are the tests that pass on SQLite and not on Postgres.
func differences(sqlite, postgres outcomes) []testName {
	worse := []testName{}
	for name, result := range sqlite.result {
		if result == "pass" && postgres.result[name] != "pass" {
			worse = append(worse, name)
		}
	}
	for name, result := range postgres.result { // failing tests that SQLite's run does not know, or that ran alone
		if _, known := sqlite.result[name]; !known && result == "fail" {
			worse = append(worse, name)
		}
	}
	slices.SortFunc(worse, func(a, b testName) int { return strings.Compare(a.String(), b.String()) })
	return worse
}

// selection names the packages of tests, and a pattern for -run that matches the
// tests and no others.
func selection(tests []testName) (packages []string, run string) {
	names := []string{}
	for _, name := range tests {
		if top, _, _ := strings.Cut(name.test, "/"); top != "" {
			packages, names = append(packages, name.pkg), append(names, top)
		}
	}
	slices.Sort(packages)
	slices.Sort(names)
	return slices.Compact(packages), "^(" + strings.Join(slices.Compact(names), "|") + ")$"
}

// repeat takes over what passed in a second run. A package passes if nothing in
// it fails any more.
func (o *outcomes) repeat(second outcomes) {
	for name, result := range second.result {
		if first := o.result[name]; name.test != "" && first != "pass" && result == "pass" {
			o.result[name] = "pass"
			o.again = append(o.again, name)
		}
	}
	slices.SortFunc(o.again, func(a, b testName) int { return strings.Compare(a.String(), b.String()) })
	for _, pkg := range second.packages() {
		if o.count(pkg, "fail") == 0 {
			o.result[testName{pkg, ""}] = "pass"
		}
	}
}

// excerpt indents what a test printed, without the lines every test prints.
func excerpt(output string, whole bool) string {
	const most = 12
	lines := []string{}
	for line := range strings.Lines(output) {
		if t := strings.TrimSpace(line); t != "" && !strings.HasPrefix(t, "=== ") {
			lines = append(lines, "    "+strings.TrimRight(line, "\n")+"\n")
		}
	}
	if !whole && len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("    … %d more lines; -v prints them\n", len(lines)-most))
	}
	return strings.Join(lines, "")
}
