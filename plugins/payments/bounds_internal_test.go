package payments

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/gateway"
)

// Money goes back to the last moment of the acquirer's window.
func TestWindowsForRefundsEnd(t *testing.T) {
	t.Parallel()
	paid := time.Date(2027, 1, 5, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		acquirer, kind string
		days           int
	}{{"gopay", "on-us", 45}, {"gopay", "off-us", 7}, {"gopay", "", 7}, {"", "", 7}, {"airpay shopee", "", 365}, {"airpay shopee", "on-us", 365}} {
		terms, end := newTerms(c.acquirer, c.kind, paid), paid.Add(time.Duration(c.days)*24*time.Hour)
		if !terms.until().Equal(end) || terms.over(end) || !terms.over(end.Add(time.Millisecond)) {
			t.Errorf("%+v: until %s", c, terms.until())
		}
	}
	unknown := newTerms("gopay", "", time.Time{})
	if unknown.over(paid.AddDate(9, 0, 0)) || !unknown.until().IsZero() {
		t.Error("a window ends though nobody knows when it began")
	}
}

// ShopeePay sleeps from 23:55 to 06:00 in Jakarta, the others never.
func TestHoursOfTheNight(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 3, 1, 0, 0, 0, 0, wib.Zone)
	const ms = time.Millisecond
	for clock, wakes := range map[time.Duration]time.Duration{ // since midnight; 0: awake
		0: 6 * time.Hour, 6*time.Hour - ms: 6 * time.Hour, 6 * time.Hour: 0, 23*time.Hour + 55*time.Minute - ms: 0,
		23*time.Hour + 55*time.Minute: 30 * time.Hour, 24*time.Hour - ms: 30 * time.Hour,
	} {
		until, asleep := terms{acquirer: "airpay shopee"}.asleep(day.Add(clock))
		if asleep != (wakes != 0) || asleep && !until.Equal(day.Add(wakes)) {
			t.Errorf("%s after midnight: %t until %s", clock, asleep, until)
		}
		if _, asleep := (terms{acquirer: "gopay"}).asleep(day.Add(clock)); asleep {
			t.Errorf("gopay sleeps %s after midnight", clock)
		}
	}
}

// Five failures in a row open the breaker for thirty seconds, every failed probe for
// twice as long, up to a quarter of an hour.
func TestPausesOfTheBreaker(t *testing.T) {
	t.Parallel()
	b, c := newBreaker()
	trouble := fails(gateway.ErrAmbiguous)
	for range 4 {
		_ = b.do(trouble)
	}
	b.expect(t, breakerClosed, 20)
	_ = b.do(trouble)
	b.expect(t, breakerOpen, 0)
	for _, pause := range []time.Duration{
		30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute,
	} {
		c.pass(pause - time.Millisecond)
		b.expect(t, breakerOpen, 0)
		c.pass(time.Millisecond)
		b.expect(t, breakerHalfOpen, 1)
		_ = b.do(trouble)
	}
}

// A check that failed comes again after a minute, later after twice as long, up to
// an hour.
func TestPausesOfAFailingCheck(t *testing.T) {
	t.Parallel()
	p := &plugin{app: core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})}
	now := time.Date(2027, 1, 5, 5, 0, 0, 0, time.UTC)
	for checks, minutes := range map[int]int{0: 1, 1: 2, 5: 32, 6: 60, 10: 60, 11: 60, 1_000_000: 60} {
		a := collections.AsPaymentAttempt(core.NewRecord(core.NewBaseCollection("attempts")))
		a.Set("checks", checks)
		if got := p.retryAt(a, errors.New("no answer"), now).Sub(now); got != time.Duration(minutes)*time.Minute {
			t.Errorf("after %d checks: %s, want %d minutes", checks, got, minutes)
		}
	}
}

// The proof of the money lists 366 days at most: a leap year.
func TestDaysOfTheProof(t *testing.T) {
	t.Parallel()
	now := time.Date(2029, 3, 1, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"2028-01-01", "2028-12-31", true}, {"2028-01-01", "2029-01-01", false}, {"2028-01-01", "2028-01-01", true}, {"2028-01-02", "2028-01-01", false},
	} {
		if _, _, err := (&proofInput{From: c.from, To: c.to}).days(now); (err == nil) != c.ok {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
	if from, to, err := (&proofInput{}).days(now); err != nil || !to.Equal(time.Date(2029, 3, 1, 0, 0, 0, 0, wib.Zone)) || !from.Equal(wib.AddDays(to, -30)) {
		t.Errorf("of itself %s to %s, %v", from, to, err)
	}
}

// A statement is kept whole while its packed form has 100,000 letters.
func TestAStatementIsKeptUpToItsLength(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 80_000)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	longest := 0
	for n := 74_000; n < 76_000; n++ {
		s := string(noise[:n])
		packed := pack(s)
		whole, err := unpack(packed)
		if err != nil || len(packed) > 100_000 {
			t.Fatalf("%d bytes: packed to %d, %v", n, len(packed), err)
		}
		if whole != s {
			break
		}
		longest = len(packed)
	}
	if longest != 100_000 {
		t.Errorf("the longest packed form has %d letters", longest)
	}
}
