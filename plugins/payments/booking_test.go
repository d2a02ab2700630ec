package payments_test

import (
	"fmt"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

func TestPW21_RefusedPaymentClosesTheAttemptOnly(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"deny", "failure"} {
		s := newShop(t)
		first := s.pay(t)
		s.post(t, s.notify(t, first.OrderID, status, "202")).Want(200)
		s.wantUnpaid(t)
		if a, err := collections.FindAttemptByOrder(s, first.OrderID); err != nil || a.Status() != status {
			t.Errorf("%s: attempt %v, %v", status, a, err)
		}
	}
}

func TestPW22_ExpiryAfterSettlementIsIgnored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200")).Want(200)
	s.post(t, s.notify(t, order, "expire", "202")).Want(200)
	s.wantPaidOnce(t)
}

// The signature of a pending notice is genuine; its status was changed.
func TestPW23_SettlementWithAPendingCodeIsChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "201")).Want(200)
	s.wantUnpaid(t)
	if n := s.runJobs(t, "payment.verify"); n != 1 {
		t.Fatalf("%d checks, want 1", n)
	}
	s.wantUnpaid(t) // the provider says pending
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.post(t, s.notify(t, order, "settlement", "201").with("pop_id", "2")).Want(200)
	s.runJobs(t, "payment.verify")
	s.wantPaidOnce(t)
}

func TestPW24_HeldByTheFraudCheckIsNotPaid(t *testing.T) {
	t.Parallel()
	for _, fraud := range []string{"deny", "challenge"} {
		s := newShop(t)
		order := s.pay(t).OrderID
		s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", fraud)).Want(200)
		s.wantUnpaid(t)
		if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "unconfirmed"}) != 1 {
			t.Errorf("%s: no exception", fraud)
		}
	}
}

func TestPW25_MissingFraudStatusIsChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", nil)).Want(200)
	s.wantUnpaid(t)
	s.runJobs(t, "payment.verify")
	s.wantPaidOnce(t)
}

func TestPW26_UnknownStatusChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "foo", "200")).Want(200)
	s.wantUnpaid(t)
	if n := s.runJobs(t, "payment.verify"); n != 1 {
		t.Errorf("%d checks, want 1", n)
	}
	s.wantUnpaid(t)
}

func TestPW27_ForeignMoneyIsNotPaid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]any{"currency": {"currency", "USD"}, "merchant": {"merchant_id", "G999999999"}} {
		s := newShop(t)
		order := s.pay(t).OrderID
		s.post(t, s.notify(t, order, "settlement", "200").with(change...)).Want(200)
		s.wantUnpaid(t)
		if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch"}) != 1 {
			t.Errorf("%s: no exception", name)
		}
	}
}

func TestPW28_TooLittleIsAnException(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1400000.00").signed(key)).Want(200)
	i, p := s.fresh(t)
	if i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch", "amount": 1_400_000}) != 1 ||
		s.count(t, collections.Ledger, dbx.HashExp{"amount": 1_400_000, "applied": 0}) != 1 {
		t.Error("the money is neither in the ledger nor in the queue")
	}
}

func TestPW31_CentsAreAnException(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1500000.50").signed(key)).Want(200)
	s.wantUnpaid(t)
	if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch"}) != 1 {
		t.Error("no exception")
	}
}

// Every write of the transaction fails once, before and after it was made; each
// time the provider is asked to repeat and nothing of the transaction stays.
func TestPW44_CrashAtAnyWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, collection := range []string{
		collections.WebhookInbox, collections.PaymentAttempts, collections.Ledger, collections.Invoices, collections.Projects,
		collections.ProjectEvents, collections.Notifications, collections.Jobs, collections.AuditLogs,
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(collection, " after=", after), func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				n := s.notify(t, s.pay(t).OrderID, "settlement", "200")
				armed := true
				crash := func(e *core.RecordEvent) error {
					if armed && !after {
						panic("before the write")
					}
					err := e.Next()
					if armed && after {
						panic("after the write")
					}
					return err
				}
				s.OnRecordCreateExecute(collection).BindFunc(crash)
				s.OnRecordUpdateExecute(collection).BindFunc(crash)
				before := s.Hash(t)
				s.post(t, n).WantError(503)
				if s.Hash(t) != before {
					t.Fatal("half a transaction stayed")
				}
				armed = false
				s.post(t, n).Want(200)
				s.wantPaidOnce(t)
			})
		}
	}
}
