package accounts

import (
	"fmt"
	"testing"
	"time"
)

func TestThrottleAllowsTenTriesInAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	th := &throttle{}
	for n := range 10 {
		if !th.allow("a", at) {
			t.Fatalf("try %d is refused", n+1)
		}
	}
	if th.allow("a", at) {
		t.Error("the eleventh try is allowed")
	}
	if !th.allow("b", at) {
		t.Error("another key is refused")
	}
	if th.allow("a", at.Add(15*time.Minute-1)) {
		t.Error("allowed just before the time is over")
	}
	if !th.allow("a", at.Add(15*time.Minute)) {
		t.Error("refused when the time is over")
	}
	th.forget("a")
	for n := range 10 {
		if !th.allow("a", at) {
			t.Errorf("try %d after a success is refused", n+1)
		}
	}
}

// A flood of names must not fill the memory, nor free who is held back.
func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	th := &throttle{}
	fill := func(name string, n int, at time.Time) {
		for i := range n {
			th.allow(fmt.Sprint(name, i), at)
		}
	}
	fill("first", 10_000, at)
	if len(th.tries) != 10_000 {
		t.Errorf("%d keys of 10,000: dropped too early", len(th.tries))
	}
	th.allow("one more", at)
	if len(th.tries) > 10_000 || len(th.tries) < 8_000 {
		t.Errorf("%d keys after one too many", len(th.tries))
	}
	fill("flood", 30_000, at)
	if len(th.tries) > 10_000 {
		t.Errorf("%d keys after a flood", len(th.tries))
	}
	// What has run out goes first; the others are kept.
	later := at.Add(15 * time.Minute)
	th = &throttle{}
	fill("old", 5_000, at)
	fill("young", 5_000, later.Add(-1))
	th.allow("one more", later)
	if len(th.tries) != 5_001 || th.tries["young0"] == nil || th.tries["old0"] != nil {
		t.Errorf("%d keys, young %v, old %v", len(th.tries), th.tries["young0"], th.tries["old0"])
	}
}
