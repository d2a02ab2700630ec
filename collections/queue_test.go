package collections_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// parallel runs fn n times at once.
func parallel(n int, fn func(int)) {
	done := make(chan struct{})
	for i := range n {
		go func() { defer func() { done <- struct{}{} }(); fn(i) }()
	}
	for range n {
		<-done
	}
}

var errRollback = errors.New("roll back")

func TestCountsHaveNoGapsWhenTransactionsFail(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	committed := make(chan int, 20)
	parallel(20, func(n int) {
		var count int
		err := app.RunInTransaction(func(txApp core.App) (err error) {
			if count, err = collections.NextCount(txApp, "uji"); err == nil && n%3 == 0 {
				err = errRollback
			}
			return err
		})
		switch {
		case err == nil:
			committed <- count
		case !errors.Is(err, errRollback):
			t.Error(err)
		}
	})
	close(committed)
	seen := map[int]bool{}
	for n := range committed {
		seen[n] = true
	}
	if len(seen) != 13 {
		t.Errorf("%d numbers, want 13", len(seen))
	}
	for n := 1; n <= 13; n++ {
		if !seen[n] {
			t.Errorf("number %d is missing", n)
		}
	}
	if n, err := collections.NextCount(app, "lain"); err != nil || n != 1 {
		t.Errorf("another counter begins at %d, %v", n, err)
	}
}

func jobs(t *testing.T, app core.App, kind string) []*core.Record {
	t.Helper()
	rows, err := app.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": kind})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEnqueuedJobIsThereOrItsMakerIsTold(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	app.SetNow(time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("WIB", 7*3600)))
	if err := collections.Enqueue(app, "uji", map[string]any{"teks": "<b>🏫</b>"}); err != nil {
		t.Fatal(err)
	}
	rows := jobs(t, app, "uji")
	if len(rows) != 1 || rows[0].GetString("state") != collections.JobQueued ||
		rows[0].GetString("run_at") != "2026-11-22 03:00:00.000Z" || !strings.Contains(rows[0].GetString("args"), "🏫") {
		t.Fatalf("jobs = %v", rows)
	}
	before := app.Hash(t)
	for name, enqueue := range map[string]func() error{
		"no kind":             func() error { return collections.Enqueue(app, "", nil) },
		"a long kind":         func() error { return collections.Enqueue(app, strings.Repeat("k", 101), nil) },
		"arguments unmarshal": func() error { return collections.Enqueue(app, "uji", func() {}) },
		"too large arguments": func() error { return collections.Enqueue(app, "uji", strings.Repeat("a", 100_001)) },
		"a long key": func() error {
			return collections.Enqueue(app, "uji", nil, collections.Unique(strings.Repeat("k", 201)))
		},
	} {
		if enqueue() == nil {
			t.Errorf("%s: nobody was told", name)
		}
	}
	err := app.RunInTransaction(func(txApp core.App) error {
		if err := collections.Enqueue(txApp, "batal", nil); err != nil {
			t.Error(err)
		}
		return errRollback
	})
	if !errors.Is(err, errRollback) || app.Hash(t) != before {
		t.Errorf("a job outlived its transaction: %v", err)
	}
}

func TestUniqueJobIsOneOfItsKind(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	parallel(8, func(n int) {
		err := app.RunInTransaction(func(txApp core.App) error {
			return collections.Enqueue(txApp, "bulanan", n, collections.Unique("2026-11"))
		})
		if err != nil {
			t.Error(err)
		}
	})
	for _, kind := range []string{"bulanan", "harian"} {
		for _, key := range []string{"2026-11", "2026-12"} {
			if err := collections.Enqueue(app, kind, nil, collections.Unique(key)); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(jobs(t, app, kind)); n != 2 {
			t.Errorf("%s: %d jobs, want one for each key", kind, n)
		}
	}
	done := jobs(t, app, "harian")[0] // a key is used up for ever
	done.Set("state", collections.JobDone)
	if err := errors.Join(app.Save(done), collections.Enqueue(app, "harian", nil, collections.Unique(done.GetString("unique_key")))); err != nil {
		t.Fatal(err)
	}
	if n := len(jobs(t, app, "harian")); n != 2 {
		t.Errorf("%d jobs after the first was done", n)
	}
}

func TestSecondHandlerOfAKindPanics(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	collections.HandleJob(app, "uji", nil)
	defer func() {
		if recover() == nil {
			t.Error("two handlers for one kind")
		}
	}()
	collections.HandleJob(app, "uji", nil)
}

// A name may be as long as the announcement's title is allowed to be.
func TestLongTextsAreAnnouncedShortened(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	client := app.NewUser(t, collections.RoleClient)
	for n, title := range []string{strings.Repeat("é", 255), strings.Repeat("é", 256), strings.Repeat("🏫", 400)} {
		err := collections.Notify(app, client.User, collections.Notice{
			Type: collections.NoticeSystem, Priority: collections.PriorityLow,
			Title: collections.Text{ID: title}, Message: collections.Text{ID: strings.Repeat("ñ", 6000) + fmt.Sprint(n)},
		})
		if err != nil {
			t.Fatal(err)
		}
		row, err := app.FindFirstRecordByData(collections.Notifications, "user", client.Id)
		if err != nil {
			t.Fatal(err)
		}
		got := row.GetString("title")
		if cut := strings.TrimSuffix(got, "…"); len([]rune(got)) != 255 || !strings.HasPrefix(title, cut) || (n == 0) != (cut == title) {
			t.Errorf("title %d = %q", n, got)
		}
		if err := app.Delete(row); err != nil {
			t.Fatal(err)
		}
	}
}
