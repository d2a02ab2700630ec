// Package uitest checks dashboard scripts against the PocketBase they run in.
// Its dashboard API is not documented and may change with any release; the
// names survive its minifier, so that a missing one shows in a test and not as
// a dead page.
//
//	func TestPageFitsTheDashboard(t *testing.T) { uitest.Check(t, pages) }
package uitest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/ui"
)

// Check fails the test for each use of the dashboard, in any script of fsys,
// that the linked PocketBase does not offer.
func Check(t testing.TB, fsys fs.FS) {
	t.Helper()
	scripts := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".js" {
			return err
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		scripts++
		for _, fault := range Faults(string(source)) {
			t.Errorf("%s: %s", name, fault)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if scripts == 0 {
		t.Fatal("there are no scripts to check")
	}
}

var (
	comment  = regexp.MustCompile(`(?m)^\s*//.*$|\s//\s.*$|/\*[\s\S]*?\*/`)
	appName  = regexp.MustCompile(`(?:^|[^\w$.])app((?:\??\.[A-Za-z_$][\w$]*)+)`)
	appIndex = regexp.MustCompile(`(?:^|[^\w$.])app(?:\??\.[A-Za-z_$][\w$]*)?\s*(?:\?\.)?\[`)
)

// Names returns the names of the dashboard that source uses, as far as they are
// the dashboard's own: "app.store.headerLinks" of app.store.headerLinks.splice(…).
func Names(source string) []string {
	var names []string
	for _, match := range appName.FindAllStringSubmatch(comment.ReplaceAllString(source, ""), -1) {
		parts := strings.Split(strings.ReplaceAll(match[1], "?.", "."), ".")[1:]
		name := "app." + strings.Join(parts[:min(len(parts), 2)], ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Faults returns what is wrong with source as a script of the dashboard.
func Faults(source string) []string {
	dashboard, err := assets()
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, name := range Names(source) {
		if !offered(dashboard, name) {
			faults = append(faults, fmt.Sprintf("the dashboard has no %s", name))
		}
	}
	code := comment.ReplaceAllString(source, "")
	if appIndex.MatchString(code) {
		faults = append(faults, "app[…] hides a name from this check")
	}
	if strings.Contains(code, "onbeforeopen") {
		faults = append(faults, "onbeforeopen breaks openRecordUpsert")
	}
	return faults
}

// offered reports whether the dashboard's own code says name. Methods of app.pb
// are the SDK's, which does not call itself app.pb.
func offered(dashboard, name string) bool {
	pattern := `\b` + regexp.QuoteMeta(name) + `\b`
	if method, ok := strings.CutPrefix(name, "app.pb."); ok {
		pattern = `[.;{},]` + regexp.QuoteMeta(method) + `[(=]`
	}
	return regexp.MustCompile(pattern).MatchString(dashboard)
}

// assets is the code of the dashboard that PocketBase embeds.
var assets = sync.OnceValues(func() (string, error) {
	if ui.DistDirFS == nil {
		return "", errors.New("PocketBase is built without its dashboard (no_ui)")
	}
	files, err := fs.Glob(ui.DistDirFS, "assets/*.js")
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, name := range files {
		b, err := fs.ReadFile(ui.DistDirFS, name)
		if err != nil {
			return "", err
		}
		all.Write(b)
		all.WriteByte('\n')
	}
	return all.String(), nil
})
