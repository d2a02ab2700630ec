package payments_test

import (
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

func into(invoice string) map[string]any { return map[string]any{"invoice": invoice} }

func TestPW29_FeeOfTheProviderIsNotedAndPaysNothing(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	rules, err := sandbox.ParseChaos([]byte(`{"fee_amount":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.SetChaos(rules...); err != nil {
		t.Fatal(err)
	}
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.hear(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1510500.00", "metadata", map[string]any{
		"extra_info": map[string]any{"gross_amount_info": map[string]any{"original_amount": "1500000.00"}},
	}).signed(key))
	s.wantUnpaid(t) // the metadata is not signed
	s.runJobs(t, "payment.verify")
	s.wantPaidOnce(t)
	if a, err := collections.FindAttemptByOrder(s, order); err != nil || a.GetInt("fee") != 10_500 {
		t.Errorf("fee %d, %v", a.GetInt("fee"), err)
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000})
}

func TestPW30_ExcessPaysAnotherInvoiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.hear(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1800000.00").signed(key))
	x := s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 300_000})
	s.wantMoney(t, moneySums{Received: 1_800_000, Applied: 1_500_000, Open: 300_000})
	s.refused(t, "refund of the invoice before the excess", 409, func() *plugintest.Response {
		return s.onInvoice(t, s.invoice.Id, "refund", because("amount", 1000))
	})
	small := s.otherInvoice(t, 200_000)
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"paid invoice": {into(s.invoice.Id), 409}, "unknown invoice": {into("tidakada0000000"), 400},
		"no invoice": {map[string]any{}, 400}, "number": {map[string]any{"invoice": 1}, 400},
	} {
		s.refused(t, name, c.status, func() *plugintest.Response { return s.onException(t, x.Id, "apply", c.body) })
	}
	if got := raced(6, func(int) *plugintest.Response { return s.onException(t, x.Id, "apply", into(small.Id)) }); got[200] != 1 || got[409] != 5 {
		t.Errorf("parallel presses: %v", got)
	}
	if i := s.invoiceNow(t, small.Id); i.Status() != collections.Paid {
		t.Errorf("the small invoice is %s", i.Status())
	}
	if p, err := collections.FindProject(s, small.ProjectID()); err != nil || p.Status() != collections.InProgress {
		t.Errorf("its project did not start: %v", err)
	}
	s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 100_000, "state": "open"})
	if s.count(t, collections.Ledger, dbx.HashExp{"kind": "adjust", "amount": 0, "applied": 200_000, "dedupe_key": "apply:" + x.Id}) != 1 {
		t.Error("no adjustment in the ledger")
	}
	s.wantMoney(t, moneySums{Received: 1_800_000, Applied: 1_700_000, Open: 100_000})
}

// Money that is used for another invoice leaves a rest only if there is one.
func TestRestOfMoneyThatPaysAnotherInvoice(t *testing.T) {
	t.Parallel()
	for price, rest := range map[int]int64{1_500_001: 0, 1_500_000: 0, 1_499_999: 1} {
		s := newTill(t)
		x := s.payTwice(t)
		other := s.otherInvoice(t, price)
		var out struct {
			Applied int64
			Rest    *struct{ Amount int64 }
		}
		s.onException(t, x.Id, "apply", into(other.Id)).Want(200).JSON(&out)
		if out.Applied != 1_500_000-rest || (out.Rest != nil) != (rest > 0) || out.Rest != nil && out.Rest.Amount != rest {
			t.Errorf("on %d: %+v", price, out)
		}
		if paid := s.invoiceNow(t, other.Id).Status() == collections.Paid; paid != (price <= 1_500_000) {
			t.Errorf("on %d: paid %t", price, paid)
		}
		if n := s.count(t, collections.MoneyExceptions, dbx.HashExp{"state": "open"}); n != rest {
			t.Errorf("on %d: %d open exceptions", price, n)
		}
		s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 3_000_000 - rest, Open: rest})
	}
}

// What was used for another invoice is given back from there.
func TestRefundOfMoneyThatWasUsedElsewhere(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	other := s.otherInvoice(t, 500_000)
	s.onException(t, x.Id, "apply", into(other.Id)).Want(200)
	s.onInvoice(t, other.Id, "refund", because("amount", 500_000)).WantError(409, "refund") // a rest is open
	rest := s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 1_000_000})
	s.onException(t, rest.Id, "refund", because()).Want(200)
	s.runJobs(t, "payment.refund")
	s.onInvoice(t, other.Id, "refund", because("amount", 500_000)).Want(200)
	s.runJobs(t, "payment.refund")
	if i := s.invoiceNow(t, other.Id); i.RefundState() != collections.RefundFull {
		t.Errorf("the other invoice: %s", i.RefundState())
	}
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundNone {
		t.Errorf("the first invoice: %s", i.RefundState())
	}
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000})
}

// foreign pays an order at the provider that we know nothing of.
func (s *till) foreign(t *testing.T, order string) notice {
	t.Helper()
	c := midtrans.New(midtrans.Config{BaseURL: s.providerURL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
	tx, err := c.Charge(t.Context(), gateway.Charge{OrderID: order, Amount: 700_000, Item: "x", Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	return s.foreignNotice(order, tx.Notice.TxnID, "settlement")
}

// foreignNotice is what the provider says about such an order.
func (s *till) foreignNotice(order, txn, status string) notice {
	return notice{
		"order_id": order, "status_code": "200", "gross_amount": "700000.00", "transaction_status": status,
		"transaction_id": txn, "fraud_status": "accept", "currency": "IDR", "merchant_id": sandbox.DefaultMerchantID,
	}.signed(key)
}

func TestPW37_MoneyOfAnUnknownOrder(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const order = "JW1-00009999-01HILANGAAK"
	s.hear(t, s.foreign(t, order))
	x := s.exception(t, dbx.HashExp{"kind": "orphan", "amount": 700_000})
	if n := s.count(t, collections.Notifications, dbx.HashExp{"user": s.admin.Id, "type": "payment"}); n != 1 {
		t.Errorf("the admin was told %d times", n)
	}
	s.wantMoney(t, moneySums{}) // claimed, not yet confirmed
	other := s.otherInvoice(t, 200_000)
	s.onException(t, x.Id, "apply", into(other.Id)).Want(200)
	s.wantMoney(t, moneySums{Received: 700_000, Applied: 200_000, Open: 500_000})
	rest := s.exception(t, dbx.HashExp{"amount": 500_000, "state": "open"})
	s.onException(t, rest.Id, "refund", because()).Want(200)
	s.runJobs(t, "payment.refund")
	s.wantMoney(t, moneySums{Received: 700_000, Applied: 200_000, Refunded: 500_000})
	if got := s.refundsAt(order); got != "500000.00" {
		t.Errorf("%s went back", got)
	}
	if s.count(t, collections.Ledger, dbx.HashExp{"dedupe_key": "pay:" + x.GetString("provider_txn_id")}) != 1 {
		t.Error("the payment is not booked once")
	}
}

// A notice about an unknown order that brings no money is kept, and nobody is
// asked to look at money that is not there.
func TestUnknownOrderWithoutMoneyRaisesNothing(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	told := s.count(t, collections.Notifications, nil)
	for code, status := range map[string]string{"201": "pending", "202": "expire", "407": "expire", "406": "settlement"} {
		order := "JW1-00009999-01TAKADA" + code
		s.hear(t, notice{
			"order_id": order, "status_code": code, "gross_amount": "700000.00", "transaction_status": status,
			"transaction_id": "x" + code, "fraud_status": "accept", "currency": "IDR", "merchant_id": sandbox.DefaultMerchantID,
		}.signed(key))
		if n := s.count(t, collections.WebhookInbox, dbx.HashExp{"order_id": order, "outcome": "orphan"}); n != 1 {
			t.Errorf("%s %s: kept %d times", code, status, n)
		}
	}
	for _, name := range []string{collections.MoneyExceptions, collections.Ledger, collections.PaymentAttempts, collections.Jobs} {
		if n := s.count(t, name, nil); n != 0 {
			t.Errorf("%d rows in %s", n, name)
		}
	}
	if n := s.count(t, collections.Notifications, nil); n != told {
		t.Errorf("%d people were told", n-told)
	}
}

func TestUnconfirmedOrphanGoesNowhere(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.hear(t, notice{
		"order_id": "JW1-00009999-01PALSUAAAK", "status_code": "200", "gross_amount": "700000.00", "transaction_status": "settlement",
		"transaction_id": "x", "fraud_status": "accept", "currency": "IDR", "merchant_id": sandbox.DefaultMerchantID,
	}.signed(key))
	x := s.exception(t, dbx.HashExp{"kind": "orphan"})
	for action, body := range map[string]any{"apply": into(s.invoice.Id), "refund": because()} {
		s.refused(t, action, 409, func() *plugintest.Response { return s.onException(t, x.Id, action, body) })
	}
	s.onException(t, x.Id, "waive", because()).Want(200)
	s.wantMoney(t, moneySums{})
}

func TestWaivedMoneyStaysInTheBooksAtOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	for name, body := range map[string]any{"no reason": map[string]any{}, "blanks": because("reason", "     "), "list": because("reason", []any{})} {
		s.refused(t, name, 400, func() *plugintest.Response { return s.onException(t, x.Id, "waive", body) })
		s.refused(t, name, 400, func() *plugintest.Response { return s.onException(t, x.Id, "refund", body) })
	}
	got := raced(4, func(i int) *plugintest.Response {
		return s.onException(t, x.Id, []string{"waive", "refund"}[i%2], because())
	})
	if got[200] != 1 || got[409] != 3 {
		t.Errorf("parallel decisions: %v", got)
	}
	if s.count(t, collections.Jobs, dbx.HashExp{"kind": "payment.refund"}) == 0 {
		s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Waived: 1_500_000})
	}
}

func TestRefundMadeInTheProvidersDashboardClosesTheException(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	order := x.GetString("order_id")
	for _, step := range []struct {
		amount int64
		status string
		want   moneySums
	}{
		{500_000, "partial_refund", moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 500_000, Open: 1_000_000}},
		{0, "refund", moneySums{Received: 3_000_000, Applied: 1_500_000, Refunded: 1_500_000}},
	} {
		if err := s.provider.Refund(order, step.amount); err != nil {
			t.Fatal(err)
		}
		s.hear(t, s.notify(t, order, step.status, "200"))
		s.runJobs(t, "payment.verify")
		s.wantMoney(t, step.want)
	}
	if state := s.Reload(t, x).GetString("state"); state != "refunded" {
		t.Errorf("state = %s", state)
	}
}
