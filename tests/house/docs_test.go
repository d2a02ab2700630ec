package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jasaweb/plugins"
	"jasaweb/tests/programtest"
)

// at is a path of the repository.
func at(path string) string { return filepath.Join(programtest.Root(), path) }

// What the documents tell an operator to set or to type must exist.
func TestDocumentsNameWhatExists(t *testing.T) {
	t.Parallel()
	known := []string{}
	for _, name := range plugins.Names() {
		known = append(known, name, name+"_FILE")
	}
	files, err := filepath.Glob(at("docs/*.md"))
	if err != nil || len(files) < 3 {
		t.Fatalf("documents: %v, %v", files, err)
	}
	deploy, err := filepath.Glob(at("docs/deploy/*"))
	if err != nil {
		t.Fatal(err)
	}
	option := regexp.MustCompile(`\b(?:MIDTRANS|DATABASE|APP|JWT|CREDENTIALS|REDIS|METRICS)_[A-Z_]+\b`)
	path := regexp.MustCompile(`docs/deploy/[\w.]+|docs/[\w]+\.(?:md|sh)`)
	for _, file := range append(append(files, at("README.md")), deploy...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range option.FindAllString(string(text), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s speaks of the option %s, which does not exist", file, name)
			}
		}
		for _, name := range path.FindAllString(string(text), -1) {
			if _, err := os.Stat(at(name)); err != nil {
				t.Errorf("%s names %s: %v", file, name, err)
			}
		}
	}
}

// Every command that the README and the documents for operators speak of is one
// of the program's: a command can be lost from plugins/commands.go without a test of its own.
func TestDocumentedCommandsExist(t *testing.T) {
	t.Parallel()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(at("docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]bool{}
	spoken := regexp.MustCompile("(?m)(?:^ {4}.*|`)\\bjasaweb ([^`\n]+)")
	word := regexp.MustCompile(`^[a-z][a-z-]*$`)
	for _, file := range append(files, at("README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range spoken.FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(found[1])
			if end := slices.IndexFunc(words, func(s string) bool { return !word.MatchString(s) }); end >= 0 {
				words = words[:end] // arguments and flags follow
			}
			if len(words) > 0 {
				commands[strings.Join(words, " ")] = true
			}
		}
	}
	for _, known := range []string{"serve", "admin create", "demo remove", "db import", "db export", "routes", "midtrans-sandbox", "superuser upsert"} {
		if !commands[known] {
			t.Errorf("%q is not documented", known)
		}
	}
	for command := range commands {
		cmd := exec.Command(binary, append(strings.Fields(command), "--help")...)
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "jasaweb "+command) {
			t.Errorf("jasaweb %s: %v\n%s", command, err, out)
		}
	}
}

// Whoever copies a call of go test runs a test: one whose package has moved or
// whose name has changed says "no tests to run" and succeeds.
func TestWrittenTestCommandsFindATest(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(at("docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("go test (?:[^`\n]*?\\s)?-(run|bench) ('[^']*'|\\S+)([^`|&>\n]*)")
	other := regexp.MustCompile(`-bench ('[^']*'|\S+)`)
	calls := 0
	for _, file := range append(files, at("README.md"), at("CONTRIBUTING.md"), at("Makefile")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			kind, pattern := m[1], m[2]
			if bench := other.FindStringSubmatch(m[3]); kind == "run" && bench != nil { // -run '^$$' leaves the tests out
				kind, pattern = "bench", bench[1]
			}
			prefix := map[string]string{"run": "Test", "bench": "Benchmark"}[kind]
			name := regexp.MustCompile(strings.Trim(pattern, "'"))
			packages := regexp.MustCompile(`\./\S+`).FindAllString(m[0], -1)
			if len(packages) == 0 {
				t.Errorf("%s: %q names no package", filepath.Base(file), m[0])
			}
			for _, dir := range packages {
				calls++
				if !slices.ContainsFunc(testNames(t, at(dir)), func(s string) bool { return strings.HasPrefix(s, prefix) && name.MatchString(s) }) {
					t.Errorf("%s: %q finds nothing in %s", filepath.Base(file), m[0], dir)
				}
			}
		}
	}
	if calls < 12 {
		t.Errorf("%d calls of go test looked at", calls)
	}
}

// testNames lists the tests and benchmarks of the package in dir.
func testNames(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}
