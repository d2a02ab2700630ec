package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"jasaweb/plugins/postgres/pgtest"
)

// inputs are what the outcome of a run depends on.
type inputs struct {
	// Driver is the hash of every source file of ours that takes part, of the
	// versions of the modules that they use, and of SQLite's outcomes.
	Driver     string `json:"driver"`
	PocketBase string `json:"pocketbase"`
	Postgres   string `json:"postgres"`
	Go         string `json:"go"`
}

// green is the record of the last whole run without a difference. A run writes it
// itself; nobody edits it.
type green struct {
	inputs
	// Counts are tests by package: passed, failed (on both databases), skipped.
	Counts map[string][3]int `json:"counts"`
	// Again failed, and passed when they ran once more.
	Again []string `json:"again,omitempty"`
}

var greenFile = filepath.Join(kept, "green.json")

func inputsNow(ctx context.Context) (inputs, error) {
	now := inputs{Go: runtime.Version()}
	var err error
	if now.PocketBase, err = goList(ctx, "{{.Version}}", upstream); err != nil {
		return now, err
	}
	bin, err := pgtest.Find()
	if err != nil {
		return now, err
	}
	version, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return now, fmt.Errorf("postgres --version: %w%s", err, stderrOf(err))
	}
	now.Postgres = strings.TrimSpace(string(version))
	now.Driver, err = driverHash(ctx, goldenFile(now.PocketBase))
	return now, err
}

// driverSources are the files of this command, of what opens its databases and of
// everything of ours that both import, with the versions of all other modules.
func driverSources(ctx context.Context) ([]string, error) {
	const format = `{{with .Module}}{{if .Main}}{{range $.GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{range $.EmbedFiles}}{{$.Dir}}/{{.}}
{{end}}{{else}}{{.Path}}@{{.Version}}
{{end}}{{end}}`
	out, err := exec.CommandContext(ctx, "go", "list", "-deps", "-f", format, "./plugins/postgres/conformance/...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w%s", err, stderrOf(err))
	}
	return slices.Compact(slices.Sorted(slices.Values(strings.Fields(string(out))))), nil
}

// driverHash digests them, and more files.
func driverHash(ctx context.Context, more ...string) (string, error) {
	lines, err := driverSources(ctx)
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	sum, files := sha256.New(), 0
	for _, line := range append(lines, more...) {
		path, ours := strings.CutPrefix(line, here+"/")
		fmt.Fprintln(sum, path)
		if !ours && !slices.Contains(more, line) {
			continue // a module
		}
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // no outcomes of SQLite yet
		}
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		files++
	}
	if files < 20 {
		return "", fmt.Errorf("the driver has only %d files: run this at the root of the repository", files)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func writeGreen(now inputs, o outcomes) error {
	g := green{inputs: now, Counts: map[string][3]int{}}
	for _, pkg := range o.packages() {
		g.Counts[pkg] = [3]int{o.count(pkg, "pass"), o.count(pkg, "fail"), o.count(pkg, "skip")}
	}
	for _, name := range o.again {
		g.Again = append(g.Again, name.String())
	}
	raw, err := json.MarshalIndent(g, "", "\t")
	if err != nil {
		return err
	}
	fmt.Println("green: written to", greenFile)
	return os.WriteFile(greenFile, append(raw, '\n'), 0o644)
}

// readGreen gives an empty record where there is none.
func readGreen() (green, error) {
	g := green{}
	raw, err := os.ReadFile(greenFile)
	if errors.Is(err, os.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return g, fmt.Errorf("%s: %w", greenFile, err)
	}
	return g, nil
}

// covers says whether the recorded run was on the same inputs, and tells the
// reader what is skipped, or why nothing is.
func (g green) covers(w io.Writer, now inputs) bool {
	passed := 0
	for _, counts := range g.Counts {
		passed += counts[0]
	}
	if g.inputs != now || passed == 0 {
		fmt.Fprintf(w, "not as in the recorded green run: running\n  recorded %+v\n  now      %+v\n", g.inputs, now)
		return false
	}
	fmt.Fprintf(w, "SKIPPED: PocketBase %s's own tests. Driver (%.12s), %s and %s are as in the recorded run, in which %d of them passed on Postgres.\n"+
		"SKIPPED: make test-full runs them all the same.\n", now.PocketBase, now.Driver, now.Postgres, now.Go, passed)
	return true
}
