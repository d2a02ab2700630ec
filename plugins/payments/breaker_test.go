package payments

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"jasaweb/plugins/payments/gateway"
)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func newBreaker() (*breaker, *clock) {
	c := &clock{time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)}
	return &breaker{now: c.now}, c
}

func (b *breaker) expect(t *testing.T, state string, room int) {
	t.Helper()
	if got, _ := b.state(); got != state || b.room(20) != room {
		t.Errorf("breaker %s with room for %d, want %s and %d", got, b.room(20), state, room)
	}
}

func fails(err error) func() error { return func() error { return err } }

func TestBreakerOpensProbesAndCloses(t *testing.T) {
	t.Parallel()
	b, c := newBreaker()
	for range tolerated {
		b.expect(t, breakerClosed, 20)
		if err := b.do(fails(&gateway.APIError{Class: gateway.ErrAmbiguous})); !errors.Is(err, gateway.ErrAmbiguous) {
			t.Fatal(err)
		}
	}
	b.expect(t, breakerOpen, 0)
	if err := b.do(func() error { t.Error("called while open"); return nil }); !errors.Is(err, errPaused) {
		t.Errorf("error %v", err)
	}
	for pause := firstPause; pause < 4*maxPause; pause *= 2 { // each failed probe doubles the pause
		want := min(pause, maxPause)
		if got := b.retryAt().Sub(c.at); got != want {
			t.Errorf("pause of %s, want %s", got, want)
		}
		c.pass(want - time.Millisecond)
		b.expect(t, breakerOpen, 0)
		c.pass(time.Millisecond)
		b.expect(t, breakerHalfOpen, 1)
		_ = b.do(fails(&gateway.APIError{Class: gateway.ErrRetryable}))
	}
	c.pass(maxPause)
	if err := b.do(fails(nil)); err != nil {
		t.Fatal(err)
	}
	b.expect(t, breakerClosed, 20)
	if !b.retryAt().Equal(c.at) {
		t.Error("a closed breaker makes wait")
	}
	_ = b.do(fails(gateway.ErrAmbiguous)) // the count began anew
	b.expect(t, breakerClosed, 20)
}

// Only a provider in trouble counts: "no such transaction" is a good answer.
func TestBreakerCountsTroubleOnly(t *testing.T) {
	t.Parallel()
	b, _ := newBreaker()
	for range 3 {
		for range tolerated - 1 {
			_ = b.do(fails(gateway.ErrRetryable))
		}
		for _, class := range []error{gateway.ErrNotFound, gateway.ErrDuplicate, gateway.ErrNotModifiable, gateway.ErrRejected, errors.New("ours")} {
			_ = b.do(fails(&gateway.APIError{Class: class}))
		}
	}
	b.expect(t, breakerClosed, 20)
}

func TestBreakerAdmitsOneProbeAtOnce(t *testing.T) {
	t.Parallel()
	b, c := newBreaker()
	for range tolerated {
		_ = b.do(fails(context.DeadlineExceeded)) // not classified: no trouble of the provider
		_ = b.do(fails(&gateway.APIError{Class: gateway.ErrAmbiguous, Cause: context.DeadlineExceeded}))
	}
	if state, _ := b.state(); state == breakerOpen {
		t.Error("answered calls in between count as failures")
	}
	for range tolerated {
		_ = b.do(fails(gateway.ErrAmbiguous))
	}
	c.pass(firstPause)
	probing, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = b.do(func() error { close(probing); <-end; return nil }) })
	<-probing
	b.expect(t, breakerHalfOpen, 0)
	if err := b.do(fails(nil)); !errors.Is(err, errPaused) {
		t.Errorf("a second probe: %v", err)
	}
	close(end)
	wg.Wait()
	b.expect(t, breakerClosed, 20)
}

// Calls that began before the breaker opened end after it, in either way; they
// neither close it nor prolong the pause.
func TestBreakerIgnoresLateResults(t *testing.T) {
	t.Parallel()
	for _, late := range []error{nil, gateway.ErrAmbiguous} {
		b, c := newBreaker()
		_ = b.do(func() error {
			for range tolerated {
				_ = b.do(fails(gateway.ErrAmbiguous))
			}
			return late
		})
		b.expect(t, breakerOpen, 0)
		if got := b.retryAt().Sub(c.at); got != firstPause {
			t.Errorf("pause of %s", got)
		}
	}
}

func TestBreakerSurvivesAPanickingProbe(t *testing.T) {
	t.Parallel()
	b, c := newBreaker()
	for range tolerated {
		_ = b.do(fails(gateway.ErrAmbiguous))
	}
	c.pass(firstPause)
	func() {
		defer func() { _ = recover() }()
		_ = b.do(func() error { panic("boom") })
	}()
	b.expect(t, breakerOpen, 0)
	c.pass(2 * firstPause)
	b.expect(t, breakerHalfOpen, 1)
}
