// Package jobs runs the queue of background work: every effect outside the
// database is a row of the jobs collection, saved in the transaction that
// wants it, and run here at least once.
//
//	jobs.MustRegister(app, jobs.Config{})
//	collections.HandleJob(app, "report.build", buildReport)
package jobs

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/signal"
	"jasaweb/plugins/internal/ui"
)

//go:embed ui
var pages embed.FS

// Config shapes the worker. The zero value is what production uses.
type Config struct {
	// Workers is how many jobs run at once. Default 4.
	Workers int
	// Poll is how often to look for work that another node enqueued or that has
	// become due; own new work wakes the worker at once. Default 1 s.
	Poll time.Duration
	// MaxAttempts is after how many failures a job is dead, unless its kind says
	// otherwise (collections.Attempts). Default 10.
	MaxAttempts int
	// Timeout is how long one run may take, unless its kind says otherwise
	// (collections.Timeout); at most collections.MaxJobTimeout. Default 5 min.
	Timeout time.Duration
}

// lease is how long a claimed job belongs to its worker. A node that died gives
// its jobs back after it.
const lease = collections.MaxJobTimeout + time.Minute

// A stopping node lets running jobs finish for grace, then cancels them and
// gives them back; after shutdown it goes, whatever they do.
const (
	grace    = 5 * time.Second
	shutdown = 10 * time.Second
)

// How long ended jobs stay for people to look at.
const (
	keepDone = 7 * 24 * time.Hour
	keepDead = 90 * 24 * time.Hour
)

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds the worker to app, which starts when the server does and stops
// with the application, and its page in the dashboard.
func Register(app core.App, config Config) error {
	if config.Workers == 0 {
		config.Workers = 4
	}
	if config.Poll == 0 {
		config.Poll = time.Second
	}
	if config.MaxAttempts == 0 {
		config.MaxAttempts = 10
	}
	if config.Timeout == 0 {
		config.Timeout = 5 * time.Minute
	}
	if config.Timeout > collections.MaxJobTimeout {
		return fmt.Errorf("jobs: Config.Timeout must be at most %s", collections.MaxJobTimeout)
	}
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	p := &plugin{app: app, config: config, node: core.GenerateDefaultRandomId(), wake: make(chan struct{}, 1)}
	p.bind()
	rest.Bind(app, routes()...)
	signal.Register(app, signals(app)...)
	ui.Register(app, ui.Page{Path: "#/jobs", Icon: "ri-stack-line", Label: "Tugas", FS: apis.MustSubFS(pages, "ui")})
	return nil
}

type plugin struct {
	app    core.App
	config Config
	node   string
	wake   chan struct{} // holds one token: "look for work"
}

func (p *plugin) bind() {
	wake := func(e *core.RecordEvent) error {
		p.wakeUp()
		return e.Next()
	}
	p.app.OnRecordAfterCreateSuccess(collections.Jobs).BindFunc(wake)
	p.app.OnRecordAfterUpdateSuccess(collections.Jobs).BindFunc(wake)
	p.app.OnRecordUpdateRequest(collections.Jobs).BindFunc(checkRetry)
	p.app.OnRecordUpdate(collections.Jobs).BindFunc(retryFromStart)
	collections.HandleJob(p.app, kindPurge, p.purge)
	p.app.Cron().MustAdd(kindPurge, "17 20 * * *", p.enqueuePurge) // 03:17 WIB
	p.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		p.start()
		return nil
	})
}

// start runs the dispatcher until the application terminates.
func (p *plugin) start() {
	claiming, stopClaiming := context.WithCancel(context.Background())
	running, stopRunning := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		defer stopRunning()
		p.dispatch(claiming, running)
	}()
	p.app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		stopClaiming()
		cancel := time.AfterFunc(grace, stopRunning)
		defer cancel.Stop()
		select {
		case <-stopped:
		case <-time.After(shutdown):
			p.app.Logger().Warn("jobs: a job did not stop in time; its lease will run out")
		}
		return e.Next()
	})
}

// kindPurge forgets what ended long ago.
const kindPurge = "jobs.purge"

func (p *plugin) enqueuePurge() {
	day := collections.Now(p.app).Format(time.DateOnly)
	if err := collections.Enqueue(p.app, kindPurge, nil, collections.Unique(day)); err != nil { // the next night tries again
		p.app.Logger().Warn("jobs: enqueue purge", "error", err)
	}
}

func (p *plugin) purge(ctx context.Context, app core.App, _ json.RawMessage) error {
	now := collections.Now(app)
	_, err := app.NonconcurrentDB().NewQuery(purgeDone).Bind(dbx.Params{"done": collections.DateTime(now.Add(-keepDone)).String()}).Execute()
	if err != nil {
		return fmt.Errorf("jobs: purge: %w", err)
	}
	dead := []job{}
	err = app.ConcurrentDB().NewQuery(longDead).WithContext(ctx).Bind(dbx.Params{"dead": collections.DateTime(now.Add(-keepDead)).String()}).All(&dead)
	if err != nil {
		return fmt.Errorf("jobs: find what is long dead: %w", err)
	}
	for _, j := range dead {
		keep, err := collections.KeepJob(app, j.Kind, json.RawMessage(j.Args))
		if err == nil && !keep {
			_, err = app.NonconcurrentDB().NewQuery(purgeDead).Bind(dbx.Params{"id": j.ID}).Execute()
		}
		if err != nil {
			return fmt.Errorf("jobs: purge %s: %w", j.ID, err)
		}
	}
	return nil
}

func (p *plugin) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default: // a token is there already
	}
}

// retryFromStart gives a job that an admin put back all its attempts again.
func retryFromStart(e *core.RecordEvent) error {
	before := e.Record.Original().GetString(collections.ColumnState)
	if e.Record.GetString(collections.ColumnState) == collections.JobQueued && before != collections.JobQueued {
		e.Record.Load(map[string]any{
			"attempt": 0, "error": "", "node": "", "lease": "", "run_at": collections.DateTime(collections.Now(e.App)),
		})
	}
	return e.Next()
}
