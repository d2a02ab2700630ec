package throttle

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	at   = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	rule = Rule{Free: 5, First: 5 * time.Second, Longest: time.Minute, Memory: 15 * time.Minute}
)

func TestTheWaitGrowsAndEnds(t *testing.T) {
	t.Parallel()
	th := &Throttle{}
	a := Key{"a", rule}
	for n := range 5 {
		if wait, _ := th.Try(at, a); wait != 0 {
			t.Fatalf("try %d waits %v", n+1, wait)
		}
	}
	now := at
	for _, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		if wait, by := th.Try(now, a); wait != want || by != "a" {
			t.Fatalf("waits %v for %q, want %v", wait, by, want)
		}
		if wait, _ := th.Try(now.Add(want-1), a); wait != 1 {
			t.Fatalf("just before the end of %v: %v", want, wait)
		}
		if wait, _ := th.Try(now, Key{"b", rule}, a); wait != want {
			t.Errorf("another key beside it: %v", wait)
		}
		now = now.Add(want)
		if wait, _ := th.Try(now, a); wait != 0 {
			t.Fatalf("after %v: %v more", want, wait)
		}
	}
	if len(th.keys) != 1 {
		t.Error("a refused try was counted by the key that had nothing against it")
	}
	now = now.Add(15 * time.Minute)
	for n := range 5 {
		if wait, _ := th.Try(now, a); wait != 0 {
			t.Fatalf("after the time: try %d waits %v", n+1, wait)
		}
	}
	th.Forget(a)
	if wait, _ := th.Try(now, a); wait != 0 {
		t.Errorf("after a success: %v", wait)
	}
}

func TestWhatIsTakenBackDoesNotCount(t *testing.T) {
	t.Parallel()
	th := &Throttle{}
	a := Key{"a", rule}
	for n := range 100 {
		if wait, _ := th.Try(at, a); wait != 0 {
			t.Fatalf("try %d waits %v", n+1, wait)
		}
		th.TakeBack(at, a)
	}
	for range 5 {
		th.Try(at, a)
	}
	th.TakeBack(at, a)
	if wait, _ := th.Try(at, a); wait != 0 {
		t.Errorf("the fifth waits %v", wait)
	}
	if wait, _ := th.Try(at, a); wait == 0 {
		t.Error("the sixth does not wait")
	}
}

// Forty at once are five, whatever order they come in.
func TestManyAtOnceGainNothing(t *testing.T) {
	t.Parallel()
	th := &Throttle{}
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			if wait, _ := th.Try(at, Key{"a", rule}); wait == 0 {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 5 {
		t.Errorf("%d passed, want 5", passed.Load())
	}
}

// A flood of names must not fill the memory, nor free who is held back.
func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th := &Throttle{}
	held := Key{"held", rule}
	for range 5 {
		th.Try(at, held)
	}
	for i := range maxKeys - 1 {
		th.Try(at, Key{fmt.Sprint("first", i), rule})
	}
	if len(th.keys) != maxKeys {
		t.Errorf("%d keys: dropped too early", len(th.keys))
	}
	for i := range 3 * maxKeys {
		th.Try(at, Key{fmt.Sprint("flood", i), rule})
		if len(th.keys) > maxKeys {
			t.Fatalf("%d keys", len(th.keys))
		}
	}
	if wait, _ := th.Try(at, held); wait == 0 {
		t.Error("the flood freed who was held back")
	}
	later := at.Add(rule.Memory)
	for i := range maxKeys {
		th.Try(later, Key{fmt.Sprint("late", i), rule})
	}
	if th.keys["held"] != nil {
		t.Error("what has run out is kept")
	}
	if len(th.keys) > maxKeys {
		t.Errorf("%d keys", len(th.keys))
	}
}

func TestBudgetTellsWhatItLeftOut(t *testing.T) {
	t.Parallel()
	b := &Budget{Most: 2, Within: time.Hour}
	for n, c := range []struct {
		now     time.Time
		skipped int
		ok      bool
	}{
		{at, 0, true}, {at, 0, true}, {at, 0, false}, {at.Add(time.Hour - 1), 0, false}, {at.Add(time.Hour), 2, true}, {at.Add(time.Hour), 0, true}, {at.Add(time.Hour), 0, false},
		{at, 1, true}, // a clock that was put back does not close the log for hours
	} {
		if skipped, ok := b.Take(c.now); skipped != c.skipped || ok != c.ok {
			t.Errorf("%d: %d, %t", n, skipped, ok)
		}
	}
}
