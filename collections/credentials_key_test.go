package collections_test

import (
	"errors"
	"testing"

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/plugins/plugintest"
)

func boxOf(keys string) *secret.Box { return secret.NewBox(secret.Key(keys, nil)) }

// From the first start to a lost key: what a program may do with the database that
// it finds.
func TestTheKeyOfTheLoginsFitsOrStopsTheStart(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	db := app.NonconcurrentDB()
	wants := func(step, keys string, fit collections.KeyFit, err error) {
		t.Helper()
		got, found := collections.CheckCredentialsKey(db, boxOf(keys))
		if got != fit || !errors.Is(found, err) {
			t.Errorf("%s: fit %d, %v; want %d, %v", step, got, found, fit, err)
		}
	}
	mark := func(keys string) {
		t.Helper()
		if err := collections.MarkCredentialsKey(db, boxOf(keys)); err != nil {
			t.Fatal(err)
		}
	}
	wants("nothing", "one", collections.KeyUnused, nil)
	mark("one")
	wants("marked", "one", collections.KeyCurrent, nil)
	wants("marked, nothing sealed", "two", collections.KeyUnused, nil)
	mark("two")

	p, before := sealed(t, app) // under the key of the test's program
	wants("sealed under another key than the mark's", "two", collections.KeyCurrent, nil)
	n, err := collections.ForgetCredentials(db, app.Credentials)
	if err != nil || n != 0 {
		t.Fatalf("forgot %d that open, %v", n, err)
	}
	wants("a lost key", "two", collections.KeyUnused, collections.ErrOtherKey)

	next := boxOf("two")
	if n, err := collections.ResealCredentials(db, next); !errors.Is(err, secret.ErrOpen) || n != 0 {
		t.Errorf("sealed %d anew without their key, %v", n, err)
	}
	if n, err := collections.ResealCredentials(db, app.Credentials); err != nil || n != 0 {
		t.Errorf("sealed %d anew under the same key, %v", n, err)
	}
	if got := app.Reload(t, p.Record).GetString("credentials"); got != `"`+before+`"` {
		t.Errorf("the login changed to %s", got)
	}
	if n, err := collections.ForgetCredentials(db, next); err != nil || n != 1 {
		t.Errorf("forgot %d, %v; want 1", n, err)
	}
	p = collections.AsProject(app.Reload(t, p.Record))
	if p.HasCredentials() {
		t.Error("the login is still there")
	}
	wants("forgotten", "two", collections.KeyCurrent, nil)
}

// A login that cannot be opened leaves the rest of its project readable.
func TestAProjectAnswersWithoutALoginThatNoKeyOpens(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	p, _ := sealed(t, app)
	c, err := p.AnswerCredentials(app, boxOf("another"), collections.Actor{Kind: collections.BySystem})
	if c != nil || err != nil {
		t.Errorf("answered %+v, %v", c, err)
	}
}
