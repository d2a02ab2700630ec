package payments_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// wire is the way to the provider: tests cut and count it.
type wire struct {
	gateway.Gateway

	mu       sync.Mutex
	statuses map[string]int // calls of Status by order
	cancels  int
	down     bool                                                                       // cancelling gets no answer
	status   func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) // spoils answers
	charge   func(gateway.Charge) (*gateway.Transaction, error)                         // replaces charges
}

func (w *wire) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	w.mu.Lock()
	w.statuses[orderID]++
	spoil := w.status
	w.mu.Unlock()
	t, err := w.Gateway.Status(ctx, orderID)
	if spoil != nil {
		return spoil(t, err)
	}
	return t, err
}

func (w *wire) Cancel(ctx context.Context, orderID, key string) (*gateway.Transaction, error) {
	w.mu.Lock()
	w.cancels++
	w.mu.Unlock()
	if w.down {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous}
	}
	return w.Gateway.Cancel(ctx, orderID, key)
}

func (w *wire) Charge(ctx context.Context, c gateway.Charge) (*gateway.Transaction, error) {
	if w.charge != nil {
		return w.charge(c)
	}
	return w.Gateway.Charge(ctx, c)
}

func (w *wire) asked() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, calls := range w.statuses {
		n += calls
	}
	return n
}

// wiredShop is a shop that reaches the provider through a wire.
func wiredShop(t *testing.T) (*shop, *wire) {
	t.Helper()
	w := &wire{statuses: map[string]int{}}
	s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { w.Gateway = g; return w }})
	return s, w
}

// later moves the clock to d after the test's start and lets the server's
// timetable do what falls due; it returns how many jobs that were.
func (s *shop) later(t *testing.T, start time.Time, d time.Duration) int {
	t.Helper()
	s.SetNow(start.Add(d))
	s.tick(t, "payments.reconcile")
	return s.runJobs(t, "payment.reconcile")
}

// tick runs an entry of the server's timetable.
func (s *shop) tick(t *testing.T, id string) {
	t.Helper()
	for _, job := range s.Cron().Jobs() {
		if job.Id() == id {
			job.Run()
			return
		}
	}
	t.Fatalf("%s is not on the timetable", id)
}

// attempt returns the order's attempt as it is now.
func (s *shop) attempt(t *testing.T, orderID string) *collections.PaymentAttempt {
	t.Helper()
	a, err := collections.FindAttemptByOrder(s, orderID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (s *shop) wantStatus(t *testing.T, orderID string, want paystate.Status) {
	t.Helper()
	if got := s.attempt(t, orderID).Status(); got != string(want) {
		t.Errorf("attempt is %s, want %s", got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPW47_LostNotificationIsMadeUpForWithinTwoMinutes(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order)) // the provider's notification never comes
	if s.later(t, start, 30*time.Second) != 0 || w.asked() != 0 {
		t.Error("asked before anything was due")
	}
	if n := s.later(t, start, 61*time.Second); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	s.wantPaidOnce(t)
	if a := s.attempt(t, order); !a.GetDateTime("next_check_at").IsZero() {
		t.Errorf("a paid attempt is asked about again at %s", a.GetDateTime("next_check_at"))
	}
	s.later(t, start, 48*time.Hour)
	if w.asked() != 1 {
		t.Errorf("asked %d times, want once", w.asked())
	}
}

func TestPW48_StartAfterAllRepetitionsWereMissed(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.SetNow(time.Now().Add(6 * time.Hour))
	s.restart(t)
	if n := s.runJobs(t, "payment.reconcile"); n != 1 {
		t.Fatalf("%d jobs at the start, want 1", n)
	}
	s.wantPaidOnce(t)
}

// restart serves the application again, as a start of the program does.
func (s *shop) restart(t *testing.T) {
	t.Helper()
	router, err := apis.NewRouter(s)
	must(t, err)
	event := new(core.ServeEvent)
	event.App, event.Router, event.Server = s.App, router, &http.Server{}
	must(t, s.OnServe().Trigger(event, func(*core.ServeEvent) error { return nil }))
}

func TestPW49_AnswersThatProveNothingLeaveTheAttemptOpen(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*gateway.Transaction, error) (*gateway.Transaction, error){
		"404": func(*gateway.Transaction, error) (*gateway.Transaction, error) {
			return nil, &gateway.APIError{Class: gateway.ErrNotFound, StatusCode: "404"}
		},
		"5xx": func(*gateway.Transaction, error) (*gateway.Transaction, error) {
			return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: "503"}
		},
		"429": func(*gateway.Transaction, error) (*gateway.Transaction, error) {
			return nil, &gateway.APIError{Class: gateway.ErrRetryable, StatusCode: "429"}
		},
		"wrong key": func(*gateway.Transaction, error) (*gateway.Transaction, error) {
			return nil, &gateway.APIError{Class: gateway.ErrRejected, StatusCode: "401"}
		},
		"panic": func(*gateway.Transaction, error) (*gateway.Transaction, error) { panic("boom") },
		"stale pending": func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
			if err == nil {
				answer.Notice.Status, answer.Notice.Code, answer.SettledAt = paystate.Pending, "201", time.Time{}
			}
			return answer, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := wiredShop(t)
			start := time.Now()
			order := s.pay(t).OrderID
			must(t, s.provider.Pay(order))
			w.status = spoil
			for _, d := range []time.Duration{61 * time.Second, 4 * time.Minute, 20 * time.Minute, 2 * time.Hour, 30 * time.Hour} {
				if name == "panic" {
					s.SetNow(start.Add(d))
					_ = collections.FindJobHandler(s, "payment.reconcile")(t.Context(), s, nil) // the job fails and is repeated
				} else {
					s.later(t, start, d)
				}
				s.wantStatus(t, order, paystate.Pending)
				s.wantUnpaid(t)
				if next := s.attempt(t, order).GetDateTime("next_check_at").Time(); !next.After(s.Now()) || next.Sub(s.Now()) > 24*time.Hour {
					t.Errorf("after %s: the next check is in %s", d, next.Sub(s.Now()))
				}
			}
			w.status = nil
			s.later(t, start, 55*time.Hour)
			s.wantPaidOnce(t)
		})
	}
}

