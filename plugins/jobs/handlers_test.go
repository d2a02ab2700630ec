package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/ui/uitest"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

type standing struct {
	Queued, Running, Done, Dead int
	OldestDue                   string `json:"oldest_due"`
	Kinds                       []struct {
		Kind                        string
		Queued, Running, Done, Dead int
	}
}

// An admin sees how many jobs stand where, and puts every dead one of a kind
// back at once; the others stay as they are.
func TestAdminRetriesAKind(t *testing.T) {
	broken := &atomic.Bool{}
	broken.Store(true)
	runs := &atomic.Int64{}
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, MaxAttempts: 1})
		collections.HandleJob(app, "mail", func(context.Context, core.App, json.RawMessage) error {
			if broken.Load() {
				return errors.New("no mail server")
			}
			runs.Add(1)
			return nil
		})
		collections.HandleJob(app, "other", func(context.Context, core.App, json.RawMessage) error { return errors.New("never works") })
	})
	admin := app.NewUser(t, collections.RoleAdmin)
	const mails = 205 // more than one transaction puts back
	err := app.RunInTransaction(func(txApp core.App) error {
		for range mails {
			if err := collections.Enqueue(txApp, "mail", nil); err != nil {
				return err
			}
		}
		if err := collections.Enqueue(txApp, "later", nil, collections.At(app.Now().Add(time.Hour))); err != nil {
			return err
		}
		return collections.Enqueue(txApp, "other", nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	look := func() *standing {
		s := &standing{}
		app.Do(t, "GET", "/api/admin/jobs", admin.Token, nil).Want(200).JSON(s)
		return s
	}
	until(t, func() bool { return look().Dead == mails+1 })
	s := look()
	if s.Queued != 1 || s.Running != 0 || s.Done != 0 || s.OldestDue != "" || len(s.Kinds) != 3 {
		t.Errorf("%+v", s)
	}
	for _, k := range s.Kinds {
		if want := map[string]int{"mail": mails, "other": 1}[k.Kind]; k.Dead != want || (k.Queued == 1) != (k.Kind == "later") {
			t.Errorf("%+v, want %d dead", k, want)
		}
	}

	broken.Store(false)
	var plan struct {
		Effects []struct {
			Does, What string
			Count      int
		}
	}
	app.Do(t, "POST", "/api/admin/jobs/retry/dry-run", admin.Token, map[string]any{"kind": "mail"}).Want(200).JSON(&plan)
	if len(plan.Effects) != 1 || plan.Effects[0].Does != "change" || plan.Effects[0].What != "jobs" || plan.Effects[0].Count != mails || look().Dead != mails+1 {
		t.Errorf("the dry run says %v", plan.Effects)
	}
	var out struct{ Retried int }
	app.Do(t, "POST", "/api/admin/jobs/retry", admin.Token, map[string]any{"kind": "mail"}).Want(200).JSON(&out)
	if out.Retried != mails {
		t.Errorf("%d jobs were put back", out.Retried)
	}
	until(t, func() bool { return look().Done == mails })
	if s := look(); s.Dead != 1 || runs.Load() != mails {
		t.Errorf("%+v after %d runs", s, runs.Load())
	}
	app.Do(t, "POST", "/api/admin/jobs/retry", admin.Token, map[string]any{"kind": "mail"}).Want(200).JSON(&out)
	if out.Retried != 0 {
		t.Errorf("%d finished jobs were put back", out.Retried)
	}
}

// The queue says since when its oldest job could have run.
func TestStandingTellsTheOldestDueJob(t *testing.T) {
	release := make(chan struct{})
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, Workers: 1})
		collections.HandleJob(app, "slow", func(context.Context, core.App, json.RawMessage) error { <-release; return nil })
	})
	defer close(release)
	admin := app.NewUser(t, collections.RoleAdmin)
	for range 2 {
		if err := collections.Enqueue(app, "slow", nil); err != nil {
			t.Fatal(err)
		}
	}
	look := func() (s standing) {
		app.Do(t, "GET", "/api/admin/jobs", admin.Token, nil).Want(200).JSON(&s)
		return s
	}
	until(t, func() bool { s := look(); return s.Running == 1 && s.Queued == 1 })
	// Asked once more: the first answer may have been put together while the worker took its job.
	waiting, err := app.FindFirstRecordByFilter(collections.Jobs, "state = {:state}", dbx.Params{"state": collections.JobQueued})
	if s := look(); err != nil || s.OldestDue == "" || s.OldestDue != waiting.GetDateTime("run_at").String() {
		t.Errorf("the oldest is due since %q, want %s, %v", s.OldestDue, waiting.GetDateTime("run_at"), err)
	}
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("it never came to that")
}

func TestPageFitsTheDashboard(t *testing.T) {
	pages, err := fs.Sub(jobs.Pages, "ui")
	if err != nil {
		t.Fatal(err)
	}
	uitest.Check(t, pages)
}
