package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"
)

// ErrClock is an attempt to move a clock that runs by itself.
var ErrClock = errors.New("sandbox: the clock is not manual")

// maxAdvance is the longest step of the manual clock.
const maxAdvance = time.Duration(10 * 366 * day)

// manualClock stands still until Advance moves it. Its own lock lets it be read
// with and without the server's.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time that the clock stands at.
func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// move sets the clock forward; it never goes back.
func (c *manualClock) move(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.now) {
		c.now = to
	}
}

// errand is something to be done at a time of the manual clock.
type errand struct {
	at    time.Time
	epoch context.Context
	do    func(context.Context)
}

// later does something after a pause of the sandbox's clock, or at once in the
// background. By a clock that runs, errands go side by side; by the manual one
// they go one after the other, in the order of their times and, at the same
// time, in the order they were booked, so that every run is alike. Each is
// handed a context that ends at a reset. The caller holds the lock.
func (s *Server) later(pause time.Duration, do func(context.Context)) {
	epoch := s.epoch
	if s.clock == nil {
		s.spawn(func() {
			if pause <= 0 || s.wait(epoch, pause) {
				do(epoch)
			}
		})
		return
	}
	at := s.clock.Now().Add(max(pause, 0))
	i := sort.Search(len(s.agenda), func(i int) bool { return s.agenda[i].at.After(at) })
	s.agenda = slices.Insert(s.agenda, i, errand{at: at, epoch: epoch, do: do})
	if pause <= 0 {
		s.spawn(func() { s.pass(0) }) // what is due now does not wait for Advance
	}
}

// Advance moves the manual clock by d and does on the way whatever falls due:
// transactions expire, notifications are sent and repeated, banks confirm
// refunds. It returns once all of that was attempted; Advance(0) waits for what
// is due already. A receiver of notifications must not call it: it would wait
// for itself. The error wraps ErrClock unless Config.ManualClock is set.
func (s *Server) Advance(d time.Duration) error {
	if s.clock == nil {
		return fmt.Errorf("advance: %w", ErrClock)
	}
	if d < 0 || d > maxAdvance {
		return fmt.Errorf("sandbox: advance: %v is not between 0 and %v", d, maxAdvance)
	}
	s.pass(d)
	return nil
}

// pass lets time go by.
func (s *Server) pass(d time.Duration) {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	target := s.clock.Now().Add(d)
	for s.step(target) {
	}
	s.clock.move(target)
	s.forgetReplies(target)
}

// step does the next thing that is due by target; false means that there is
// none. It holds the lock on entry and on return, but not during an errand.
func (s *Server) step(target time.Time) bool {
	next := s.nextExpiry
	if len(s.agenda) > 0 && (next.IsZero() || s.agenda[0].at.Before(next)) {
		next = s.agenda[0].at
	}
	if next.IsZero() || next.After(target) {
		return false
	}
	s.clock.move(next)
	now := s.expireOverdue()
	if len(s.agenda) == 0 || s.agenda[0].at.After(now) {
		return true // something expired that nobody is told about
	}
	e := s.agenda[0]
	s.agenda = s.agenda[1:]
	s.mu.Unlock()
	defer s.mu.Lock()
	e.do(e.epoch)
	return true
}
