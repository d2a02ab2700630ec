package payments_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/qris"
)

func TestPayShowsAPayableCode(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.pay(t)
	if err := qris.Check(p.QRString, 1_500_000); err != nil || p.Amount != 1_500_000 {
		t.Errorf("amount %d, code: %v", p.Amount, err)
	}
	if len(p.OrderID) != len("JW1-00000001-01ABCDEFGHK") || !strings.HasPrefix(p.OrderID, "JW1-00000001-01") || !strings.HasSuffix(p.OrderID, "K") {
		t.Errorf("order id = %s", p.OrderID)
	}
	r := s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/qr.svg", s.client.Token, nil).Want(200)
	if r.Header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(string(r.Body), "<svg") {
		t.Errorf("%s: %.60s", r.Header.Get("Content-Type"), r.Body)
	}
	if again := s.pay(t); again != p {
		t.Errorf("a second press gave another code: %+v, %+v", again, p)
	}
}

func TestPW17_SettlementBeforeTheChargeIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.New(t, collections.PaymentAttempts, map[string]any{
		"invoice": s.invoice.Id, "seq": 1, "order_id": "JW1-00000001-01AAAAAAAAK", "idem_key": "chg-x", "amount": 1_500_000, "status": "creating",
	})
	s.post(t, s.notify(t, "JW1-00000001-01AAAAAAAAK", "settlement", "200")).Want(200)
	s.wantPaidOnce(t)
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(409, "status")
}

func TestPW18_ExpiredCodeMakesRoomForANewOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	s.post(t, s.notify(t, first.OrderID, "expire", "202")).Want(200)
	s.wantUnpaid(t)
	s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/qr.svg", s.client.Token, nil).WantError(404)
	if second := s.pay(t); second.OrderID == first.OrderID || second.QRString == first.QRString {
		t.Error("the expired code came again")
	}
}

func TestPW19_MoneyAfterExpiryPays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	s.post(t, s.notify(t, first.OrderID, "expire", "202")).Want(200)
	s.post(t, s.notify(t, first.OrderID, "settlement", "200")).Want(200)
	s.wantPaidOnce(t)
}

func TestPW20_MoneyAfterCancellingIsAnException(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	_, p := s.fresh(t)
	p.SetStatus(collections.Cancelled)
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByClient, ID: s.client.Id})
	if err := s.Save(p); err != nil {
		t.Fatal(err)
	}
	s.post(t, s.notify(t, first.OrderID, "settlement", "200")).Want(200)
	i, p := s.fresh(t)
	if i.Status() != collections.InvoiceCancelled || p.Status() != collections.Cancelled {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "late", "amount": 1_500_000, "state": "open"}) != 1 || s.count(t, collections.Ledger, nil) != 1 {
		t.Error("the money is neither in the ledger nor in the queue")
	}
}

func TestCancellingAProjectClosesItsCharge(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	_, p := s.fresh(t)
	p.SetStatus(collections.Cancelled)
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByClient, ID: s.client.Id})
	if err := s.Save(p); err != nil {
		t.Fatal(err)
	}
	if n := s.runJobs(t, collections.JobCancelCharge); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	a, err := collections.FindAttemptByOrder(s, first.OrderID)
	if err != nil || a.Status() != "cancel" {
		t.Errorf("attempt: %v, %v", a, err)
	}
	if err := s.provider.Pay(first.OrderID); err == nil {
		t.Error("the code can still be paid")
	}
}

func TestPW33_ParallelPressesGetTheSameCodeAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	orders := make([]string, 100)
	parallel(len(orders), func(n int) {
		var out struct{ Payment payment }
		s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).Want(200).JSON(&out)
		orders[n] = out.Payment.OrderID
	})
	for _, o := range orders {
		if o != orders[0] {
			t.Fatalf("orders %s and %s", o, orders[0])
		}
	}
	if n := s.count(t, collections.PaymentAttempts, nil); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

func TestPW34_FirstCodePaidAfterASecondWasIssued(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	s.post(t, s.notify(t, first.OrderID, "expire", "202")).Want(200)
	second := s.pay(t)
	s.post(t, s.notify(t, first.OrderID, "settlement", "200")).Want(200)
	s.wantPaidOnce(t)
	if n := s.runJobs(t, collections.JobCancelCharge); n != 1 {
		t.Fatalf("%d jobs to close the second code, want 1", n)
	}
	if a, err := collections.FindAttemptByOrder(s, second.OrderID); err != nil || a.Status() != "cancel" {
		t.Errorf("second attempt: %v, %v", a, err)
	}
}