func TestFailedChecksComeBackSooner(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	s.later(t, start, 11*time.Minute) // the next is due 90 s after the code's end
	w.status = func(*gateway.Transaction, error) (*gateway.Transaction, error) {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: "500"}
	}
	s.later(t, start, 8*time.Hour)
	pause := s.attempt(t, order).GetDateTime("next_check_at").Time().Sub(s.Now())
	if pause < time.Minute || pause > time.Hour {
		t.Errorf("the next check is in %s, want a pause that is short and no storm", pause)
	}
}

func TestLateMoneyIsFoundAfterTheCodeExpired(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{61 * time.Minute, 25 * time.Hour} {
		s, w := wiredShop(t)
		start := time.Now()
		order := s.pay(t).OrderID
		must(t, s.provider.Expire(order))
		s.post(t, s.notify(t, order, "expire", "202")).Want(200)
		if after > 2*time.Hour {
			s.later(t, start, 61*time.Minute)
			s.wantUnpaid(t)
		}
		must(t, s.provider.PayLate(order))
		s.later(t, start, after)
		s.wantPaidOnce(t)
		s.later(t, start, 100*time.Hour)
		if calls := w.asked(); calls > 2 {
			t.Errorf("asked %d times", calls)
		}
	}
}

// closedAttempts makes n attempts that are due, so that many can belong to one
// invoice. The provider knows none of them.
func (s *shop) closedAttempts(t *testing.T, n int) {
	t.Helper()
	past := collections.DateTime(s.Now().Add(-time.Hour))
	for i := range n {
		s.New(t, collections.PaymentAttempts, map[string]any{
			"invoice": s.invoice.Id, "seq": i + 10, "order_id": fmt.Sprintf("JW1-00000001-%02dAAAAAAAAK", i+10), "idem_key": fmt.Sprint("chg-", i),
			"amount": 1_500_000, "status": "expire", "closed_at": past, "next_check_at": past,
		})
	}
}

func TestNothingIsCheckedTwiceByTwoWorkersAtOnce(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	s.SetNow(time.Now())
	s.closedAttempts(t, 60)
	run := collections.FindJobHandler(s, "payment.reconcile")
	parallel(3, func(int) {
		if err := run(t.Context(), s, nil); err != nil {
			t.Error(err)
		}
	})
	if len(w.statuses) != 60 || w.asked() != 60 {
		t.Errorf("%d calls about %d attempts, want 60 about 60", w.asked(), len(w.statuses))
	}
}

func TestOneJobAMinuteHoweverManyNodes(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	s.SetNow(time.Now().Truncate(time.Minute))
	s.tick(t, "payments.reconcile")
	if n := s.count(t, collections.Jobs, dbx.HashExp{"kind": "payment.reconcile"}); n != 0 {
		t.Errorf("%d jobs without anything due", n)
	}
	s.closedAttempts(t, 1)
	for range 3 {
		s.tick(t, "payments.reconcile")
		s.tick(t, "payments.sweep")
	}
	for _, kind := range []string{"payment.reconcile", "payment.sweep"} {
		if n := s.count(t, collections.Jobs, dbx.HashExp{"kind": kind}); n != 1 {
			t.Errorf("%s: %d jobs, want 1", kind, n)
		}
	}
}

// A provider that answers 429 is left alone after a few calls, and asked by a
// single one afterwards.
func TestBusyProviderIsSpared(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	s.SetNow(start)
	s.closedAttempts(t, 60)
	w.status = func(*gateway.Transaction, error) (*gateway.Transaction, error) {
		return nil, &gateway.APIError{Class: gateway.ErrRetryable, StatusCode: "429"}
	}
	s.later(t, start, 0)
	calls := w.asked()
	if calls < 5 || calls > 8 { // five in a row, and those in flight beside them
		t.Errorf("%d calls before the pause", calls)
	}
	s.later(t, start, 70*time.Second)
	if probes := w.asked() - calls; probes != 1 {
		t.Errorf("%d probes, want 1", probes)
	}
	w.status = nil
	for m := range 20 { // the pause ends, the probe succeeds and the rest follows
		s.later(t, start, time.Duration(m+3)*time.Minute)
	}
	if len(w.statuses) != 60 {
		t.Errorf("%d attempts were asked about, want 60", len(w.statuses))
	}
	if n := s.count(t, collections.PaymentAttempts, dbx.NewExp("next_check_at != '' AND next_check_at <= {:now}",
		dbx.Params{"now": collections.DateTime(s.Now()).String()})); n != 0 {
		t.Errorf("%d attempts are still due", n)
	}
}
