package payments_test

import (
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// The provider's dashboard gave an invoice's money back and its notice got lost.
// Whoever records a transfer back, or asks for a refund, learns of it first.
func TestPW72_NoMoneyOfAnInvoiceGoesBackTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		gone, amount int64
		body         map[string]any
		then         int // the answer to the same wish after a look at the books
	}{
		{"all, by transfer", 0, 1_500_000, because("reference", "BCA 0042"), 409},
		{"all, by the provider", 0, 1_500_000, because(), 409},
		{"a part, by transfer", 500_000, 500_000, because("reference", "BCA 0042"), 200},
		{"a part, by the provider", 500_000, 500_000, because(), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTill(t)
			order := s.pay(t).OrderID
			s.settle(t, order)
			if err := s.provider.Refund(order, c.gone); err != nil {
				t.Fatal(err)
			}
			c.body["amount"] = c.amount
			s.onInvoice(t, s.invoice.Id, "refund", c.body).WantError(409, "state")
			gone := c.amount
			s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000 - gone, Refunded: gone})
			if r := s.onInvoice(t, s.invoice.Id, "refund", c.body); r.Status != c.then {
				t.Errorf("decided anew: %d, want %d: %s", r.Status, c.then, r.Body)
			}
		})
	}
}

// Between the decision and its job the same part went back elsewhere.
func TestPW72_ARefundThatHappenedElsewhereIsDecidedAnew(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.settle(t, order)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000)).Want(200)
	if err := s.provider.Refund(order, 500_000); err != nil {
		t.Fatal(err)
	}
	s.runJobs(t, "payment.refund")
	s.exception(t, dbx.HashExp{"kind": "refund", "state": "open"})
	if got := s.refundsAt(order); got != "500000.00" {
		t.Errorf("%s went back", got)
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_000_000, Refunded: 500_000})
}

// Money of an unknown order that was used for an invoice goes back by the way on
// which it came.
func TestRefundOfAnUnknownOrdersMoney(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const order = "JW1-00009999-01HILANGAAK"
	s.hear(t, s.foreign(t, order))
	x := s.exception(t, dbx.HashExp{"kind": "orphan"})
	s.onException(t, x.Id, "apply", into(s.invoice.Id)).Want(200)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 700_000)).Want(200)
	s.runJobs(t, "payment.refund")
	if got := s.refundsAt(order); got != "700000.00" {
		t.Errorf("%s went back", got)
	}
	s.wantMoney(t, moneySums{Received: 700_000, Refunded: 700_000})
}

// The payer's bank claims a payment back: nobody disposes of its money, whether
// or not we heard of it before.
func TestPW73_DisputedMoneyStays(t *testing.T) {
	t.Parallel()
	for _, heard := range []bool{true, false} {
		s := newTill(t)
		x := s.payTwice(t)
		other := s.otherInvoice(t, 1_500_000)
		order := x.GetString("order_id")
		if err := s.provider.Chargeback(order); err != nil {
			t.Fatal(err)
		}
		if heard {
			s.hear(t, s.notify(t, order, "chargeback", "200"))
			s.runJobs(t, "payment.verify")
		}
		s.onException(t, x.Id, "apply", into(other.Id)).WantError(409, "state")
		s.onException(t, x.Id, "refund", because()).WantError(409, "state")
		s.onException(t, x.Id, "refund", because("reference", "BCA 0042")).WantError(409, "state")
		s.onException(t, x.Id, "waive", because()).WantError(409, "state")
		d := s.exception(t, dbx.HashExp{"kind": "chargeback", "state": "open"})
		s.onException(t, d.Id, "waive", because()).WantError(409, "state")
		if i := s.invoiceNow(t, other.Id); i.Status() != collections.Unpaid {
			t.Errorf("the other invoice is %s", i.Status())
		}
		s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000})
	}
}

// Also money that pays an invoice, and a refund that was decided before.
func TestPW73_DisputedMoneyOfAnInvoiceStays(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.settle(t, order)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000)).Want(200)
	if err := s.provider.Chargeback(order); err != nil {
		t.Fatal(err)
	}
	s.runJobs(t, "payment.refund")
	wish := s.exception(t, dbx.HashExp{"kind": "refund", "state": "open"})
	s.refused(t, "the wish again", 409, func() *plugintest.Response { return s.onException(t, wish.Id, "refund", because()) })
	s.refused(t, "by transfer", 409, func() *plugintest.Response {
		return s.onException(t, wish.Id, "refund", because("reference", "BCA 0042"))
	})
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000})
}

