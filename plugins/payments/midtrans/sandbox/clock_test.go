package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// standing is for open: time stands still and chance is the same in every run.
func standing(seed uint64) func(*Config) {
	return func(c *Config) {
		c.ManualClock, c.Speed, c.Random = true, 1, rand.NewPCG(seed, 0)
	}
}

// advance moves the manual clock.
func (s *shop) advance(d time.Duration) {
	s.t.Helper()
	must(s.t, s.Advance(d))
}

// statuses are the announced statuses that were received, in a row.
func (h *webhook) statuses() string {
	var all []string
	for _, o := range h.all() {
		all = append(all, fmt.Sprint(o["transaction_status"]))
	}
	return strings.Join(all, " ")
}

// another is the charge of another order.
func another(order string) string { return strings.Replace(charge, goldenOrder, order, 1) }

func TestManualExpiry(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.charged(charge)
	s.advance(15*time.Minute - time.Second)
	if got := s.webhook.statuses(); got != "pending" {
		t.Errorf("a second too early: %s", got)
	}
	s.clock.advance(time.Hour) // the other clock does not count
	expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": "pending"})
	s.advance(time.Second)
	if got := s.webhook.statuses(); got != "pending expire" {
		t.Errorf("on time: %s", got)
	}
	if got := s.Deliveries()[1].CreatedAt; !got.Equal(time.Date(2026, 11, 22, 5, 15, 0, 0, time.UTC)) {
		t.Errorf("expired at %v", got)
	}
}

func TestManualRetryIntervals(t *testing.T) {
	t.Parallel()
	for profile, c := range map[string]struct {
		waits []time.Duration
		least float64 // of a wait
	}{
		"a": {[]time.Duration{2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 90 * time.Minute, 210 * time.Minute}, 0.25},
		"b": {[]time.Duration{time.Minute, time.Minute, time.Minute, time.Minute, time.Minute}, 1},
	} {
		s := open(t, standing(7), func(c *Config) { c.RetryProfile = profile })
		s.webhook.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }
		s.charged(strings.Replace(charge, "{", `{"custom_expiry":{"expiry_duration":1,"unit":"day"},`, 1))
		s.advance(0)
		at := s.Deliveries()[0].Attempts[0].At
		jittered := false
		for i, wait := range c.waits {
			planned := s.Deliveries()[0].NextAttempt.Sub(at)
			if planned > wait || float64(planned) < c.least*float64(wait) {
				t.Errorf("profile %s waits %v for attempt %d", profile, planned, i+2)
			}
			jittered = jittered || planned < wait
			s.advance(planned - time.Nanosecond)
			if n := len(s.webhook.all()); n != i+1 {
				t.Fatalf("profile %s: %d attempts just before number %d", profile, n, i+2)
			}
			s.advance(time.Nanosecond)
			attempts := s.Deliveries()[0].Attempts
			if len(attempts) != i+2 || len(s.webhook.all()) != i+2 {
				t.Fatalf("profile %s: %d attempts after %v", profile, len(attempts), planned)
			}
			if got := attempts[i+1].At.Sub(at); got != planned {
				t.Errorf("profile %s: attempt %d came after %v, not %v", profile, i+2, got, planned)
			}
			at = attempts[i+1].At
		}
		if jittered != (profile == "a") {
			t.Errorf("profile %s is jittered: %t", profile, jittered)
		}
		s.advance(12 * time.Hour)
		if d := s.Deliveries()[0]; d.State != DeliveryFailed || len(d.Attempts) != 6 {
			t.Errorf("profile %s: %+v", profile, d)
		}
	}
}

func TestManualRefundConfirmation(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	must(t, s.Refund(goldenOrder, 0))
	s.advance(confirmDelay - time.Second)
	if got := s.webhook.statuses(); got != "pending settlement refund" {
		t.Errorf("before the confirmation: %s", got)
	}
	s.advance(time.Second)
	last := s.webhook.all()[3]["refunds"].([]any)[0].(object)
	expect(t, last, object{"created_at": "2026-11-22 12:00:00", "bank_confirmed_at": "2026-11-22 12:00:05"})
}

func TestManualIdempotency(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.charged(charge, "Idempotency-Key", "k")
	s.advance(5*time.Minute - time.Second)
	s.charged(charge, "Idempotency-Key", "k")
	s.advance(time.Second)
	s.mu.Lock()
	if n := len(s.idempotent); n != 0 {
		t.Errorf("%d answers are still kept", n)
	}
	s.mu.Unlock()
	expect(t, s.api("POST", "/v2/charge", charge, "Idempotency-Key", "k"), object{"status_code": "406"})
}

