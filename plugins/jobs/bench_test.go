package jobs_test

import (
	"context"
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

// BenchmarkJob measures from before enqueueing to the running handler, one job at a
// time, beside a plain goroutine after a durable write of one row.
func BenchmarkJob(b *testing.B) {
	done := make(chan struct{}, 1)
	app := plugintest.New(b, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{})
		collections.HandleJob(app, "note", func(context.Context, core.App, json.RawMessage) error {
			done <- struct{}{}
			return nil
		})
	})
	write := func(kind string) {
		if err := collections.Enqueue(app, kind, nil); err != nil {
			b.Fatal(err)
		}
	}
	var job, plain time.Duration
	for b.Loop() {
		start := time.Now()
		write("note")
		<-done
		job += time.Since(start)
		start = time.Now()
		app.New(b, collections.Notifications, map[string]any{"user": owner(b, app), "type": "system", "title": "x", "priority": "low"})
		go func() { done <- struct{}{} }()
		<-done
		plain += time.Since(start)
	}
	b.ReportMetric(float64(job.Microseconds())/float64(b.N)/1000, "ms/job")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N)/1000, "ms/goroutine")
	b.ReportMetric(float64(job)/float64(plain), "x")
}

var benchOwner string

func owner(b *testing.B, app *plugintest.App) string {
	if benchOwner == "" || !exists(app, benchOwner) {
		benchOwner = app.NewUser(b, collections.RoleClient).Id
	}
	return benchOwner
}

func exists(app core.App, id string) bool {
	_, err := app.FindRecordById(collections.Users, id)
	return err == nil
}

// BenchmarkThroughput enqueues 500 jobs in one transaction and waits for all.
func BenchmarkThroughput(b *testing.B) {
	const n = 500
	done := make(chan struct{}, n)
	app := plugintest.New(b, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{})
		collections.HandleJob(app, "note", func(context.Context, core.App, json.RawMessage) error {
			done <- struct{}{}
			return nil
		})
	})
	for b.Loop() {
		err := app.RunInTransaction(func(txApp core.App) error {
			for range n {
				if err := collections.Enqueue(txApp, "note", nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		for range n {
			<-done
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

// BenchmarkIdle measures what an empty queue costs: processor time in 10 s.
func BenchmarkIdle(b *testing.B) {
	idle := func(workers bool) time.Duration {
		plugintest.New(b, func(app *plugintest.App) {
			if workers {
				jobs.MustRegister(app, jobs.Config{})
			}
		})
		time.Sleep(time.Second)
		before := cpu(b)
		time.Sleep(10 * time.Second)
		return cpu(b) - before
	}
	for b.Loop() {
		without := idle(false)
		with := idle(true) // the first one still runs beside it, idle
		b.ReportMetric(float64(without.Microseconds())/1000, "ms-without/10s")
		b.ReportMetric(float64(with.Microseconds())/1000, "ms-with/10s")
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
