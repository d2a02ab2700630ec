package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/sync/errgroup"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// jobReconcile asks the provider about the attempts that are due; no arguments.
// Notifications get lost, and a provider gives up repeating them after hours.
const jobReconcile = "payment.reconcile"

const (
	// batch is how many attempts one claim takes, parallelChecks how many of
	// them are asked about at once.
	batch          = 20
	parallelChecks = 4
	// checkTimeout bounds one check; checkLease is how long a claimed attempt
	// belongs to its job: longer than a batch of the slowest checks, so that no
	// other node repeats it, and not for ever, because the node may die.
	checkTimeout = 10 * time.Second
	checkLease   = 5 * time.Minute
	// reconcileFor is how long one job goes on. The next minute's job does the
	// rest, so that a long queue leaves workers to the other jobs.
	reconcileFor = 50 * time.Second
	// unknownMargin is added to the time in which a charge may be repeated,
	// before "no such transaction" is taken for a charge that never happened.
	unknownMargin = 2 * time.Minute
)

// bindReconciler puts the reconciler's jobs on the server's timetable.
func (p *plugin) bindReconciler() {
	collections.HandleJob(p.app, jobReconcile, p.reconcile)
	collections.HandleJob(p.app, jobSweep, p.sweep)
	p.app.Cron().MustAdd("payments.reconcile", "* * * * *", p.enqueueReconcile)
	p.app.Cron().MustAdd("payments.sweep", "0 20 * * *", p.enqueueSweep) // 03:00 WIB
	p.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		p.enqueueReconcile() // what fell due while the server was down
		return e.Next()
	})
}

// enqueueReconcile wants the due attempts to be asked about. Each node of an
// installation calls it every minute; the job's key makes it one job.
func (p *plugin) enqueueReconcile() {
	if !p.gateway.Ready() {
		return
	}
	now := collections.Now(p.app)
	due, err := p.countDue(now)
	if err == nil && due > 0 {
		err = collections.Enqueue(p.app, jobReconcile, nil, collections.Unique(now.Format("2006-01-02T15:04")))
	}
	if err != nil { // the next minute tries again
		p.app.Logger().Warn("payments: enqueue reconciliation", "error", err)
	}
}

func (p *plugin) countDue(now time.Time) (n int64, err error) {
	err = p.app.DB().NewQuery(countDueAttempts).Bind(dbx.Params{"now": collections.DateTime(now).String()}).Row(&n)
	if err != nil {
		return 0, fmt.Errorf("payments: count due attempts: %w", err)
	}
	return n, nil
}

// reconcile is the job. Attempts whose check fails come back by their own
// schedule, so the job fails for trouble with the database only.
func (p *plugin) reconcile(ctx context.Context, _ core.App, _ json.RawMessage) error {
	enough, cancel := context.WithTimeout(ctx, reconcileFor)
	defer cancel()
	for enough.Err() == nil {
		claimed, err := p.claimDue(p.breaker.room(batch))
		if err != nil || len(claimed) == 0 {
			return err
		}
		checks := errgroup.Group{} // one failure must not cancel the others
		checks.SetLimit(parallelChecks)
		for _, c := range claimed {
			checks.Go(func() error { return p.check(ctx, c) })
		}
		if err := checks.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// claim is an attempt that is ours to check until the lease.
type claim struct {
	id    string
	lease string
}

// claimDue takes up to n due attempts, oldest first. Two workers never get the
// same one.
func (p *plugin) claimDue(n int) ([]claim, error) {
	if n == 0 {
		return nil, nil
	}
	now := collections.Now(p.app)
	lease := collections.DateTime(now.Add(checkLease)).String()
	ids := []string{}
	err := p.app.NonconcurrentDB().NewQuery(claimDueAttempts).Bind(dbx.Params{
		"now": collections.DateTime(now).String(), "lease": lease, "limit": n,
	}).Column(&ids)
	if err != nil {
		return nil, fmt.Errorf("payments: claim due attempts: %w", err)
	}
	claims := []claim{}
	for _, id := range ids {
		claims = append(claims, claim{id, lease})
	}
	return claims, nil
}

// check asks about one claimed attempt and schedules its next check, sooner
// than planned if the provider did not answer.
func (p *plugin) check(ctx context.Context, c claim) (err error) {
	defer func() { // of its goroutine: nobody else would keep the process alive
		if r := recover(); r != nil {
			err = fmt.Errorf("payments: check attempt %s: panic: %v", c.id, r)
		}
	}()
	attempt, err := collections.FindAttempt(p.app, c.id)
	if err != nil {
		return fmt.Errorf("payments: check attempt %s: %w", c.id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	askErr := p.ask(ctx, attempt)
	if attempt, err = collections.FindAttempt(p.app, c.id); err != nil {
		return fmt.Errorf("payments: check attempt %s: %w", c.id, err)
	}
	now := collections.Now(p.app)
	next := nextCheck(attempt, paystate.Status(attempt.Status()), now)
	if askErr != nil {
		if again := p.retryAt(attempt, askErr, now); next.IsZero() || again.Before(next) {
			next = again
		}
	}
	_, err = p.app.NonconcurrentDB().NewQuery(scheduleCheck).Bind(dbx.Params{
		"id": c.id, "lease": c.lease, "next": collections.DateTime(next).String(),
	}).Execute()
	if err != nil {
		return fmt.Errorf("payments: schedule check of attempt %s: %w", c.id, err)
	}
	return nil
}

// retryAt is when to repeat a check that failed: a minute later, doubled with
// every check so far up to an hour, or when the breaker admits calls again.
func (p *plugin) retryAt(attempt *collections.PaymentAttempt, cause error, now time.Time) time.Time {
	if errors.Is(cause, errPaused) {
		return p.breaker.retryAt()
	}
	p.app.Logger().Warn("payments: check failed", "order_id", attempt.OrderID(), "error", cause)
	return now.Add(min(time.Minute<<min(attempt.GetInt("checks"), 10), time.Hour))
}

// ask asks the provider about an attempt and applies the answer. An answer that
// is missing, late or unclear never closes an attempt.
func (p *plugin) ask(ctx context.Context, a *collections.PaymentAttempt) error {
	var t *gateway.Transaction
	err := p.breaker.do(func() (err error) {
		t, err = p.gateway.Status(ctx, a.OrderID())
		return err
	})
	status := paystate.Status(a.Status())
	repeatable := collections.Now(p.app).Sub(a.GetDateTime("created").Time()) < gateway.RepeatWithin+unknownMargin
	switch {
	case errors.Is(err, gateway.ErrNotFound) && status.Rank() == 0 && !repeatable:
		return p.setStatus(a, paystate.Failure)
	case errors.Is(err, gateway.ErrNotFound): // too early to say, or nothing that we can explain
		return nil
	case err != nil:
		return err
	}
	t.OrderID = a.OrderID()
	if t.Notice.Status == paystate.Pending {
		switch {
		case status.Rank() == 0 && repeatable:
			return nil // the next press of "pay" repeats the charge and gets its code
		case status.Rank() == 0:
			return p.breaker.do(func() error { return p.adoptAnswer(ctx, a, t) })
		case !status.Open() && !status.Received() && ours(a, t):
			// It landed after we had given it up. Nobody has seen its code, and
			// the invoice may have another by now.
			return p.breaker.do(func() error { return p.cancelAtProvider(ctx, a) })
		}
	}
	_, err = p.applyNow(t)
	return err
}
