package jobs

import (
	"context"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/action"
	"jasaweb/plugins/internal/rest"
)

// Counts are jobs by state. It is exported because the schema of an answer leaves
// out what an unexported type embeds.
type Counts struct {
	Queued  int `json:"queued"`
	Running int `json:"running"`
	Done    int `json:"done" doc:"Of the last seven days"`
	Dead    int `json:"dead" doc:"Given up after their last attempt, in the last 90 days"`
}

func (c *Counts) add(state string, n int) {
	switch state {
	case collections.JobQueued:
		c.Queued += n
	case collections.JobRunning:
		c.Running += n
	case collections.JobDone:
		c.Done += n
	case collections.JobDead:
		c.Dead += n
	}
}

type kindCounts struct {
	Kind string `json:"kind"`
	Counts
}

// queueView is how the queue stands.
type queueView struct {
	Counts
	OldestDue string       `json:"oldest_due" doc:"Since when the job that waits for longest could run; empty when none is due"`
	Kinds     []kindCounts `json:"kinds" doc:"The same counts by kind of job"`
}

func standing(e *core.RequestEvent, _ *rest.None) (*queueView, error) {
	since, err := collections.DueSince(e.Request.Context(), e.App)
	if err != nil {
		return nil, err
	}
	rows := []struct {
		Kind  string `db:"kind"`
		State string `db:"state"`
		Jobs  int    `db:"jobs"`
	}{}
	if err := e.App.ConcurrentDB().NewQuery(tally).WithContext(e.Request.Context()).All(&rows); err != nil {
		return nil, fmt.Errorf("jobs: count: %w", err)
	}
	view := &queueView{OldestDue: since.String(), Kinds: []kindCounts{}}
	for _, row := range rows {
		if last := len(view.Kinds) - 1; last < 0 || view.Kinds[last].Kind != row.Kind {
			view.Kinds = append(view.Kinds, kindCounts{Kind: row.Kind})
		}
		view.Kinds[len(view.Kinds)-1].add(row.State, row.Jobs)
		view.add(row.State, row.Jobs)
	}
	return view, nil
}

type retryInput struct {
	Body struct {
		Kind string `json:"kind" minLength:"1" maxLength:"100" example:"notification.mail"`
	}
}

type retried struct {
	Retried int `json:"retried" doc:"Jobs that are in the queue again"`
}

// chunk is how many jobs one transaction puts back: others write meanwhile.
const chunk = 200

func countDead(_ context.Context, app core.App, in *retryInput) ([]action.Effect, error) {
	n, err := app.CountRecords(collections.Jobs, dbx.HashExp{"kind": in.Body.Kind, collections.ColumnState: collections.JobDead})
	if err != nil {
		return nil, fmt.Errorf("jobs: count dead %s: %w", in.Body.Kind, err)
	}
	if n == 0 {
		return nil, nil
	}
	return []action.Effect{{Does: action.Change, What: collections.Jobs, Count: int(n)}}, nil
}

// retryKind puts each dead job back once, the oldest first: one that dies again at
// once is not met a second time.
func retryKind(_ context.Context, app core.App, in *retryInput) (*retried, error) {
	out := &retried{}
	var last *core.Record
	for {
		rows, err := retryDead(app, in.Body.Kind, last)
		if err != nil {
			return nil, err
		}
		out.Retried += len(rows)
		if len(rows) < chunk {
			return out, nil
		}
		last = rows[len(rows)-1]
	}
}

// retryDead puts back the next dead jobs of the kind after last, which may be nil.
func retryDead(app core.App, kind string, last *core.Record) (rows []*core.Record, err error) {
	err = app.RunInTransaction(func(txApp core.App) error {
		query := txApp.RecordQuery(collections.Jobs).AndWhere(dbx.HashExp{"kind": kind, collections.ColumnState: collections.JobDead})
		if last != nil {
			query.AndWhere(dbx.NewExp("([[created]] > {:created} OR [[created]] = {:created} AND [[id]] > {:id})",
				dbx.Params{"created": last.GetString("created"), "id": last.Id}))
		}
		rows = nil
		err := query.OrderBy("created", "id").Limit(chunk).All(&rows)
		if err != nil {
			return fmt.Errorf("jobs: find dead %s: %w", kind, err)
		}
		for _, row := range rows {
			row.Set(collections.ColumnState, collections.JobQueued)
			if err := txApp.Save(row); err != nil {
				return fmt.Errorf("jobs: retry %s: %w", row.Id, err)
			}
		}
		return nil
	})
	return rows, err
}
