package payments_test

import (
	"errors"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

func TestChargeThatNeverHappenedFailsOnlyAfterTheWindow(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.lostCharge(t, w)
	for _, d := range []time.Duration{61 * time.Second, 4 * time.Minute} {
		s.later(t, start, d)
		s.wantStatus(t, order, paystate.Unknown)
	}
	s.later(t, start, 11*time.Minute)
	s.wantStatus(t, order, paystate.Failure)
	s.wantUnpaid(t)
	s.pay(t) // there is room for a new code
}

// lostCharge makes an attempt whose charge got no answer and, for now, did not
// reach the provider either.
func (s *shop) lostCharge(t *testing.T, w *wire) (orderID string) {
	t.Helper()
	w.charge = func(c gateway.Charge) (*gateway.Transaction, error) {
		orderID = c.OrderID
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, Cause: errors.New("connection cut")}
	}
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
	w.charge = nil
	return orderID
}

// land lets the lost charge arrive at the provider at last.
func (s *shop) land(t *testing.T, w *wire, orderID string) {
	t.Helper()
	_, err := w.Gateway.Charge(t.Context(), gateway.Charge{
		OrderID: orderID, Amount: 1_500_000, Item: "x", InvoiceID: s.invoice.Id, Lifetime: time.Hour, IdempotencyKey: "late",
	})
	must(t, err)
}

// The client pressed "pay" again, the first charge was unknown to the provider
// and given up, and then it landed.
func TestGhostChargeIsCancelledAtTheProvider(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	ghost := s.lostCharge(t, w)
	s.SetNow(start.Add(6 * time.Minute))
	shown := s.pay(t)
	s.wantStatus(t, ghost, paystate.Failure)
	s.land(t, w, ghost)
	s.later(t, start, 12*time.Minute)
	if err := s.provider.Pay(ghost); err == nil {
		t.Error("the ghost can be paid")
	}
	s.wantStatus(t, ghost, paystate.Failure)
	if again := s.pay(t); again.OrderID != shown.OrderID {
		t.Error("the code that the client sees was replaced")
	}
	must(t, s.provider.Pay(shown.OrderID))
	s.later(t, start, 20*time.Minute)
	s.wantPaidOnce(t)
}

// A provider that answers questions and cannot cancel is in trouble, too.
func TestCancelsThatGetNoAnswerCountAsTrouble(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	ghost := s.lostCharge(t, w)
	s.SetNow(start.Add(6 * time.Minute))
	shown := s.pay(t)
	s.land(t, w, ghost)
	w.down = true
	w.status = func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
		if err == nil && answer.OrderID == shown.OrderID { // a good answer would end the row of failures
			return nil, &gateway.APIError{Class: gateway.ErrAmbiguous}
		}
		return answer, err
	}
	s.later(t, start, 12*time.Minute)
	var health struct{ Breaker struct{ Failures int } }
	s.Do(t, "GET", "/api/admin/payments/health", s.NewUser(t, collections.RoleAdmin).Token, nil).Want(200).JSON(&health)
	if w.cancels == 0 || health.Breaker.Failures == 0 {
		t.Errorf("%d cancels without an answer, %d failures counted", w.cancels, health.Breaker.Failures)
	}
	w.down, w.status = false, nil
	s.later(t, start, 3*time.Hour)
	if err := s.provider.Pay(ghost); err == nil {
		t.Error("the ghost can be paid")
	}
}

func TestGhostChargeThatWasPaidCounts(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	ghost := s.lostCharge(t, w)
	s.SetNow(start.Add(6 * time.Minute))
	shown := s.pay(t)
	s.land(t, w, ghost)
	must(t, s.provider.Pay(ghost))
	s.later(t, start, 12*time.Minute)
	s.wantPaidOnce(t)
	s.runJobs(t, collections.JobCancelCharge)
	s.wantStatus(t, shown.OrderID, paystate.Cancel)
}

// The charge exists, its answer was lost and the client never came back: its
// code was never shown, so it is closed once it cannot be repeated any more.
func TestLostAnswerWithoutAnotherPressIsClosed(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.lostCharge(t, w)
	s.land(t, w, order)
	s.later(t, start, 61*time.Second)
	s.wantStatus(t, order, paystate.Unknown) // a press would still get the code
	s.later(t, start, 11*time.Minute)
	s.wantStatus(t, order, paystate.Cancel)
	if err := s.provider.Pay(order); err == nil {
		t.Error("the code can still be paid")
	}
}

func TestForeignChargeUnderOurOrderIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.lostCharge(t, w)
	_, err := w.Gateway.Charge(t.Context(), gateway.Charge{
		OrderID: order, Amount: 1_500_000, Item: "x", InvoiceID: "somebodyelse01", Lifetime: time.Hour, IdempotencyKey: "foreign",
	})
	must(t, err)
	s.later(t, start, 11*time.Minute)
	s.wantStatus(t, order, paystate.Failure)
	s.later(t, start, 2*time.Hour)
	if w.cancels != 0 {
		t.Error("somebody else's charge was cancelled")
	}
	must(t, s.provider.Pay(order))
}
