package payments

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/payments/gateway"
)

// stats are the counters of this process.
type stats struct {
	since time.Time

	mu       sync.Mutex
	received int64            // genuine notifications
	webhook  map[string]int64 // what they led to
	answers  map[string]int64 // what the provider's own answers led to
	calls    map[string]int64 // calls of the provider by result
}

func newStats(now time.Time) *stats {
	return &stats{since: now, webhook: map[string]int64{}, answers: map[string]int64{}, calls: map[string]int64{}}
}

// heard counts a notification that was stored.
func (s *stats) heard(o paystate.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received++
	s.webhook[string(o)]++
}

// applied counts an answer of the provider that was written.
func (s *stats) applied(o paystate.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[string(o)]++
}

func (s *stats) called(err error) {
	result := "ok"
	if err != nil {
		result = "not_sent" // refused by our own checks
	}
	for class, name := range map[error]string{
		gateway.ErrNotFound: "not_found", gateway.ErrDuplicate: "duplicate", gateway.ErrNotModifiable: "not_modifiable",
		gateway.ErrRejected: "rejected", gateway.ErrRetryable: "retryable", gateway.ErrAmbiguous: "ambiguous",
	} {
		if errors.Is(err, class) {
			result = name
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[result]++
}

// counted is a gateway whose calls are counted.
type counted struct {
	gateway.Gateway
	stats *stats
}

func (c counted) Charge(ctx context.Context, in gateway.Charge) (*gateway.Transaction, error) {
	t, err := c.Gateway.Charge(ctx, in)
	c.stats.called(err)
	return t, err
}

func (c counted) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := c.Gateway.Status(ctx, orderID)
	c.stats.called(err)
	return t, err
}

func (c counted) Cancel(ctx context.Context, orderID, idempotencyKey string) (*gateway.Transaction, error) {
	t, err := c.Gateway.Cancel(ctx, orderID, idempotencyKey)
	c.stats.called(err)
	return t, err
}

func (c counted) Expire(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := c.Gateway.Expire(ctx, orderID)
	c.stats.called(err)
	return t, err
}

func (c counted) Refund(ctx context.Context, r gateway.RefundRequest) (*gateway.Transaction, error) {
	t, err := c.Gateway.Refund(ctx, r)
	c.stats.called(err)
	return t, err
}

// paymentHealth tells an admin whether payments flow. The counters are those of
// the server that answers, since it started; attempts and the last notification
// are those of the whole installation.
type paymentHealth struct {
	Since    string         `json:"since" doc:"UTC; when this server began to count"`
	Webhooks webhookHealth  `json:"webhooks"`
	Provider providerHealth `json:"provider"`
	Breaker  breakerHealth  `json:"breaker"`
	Attempts attemptHealth  `json:"attempts"`
	Refunds  refundHealth   `json:"refunds"`
}

type webhookHealth struct {
	Received       int64            `json:"received" doc:"Genuine notifications, repetitions included"`
	BadSignatures  int64            `json:"bad_signatures" doc:"Notifications refused for their signature"`
	Outcomes       map[string]int64 `json:"outcomes" doc:"What the genuine ones led to: processed, duplicate, stale, mismatch, verify, orphan, unbooked, foreign or trial"`
	LastAt         string           `json:"last_at" doc:"UTC; arrival of the newest notification, empty before the first"`
	LastAgeSeconds int64            `json:"last_age_seconds" doc:"Age of the newest notification; -1 before the first"`
}

type providerHealth struct {
	Calls    map[string]int64 `json:"calls" doc:"Calls by result: ok, not_found, duplicate, not_modifiable, rejected, retryable, ambiguous or not_sent"`
	Outcomes map[string]int64 `json:"outcomes" doc:"What the answers led to: processed, duplicate, stale, mismatch or verify"`
}

type breakerHealth struct {
	State    string `json:"state" enum:"closed,open,half_open" doc:"closed: checks are made; open: none for a while; half_open: one decides"`
	Failures int    `json:"failures" doc:"Checks in a row that the provider failed to answer"`
	RetryAt  string `json:"retry_at" doc:"UTC; end of the pause, empty while closed"`
}

type attemptHealth struct {
	Open int64 `json:"open" doc:"Attempts whose code may be paid"`
	Due  int64 `json:"due" doc:"Attempts that wait for a check now"`
}

type refundHealth struct {
	OnTheWay         int    `json:"on_the_way" doc:"Refunds that were decided and that the provider has not made yet"`
	OldestAt         string `json:"oldest_at" doc:"UTC; when the oldest of them was decided, empty without one"`
	OldestAgeSeconds int64  `json:"oldest_age_seconds" doc:"Since then; 0 without one. After some days it is handed back to the admins"`
	Late             int    `json:"late" doc:"Of those on the way, decided more than a day ago"`
	Failed           int    `json:"failed" doc:"Refunds that could not be made and wait for the admins to decide anew"`
}

// health answers how payments flow.
func (p *plugin) health(e *core.RequestEvent, _ *rest.None) (*paymentHealth, error) {
	now := collections.Now(e.App)
	h := &paymentHealth{Since: collections.DateTime(p.stats.since).String()}
	p.stats.mu.Lock()
	h.Webhooks.Received, h.Webhooks.BadSignatures = p.stats.received, p.badSignatures.Load()
	h.Webhooks.Outcomes = maps.Clone(p.stats.webhook)
	h.Provider = providerHealth{Calls: maps.Clone(p.stats.calls), Outcomes: maps.Clone(p.stats.answers)}
	p.stats.mu.Unlock()

	h.Breaker.State, h.Breaker.Failures = p.breaker.state()
	if h.Breaker.State != breakerClosed {
		h.Breaker.RetryAt = collections.DateTime(p.breaker.retryAt()).String()
	}
	last := types.DateTime{}
	if err := e.App.DB().NewQuery(newestNotification).Row(&last); err != nil {
		return nil, fmt.Errorf("payments: find newest notification: %w", err)
	}
	h.Webhooks.LastAgeSeconds = -1
	if !last.IsZero() {
		h.Webhooks.LastAt, h.Webhooks.LastAgeSeconds = last.String(), int64(now.Sub(last.Time()).Seconds())
	}
	var err error
	if h.Attempts.Open, err = e.App.CountRecords(collections.PaymentAttempts, dbx.In(collections.ColumnStatus, collections.OpenAttempt...)); err != nil {
		return nil, fmt.Errorf("payments: count open attempts: %w", err)
	}
	if h.Attempts.Due, err = p.countDue(now); err != nil {
		return nil, err
	}
	refunds, err := collections.FindRefunds(e.App)
	h.Refunds = refundHealth{OnTheWay: refunds.OnTheWay, Late: refunds.Late, Failed: refunds.Failed}
	if oldest := refunds.OldestAt; !oldest.IsZero() {
		h.Refunds.OldestAt, h.Refunds.OldestAgeSeconds = oldest.String(), int64(now.Sub(oldest.Time()).Seconds())
	}
	return h, err
}
