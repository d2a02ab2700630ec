package hooks

import (
	"testing"
	"time"
)

// A process writes down two hundred failed logins an hour, and then how many it
// did not.
func TestFailedLoginsFillTheLogSlowly(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 3, 1, 10, 0, 0, 0, time.UTC)
	b := &failureBudget{}
	take := func(now time.Time, wantSkipped int, want bool) {
		t.Helper()
		if skipped, ok := b.take(now); ok != want || skipped != wantSkipped {
			t.Errorf("%s after the first: %t, %d left out; want %t, %d", now.Sub(at), ok, skipped, want, wantSkipped)
		}
	}
	for range 200 {
		take(at, 0, true)
	}
	take(at, 0, false)
	take(at.Add(time.Hour-1), 0, false)
	take(at.Add(time.Hour), 2, true)
	take(at.Add(time.Hour), 0, true) // told once
	for range 198 {
		take(at.Add(time.Hour), 0, true)
	}
	take(at.Add(2*time.Hour-1), 0, false)
	take(at.Add(2*time.Hour), 1, true)
	// A clock that was put back does not close the log for hours.
	for range 199 {
		take(at.Add(2*time.Hour), 0, true)
	}
	take(at.Add(2*time.Hour), 0, false)
	take(at, 1, true)
}

// What stays of an address when a provider hands out another one.
func TestNetworkOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"203.0.113.9", "203.0.255.1", true}, {"203.0.113.9", "203.1.113.9", false},
		{"2001:db8:1::1", "2001:db8:ffff::1", true}, {"2001:db8::1", "2001:db9::1", false},
		{"::ffff:203.0.113.9", "203.0.1.1", true}, {"::ffff:203.0.113.9", "203.1.1.1", false},
		{"", "", true}, {"unknown", "203.0.113.9", false},
	} {
		if got := network(c.one) == network(c.other); got != c.same {
			t.Errorf("%q and %q: %q, %q", c.one, c.other, network(c.one), network(c.other))
		}
	}
}
