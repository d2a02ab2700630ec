package collections

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// States of a job.
const (
	JobQueued  = "queued"
	JobRunning = "running"
	JobDone    = "done"
	JobDead    = "dead"
)

// Kinds of job that more than one package names.
const (
	// JobCancelCharge cancels an open charge at the payment provider;
	// args CancelCharge.
	JobCancelCharge = "payment.cancel"
	// JobNotificationMail mails a notification; args NotificationMail.
	JobNotificationMail = "notification.mail"
	// JobFarewellMail says goodbye to a closed account; args FarewellMail.
	JobFarewellMail = "account.farewell"
)

// CancelCharge are the arguments of JobCancelCharge.
type CancelCharge struct {
	Attempt string `json:"attempt"`
}

// NotificationMail are the arguments of JobNotificationMail.
type NotificationMail struct {
	Notification string `json:"notification"`
	To           string `json:"to,omitempty"` // empty: the user's own address
}

// FarewellMail are the arguments of JobFarewellMail. The account that they come
// from has forgotten them; so does the queue, a week after the mail is sent.
type FarewellMail struct {
	User string `json:"user"`
	To   string `json:"to"`
	Name string `json:"name"`
	Lang string `json:"lang"`
}

// JobOption shapes a job as it is enqueued.
type JobOption func(*core.Record)

// Unique makes the job the only one of its kind with key, whichever node asks
// for it. The key contains the period that it is about, like "monthly:2026-11":
// the row is forgotten a week after the job is done.
func Unique(key string) JobOption {
	return func(r *core.Record) { r.Set("unique_key", key) }
}

// At lets the job wait until t; without it, it runs as soon as it is committed.
func At(t time.Time) JobOption {
	return func(r *core.Record) { r.Set("run_at", DateTime(t)) }
}

// Enqueue adds a job to the queue. Called with a transaction's app the job
// exists exactly if the transaction commits: that is how an effect outside the
// database is neither lost nor done for a change that never happened. Args
// must marshal to JSON and hold no secrets: admins see them.
func Enqueue(txApp core.App, kind string, args any, opts ...JobOption) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("collections: enqueue %s: %w", kind, err)
	}
	record, err := newRecord(txApp, Jobs)
	if err != nil {
		return err
	}
	record.Load(map[string]any{"kind": kind, "args": string(raw), "state": JobQueued, "run_at": DateTime(Now(txApp))})
	for _, opt := range opts {
		opt(record)
	}
	key := record.GetString("unique_key")
	if key != "" {
		// A failing insert would abort the caller's transaction on Postgres, so
		// look first; the unique index decides the race that is left.
		if known, err := hasJob(txApp, kind, key); known || err != nil {
			return err
		}
	}
	err = txApp.Save(record)
	if err != nil && key != "" && !txApp.IsTransactional() {
		if known, _ := hasJob(txApp, kind, key); known {
			return nil // another node won the race
		}
	}
	if err != nil {
		return fmt.Errorf("collections: enqueue %s: %w", kind, err)
	}
	return nil
}

func hasJob(app core.App, kind, key string) (bool, error) {
	n, err := app.CountRecords(Jobs, dbx.HashExp{"kind": kind, "unique_key": key})
	if err != nil {
		return false, fmt.Errorf("collections: look up job %s %s: %w", kind, key, err)
	}
	return n > 0, nil
}

// DueSince returns when the job that waits for longest became due; zero when
// none is due.
func DueSince(ctx context.Context, app core.App) (types.DateTime, error) {
	var since string
	err := app.ConcurrentDB().NewQuery(dueSince).WithContext(ctx).Bind(dbx.Params{"now": DateTime(Now(app)).String()}).Row(&since)
	if err != nil {
		return types.DateTime{}, fmt.Errorf("collections: oldest due job: %w", err)
	}
	return types.ParseDateTime(since)
}

// DueFor returns for how long the job that waits for longest has been due; 0
// when none is.
func DueFor(ctx context.Context, app core.App) (time.Duration, error) {
	since, err := DueSince(ctx, app)
	if err != nil || since.IsZero() {
		return 0, err
	}
	return max(0, Now(app).Sub(since.Time())), nil
}