func TestPW74_HowADisputeEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome string
		sums    moneySums
		refund  string
	}{
		{"lost", moneySums{Received: 1_500_000, Lost: 1_500_000}, collections.RefundFull},
		{"won", moneySums{Received: 1_500_000, Applied: 1_500_000}, collections.RefundNone},
	} {
		s := newTill(t)
		order := s.pay(t).OrderID
		s.settle(t, order)
		if err := s.provider.Chargeback(order); err != nil {
			t.Fatal(err)
		}
		s.hear(t, s.notify(t, order, "chargeback", "200"))
		s.runJobs(t, "payment.verify")
		x := s.exception(t, dbx.HashExp{"kind": "chargeback"})
		end := func(outcome string) *plugintest.Response {
			return s.onException(t, x.Id, "dispute", because("outcome", outcome))
		}
		s.refused(t, "neither", 400, func() *plugintest.Response { return end("draw") })
		end(c.outcome).Want(200)
		s.wantMoney(t, c.sums)
		if i, _ := s.fresh(t); i.Status() != collections.Paid || i.RefundState() != c.refund {
			t.Errorf("%s: invoice %s, refund %s", c.outcome, i.Status(), i.RefundState())
		}
		s.refused(t, "again", 409, func() *plugintest.Response { return end(c.outcome) })
		s.hear(t, s.notify(t, order, "chargeback", "200")) // once more
		s.runJobs(t, "payment.verify")
		s.wantMoney(t, c.sums)
		want := 409 // there is nothing left to give back
		if c.outcome == "won" {
			want = 200
		}
		if r := s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000, "reference", "BCA 0042")); r.Status != want {
			t.Errorf("%s: a refund afterwards: %d %s", c.outcome, r.Status, r.Body)
		}
	}
}

// Money that was in dispute when we first heard of it has paid for nothing yet:
// won, somebody decides what it is for; lost, it is only gone.
func TestPW74_MoneyThatCameInDispute(t *testing.T) {
	t.Parallel()
	for outcome, sums := range map[string]moneySums{
		"won":  {Received: 1_500_000, Open: 1_500_000},
		"lost": {Received: 1_500_000, Lost: 1_500_000},
	} {
		s := newTill(t)
		order := s.pay(t).OrderID
		if err := s.provider.Pay(order); err != nil {
			t.Fatal(err)
		}
		if err := s.provider.Chargeback(order); err != nil {
			t.Fatal(err)
		}
		s.hear(t, s.notify(t, order, "chargeback", "200"))
		s.runJobs(t, "payment.verify")
		s.wantMoney(t, moneySums{Received: 1_500_000, Open: 1_500_000})
		x := s.exception(t, dbx.HashExp{"kind": "chargeback"})
		s.onException(t, x.Id, "dispute", because("outcome", outcome)).Want(200)
		s.wantMoney(t, sums)
		if outcome == "won" {
			x := s.exception(t, dbx.HashExp{"kind": "late"})
			s.onException(t, x.Id, "apply", into(s.invoice.Id)).Want(200)
			if i, p := s.fresh(t); i.Status() != collections.Paid || p.Status() != collections.InProgress {
				t.Errorf("invoice %s, project %s", i.Status(), p.Status())
			}
		}
	}
}

// Two invoices start the work. The money of the first is disputed, or has gone
// back, before the second is paid: the project starts, and the admins know.
func TestPW75_AProjectThatStartsWithDoubtfulMoneyIsFlagged(t *testing.T) {
	t.Parallel()
	for name, doubt := range map[string]func(s *till, order string) error{
		"sound":      nil,
		"disputed":   func(s *till, order string) error { return s.provider.Chargeback(order) },
		"given back": func(s *till, order string) error { return s.provider.Refund(order, 1_000_000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTill(t)
			s.project = s.NewProject(t, s.client, s.NewTier(t, "besar", 12_000_000, 100))
			invoices, err := collections.FindInvoices(s, s.project.Id)
			if err != nil || len(invoices) != 2 {
				t.Fatalf("%d invoices, %v", len(invoices), err)
			}
			s.invoice = invoices[0]
			first := s.pay(t).OrderID
			s.settle(t, first)
			flagged := dbx.HashExp{"user": s.admin.Id, "title": "Proyek mulai dengan uang yang diragukan"}
			if doubt != nil {
				if err := doubt(s, first); err != nil {
					t.Fatal(err)
				}
				s.hear(t, s.notify(t, first, "chargeback", "200")) // any word that makes us ask
				s.runJobs(t, "payment.verify")
			}
			s.invoice = invoices[1]
			s.settle(t, s.pay(t).OrderID)
			if _, p := s.fresh(t); p.Status() != collections.InProgress {
				t.Errorf("project %s", p.Status())
			}
			want := int64(1)
			if doubt == nil {
				want = 0
			}
			if n := s.count(t, collections.Notifications, flagged); n != want {
				t.Errorf("the admins were told %d times, want %d", n, want)
			}
		})
	}
}
