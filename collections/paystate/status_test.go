package paystate

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestJoinIsASemilattice(t *testing.T) {
	t.Parallel()
	for _, a := range order {
		if Join(a, a) != a {
			t.Errorf("Join(%s, %s) = %s", a, a, Join(a, a))
		}
		for _, b := range order {
			ab := Join(a, b)
			if ab != Join(b, a) {
				t.Errorf("Join(%s, %s) depends on the order", a, b)
			}
			if ab != a && ab != b {
				t.Errorf("Join(%s, %s) = %s, neither of them", a, b, ab)
			}
			for _, c := range order {
				if Join(ab, c) != Join(a, Join(b, c)) {
					t.Errorf("Join of %s, %s, %s depends on the grouping", a, b, c)
				}
			}
		}
	}
}

func TestJoinNeverLowersTheRank(t *testing.T) {
	t.Parallel()
	for _, a := range order {
		for _, b := range order {
			if got, want := Join(a, b).Rank(), max(a.Rank(), b.Rank()); got != want {
				t.Errorf("Join(%s, %s) has rank %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestEveryStatusHasARankAndAPlaceInTheOrder(t *testing.T) {
	t.Parallel()
	if len(order) != len(ranks) {
		t.Fatalf("%d statuses in the order, %d ranks", len(order), len(ranks))
	}
	for i, s := range order {
		if !s.Known() {
			t.Errorf("%s has no rank", s)
		}
		if i > 0 && s.Rank() < order[i-1].Rank() {
			t.Errorf("%s comes after %s, whose rank is higher", s, order[i-1])
		}
	}
}

func TestStatusPredicates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s              Status
		rank           int
		open, received bool
	}{
		{Creating, 0, true, false}, {Unknown, 0, true, false}, {Pending, 1, true, false},
		{Expire, 2, false, false}, {Cancel, 2, false, false}, {Deny, 2, false, false}, {Failure, 2, false, false},
		{Settlement, 3, false, true}, {PartialRefund, 4, false, true}, {Refunded, 5, false, true}, {Chargeback, 5, false, true},
		{"foo", -1, false, false}, {"", -1, false, false}, {"Settlement", -1, false, false},
	} {
		if c.s.Rank() != c.rank || c.s.Open() != c.open || c.s.Received() != c.received || c.s.Known() != (c.rank >= 0) {
			t.Errorf("%q: rank %d, open %v, received %v, known %v", c.s, c.s.Rank(), c.s.Open(), c.s.Received(), c.s.Known())
		}
	}
}

// refundSet draws a set of refunds. The provider says the same amount whenever
// it names a key, so the amount follows from the key.
func refundSet(t *rapid.T, name string) []Refund {
	set := []Refund{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, name) {
		confirmed := rapid.SampledFrom([]string{"", "2026-03-01 10:00:00", "2026-03-01 11:00:00"}).Draw(t, name+key)
		day := rapid.SampledFrom([]time.Time{{}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}).Draw(t, name+key+" at")
		set = append(set, Refund{Key: key, Amount: int64(key[0]) * 1000, Confirmed: confirmed, At: day})
	}
	return set
}

func TestJoinRefundsIsASetUnion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := refundSet(t, "a"), refundSet(t, "b"), refundSet(t, "c")
		before := slices.Clone(a)
		ab := JoinRefunds(a, b)
		if !slices.Equal(a, before) {
			t.Fatalf("the argument changed to %v", a)
		}
		if !slices.Equal(ab, JoinRefunds(b, a)) {
			t.Fatalf("%v and %v: the order matters", a, b)
		}
		if !slices.Equal(JoinRefunds(ab, c), JoinRefunds(a, JoinRefunds(b, c))) {
			t.Fatalf("%v, %v and %v: the grouping matters", a, b, c)
		}
		if !slices.Equal(JoinRefunds(ab, ab), ab) || !slices.Equal(JoinRefunds(ab, a), ab) || !slices.Equal(JoinRefunds(nil, ab), ab) {
			t.Fatalf("%v: joining again adds something", ab)
		}
		keys := map[string]bool{}
		for _, r := range append(slices.Clone(a), b...) {
			keys[r.Key] = true
		}
		if len(ab) != len(keys) {
			t.Fatalf("union of %v and %v has %d members, want %d", a, b, len(ab), len(keys))
		}
	})
}

func TestJoinRefundsCountsAKeyRepeatedInOneStatementOnce(t *testing.T) {
	t.Parallel()
	got := JoinRefunds(nil, []Refund{{Key: "b", Amount: 2}, {Key: "a", Amount: 1}, {Key: "b", Amount: 2, Confirmed: "2026-03-01 10:00:00"}})
	if want := []Refund{{Key: "a", Amount: 1}, {Key: "b", Amount: 2, Confirmed: "2026-03-01 10:00:00"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJoinRefundsKeepsTheEarliestConfirmation(t *testing.T) {
	t.Parallel()
	const early, late = "2026-03-01 10:00:00", "2026-03-01 11:00:00"
	for _, c := range []struct{ known, heard, want string }{
		{"", "", ""}, {"", late, late}, {late, "", late}, {late, early, early}, {early, late, early},
	} {
		if got := JoinRefunds([]Refund{{Key: "a", Amount: 1, Confirmed: c.known}}, []Refund{{Key: "a", Amount: 1, Confirmed: c.heard}}); got[0].Confirmed != c.want {
			t.Errorf("%q, then %q: %q, want %q", c.known, c.heard, got[0].Confirmed, c.want)
		}
	}
}
