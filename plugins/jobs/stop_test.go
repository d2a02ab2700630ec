package jobs_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

// A node that stops lets a short job finish and gives a long one back at once,
// without counting the interruption as an attempt.
func TestStoppingNodeGivesItsJobsBack(t *testing.T) {
	t.Parallel()
	started := make(chan string, 2)
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{})
		collections.HandleJob(app, "short", func(ctx context.Context, _ core.App, _ json.RawMessage) error {
			started <- "short"
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond):
				return nil
			}
		})
		collections.HandleJob(app, "long", func(ctx context.Context, _ core.App, _ json.RawMessage) error {
			started <- "long"
			<-ctx.Done()
			return ctx.Err()
		})
	})
	for _, kind := range []string{"short", "long"} {
		if err := collections.Enqueue(app, kind, nil); err != nil {
			t.Fatal(err)
		}
	}
	<-started
	<-started
	event := new(core.TerminateEvent)
	event.App = app
	if err := app.OnTerminate().Trigger(event); err != nil {
		t.Fatal(err)
	}
	if r := await(t, app, "short", collections.JobDone); r.GetInt("attempt") != 1 {
		t.Errorf("short: attempt %d", r.GetInt("attempt"))
	}
	long := await(t, app, "long", collections.JobQueued)
	if long.GetInt("attempt") != 0 || long.GetString("lease") != "" || long.GetString("error") != "" {
		t.Errorf("long: attempt %d, lease %q, error %q", long.GetInt("attempt"), long.GetString("lease"), long.GetString("error"))
	}
	if err := collections.Enqueue(app, "short", 2); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if len(started) != 0 {
		t.Error("a stopped node takes new jobs")
	}
}

func TestKindHasItsOwnTimeout(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{MaxAttempts: 1})
		collections.HandleJob(app, "slow", func(ctx context.Context, _ core.App, _ json.RawMessage) error {
			<-ctx.Done()
			return ctx.Err()
		}, collections.Timeout(20*time.Millisecond))
	})
	if err := collections.Enqueue(app, "slow", nil); err != nil {
		t.Fatal(err)
	}
	if r := await(t, app, "slow", collections.JobDead); !strings.Contains(r.GetString("error"), "deadline exceeded") {
		t.Errorf("error %q", r.GetString("error"))
	}
	defer func() {
		if recover() == nil {
			t.Error("a timeout above the lease is accepted")
		}
	}()
	collections.Timeout(15 * time.Minute)
}

// An error of any bytes can be written down, or the job would stay running.
func TestErrorOfAnyBytesIsKept(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{MaxAttempts: 1})
		collections.HandleJob(app, "odd", func(context.Context, core.App, json.RawMessage) error {
			return &collections.Error{Code: "odd", Text: collections.Text{EN: "\x00\xff" + strings.Repeat("é", 5000)}}
		})
	})
	if err := collections.Enqueue(app, "odd", nil); err != nil {
		t.Fatal(err)
	}
	text := await(t, app, "odd", collections.JobDead).GetString("error")
	if strings.ContainsAny(text, "\x00\ufffd") || !strings.Contains(text, "éé") || len(text) > 4000 {
		t.Errorf("%d bytes: %.40q", len(text), text)
	}
}
