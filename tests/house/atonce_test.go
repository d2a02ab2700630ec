package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jasaweb/tests/programtest"
)

// Of the packages that .ci/at-once names, the race detector sees only the tests
// whose name says AtOnce: each that starts things at once must say it.
func TestWhatHappensAtOnceSaysSo(t *testing.T) {
	root := programtest.Root()
	script, err := os.ReadFile(filepath.Join(root, ".ci/at-once"))
	if err != nil {
		t.Fatal(err)
	}
	test := regexp.MustCompile(`(?ms)^func (Test\w+)\(.*?^}`)
	starts := regexp.MustCompile(`\.Go\(|\bgo func|\bparallel\(|\braced\(`)
	named := map[string]bool{}
	for _, name := range regexp.MustCompile(`(\w+)\.test`).FindAllStringSubmatch(string(script), -1) {
		named[name[1]] = false
	}
	for _, dir := range []string{"hooks", "plugins/payments", "plugins/portal", "plugins/postgres"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range test.FindAllSubmatch(source, -1) {
				says := strings.Contains(string(f[1]), "AtOnce")
				if starts.Match(f[0]) && !says {
					t.Errorf("%s: %s starts things at once and its name does not say AtOnce", path, f[1])
				}
				named[filepath.Base(dir)] = named[filepath.Base(dir)] || says
			}
		}
	}
	for name, tests := range named {
		if !tests {
			t.Errorf(".ci/at-once runs nothing of %s under the race detector", name)
		}
	}
}
