package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"jasaweb/plugins/postgres/pgtest"
)

const upstream = "github.com/pocketbase/pocketbase"

// workspace is the temporary folder with the copy of PocketBase.
type workspace struct {
	dir     string // of everything
	module  string // the copy
	overlay string // the JSON file for go test -overlay
}

// newWorkspace copies the PocketBase module that this repository pins and makes
// our module importable from it, at the versions that this repository uses.
func newWorkspace(ctx context.Context) (*workspace, error) {
	source, err := goList(ctx, "{{.Dir}}", upstream)
	if err != nil {
		return nil, err
	}
	ours, err := goList(ctx, "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(pgtest.Memory(), "conformance-")
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir, module: filepath.Join(dir, "pocketbase"), overlay: filepath.Join(dir, "overlay.json")}
	err = errors.Join(os.CopyFS(w.module, os.DirFS(source)), writable(w.module), w.join(ours), w.writeOverlay())
	if err == nil {
		// With both modules' requirements in one graph, missing sums are added.
		_, err = w.command(ctx, "go", "mod", "tidy", "-e").Output()
	}
	if err != nil {
		w.remove()
		return nil, fmt.Errorf("copy %s: %w%s", upstream, err, stderrOf(err))
	}
	return w, nil
}

func (w *workspace) remove() { os.RemoveAll(w.dir) }

func goList(ctx context.Context, format string, module ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", append([]string{"list", "-m", "-f", format}, module...)...).Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w%s", err, stderrOf(err))
	}
	return strings.TrimSpace(string(out)), nil
}

func stderrOf(err error) string {
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		return "\n" + string(failed.Stderr)
	}
	return ""
}

// command runs in the copy. Its temporary files go with the workspace.
func (w *workspace) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = w.module
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=auto", "GOWORK=off", "CGO_ENABLED=0", "TMPDIR="+w.dir)
	return cmd
}

// writable undoes the module cache's read-only modes.
func writable(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
}

// join adds our module, and the sums of its requirements, to the copy's.
func (w *workspace) join(ours string) error {
	gomod, err := os.ReadFile(filepath.Join(w.module, "go.mod"))
	if err != nil {
		return err
	}
	gomod = fmt.Appendf(gomod, "\nrequire jasaweb v0.0.0\n\nreplace jasaweb => %s\n", ours)
	sums, err := os.ReadFile(filepath.Join(w.module, "go.sum"))
	if err != nil {
		return err
	}
	more, err := os.ReadFile(filepath.Join(ours, "go.sum"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(w.module, "go.mod"), gomod, 0o644),
		os.WriteFile(filepath.Join(w.module, "go.sum"), append(sums, more...), 0o644),
		// A file that only the build tag selects keeps our requirement through "go mod tidy".
		os.WriteFile(filepath.Join(w.module, "conformance.go"), []byte("//go:build conformance\n\npackage pocketbase\n\nimport _ \"jasaweb/plugins/postgres/conformance/connect\"\n"), 0o644),
	)
}

// opener replaces PocketBase's function that opens a database. It is filled in
// by connectFile, from the outside, because our driver's wiring imports core.
const opener = `package core

import (
	"github.com/pocketbase/dbx"
	_ "modernc.org/sqlite"
)

var ConformanceConnect func(string) (*dbx.DB, error)

func DefaultDBConnect(path string) (*dbx.DB, error) { return ConformanceConnect(path) }
`

const connectFile = `package %s_test

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/postgres/conformance/connect"
)

func init() { core.ConformanceConnect = connect.Open }
`

// writeOverlay lists the files that differ on Postgres: the opener, a file in
// every tested package that fills it in, and the tests of tools/search that
// open their own database by the driver's name.
func (w *workspace) writeOverlay() error {
	replace := map[string]string{}
	add := func(path, content string) error {
		file := filepath.Join(w.dir, "overlay", strings.ReplaceAll(path, "/", "_"))
		replace[filepath.Join(w.module, path)] = file
		return os.WriteFile(file, []byte(content), 0o644)
	}
	if err := os.MkdirAll(filepath.Join(w.dir, "overlay"), 0o755); err != nil {
		return err
	}
	if err := add("core/db_connect.go", opener); err != nil {
		return err
	}
	for _, path := range packages {
		name := filepath.Base(path)
		if path == "." {
			name = "pocketbase"
		}
		if err := add(filepath.Join(path, "zz_conformance_test.go"), fmt.Sprintf(connectFile, name)); err != nil {
			return err
		}
	}
	own, err := filepath.Glob(filepath.Join(w.module, "tools/search/*_test.go"))
	if err != nil {
		return err
	}
	opened := 0
	for _, path := range own {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := bytes.ReplaceAll(content, []byte(`sql.Open("sqlite"`), []byte(`sql.Open("conformance"`))
		if bytes.Equal(changed, content) {
			continue
		}
		opened++
		relative, err := filepath.Rel(w.module, path)
		if err != nil {
			return err
		}
		if err := add(relative, string(changed)); err != nil {
			return err
		}
	}
	if opened == 0 {
		return errors.New("no test of tools/search opens a database: PocketBase has changed, look at the overlay")
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(w.overlay, raw, 0o644)
}
