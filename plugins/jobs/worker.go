package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
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

// dispatch claims due jobs while a worker is free. It returns when claiming has
// ended and the jobs at work are done; those are interrupted when running ends.
func (p *plugin) dispatch(claiming, running context.Context) {
	var atWork sync.WaitGroup
	defer atWork.Wait()
	slots := make(chan struct{}, p.config.Workers)
	poll := time.NewTicker(p.config.Poll)
	defer poll.Stop()
	for {
		select {
		case <-claiming.Done():
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
			case <-claiming.Done():
				return
			case <-p.wake:
			case <-poll.C:
			}
			continue
		}
		atWork.Go(func() {
			defer func() { <-slots; p.wakeUp() }()
			p.run(running, j)
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
		if ctx.Err() != nil { // this node stops; another one goes on
			p.release(j)
			return
		}
		text = err.Error()
		p.app.Logger().Warn("jobs: "+j.Kind+" failed", "job", j.ID, "attempt", j.Attempt, "error", err)
		state = collections.JobQueued
		runAt = runAt.Add(backoff(j.Attempt))
		if j.Attempt >= p.maxAttempts(j) && p.giveUp(j, err) {
			state = collections.JobDead
		}
	}
	if err := p.finish(j, state, text, runAt); err != nil {
		// The row stays "running"; it is claimed again when its lease has run out.
		p.app.Logger().Error("jobs: finish", "job", j.ID, "error", err)
	}
}

// giveUp lets the kind take back what the job was to do. It reports whether the
// job may be dead now; until its kind has managed that, it is not.
func (p *plugin) giveUp(j *job, cause error) (done bool) {
	fn := collections.JobGiveUp(p.app, j.Kind)
	if fn == nil {
		return true
	}
	defer func() {
		if r := recover(); r != nil {
			p.app.Logger().Error("jobs: give up "+j.Kind, "job", j.ID, "panic", r)
		}
	}()
	if err := fn(p.app, json.RawMessage(j.Args), cause); err != nil {
		p.app.Logger().Error("jobs: give up "+j.Kind, "job", j.ID, "error", err)
		return false
	}
	return true
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
	ctx, cancel := context.WithTimeout(ctx, collections.JobTimeout(p.app, j.Kind, p.config.Timeout))
	defer cancel()
	return handler(ctx, p.app, json.RawMessage(j.Args))
}

func (p *plugin) finish(j *job, state, text string, runAt time.Time) error {
	// Postgres takes neither half a character nor a zero byte, and an update that
	// fails would leave the job running until its lease ends.
	text = strings.ToValidUTF8(strings.ReplaceAll(text[:min(len(text), maxError)], "\x00", ""), "")
	_, err := p.app.NonconcurrentDB().NewQuery(finish).Bind(dbx.Params{
		"id": j.ID, "node": p.node, "attempt": j.Attempt, "state": state, "error": text,
		"run_at": collections.DateTime(runAt).String(), "now": collections.DateTime(collections.Now(p.app)).String(),
	}).Execute()
	if err != nil {
		return fmt.Errorf("jobs: finish %s: %w", j.ID, err)
	}
	return nil
}

// maxError is how many bytes of an error are kept.
const maxError = 4000

// release gives an interrupted job back at once.
func (p *plugin) release(j *job) {
	_, err := p.app.NonconcurrentDB().NewQuery(giveBack).Bind(dbx.Params{
		"id": j.ID, "node": p.node, "attempt": j.Attempt, "now": collections.DateTime(collections.Now(p.app)).String(),
	}).Execute()
	if err != nil { // it comes back when its lease has run out
		p.app.Logger().Error("jobs: give back", "job", j.ID, "error", err)
	}
}

// backoff is the pause after a failed attempt: 10 s doubled each time, at most
// three hours, plus up to a quarter so that failures do not return in step.
func backoff(attempt int) time.Duration {
	d := min(10*time.Second<<min(attempt-1, 11), 3*time.Hour)
	return d + time.Duration(rand.Int64N(int64(d)/4))
}