func TestPW35_BothCodesPaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	s.post(t, s.notify(t, first.OrderID, "expire", "202")).Want(200)
	second := s.pay(t)
	for _, order := range []string{first.OrderID, second.OrderID} {
		n := s.notify(t, order, "settlement", "200")
		s.post(t, n).Want(200)
		s.post(t, n).Want(200)
	}
	i, _ := s.fresh(t)
	if i.Status() != collections.Paid || s.count(t, collections.Ledger, nil) != 2 ||
		s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "duplicate", "amount": 1_500_000}) != 1 {
		t.Errorf("invoice %s, %d ledger rows", i.Status(), s.count(t, collections.Ledger, nil))
	}
}

func TestPW36_OldCodeWasPaidWhileTheClientAskedForANewOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	if err := s.provider.Pay(first.OrderID); err != nil { // its notification is lost
		t.Fatal(err)
	}
	s.SetNow(time.Now().Add(59 * time.Minute)) // too late to show the first again
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(409, "status")
	s.wantPaidOnce(t)
	if n := s.count(t, collections.PaymentAttempts, nil); n != 1 {
		t.Errorf("%d attempts: a new code was issued for paid work", n)
	}
}

func TestPW40_RefundMadeFromASettlementsSignatureIsChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.pay(t)
	if err := s.provider.Pay(first.OrderID); err != nil {
		t.Fatal(err)
	}
	settled := s.notify(t, first.OrderID, "settlement", "200")
	s.post(t, settled).Want(200)
	s.post(t, settled.with("transaction_status", "refund", "refunds", []any{map[string]any{"refund_key": "r", "refund_amount": "1500000.00"}})).Want(200)
	if n := s.runJobs(t, "payment.verify"); n != 1 {
		t.Fatalf("%d jobs, want the provider to be asked once", n)
	}
	s.wantPaidOnce(t)
	if n := s.count(t, collections.Notifications, dbx.HashExp{"type": "system", "priority": "critical"}); n != 1 {
		t.Errorf("the admin was warned %d times of the forgery", n)
	}
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundNone {
		t.Errorf("refund state = %s", i.RefundState())
	}
}

// chargeWire is the way to the provider, on which tests spoil what comes of a
// charge.
type chargeWire struct {
	gateway.Gateway
	spoil func(answer *gateway.Transaction, err error) (*gateway.Transaction, error)
}

func (w *chargeWire) Charge(ctx context.Context, c gateway.Charge) (*gateway.Transaction, error) {
	return w.spoil(w.Gateway.Charge(ctx, c))
}

func spoiledShop(t *testing.T, spoil func(*gateway.Transaction, error) (*gateway.Transaction, error)) *shop {
	t.Helper()
	return openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { return &chargeWire{g, spoil} }})
}

// The charge exists at the provider but its answer is lost; the next press of
// "pay" repeats it with the same key and finds it.
func TestPW50_LostAnswerToACharge(t *testing.T) {
	t.Parallel()
	lost := true
	s := spoiledShop(t, func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
		if lost {
			lost = false
			return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, Cause: errors.New("connection cut")}
		}
		return answer, err
	})
	r := s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
	if !strings.Contains(string(r.Body), "Uang Anda aman") {
		t.Errorf("message: %s", r.Body)
	}
	p := s.pay(t)
	if n := s.count(t, collections.PaymentAttempts, nil); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
	if charges := s.provider.State().Transactions; len(charges) != 1 {
		t.Errorf("the provider has %d charges for %s, want 1", len(charges), p.OrderID)
	}
}

// A code for another amount is never shown, and its charge is closed.
func TestPW53_WrongCodeIsNotShown(t *testing.T) {
	t.Parallel()
	s := spoiledShop(t, func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
		if err == nil {
			answer.QRString = strings.Replace(answer.QRString, "1500000", "1500001", 1)
		}
		return answer, err
	})
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(502)
	rows, err := s.FindAllRecords(collections.PaymentAttempts)
	if err != nil || len(rows) != 1 || rows[0].GetString("status") != "cancel" || rows[0].GetString("qr_string") != "" {
		t.Errorf("attempts: %v, %v", rows, err)
	}
}
