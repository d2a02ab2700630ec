package cache

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// What only the clock changes shows when the lifetime is over, and not before.
func TestAValueLivesAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		defer c.values.StopAllGoroutines()
		get(t, c, "a", text("one"))
		time.Sleep(time.Minute - time.Nanosecond)
		if got := get(t, c, "a", text("two")); got != "one" {
			t.Errorf("%q just before a minute is over", got)
		}
		time.Sleep(time.Nanosecond) // reading does not make it younger
		if got := get(t, c, "a", text("two")); got != "two" {
			t.Errorf("%q after a minute", got)
		}
	})
}

// However much is asked for, the cache stays within its 32 MB, and what is
// greater than all of it is served without being kept.
func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache()
	defer c.values.StopAllGoroutines()
	const part = 1 << 20
	big := func(size int) func(context.Context) (string, int, error) {
		return func(context.Context) (string, int, error) { return "big", size, nil }
	}
	for n := range 31 {
		get(t, c, fmt.Sprint("kept ", n), big(part))
	}
	if s := c.Stats(); s.Bytes < 31*part || s.Bytes > 32*part {
		t.Errorf("%d bytes of 31 values of 1 MB", s.Bytes)
	}
	for n := range 100 {
		get(t, c, fmt.Sprint("more ", n), big(part))
	}
	if s := c.Stats(); s.Bytes < 16*part || s.Bytes > 32*part {
		t.Errorf("%d bytes of 131 values of 1 MB", s.Bytes)
	}
	if got := get(t, c, "too big", big(33*part)); got != "big" {
		t.Errorf("served %q", got)
	}
	if s := c.Stats(); s.Bytes > 32*part {
		t.Errorf("%d bytes with a value of 33 MB", s.Bytes)
	}
}
