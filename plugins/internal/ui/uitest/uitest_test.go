package uitest_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"jasaweb/plugins/internal/ui/uitest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	got := uitest.Names(`
		app.store.headerLinks.splice(1, 0, { href: app.pb.buildURL("/x") });
		if (!err?.isAbort) app.checkApiError(err);
		const x = [app.utils?.isActivePath("#/x"), myapp.store.nothing, window.app.toasts.error];
		// app.routes.inAComment
		f(); // app.routes.inAnotherComment
		/* app.routes.inAThirdComment */
		app.store.headerLinks.push(1);`)
	want := []string{"app.store.headerLinks", "app.pb.buildURL", "app.checkApiError", "app.utils.isActivePath"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The names that pages are likely to use are found, so that the check is usable.
func TestFaultsAcceptsTheDashboardsNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"app.store.headerLinks", "app.store.settingsNavGroups", "app.store.title", "app.store.superuser",
		"app.routes.superuserOnly", "app.routes.fallbackPath", "app.components.credits", "app.components.refreshButton",
		"app.modals.confirm", "app.modals.openRecordUpsert", "app.toasts.success", "app.toasts.error", "app.checkApiError",
		"app.fieldTypes.select", "app.utils.isActivePath", "app.pb.send", "app.pb.collection", "app.pb.buildURL",
	} {
		if faults := uitest.Faults("x = " + name + ";"); len(faults) != 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestFaultsFindsInventedNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`app.store.headerLinkz.push(1)`:                     "app.store.headerLinkz",
		`app.store.headerLink.push(1)`:                      "app.store.headerLink",
		`app.toasts.shout("x")`:                             "app.toasts.shout",
		`app.router.superuserOnly("#/x")`:                   "app.router.superuserOnly",
		`app.checkAPIError(e)`:                              "app.checkAPIError",
		`app.pb.sendd("/x")`:                                "app.pb.sendd",
		`app.store.toasts`:                                  "app.store.toasts", // both exist, not together
		`app["store"].headerLinks`:                          "app[…]",
		`app.store[name]`:                                   "app[…]",
		`app.modals.openRecordUpsert(c, r, {onbeforeopen})`: "onbeforeopen",
	} {
		if faults := strings.Join(uitest.Faults(source), "; "); !strings.Contains(faults, want) {
			t.Errorf("%s: %q does not complain about %s", source, faults, want)
		}
	}
}

// recorder is a testing.TB that notes failures instead of failing.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatal(...any)          { r.failed = true }

func TestCheckFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fsys fstest.MapFS
		want bool
	}{
		"good":         {fstest.MapFS{"a/page.js": {Data: []byte("app.toasts.error(1)")}}, false},
		"invented":     {fstest.MapFS{"a/page.js": {Data: []byte("app.toasts.error(1)")}, "a/b.js": {Data: []byte("app.toasts.shout(1)")}}, true},
		"not a script": {fstest.MapFS{"page.js": {}, "readme.txt": {Data: []byte("app.toasts.shout(1)")}}, false},
		"empty":        {fstest.MapFS{}, true},
	} {
		r := &recorder{TB: t}
		uitest.Check(r, c.fsys)
		if r.failed != c.want {
			t.Errorf("%s: failed = %v, want %v", name, r.failed, c.want)
		}
	}
}
