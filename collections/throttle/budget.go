package throttle

import (
	"sync"
	"time"
)

// Budget bounds what is written down about strangers: whoever tries millions of
// times must not fill the disk. What does not fit is counted and told by the next
// that does.
type Budget struct {
	Most   int
	Within time.Duration

	mu      sync.Mutex
	since   time.Time
	written int
	skipped int
}

// Take reports whether one more fits, and how many did not before it.
func (b *Budget) Take(now time.Time) (skipped int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.since) >= b.Within || now.Before(b.since) {
		b.since, b.written = now, 0
	}
	if b.written >= b.Most {
		b.skipped++
		return 0, false
	}
	b.written++
	skipped, b.skipped = b.skipped, 0
	return skipped, true
}
