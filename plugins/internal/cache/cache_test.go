package cache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func text(s string) func(context.Context) (string, int, error) {
	return func(context.Context) (string, int, error) { return s, len(s), nil }
}

func get(t *testing.T, c *Cache, key string, load func(context.Context) (string, int, error)) string {
	t.Helper()
	value, err := Get(t.Context(), c, key, []string{"posts", "pages"}, load)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAWriteMakesOldValuesUnreachable(t *testing.T) {
	t.Parallel()
	c := newCache()
	defer c.values.StopAllGoroutines()
	if got := get(t, c, "a", text("one")) + get(t, c, "a", text("two")); got != "oneone" {
		t.Errorf("kept %q", got)
	}
	c.Bump("invoices")
	if got := get(t, c, "a", text("two")); got != "one" {
		t.Errorf("another collection changed it to %q", got)
	}
	c.Bump("pages")
	if got := get(t, c, "a", text("two")); got != "two" {
		t.Errorf("after a write %q", got)
	}
	c.Clear()
	if got := get(t, c, "a", text("three")); got != "three" {
		t.Errorf("after clearing %q", got)
	}
	if s := c.Stats(); s.Requests != 5 || s.Loads != 3 || s.Served() != 0.4 || s.Bytes == 0 {
		t.Errorf("%+v", s)
	}
}

// Somebody saves between the reading of the data and its being kept.
func TestAValueMadeDuringAWriteIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCache()
	defer c.values.StopAllGoroutines()
	get(t, c, "a", func(context.Context) (string, int, error) {
		c.Bump("posts")
		return "old", 3, nil
	})
	if got := get(t, c, "a", text("new")); got != "new" {
		t.Errorf("found %q", got)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	c := newCache()
	defer c.values.StopAllGoroutines()
	broken := errors.New("broken")
	_, err := Get(t.Context(), c, "a", nil, func(context.Context) (string, int, error) { return "", 0, broken })
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if got, err := Get(t.Context(), c, "a", nil, text("fine")); got != "fine" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A visitor who leaves does not take the value away from those who wait for it.
func TestRequestsAtOnceLoadOnce(t *testing.T) {
	t.Parallel()
	c := newCache()
	defer c.values.StopAllGoroutines()
	ctx, leave := context.WithCancel(t.Context())
	var loads atomic.Int32
	started, release := make(chan struct{}), make(chan struct{})
	load := func(ctx context.Context) (string, int, error) {
		loads.Add(1)
		close(started)
		<-release
		return "value", 5, ctx.Err()
	}
	var all sync.WaitGroup
	ask := func(ctx context.Context) {
		if got, err := Get(ctx, c, "a", nil, load); got != "value" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	all.Go(func() { ask(ctx) })
	<-started
	leave()
	for range 20 {
		all.Go(func() { ask(t.Context()) })
	}
	close(release)
	all.Wait()
	if loads.Load() != 1 {
		t.Errorf("%d loads", loads.Load())
	}
}
