package payments_test

import (
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// Money that came and went back pays nothing: what is owed is the amount less
// what was applied and kept.
func TestPW71_ReturnedMoneyIsOwedAgain(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(500_000, "BCA 0001")).Want(200)
	older := s.pay(t)
	if older.Amount != 1_000_000 {
		t.Fatalf("the code asks for %d", older.Amount)
	}
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000, "reference", "BCA 0002")).Want(200)
	var watch struct {
		Missing int64
		Payment *payment
	}
	s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/payment", s.client.Token, nil).Want(200).JSON(&watch)
	if watch.Missing != 1_500_000 || watch.Payment != nil {
		t.Errorf("after the return: %+v", watch)
	}
	if n := s.count(t, collections.Jobs, dbx.HashExp{"kind": collections.JobCancelCharge}); n != 1 {
		t.Errorf("%d jobs close the code that asks for too little", n)
	}
	s.settle(t, older.OrderID) // paid before it was closed
	if i, p := s.fresh(t); i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment {
		t.Errorf("with 1,000,000 of 1,500,000: invoice %s, project %s", i.Status(), p.Status())
	}
	rest := s.pay(t)
	if rest.Amount != 500_000 {
		t.Errorf("the next code asks for %d", rest.Amount)
	}
	s.settle(t, rest.OrderID)
	if i, p := s.fresh(t); i.Status() != collections.Paid || p.Status() != collections.InProgress || i.RefundState() != collections.RefundNone {
		t.Errorf("invoice %s, refund %s, project %s", i.Status(), i.RefundState(), p.Status())
	}
	s.wantMoney(t, moneySums{Received: 2_000_000, Applied: 1_500_000, Refunded: 500_000})
}

// Also what the provider gave back of money that came for no order of ours, and
// that somebody used for an invoice.
func TestPW71_ReturnedMoneyOfAnUnknownOrderIsOwedAgain(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const order = "JW1-00009999-01HILANGAAK"
	s.hear(t, s.foreign(t, order))
	x := s.exception(t, dbx.HashExp{"kind": "orphan"})
	s.onException(t, x.Id, "apply", into(s.invoice.Id)).Want(200) // 700,000 of 1,500,000
	if err := s.provider.Refund(order, 0); err != nil {
		t.Fatal(err)
	}
	tx := s.foreignNotice(order, x.GetString("provider_txn_id"), "refund")
	s.hear(t, tx)
	s.runJobs(t, "payment.verify")
	if code := s.pay(t); code.Amount != 1_500_000 {
		t.Errorf("the code asks for %d", code.Amount)
	}
	s.wantMoney(t, moneySums{Received: 700_000, Refunded: 700_000})
}
