package payments

import (
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

func TestScheduleOfAnAttempt(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	expires, closed := opened.Add(time.Hour), opened.Add(30*time.Minute)
	const m, h = time.Minute, time.Hour
	for _, c := range []struct {
		name   string
		status paystate.Status
		txn    string
		from   time.Time
		want   []time.Duration // after from; then as pace says
		pace   time.Duration   // 0: never again
	}{
		{"open", paystate.Pending, "t", opened, []time.Duration{
			m, 3 * m, 10 * m, h + 90*time.Second, h + 5*m, h + 30*m, 3 * h, 7 * h, 25 * h}, 24 * h},
		{"not answered", paystate.Unknown, "", opened, []time.Duration{
			m, 3 * m, 10 * m, h + 90*time.Second, h + 5*m, h + 30*m, 3 * h, 7 * h, 25 * h}, 24 * h},
		{"expired", paystate.Expire, "t", closed, []time.Duration{h, 24 * h}, 0},
		{"cancelled before it was heard of", paystate.Cancel, "", closed, []time.Duration{h, 24 * h}, 0},
		{"denied", paystate.Deny, "t", closed, []time.Duration{h, 24 * h}, 0},
		{"failed by the provider's word", paystate.Failure, "t", closed, []time.Duration{h, 24 * h}, 0},
		{"failed by our conclusion", paystate.Failure, "", closed, []time.Duration{5 * m, 15 * m, h, 24 * h}, 0},
		{"paid", paystate.Settlement, "t", closed, nil, 0},
		{"given back", paystate.Refunded, "t", closed, nil, 0},
	} {
		a := collections.AsPaymentAttempt(core.NewRecord(core.NewBaseCollection("attempts")))
		a.Load(map[string]any{"created": collections.DateTime(opened), "closed_at": collections.DateTime(closed), "provider_txn_id": c.txn})
		if c.status == paystate.Pending {
			a.Set("expires_at", collections.DateTime(expires))
		}
		now := c.from
		for n, after := range c.want {
			next := nextCheck(a, c.status, now)
			if !next.Equal(c.from.Add(after)) {
				t.Errorf("%s: check %d after %s, want %s", c.name, n+1, next.Sub(c.from), after)
			}
			now = next
		}
		switch next := nextCheck(a, c.status, now); {
		case c.pace == 0 && !next.IsZero():
			t.Errorf("%s: another check after %s", c.name, next.Sub(c.from))
		case c.pace > 0 && !next.Equal(now.Add(c.pace)):
			t.Errorf("%s: no further check within %s", c.name, c.pace)
		}
	}
}

// A code that expires early is looked after at its end before the checks that
// its opening asks for.
func TestChecksComeInTheOrderOfTheirTime(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	a := collections.AsPaymentAttempt(core.NewRecord(core.NewBaseCollection("attempts")))
	a.Load(map[string]any{"created": collections.DateTime(opened), "expires_at": collections.DateTime(opened.Add(4 * time.Minute))})
	now := opened
	for _, want := range []time.Duration{60 * time.Second, 180 * time.Second, 330 * time.Second, 540 * time.Second, 600 * time.Second} {
		if now = nextCheck(a, paystate.Pending, now); !now.Equal(opened.Add(want)) {
			t.Errorf("a check after %s, want %s", now.Sub(opened), want)
		}
	}
}

// A server that was down asks once, not once for each check it missed.
func TestMissedChecksAreOne(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	a := collections.AsPaymentAttempt(core.NewRecord(core.NewBaseCollection("attempts")))
	a.Load(map[string]any{"created": collections.DateTime(opened)})
	if next := nextCheck(a, paystate.Pending, opened.Add(6*time.Hour)); !next.Equal(opened.Add(7 * time.Hour)) {
		t.Errorf("next check after %s", next.Sub(opened))
	}
}
