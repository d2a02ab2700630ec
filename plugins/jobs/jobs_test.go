package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"go.uber.org/goleak"

	"jasaweb/collections"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

// newApp starts an application whose worker polls often.
func newApp(t *testing.T, handlers map[string]collections.JobHandler) *plugintest.App {
	return plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, MaxAttempts: 3})
		for kind, fn := range handlers {
			collections.HandleJob(app, kind, fn)
		}
	})
}

// await waits until the job of the kind has the state and returns its row.
func await(t *testing.T, app core.App, kind, state string) *core.Record {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		record, err := app.FindFirstRecordByData(collections.Jobs, "kind", kind)
		if err == nil && record.GetString("state") == state {
			return record
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("job %s never became %s", kind, state)
	return nil
}

func TestJobRunsOnceItsTransactionCommits(t *testing.T) {
	var mu sync.Mutex
	ran := []string{}
	app := newApp(t, map[string]collections.JobHandler{
		"note": func(_ context.Context, _ core.App, args json.RawMessage) error {
			mu.Lock()
			defer mu.Unlock()
			ran = append(ran, string(args))
			return nil
		},
	})
	refused := errors.New("refused")
	err := app.RunInTransaction(func(txApp core.App) error {
		if err := collections.Enqueue(txApp, "note", map[string]int{"n": 1}); err != nil {
			t.Fatal(err)
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	err = app.RunInTransaction(func(txApp core.App) error {
		return collections.Enqueue(txApp, "note", map[string]int{"n": 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	await(t, app, "note", collections.JobDone)
	mu.Lock()
	defer mu.Unlock()
	if len(ran) != 1 || ran[0] != `{"n":2}` {
		t.Fatalf("ran %v, want only the committed job", ran)
	}
}

func TestFailedJobIsTriedAgainWithGrowingPausesAndThenDead(t *testing.T) {
	calls := make(chan int, 10)
	n := 0
	app := newApp(t, map[string]collections.JobHandler{
		"fail": func(context.Context, core.App, json.RawMessage) error {
			n++
			calls <- n
			if n == 2 {
				panic("second try panics")
			}
			return fmt.Errorf("try %d failed", n)
		},
	})
	// The future: the worker has been looking at the real time until now.
	start := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(start)
	if err := collections.Enqueue(app, "fail", nil); err != nil {
		t.Fatal(err)
	}
	now := start
	for try := 1; try <= 3; try++ {
		select {
		case <-calls:
		case <-time.After(10 * time.Second):
			t.Fatalf("try %d never came", try)
		}
		if try == 3 {
			break
		}
		record := await(t, app, "fail", collections.JobQueued)
		for record.GetInt("attempt") < try {
			time.Sleep(5 * time.Millisecond)
			record = app.Reload(t, record)
		}
		pause := record.GetDateTime("run_at").Time().Sub(now)
		base := 10 * time.Second << (try - 1)
		if pause < base || pause > base+base/4 {
			t.Errorf("pause after try %d = %v, want %v to a quarter more", try, pause, base)
		}
		now = record.GetDateTime("run_at").Time()
		app.SetNow(now)
	}
	dead := await(t, app, "fail", collections.JobDead)
	if dead.GetInt("attempt") != 3 || dead.GetString("error") != "try 3 failed" {
		t.Errorf("dead job = attempt %d, error %q", dead.GetInt("attempt"), dead.GetString("error"))
	}
}

func TestJobOfADeadWorkerIsTakenOverAfterItsLease(t *testing.T) {
	app := newApp(t, map[string]collections.JobHandler{
		"orphan": func(context.Context, core.App, json.RawMessage) error { return nil },
		"killer": func(context.Context, core.App, json.RawMessage) error { t.Error("ran a job that kills"); return nil },
	})
	// The future: the worker has been looking at the real time until now.
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(now)
	lost := func(kind string, attempt int) *core.Record {
		return app.New(t, collections.Jobs, map[string]any{
			"kind": kind, "state": "running", "attempt": attempt, "node": "gone",
			"run_at": collections.DateTime(now.Add(-time.Hour)), "lease": collections.DateTime(now.Add(time.Minute)),
		})
	}
	orphan, killer := lost("orphan", 1), lost("killer", 3)
	time.Sleep(100 * time.Millisecond) // several polls
	if s := app.Reload(t, orphan).GetString("state"); s != "running" {
		t.Fatalf("job was taken before its lease ended: %s", s)
	}
	app.SetNow(now.Add(2 * time.Minute))
	await(t, app, "orphan", collections.JobDone)
	await(t, app, "killer", collections.JobDead)
	if text := app.Reload(t, killer).GetString("error"); !strings.Contains(text, "died on every attempt") {
		t.Errorf("error = %q", text)
	}
}

func TestUniqueJobIsEnqueuedOnce(t *testing.T) {
	app := plugintest.New(t)
	for range 3 {
		if err := collections.Enqueue(app, "monthly", nil, collections.Unique("monthly:2026-11")); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": "monthly"}); n != 1 {
		t.Errorf("%d jobs, want 1", n)
	}
}

func TestAdminPutsADeadJobBack(t *testing.T) {
	ran := make(chan struct{}, 1)
	app := newApp(t, map[string]collections.JobHandler{
		"again": func(context.Context, core.App, json.RawMessage) error { ran <- struct{}{}; return nil },
	})
	dead := app.New(t, collections.Jobs, map[string]any{
		"kind": "again", "state": "dead", "attempt": 10, "error": "boom", "run_at": collections.DateTime(app.Now()),
	})
	admin := app.NewUser(t, collections.RoleAdmin)
	path := "/api/collections/jobs/records/" + dead.Id
	app.Do(t, "PATCH", path, admin.Token, map[string]any{"state": "done"}).WantError(400, "state")
	app.Do(t, "PATCH", path, admin.Token, map[string]any{"attempt": 0}).WantError(400, "attempt")
	app.Do(t, "DELETE", path, app.Superuser(t), nil).WantError(400)
	app.Do(t, "PATCH", path, app.NewUser(t, collections.RoleClient).Token, map[string]any{"state": "queued"}).WantError(404)
	app.Do(t, "PATCH", path, admin.Token, map[string]any{"state": "queued"}).Want(200)
	select {
	case <-ran:
	case <-time.After(10 * time.Second):
		t.Fatal("the job never ran")
	}
	if r := await(t, app, "again", collections.JobDone); r.GetInt("attempt") != 1 || r.GetString("error") != "" {
		t.Errorf("attempt %d, error %q; want a fresh start", r.GetInt("attempt"), r.GetString("error"))
	}
}

func TestEndedJobsAreForgottenInTime(t *testing.T) {
	app := newApp(t, nil)
	now := time.Now()
	ended := func(state string, days int) string {
		id := app.New(t, collections.Jobs, map[string]any{"kind": "old", "state": state, "run_at": collections.DateTime(now)}).Id
		at := collections.DateTime(now.AddDate(0, 0, -days)).String()
		if _, err := app.DB().Update(collections.Jobs, dbx.Params{"updated": at}, dbx.HashExp{"id": id}).Execute(); err != nil {
			t.Fatal(err)
		}
		return id
	}
	kept := map[string]bool{
		ended("done", 6): true, ended("done", 8): false, ended("dead", 8): true, ended("dead", 91): false,
	}
	for _, job := range app.Cron().Jobs() {
		if job.Id() == "jobs.purge" {
			job.Run()
			job.Run() // the same night on another node
		}
	}
	await(t, app, "jobs.purge", collections.JobDone)
	if n, _ := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": "jobs.purge"}); n != 1 {
		t.Errorf("%d purges of one night", n)
	}
	for id, want := range kept {
		if _, err := app.FindRecordById(collections.Jobs, id); (err == nil) != want {
			t.Errorf("job %s: kept %t, want %t", id, err == nil, want)
		}
	}
}

// A kind that does not die in silence takes back what its job was to do, and is
// asked before a dead one is forgotten.
func TestAKindThatGivesUp(t *testing.T) {
	var mu sync.Mutex
	causes, open := []string{}, true
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond})
		collections.HandleJob(app, "send", func(context.Context, core.App, json.RawMessage) error { return errors.New("nobody there") },
			collections.Attempts(1),
			collections.GivesUp(func(_ core.App, args json.RawMessage, cause error) error {
				mu.Lock()
				defer mu.Unlock()
				causes = append(causes, string(args)+" "+cause.Error())
				if len(causes) == 1 {
					return errors.New("the database is away, too")
				}
				return nil
			}),
			collections.KeptWhile(func(core.App, json.RawMessage) (bool, error) {
				mu.Lock()
				defer mu.Unlock()
				return open, nil
			}))
	})
	if err := collections.Enqueue(app, "send", map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		mu.Lock()
		first := len(causes) == 1
		mu.Unlock()
		if first {
			break
		}
	}
	if row := await(t, app, "send", collections.JobQueued); row.GetString("error") == "" {
		t.Error("a job that could not be given up forgot why")
	}
	app.SetNow(app.Now().Add(time.Hour))
	await(t, app, "send", collections.JobDead)
	mu.Lock()
	if len(causes) != 2 || causes[0] != `{"n":1} nobody there` {
		t.Errorf("given up with %q", causes)
	}
	mu.Unlock()
	for _, want := range []int64{1, 0} {
		app.SetNow(app.Now().AddDate(0, 0, 91))
		for _, job := range app.Cron().Jobs() {
			if job.Id() == "jobs.purge" {
				job.Run()
			}
		}
		await(t, app, "jobs.purge", collections.JobDone)
		if n, err := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": "send"}); err != nil || n != want {
			t.Errorf("%d dead jobs, want %d: %v", n, want, err)
		}
		if _, err := app.DB().Delete(collections.Jobs, dbx.HashExp{"kind": "jobs.purge"}).Execute(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		open = false
		mu.Unlock()
	}
}

func TestWorkerLeavesNoGoroutine(t *testing.T) {
	t.Run("stopped", func(t *testing.T) { newApp(t, nil) })
	goleak.VerifyNone(t, // PocketBase ends its own directory watcher with the process only
		goleak.IgnoreAnyFunction("github.com/pocketbase/pocketbase/core.createNotifyDirWatcher.func2"),
		goleak.IgnoreAnyFunction("github.com/fsnotify/fsnotify.(*inotify).readEvents"))
}
