// Package programtest gives tests the whole program: in process (NewApp, and
// NewAgency with people and an order in it), as the built binary (Start), and
// what stands beside it: the payment sandbox and a browser. What one
// plugin's tests need is in plugins/plugintest.
package programtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
)

// Root is the repository's folder; tests run in folders below it.
func Root() string {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	panic("programtest: not within the repository")
}

// Public are the files that the program embeds.
func Public() fs.FS { return os.DirFS(filepath.Join(Root(), "pb_public")) }

// NewApp is the program as main composes it, with whatever more adds.
func NewApp(t testing.TB, o plugins.Options, more ...func(*plugintest.App)) *plugintest.App {
	t.Helper()
	return plugintest.NewBare(t, func(app *plugintest.App) {
		if err := (plugins.Program{Options: o, Public: Public()}).Register(app); err != nil {
			t.Fatal(err)
		}
		for _, register := range more {
			register(app)
		}
	})
}
