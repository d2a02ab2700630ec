package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jasaweb/tests/programtest"
)

// docs/plugin.md is code: its files are written into a copy of the tree, and
// there its own test runs, on the real database, and the goldens say what of the
// program it changed.
func TestPluginGuide(t *testing.T) {
	t.Parallel()
	tree := copyTree(t)
	guide, err := os.ReadFile(at("docs/plugin.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?m)^`([\\w./]+)`(?:, before `(.+)`)?\n\n```\\w+\n((?s).*?)^```$").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d files in the guide", len(blocks))
	}
	for _, block := range blocks {
		path, before, content := filepath.Join(tree, filepath.FromSlash(block[1])), block[2], block[3]
		if before != "" {
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(old), before) != 1 {
				t.Fatalf("%s has no line %q any more", block[1], before)
			}
			content = strings.Replace(string(old), before, strings.TrimSpace(content)+"\n"+before, 1)
			content = strings.Replace(content, "import (", "import (\n\t\"jasaweb/plugins/announcements\"", 1)
		}
		put(t, path, []byte(content))
	}
	run := func(env string, args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		// Compiled as the binary is, so that this is done once for both; the migrated
		// databases that test binaries share know nothing of the guide's migration.
		cmd.Dir, cmd.Env = tree, append(os.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0", "PLUGINTEST_FILES=", "PLUGINTEST_DATABASE=", env)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if out := run("", "test", "-count=1", "-v", "./plugins/announcements"); !strings.Contains(out, "--- PASS: TestVisitorsReadWhatAdminsWrite") {
		t.Errorf("the guide's test did not run:\n%s", out)
	}
	// What "make check" would say of the names, the arrows and the guards.
	run("", "test", "-count=1", "-run", "NamesOfCollections|TestImports|TestCollectionsOfTheProgram", "./tests/house", "./hooks")
	run("UPDATE_GOLDEN=1", "test", "-count=1", "-run", "Golden", "./pb_migrations", "./tests/house")
	want := []string{
		"pb_migrations/schema/announcements.golden", "pb_migrations/testdata/rules/announcements.golden",
		"tests/house/testdata/routes/announcements.golden",
	}
	if got := changedGoldens(t, tree); !slices.Equal(got, want) {
		t.Errorf("goldens that changed: %v, want %v", got, want)
	}
}

// copyTree copies what is checked out, as it stands, into a folder that goes with
// the test.
func copyTree(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = programtest.Root()
	names, err := list.Output()
	if err != nil {
		t.Fatalf("%v; the tests run in a git checkout", err)
	}
	tree := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		raw, err := os.ReadFile(at(name))
		if os.IsNotExist(err) { // deleted, and not yet committed
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(tree, filepath.FromSlash(name)), raw)
	}
	return tree
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// changedGoldens are the golden files of the copy that are not as they are here.
func changedGoldens(t *testing.T, tree string) []string {
	t.Helper()
	changed := []string{}
	for _, folder := range []string{"pb_migrations/schema", "pb_migrations/testdata/*", "tests/house/testdata/*"} {
		files, err := filepath.Glob(filepath.Join(tree, folder, "*.golden"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, err := filepath.Rel(tree, file)
			if err != nil {
				t.Fatal(err)
			}
			now, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if old, err := os.ReadFile(at(name)); err != nil || string(old) != string(now) {
				changed = append(changed, filepath.ToSlash(name))
			}
		}
	}
	slices.Sort(changed)
	return changed
}
