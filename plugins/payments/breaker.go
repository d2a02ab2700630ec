package payments

import (
	"errors"
	"sync"
	"time"

	"jasaweb/plugins/payments/gateway"
)

const (
	// tolerated is how many calls in a row may fail before the breaker opens.
	tolerated = 5
	// A pause doubles with every probe that fails.
	firstPause = 30 * time.Second
	maxPause   = 15 * time.Minute
)

// errPaused is a call that was not made because the breaker is open.
var errPaused = errors.New("payments: the provider is left in peace for a while")

// The states of the breaker.
const (
	breakerClosed   = "closed"
	breakerOpen     = "open"
	breakerHalfOpen = "half_open"
)

// breaker spares a provider that is in trouble: after several failures in a row
// no calls are made for a while, then one, whose result decides. It guards the
// calls that can wait. Notifications and people who want to pay pass it by.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int           // in a row
	pause    time.Duration // 0 while closed
	until    time.Time     // end of the pause
	probing  bool          // the one call of the half-open state is on its way
}

// do makes the call, or returns errPaused.
func (b *breaker) do(call func() error) error {
	probe, ok := b.enter()
	if !ok {
		return errPaused
	}
	failed := true
	defer func() { b.leave(probe, failed) }() // also after a panic, or the probe would never end
	err := call()
	failed = inTrouble(err)
	return err
}

// inTrouble reports whether err tells of a provider that cannot cope: 429, 5xx,
// timeouts. Any other answer is a sign of health.
func inTrouble(err error) bool {
	return errors.Is(err, gateway.ErrAmbiguous) || errors.Is(err, gateway.ErrRetryable)
}

func (b *breaker) enter() (probe, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.stateLocked() {
	case breakerClosed:
		return false, true
	case breakerHalfOpen:
		if !b.probing {
			b.probing = true
			return true, true
		}
	}
	return false, false
}

func (b *breaker) leave(probe, failed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	} else if b.pause > 0 {
		return // it began before the breaker opened and tells nothing new
	}
	if !failed {
		b.failures, b.pause, b.until = 0, 0, time.Time{}
		return
	}
	b.failures++
	switch {
	case probe:
		b.pause = min(2*b.pause, maxPause)
	case b.failures >= tolerated:
		b.pause = firstPause
	default:
		return
	}
	b.until = b.now().Add(b.pause)
}

// room returns how many of n calls make sense now: all, one as a probe, or none.
func (b *breaker) room(n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.stateLocked() {
	case breakerClosed:
		return n
	case breakerHalfOpen:
		if !b.probing {
			return min(n, 1)
		}
	}
	return 0
}

// state returns the name of the state and how many calls failed in a row.
func (b *breaker) state() (string, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stateLocked(), b.failures
}

func (b *breaker) stateLocked() string {
	switch {
	case b.pause == 0:
		return breakerClosed
	case b.now().Before(b.until):
		return breakerOpen
	}
	return breakerHalfOpen
}

// retryAt is when the next call is admitted: now, unless the breaker is open.
func (b *breaker) retryAt() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := b.now(); b.until.Before(now) {
		return now
	}
	return b.until
}
