package jobs_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/signal"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

func TestSignalsTellTheQueue(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	release := make(chan struct{})
	app := plugintest.New(t, func(app *plugintest.App) {
		app.SetNow(now)
		jobs.MustRegister(app, jobs.Config{Workers: 1})
		collections.HandleJob(app, "busy", func(context.Context, core.App, json.RawMessage) error { <-release; return nil })
	})
	defer close(release)
	for _, job := range []struct {
		state string
		due   time.Time
	}{
		{collections.JobDone, now.Add(-time.Hour)}, {collections.JobDead, now.Add(-time.Hour)}, {collections.JobDead, now.Add(-time.Hour)},
		{collections.JobQueued, now.Add(time.Hour)},
	} {
		app.New(t, collections.Jobs, map[string]any{"kind": "uji", "state": job.state, "run_at": collections.DateTime(job.due)})
	}
	look := func() map[string]float64 {
		t.Helper()
		values := map[string]float64{}
		for _, r := range signal.Read(t.Context(), app) {
			if r.Err != nil {
				t.Error(r.Err)
			}
			for _, s := range r.Series {
				name := s.Name
				for _, l := range s.Labels {
					name += "/" + l.Value
				}
				values[name] = s.Value
			}
		}
		return values
	}
	got := look()
	for name, want := range map[string]float64{
		"jasaweb_jobs/done": 1, "jasaweb_jobs/dead": 2, "jasaweb_jobs/queued": 1, "jasaweb_jobs_oldest_due_seconds": 0,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s = %v, want %v", name, value, want)
		}
	}
	for range 2 { // one is done, the other waits
		app.New(t, collections.Jobs, map[string]any{"kind": "busy", "state": collections.JobQueued, "run_at": collections.DateTime(now.Add(-31 * time.Minute))})
	}
	until(t, func() bool { // each number is read anew after two seconds of its own
		got := look()
		return got["jasaweb_jobs/running"] == 1 && got["jasaweb_jobs_oldest_due_seconds"] == 1860 && got["jasaweb_jobs/queued"] == 2
	})
}
