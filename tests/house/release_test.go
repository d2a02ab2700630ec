package house

import (
	"os"
	"strings"
	"testing"

	"jasaweb/plugins"
)

// The release that the program names is the newest of the changelog.
func TestChangelogBeginsWithTheRelease(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(at("CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, newest, _ := strings.Cut(string(text), "\n## ")
	if newest, _, _ = strings.Cut(newest, "\n"); newest != plugins.Release {
		t.Errorf("the changelog begins with %q, the program says %q", newest, plugins.Release)
	}
}