// JobHandler does the work of one kind. It must be safe to run twice: after a
// crash the same job is run again. A returned error means another try later.
type JobHandler func(ctx context.Context, app core.App, args json.RawMessage) error

const (
	jobHandlersKey = "jasaweb.jobs."
	jobAttemptsKey = "jasaweb.jobAttempts."
	jobTimeoutKey  = "jasaweb.jobTimeout."
	jobGiveUpKey   = "jasaweb.jobGiveUp."
	jobKeptKey     = "jasaweb.jobKept."
)

// MaxJobTimeout is the longest time that one run of a job may be given: below
// the lease, after which another worker takes the job over.
const MaxJobTimeout = 14 * time.Minute

// KindOption shapes all jobs of one kind.
type KindOption func(app core.App, kind string)

// Attempts is after how many failures a job of the kind is dead, instead of the
// worker's own limit.
func Attempts(n int) KindOption {
	return func(app core.App, kind string) { app.Store().Set(jobAttemptsKey+kind, n) }
}

// GiveUpHandler takes back what a job was to do, or tells somebody, when the job is
// given up for cause. It must be safe to run twice. While it fails, the job lives on.
type GiveUpHandler func(app core.App, args json.RawMessage, cause error) error

// GivesUp lets no job of the kind die in silence: fn is called first.
func GivesUp(fn GiveUpHandler) KindOption {
	return func(app core.App, kind string) { app.Store().Set(jobGiveUpKey+kind, fn) }
}

// JobGiveUp returns what the kind does when it is given up, or nil.
func JobGiveUp(app core.App, kind string) GiveUpHandler {
	fn, _ := app.Store().Get(jobGiveUpKey + kind).(GiveUpHandler)
	return fn
}

// JobKeeper reports whether a dead job is still somebody's to look at.
type JobKeeper func(app core.App, args json.RawMessage) (bool, error)

// KeptWhile keeps the dead jobs of the kind, however old, while fn says so.
func KeptWhile(fn JobKeeper) KindOption {
	return func(app core.App, kind string) { app.Store().Set(jobKeptKey+kind, fn) }
}

// KeepJob reports whether a dead job must not be forgotten.
func KeepJob(app core.App, kind string, args json.RawMessage) (bool, error) {
	fn, ok := app.Store().Get(jobKeptKey + kind).(JobKeeper)
	if !ok {
		return false, nil
	}
	return fn(app, args)
}

// Timeout is how long one run of a job of the kind may take, instead of the
// worker's own limit. More than [MaxJobTimeout] is a programmer's mistake and
// panics.
func Timeout(d time.Duration) KindOption {
	if d <= 0 || d > MaxJobTimeout {
		panic("collections: a job cannot have a timeout of " + d.String())
	}
	return func(app core.App, kind string) { app.Store().Set(jobTimeoutKey+kind, d) }
}

// JobTimeout returns the kind's own limit of time, or otherwise.
func JobTimeout(app core.App, kind string, otherwise time.Duration) time.Duration {
	if d, ok := app.Store().Get(jobTimeoutKey + kind).(time.Duration); ok {
		return d
	}
	return otherwise
}

// HandleJob makes fn the handler of kind; the second handler of one kind is a
// programmer's mistake and panics.
func HandleJob(app core.App, kind string, fn JobHandler, opts ...KindOption) {
	if app.Store().Has(jobHandlersKey + kind) {
		panic("collections: job kind " + kind + " has two handlers")
	}
	app.Store().Set(jobHandlersKey+kind, fn)
	for _, opt := range opts {
		opt(app, kind)
	}
}

// JobAttempts returns the kind's own limit of attempts, or otherwise.
func JobAttempts(app core.App, kind string, otherwise int) int {
	if n, ok := app.Store().Get(jobAttemptsKey + kind).(int); ok {
		return n
	}
	return otherwise
}

// FindJobHandler returns the handler of kind, or nil.
func FindJobHandler(app core.App, kind string) JobHandler {
	fn, _ := app.Store().Get(jobHandlersKey + kind).(JobHandler)
	return fn
}
