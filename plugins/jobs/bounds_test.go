package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

// A claimed job is nobody else's for fifteen minutes, longer than a run may take.
func TestAClaimedJobIsTakenOverAtTheEndOfItsLease(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}, 9), make(chan struct{})
	app := newApp(t, map[string]collections.JobHandler{
		"stuck":  func(context.Context, core.App, json.RawMessage) error { started <- struct{}{}; <-release; return nil },
		"within": func(context.Context, core.App, json.RawMessage) error { return nil },
	})
	defer close(release)
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(now)
	enqueue(t, app, "stuck")
	<-started
	app.SetNow(now.Add(15*time.Minute - time.Millisecond))
	enqueue(t, app, "within")
	await(t, app, "within", collections.JobDone) // the worker has looked; the stuck one would have come first
	if len(started) != 0 {
		t.Error("another worker has the job before its lease ended")
	}
	app.SetNow(now.Add(15 * time.Minute))
	select {
	case <-started:
	case <-time.After(20 * time.Second):
		t.Error("nobody took the job over when its lease ended")
	}
}

func enqueue(t *testing.T, app core.App, kind string) {
	t.Helper()
	if err := collections.Enqueue(app, kind, nil); err != nil {
		t.Fatal(err)
	}
}

// Four jobs run at once, and no fifth.
func TestFourJobsRunAtOnce(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}, 9), make(chan struct{})
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond})
		collections.HandleJob(app, "long", func(context.Context, core.App, json.RawMessage) error {
			started <- struct{}{}
			<-release
			return nil
		})
	})
	for range 5 {
		enqueue(t, app, "long")
	}
	for range 4 {
		<-started
	}
	time.Sleep(200 * time.Millisecond) // several polls
	if n := len(started); n != 0 {
		t.Errorf("%d more than four run at once", n)
	}
	close(release)
	<-started
}

// A job is dead after its tenth failure, not after the ninth.
func TestAJobIsTriedTenTimes(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 5 * time.Millisecond})
		collections.HandleJob(app, "broken", func(context.Context, core.App, json.RawMessage) error { return errors.New("never works") })
	})
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(now)
	enqueue(t, app, "broken")
	failed := func(times int) string {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			row, err := app.FindFirstRecordByData(collections.Jobs, "kind", "broken")
			if err == nil && row.GetInt("attempt") == times && row.GetString("state") != collections.JobRunning {
				return row.GetString("state")
			}
		}
		t.Fatalf("it never failed %d times", times)
		return ""
	}
	for n := 1; n < 10; n++ {
		if state := failed(n); state != collections.JobQueued {
			t.Fatalf("after failure %d it is %s", n, state)
		}
		now = now.Add(4 * time.Hour)
		app.SetNow(now)
	}
	if state := failed(10); state != collections.JobDead {
		t.Errorf("after failure 10 it is %s", state)
	}
}

// A run has five minutes unless its kind says otherwise, and no kind may say more
// than fourteen, which ends before the lease.
func TestARunHasItsTime(t *testing.T) {
	t.Parallel()
	type run struct{ left, began time.Time }
	runs := make(chan run, 1)
	handler := func(ctx context.Context, _ core.App, _ json.RawMessage) error {
		until, _ := ctx.Deadline()
		runs <- run{until, time.Now()}
		return nil
	}
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{})
		collections.HandleJob(app, "usual", handler)
		collections.HandleJob(app, "longest", handler, collections.Timeout(14*time.Minute))
	})
	for kind, want := range map[string]time.Duration{"usual": 5 * time.Minute, "longest": 14 * time.Minute} {
		before := time.Now()
		enqueue(t, app, kind)
		r := <-runs
		if r.left.Before(before.Add(want)) || r.left.After(r.began.Add(want)) {
			t.Errorf("%s has %s", kind, r.left.Sub(r.began))
		}
	}
	if err := jobs.Register(app, jobs.Config{Timeout: 14*time.Minute + 1}); err == nil || !strings.Contains(err.Error(), "14m0s") {
		t.Errorf("every run may outlive its lease: %v", err)
	}
	plugintest.New(t, func(app *plugintest.App) { jobs.MustRegister(app, jobs.Config{Timeout: 14 * time.Minute}) })
	for d, refused := range map[time.Duration]bool{0: true, 1: false, 14*time.Minute + 1: true} {
		func() {
			defer func() {
				if r := recover(); (r != nil) != refused {
					t.Errorf("a timeout of %s: %v", d, r)
				}
			}()
			collections.Timeout(d)
		}()
	}
}

