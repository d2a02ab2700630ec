// Package throttle slows whoever tries often. A try counts before its outcome is
// known, so that many at once gain nothing; who has tried too often waits, each
// time longer, instead of being locked out for good.
package throttle

import (
	"sync"
	"time"
)

// Rule is how often something may be tried, and how long to wait afterwards.
type Rule struct {
	Free           int           // tries without a wait
	First, Longest time.Duration // the wait after the last free try; it doubles with each one up to Longest
	Memory         time.Duration // how long after the last try it is still counted
}

// after is the wait that follows the nth try.
func (r Rule) after(n int) time.Duration {
	if n < r.Free {
		return 0
	}
	wait := r.First
	for range n - r.Free {
		if wait *= 2; wait >= r.Longest {
			return r.Longest
		}
	}
	return min(wait, r.Longest)
}

// Key is what tries are counted by, and the rule for it.
type Key struct {
	Name string
	Rule Rule
}

// maxKeys bounds the memory, about 3 MB.
const maxKeys = 30_000

// Throttle counts tries by key. The zero value is ready. It is the process's own:
// several processes allow as many tries each.
type Throttle struct {
	mu   sync.Mutex
	keys map[string]*count
}

type count struct {
	tries       int
	next, until time.Time // no try before next; forgotten at until
}

// Try counts one more try by all of the keys, or by none of them and returns the
// longest wait and the key that asks for it.
func (t *Throttle) Try(now time.Time, keys ...Key) (wait time.Duration, by string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		if c := t.keys[k.Name]; c != nil && c.next.Sub(now) > wait {
			wait, by = c.next.Sub(now), k.Name
		}
	}
	if wait > 0 {
		return wait, by
	}
	for _, k := range keys {
		c := t.keys[k.Name]
		if c == nil || !now.Before(c.until) {
			t.makeRoom(now)
			c = &count{}
			t.keys[k.Name] = c
		}
		c.tries++
		after := k.Rule.after(c.tries)
		c.next, c.until = now.Add(after), now.Add(max(after, k.Rule.Memory))
	}
	return 0, ""
}

// TakeBack uncounts one try by the keys: it was none.
func (t *Throttle) TakeBack(now time.Time, keys ...Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		if c := t.keys[k.Name]; c != nil && c.tries > 0 {
			c.tries--
			if after := k.Rule.after(c.tries); now.Add(after).Before(c.next) {
				c.next = now.Add(after)
			}
		}
	}
}

// Forget starts afresh.
func (t *Throttle) Forget(keys ...Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range keys {
		delete(t.keys, k.Name)
	}
}

// makeRoom drops what has run out, then who need not wait, and any if all do: a
// flood of names must neither fill the memory nor free who is held back.
func (t *Throttle) makeRoom(now time.Time) {
	if t.keys == nil {
		t.keys = map[string]*count{}
	}
	if len(t.keys) < maxKeys {
		return
	}
	drop := func(which func(*count) bool) {
		for name, c := range t.keys {
			if len(t.keys) < maxKeys*9/10 {
				return
			}
			if which(c) {
				delete(t.keys, name)
			}
		}
	}
	for name, c := range t.keys {
		if !now.Before(c.until) {
			delete(t.keys, name)
		}
	}
	drop(func(c *count) bool { return !now.Before(c.next) })
	drop(func(*count) bool { return true })
}
