package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// kept is the folder of what runs leave behind, from the root of the repository.
const kept = "plugins/postgres/conformance/testdata"

// goldenFile holds a line "result package test" for each test and package, sorted.
func goldenFile(version string) string {
	return filepath.Join(kept, "sqlite-"+version+".txt.gz")
}

// writeGolden runs PocketBase's tests on SQLite and keeps their outcomes.
func (w *workspace) writeGolden(ctx context.Context, now inputs) error {
	fmt.Println("== SQLite")
	o, err := w.test(ctx, packages, "", nil)
	if err != nil {
		return err
	}
	if tests, run := selection(o.failed()); len(tests) > 0 {
		fmt.Println("== again, what failed")
		second, err := w.test(ctx, tests, run, nil)
		if err != nil {
			return err
		}
		o.repeat(second)
	}
	return keep(o, now.PocketBase)
}

func keep(o outcomes, version string) error {
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return err
	}
	f, err := os.Create(goldenFile(version))
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(f)
	_, err = packed.Write([]byte(o.lines()))
	return errors.Join(err, packed.Close(), f.Close())
}

func (o outcomes) failed() []testName {
	failed := []testName{}
	for name, result := range o.result {
		if result == "fail" {
			failed = append(failed, name)
		}
	}
	return failed
}

// lines are sorted, so that two writings of the same outcomes are equal.
func (o outcomes) lines() string {
	lines := []string{}
	for name, result := range o.result {
		lines = append(lines, fmt.Sprintf("%s %s %s\n", result, name.pkg, name.test))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// readGolden reads what SQLite answers to the tests of that PocketBase.
func readGolden(version string) (outcomes, error) {
	o := outcomes{result: map[testName]string{}, output: map[testName]string{}, seconds: map[string]float64{}}
	f, err := os.Open(goldenFile(version))
	if errors.Is(err, os.ErrNotExist) {
		return o, fmt.Errorf("nothing is kept of SQLite's outcomes for PocketBase %s: make conformance-golden", version)
	}
	if err != nil {
		return o, err
	}
	defer f.Close()
	packed, err := gzip.NewReader(f)
	if err != nil {
		return o, err
	}
	lines := bufio.NewScanner(packed)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		result, name, _ := strings.Cut(lines.Text(), " ")
		pkg, test, _ := strings.Cut(name, " ")
		o.result[testName{pkg, test}] = result
	}
	return o, lines.Err()
}

// only leaves the packages, and the tests that go test -run would run.
func (o outcomes) only(wanted []string, run string) outcomes {
	left := maps.Clone(o.result)
	for name := range left {
		if !slices.Contains(wanted, name.pkg) || !runs(run, name.test) {
			delete(left, name)
		}
	}
	o.result = left
	return o
}

// runs is how go test -run chooses: element by element of the name.
func runs(pattern, test string) bool {
	if pattern == "" || test == "" {
		return true
	}
	patterns, elements := strings.Split(pattern, "/"), strings.Split(test, "/")
	for n := range min(len(patterns), len(elements)) {
		if !regexp.MustCompile(patterns[n]).MatchString(elements[n]) {
			return false
		}
	}
	return true
}

// failingHere are the kept outcomes with what does not pass on this machine's
// SQLite now.
func (o outcomes) failingHere(here outcomes) outcomes {
	o.result = maps.Clone(o.result)
	for name, result := range here.result {
		if name.test != "" && result != "pass" {
			o.result[name] = result
		}
	}
	for _, pkg := range here.packages() {
		if here.count(pkg, "fail") > 0 {
			o.result[testName{pkg, ""}] = "fail"
		}
	}
	return o
}