func TestWhatIsDueDoesNotWaitForAdvance(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	s.webhook.wait(t, 2)
}

func TestAdvanceOverHTTP(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.charged(charge)
	for _, c := range []struct {
		body string
		code int
		want string
	}{
		{`{"seconds":90.5}`, 200, "2026-11-22T05:01:30.5Z"}, {"", 200, "2026-11-22T05:01:30.5Z"}, {`{"seconds":0}`, 200, "2026-11-22T05:01:30.5Z"},
		{`{"seconds":-1}`, 400, ""}, {`{"seconds":1e30}`, 400, ""}, {`{"seconds":"60"}`, 400, ""}, {"nonsense", 400, ""},
		{`{"seconds":900}`, 200, "2026-11-22T05:16:30.5Z"},
	} {
		answer, content := s.request("POST", "/_sim/clock/advance", c.body, nil)
		o := decoded(t, content)
		if answer.StatusCode != c.code || c.code == 200 && o["now"] != c.want || c.code != 200 && o["error"] == nil {
			t.Errorf("%s: HTTP %d %v", c.body, answer.StatusCode, o)
		}
	}
	if got := s.webhook.statuses(); got != "pending expire" {
		t.Errorf("received %s", got)
	}
	running := open(t)
	if answer, content := running.request("POST", "/_sim/clock/advance", `{"seconds":1}`, nil); answer.StatusCode != http.StatusConflict {
		t.Errorf("a running clock: HTTP %d %s", answer.StatusCode, content)
	}
	if err := running.Advance(time.Second); !errors.Is(err, ErrClock) {
		t.Errorf("a running clock: %v", err)
	}
	if err := s.Advance(-1); err == nil {
		t.Error("the clock went back")
	}
}

func TestResetAndCloseEndWhatIsOnTheAgenda(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	s.webhook.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	s.charged(charge)
	s.advance(0)
	s.Reset()
	s.advance(time.Hour)
	if n := len(s.webhook.all()); n != 1 {
		t.Errorf("%d attempts", n)
	}
	s.charged(charge)
	s.advance(0)
	s.Server.Close()
	s.advance(time.Hour)
	if n := len(s.webhook.all()); n != 2 {
		t.Errorf("%d attempts after Close", n)
	}
}

func TestSeedsReplay(t *testing.T) {
	t.Parallel()
	run := func(seed uint64, change ...func(*Config)) string {
		hook := "http://127.0.0.1:1/hook" // the same address in every run; nobody listens
		s := open(t, append([]func(*Config){standing(seed), func(c *Config) { c.NotifyURL = hook }}, change...)...)
		must(t, s.SetChaos(Rule{Option: "duplicate", Probability: 0.5}, Rule{Option: "drop", Probability: 0.3},
			Rule{Option: "reorder", Probability: 0.5, Window: 60}, Rule{Option: "wrong_signature", Probability: 0.2}))
		for i := range 10 {
			order := fmt.Sprint("order-", i)
			s.charged(another(order))
			must(t, s.Pay(order))
			s.advance(20 * time.Second)
		}
		s.advance(24 * time.Hour)
		return toJSON(t, s.Deliveries())
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("the same seed delivered\n%s\nand\n%s", first, again)
	}
	if run(2) == first {
		t.Error("another seed delivered the same")
	}
	realistic := func(c *Config) { c.Realistic = true }
	if first, again := run(1, realistic), run(1, realistic); first != again {
		t.Error("the same seed delivered differently, when realistic")
	}
}

func TestRealism(t *testing.T) {
	t.Parallel()
	s := open(t, standing(3), func(c *Config) { c.Realistic = true })
	const orders = 20
	for i := range orders {
		s.charged(another(fmt.Sprint("paid-", i)))
		must(t, s.Pay(fmt.Sprint("paid-", i)))
		s.charged(another(fmt.Sprint("unpaid-", i)))
	}
	s.advance(0)
	if n := strings.Count(s.webhook.statuses(), "settlement"); n > orders/4 {
		t.Errorf("%d of %d payments were notified at once", n, orders)
	}
	s.advance(notifyLate)
	if n := strings.Count(s.webhook.statuses(), "settlement"); n != orders {
		t.Errorf("%d of %d payments were notified after %v", n, orders, notifyLate)
	}
	s.advance(15*time.Minute - notifyLate)
	if n := strings.Count(s.webhook.statuses(), "expire"); n > orders/4 {
		t.Errorf("%d of %d transactions expired on time", n, orders)
	}
	s.advance(expireLate)
	if n := strings.Count(s.webhook.statuses(), "expire"); n != orders {
		t.Errorf("%d of %d transactions expired after %v", n, orders, expireLate)
	}
}