// What is done stays for seven days, what is dead for ninety.
func TestEndedJobsStayToTheEndOfTheirDays(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, MaxAttempts: 1})
		collections.HandleJob(app, "works", func(context.Context, core.App, json.RawMessage) error { return nil })
		collections.HandleJob(app, "fails", func(context.Context, core.App, json.RawMessage) error { return errors.New("no") })
	})
	ended := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(ended)
	enqueue(t, app, "works")
	enqueue(t, app, "fails")
	await(t, app, "works", collections.JobDone)
	await(t, app, "fails", collections.JobDead)
	const day = 24 * time.Hour
	for _, c := range []struct {
		after        time.Duration
		works, fails int64
	}{{7*day - time.Millisecond, 1, 1}, {7 * day, 0, 1}, {90*day - time.Millisecond, 0, 1}, {90 * day, 0, 0}} {
		app.SetNow(ended.Add(c.after))
		if err := collections.FindJobHandler(app, "jobs.purge")(t.Context(), app, nil); err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[string]int64{"works": c.works, "fails": c.fails} {
			if n, err := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": kind}); err != nil || n != want {
				t.Errorf("%s after the end: %d jobs that %s, want %d, %v", c.after, n, kind, want, err)
			}
		}
	}
}

// A transaction puts two hundred jobs back, so that others may write in between.
func TestOneTransactionPutsTwoHundredBack(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	perTransaction := map[core.App]int{}
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, MaxAttempts: 1})
		app.OnRecordUpdate(collections.Jobs).BindFunc(func(e *core.RecordEvent) error {
			mu.Lock()
			perTransaction[e.App]++
			mu.Unlock()
			return e.Next()
		})
	})
	admin := app.NewUser(t, collections.RoleAdmin)
	err := app.RunInTransaction(func(txApp core.App) error {
		for range 201 {
			if err := collections.Enqueue(txApp, "unknown", nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		n, err := app.CountRecords(collections.Jobs, dbx.HashExp{"state": collections.JobDead})
		return err == nil && n == 201
	})
	app.Do(t, "POST", "/api/admin/jobs/retry", admin.Token, map[string]any{"kind": strings.Repeat("k", 101)}).WantError(400, "kind")
	app.Do(t, "POST", "/api/admin/jobs/retry", admin.Token, map[string]any{"kind": strings.Repeat("k", 100)}).Want(200)
	if len(perTransaction) != 0 {
		t.Errorf("jobs of another kind were put back: %v", perTransaction)
	}
	app.Do(t, "POST", "/api/admin/jobs/retry", admin.Token, map[string]any{"kind": "unknown"}).Want(200)
	mu.Lock()
	defer mu.Unlock()
	most, all := 0, 0
	for _, n := range perTransaction {
		most, all = max(most, n), all+n
	}
	if most != 200 || all != 201 {
		t.Errorf("%d jobs were put back, %d of them at once", all, most)
	}
}

// Of an error 4,000 bytes are kept.
func TestAnErrorIsKeptUpToItsLength(t *testing.T) {
	t.Parallel()
	length := map[string]int{"fits": 4000, "long": 4001}
	handlers := map[string]collections.JobHandler{}
	for kind, n := range length {
		handlers[kind] = func(context.Context, core.App, json.RawMessage) error { return errors.New(strings.Repeat("e", n)) }
	}
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{MaxAttempts: 1})
		for kind, fn := range handlers {
			collections.HandleJob(app, kind, fn)
		}
	})
	for kind := range length {
		enqueue(t, app, kind)
		if n := len(await(t, app, kind, collections.JobDead).GetString("error")); n != 4000 {
			t.Errorf("%s: %d bytes", kind, n)
		}
	}
}

// A stopping node waits five seconds for its jobs, interrupts them, and after ten
// seconds goes without those that do not listen.
func TestAStoppingNodeWaitsSoLong(t *testing.T) {
	t.Parallel()
	lasts := func(d time.Duration, listens bool) collections.JobHandler {
		return func(ctx context.Context, _ core.App, _ json.RawMessage) error {
			stop := ctx.Done()
			if !listens {
				stop = nil
			}
			select {
			case <-stop:
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		}
	}
	for name, c := range map[string]struct {
		job   collections.JobHandler
		state string // when the node has gone
	}{
		"short of the first wait":  {lasts(3*time.Second, true), collections.JobDone},
		"interrupted":              {lasts(7*time.Second, true), collections.JobQueued},
		"short of the second wait": {lasts(8*time.Second, false), collections.JobDone},
		"left alone":               {lasts(12500*time.Millisecond, false), collections.JobRunning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			app := plugintest.New(t, func(app *plugintest.App) {
				jobs.MustRegister(app, jobs.Config{})
				collections.HandleJob(app, "work", func(ctx context.Context, app core.App, args json.RawMessage) error {
					defer close(ended)
					return c.job(ctx, app, args)
				})
			})
			enqueue(t, app, "work")
			await(t, app, "work", collections.JobRunning)
			event := new(core.TerminateEvent)
			event.App = app
			if err := app.OnTerminate().Trigger(event); err != nil {
				t.Fatal(err)
			}
			row, err := app.FindFirstRecordByData(collections.Jobs, "kind", "work")
			if err != nil || row.GetString("state") != c.state {
				t.Errorf("it is %s, want %s, %v", row.GetString("state"), c.state, err)
			}
			<-ended
			if c.state == collections.JobRunning { // the database closes with the test
				await(t, app, "work", collections.JobDone)
			}
		})
	}
}
