package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	slashpath "path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jasaweb/tests/programtest"
)

// paymentArrows is what each part of the payments plugin may import of ours
// beside the pure packages. None of them knows PocketBase or the business.
var paymentArrows = map[string][]string{
	"plugins/payments/gateway":          {},
	"plugins/payments/qris":             {},
	"plugins/payments/midtrans":         {"plugins/payments/gateway", "plugins/internal/text"},
	"plugins/payments/midtrans/sandbox": {"plugins/payments/qris", "plugins/internal/command"},
}

// importAllowed says which of our packages, and whether PocketBase, the package
// in dir may import. Tests may also use the test kit.
func importAllowed(dir, path string, test bool) bool {
	ours, isOurs := strings.CutPrefix(path, "jasaweb/")
	if path == "jasaweb" || ours == "plugins" && dir != "." && !strings.HasPrefix(dir, "tests/") {
		return false // nobody imports the composition but main and the tests of the whole program
	}
	if test && (strings.HasPrefix(path, "jasaweb/plugins/plugintest") || ours == dir || ours == "collections") {
		return true
	}
	switch {
	case dir == ".":
		return !isOurs || ours == "plugins"
	case dir == "plugins":
		return !strings.HasPrefix(ours, "tests/")
	case strings.HasPrefix(dir, "tests/"):
		return !strings.HasPrefix(ours, "tests/") || ours == "tests/programtest"
	case dir == "pb_migrations":
		return !isOurs || (test && !strings.HasPrefix(ours, "collections"))
	case strings.HasPrefix(dir, "collections/"): // pure: no PocketBase, no HTTP
		return !strings.Contains(path, "pocketbase") && path != "net/http" && (!isOurs || strings.HasPrefix(ours, "collections/"))
	case dir == "collections": // the edges know HTTP
		return (test || path != "net/http") && (!isOurs || strings.HasPrefix(ours, "collections/"))
	case dir == "hooks":
		return !isOurs || ours == "collections" || strings.HasPrefix(ours, "collections/")
	case dir == "plugins/plugintest", strings.HasPrefix(dir, "plugins/plugintest/"):
		return true
	case dir == "plugins/internal/view", dir == "plugins/internal/page", dir == "plugins/internal/action":
		// A page knows who is signed in and the agency that it speaks for, its address
		// what a notice is about, an action writes who asked for it into the audit log:
		// all need the vocabulary.
		return !isOurs || strings.HasPrefix(ours, "plugins/internal/") || ours == "collections" || strings.HasPrefix(ours, "collections/")
	case strings.HasPrefix(dir, "plugins/internal/"): // mechanisms: no business but the pure packages (amounts, days)
		return !isOurs || strings.HasPrefix(ours, "plugins/internal/") || strings.HasPrefix(ours, "collections/")
	}
	if arrows, ok := paymentArrows[dir]; ok {
		return !strings.Contains(path, "pocketbase") &&
			(!isOurs || strings.HasPrefix(ours, "collections/") || slices.Contains(arrows, ours))
	}
	if dir == "plugins/payments" && strings.HasPrefix(ours, "plugins/payments/midtrans") {
		return test // the business speaks to a gateway.Gateway; the composition names the provider
	}
	// A plugin: the vocabulary, the shared mechanisms and its own folders.
	plugin := strings.Join(strings.SplitN(dir, "/", 3)[:2], "/")
	return !isOurs || ours == "collections" || strings.HasPrefix(ours, "collections/") ||
		strings.HasPrefix(ours, "plugins/internal/") || ours == plugin || strings.HasPrefix(ours, plugin+"/")
}

// TestImports keeps the directions of the architecture: plugins meet in
// records, hooks and jobs, never in each other's packages.
func TestImports(t *testing.T) {
	files := 0
	tree := os.DirFS(programtest.Root())
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files++
		source, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			dir := slashpath.Dir(path)
			if !importAllowed(dir, imported, strings.HasSuffix(path, "_test.go")) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Fatalf("looked at %d files: %v", files, err)
	}
}

func TestImportRulesRefuseWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		dir, path string
		want      bool
	}{
		{"plugins/portal", "jasaweb/plugins/admin", false},
		{"plugins/portal", "jasaweb/plugins/payments/qris", false},
		{"plugins/portal", "jasaweb/hooks", false},
		{"plugins/portal", "jasaweb", false},
		{"plugins/portal", "jasaweb/plugins", false},
		{"plugins", "jasaweb/plugins/portal", true},
		{"plugins", "jasaweb/tests/programtest", false},
		{".", "jasaweb/plugins", true},
		{".", "jasaweb/collections", false},
		{"tests/api", "jasaweb/plugins", true},
		{"tests/api", "jasaweb/tests/pages", false},
		{"plugins/portal", "jasaweb/collections", true},
		{"plugins/portal", "jasaweb/plugins/internal/rest", true},
		{"plugins/internal/rest", "jasaweb/collections", false},
		{"plugins/payments/midtrans/sandbox", "jasaweb/plugins/payments/qris", true},
		{"plugins/payments/midtrans", "jasaweb/plugins/payments/gateway", true},
		{"plugins/payments/midtrans", "jasaweb/plugins/payments", false},
		{"plugins/payments/gateway", "github.com/pocketbase/pocketbase/core", false},
		{"plugins/payments", "jasaweb/plugins/payments/midtrans", false},
		{"plugins/internal/view", "jasaweb/collections", true},
		{"plugins/internal/view", "jasaweb/plugins/site", false},
		{"plugins/internal/action", "jasaweb/collections", true},
		{"plugins/internal/call", "jasaweb/collections", false},
		{"collections", "jasaweb/hooks", false},
		{"collections", "net/http", false},
		{"collections/idr", "github.com/pocketbase/pocketbase/core", false},
		{"hooks", "jasaweb/plugins/internal/rest", false},
		{"pb_migrations", "jasaweb/collections", false},
	} {
		if got := importAllowed(c.dir, c.path, false); got != c.want {
			t.Errorf("%s → %s: allowed %t, want %t", c.dir, c.path, got, c.want)
		}
	}
}
