package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// job is a claimed row.
type job struct {
	ID      string `db:"id"`
	Kind    string `db:"kind"`
	Args    string `db:"args"`
	Attempt int    `db:"attempt"`
}

// dispatch claims due jobs while a worker is free and returns when ctx has
// ended and the running ones are done.
func (p *plugin) dispatch(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, p.config.Workers)
	poll := time.NewTicker(p.config.Poll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		j, err := p.claim()
		if j == nil {
			<-slots
			if err != nil {
				p.app.Logger().Error("jobs: claim", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
			case <-poll.C:
			}
			continue
		}
		running.Go(func() {
			defer func() { <-slots; p.wakeUp() }()
			p.run(ctx, j)
		})
	}
}

// claim takes the next due job; nil when there is none.
func (p *plugin) claim() (*job, error) {
	now := collections.Now(p.app)
	j := &job{}
	err := p.app.NonconcurrentDB().NewQuery(claim).Bind(dbx.Params{
		"node": p.node, "now": collections.DateTime(now).String(), "until": collections.DateTime(now.Add(lease)).String(),
	}).One(j)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: claim: %w", err)
	}
	return j, nil
}

// run does one job and writes down how it ended.
func (p *plugin) run(ctx context.Context, j *job) {
	state, text, runAt := collections.JobDone, "", collections.Now(p.app)
	if err := p.attempt(ctx, j); err != nil {
		text = err.Error()
		p.app.Logger().Warn("jobs: "+j.Kind+" failed", "job", j.ID, "attempt", j.Attempt, "error", err)
		state = collections.JobQueued
		runAt = runAt.Add(backoff(j.Attempt))
		if j.Attempt >= p.maxAttempts(j) {
			state = collections.JobDead
		}
	}
	if err := p.finish(j, state, text, runAt); err != nil {
		// The row stays "running"; it is claimed again when its lease has run out.
		p.app.Logger().Error("jobs: finish", "job", j.ID, "error", err)
	}
}

func (p *plugin) maxAttempts(j *job) int {
	return collections.JobAttempts(p.app, j.Kind, p.config.MaxAttempts)
}

// attempt calls the handler. A job that was claimed more often than allowed has
// killed its process each time, so it is not run again.
func (p *plugin) attempt(ctx context.Context, j *job) (err error) {
	if j.Attempt > p.maxAttempts(j) {
		return errors.New("the process died on every attempt")
	}
	handler := collections.FindJobHandler(p.app, j.Kind)
	if handler == nil {
		return fmt.Errorf("no handler for kind %s", j.Kind)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	return handler(ctx, p.app, json.RawMessage(j.Args))
}

func (p *plugin) finish(j *job, state, text string, runAt time.Time) error {
	if len(text) > 4000 {
		text = text[:4000]
	}
	_, err := p.app.NonconcurrentDB().NewQuery(finish).Bind(dbx.Params{
		"id": j.ID, "node": p.node, "attempt": j.Attempt, "state": state, "error": text,
		"run_at": collections.DateTime(runAt).String(), "now": collections.DateTime(collections.Now(p.app)).String(),
	}).Execute()
	if err != nil {
		return fmt.Errorf("jobs: finish %s: %w", j.ID, err)
	}
	return nil
}

// backoff is the pause after a failed attempt: 10 s doubled each time, at most
// three hours, plus up to a quarter so that failures do not return in step.
func backoff(attempt int) time.Duration {
	d := min(10*time.Second<<min(attempt-1, 11), 3*time.Hour)
	return d + time.Duration(rand.Int64N(int64(d)/4))
}
