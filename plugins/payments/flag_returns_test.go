package payments_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// told is what an admin was told with high priority about the project.
func (s *till) told(t *testing.T) []string {
	t.Helper()
	rows, err := s.FindAllRecords(collections.Notifications, dbx.HashExp{"user": s.admin.Id, "type": collections.NoticePayment, "priority": "high"},
		dbx.Like("payload", s.project.Id))
	if err != nil {
		t.Fatal(err)
	}
	words := []string{}
	for _, r := range rows {
		words = append(words, r.GetString("message"))
	}
	return words
}

func TestPW106_MoneyThatWentBackAfterTheStartIsFlagged(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.settle(t, order)
	refunded := func() {
		s.hear(t, s.notify(t, order, "partial_refund", "200").with("pop_id", s.count(t, collections.WebhookInbox, nil)))
		s.runJobs(t, "payment.verify")
	}
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 100_000)).Want(200)
	s.runJobs(t, "payment.refund")
	refunded()
	if told := s.told(t); len(told) != 0 {
		t.Errorf("told of a refund that was decided here: %v", told)
	}
	must(t, s.provider.Refund(order, 300_000))
	refunded()
	refunded()
	if told := s.told(t); len(told) != 1 || !strings.Contains(told[0], "Rp300.000") || !strings.Contains(told[0], s.invoice.Number()) {
		t.Errorf("told %v", told)
	}
}

// Before the start it is simply owed again, and of a duplicate nobody need know.
func TestPW106_OtherReturnsAreNotFlagged(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	x := s.payTwice(t)
	must(t, s.provider.Refund(x.GetString("order_id"), 0))
	s.hear(t, s.notify(t, x.GetString("order_id"), "refund", "200"))
	s.runJobs(t, "payment.verify")
	if told := s.told(t); len(told) != 0 {
		t.Errorf("told of a duplicate: %v", told)
	}

	s = newTill(t)
	s.record(t, transfer(500_000, "BCA 0001")).Want(200)
	code := s.pay(t)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000, "reference", "BCA 0002")).Want(200)
	s.settle(t, code.OrderID) // 1,000,000 of 1,500,000: the project waits
	must(t, s.provider.Refund(code.OrderID, 0))
	s.hear(t, s.notify(t, code.OrderID, "refund", "200"))
	s.runJobs(t, "payment.verify")
	if told := s.told(t); len(told) != 0 {
		t.Errorf("told of a project that waits: %v", told)
	}
}

// Payments health counts what is late and what failed.
func TestPW107_LateAndFailedRefundsAreCounted(t *testing.T) {
	t.Parallel()
	s := datedTill(t, nil)
	order := s.pay(t).OrderID
	s.settle(t, order)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 100_000)).Want(200)
	want := func(way, late, failed int) {
		t.Helper()
		var health struct {
			Refunds struct {
				OnTheWay int `json:"on_the_way"`
				Late     int
				Failed   int
			}
		}
		s.Do(t, "GET", "/api/admin/payments/health", s.admin.Token, nil).Want(200).JSON(&health)
		if r := health.Refunds; r.OnTheWay != way || r.Late != late || r.Failed != failed {
			t.Errorf("%+v, want %d on the way, %d late, %d failed", r, way, late, failed)
		}
	}
	want(1, 0, 0)
	s.pass(t, november.AddDate(0, 0, 1))
	want(1, 0, 0)
	s.pass(t, november.AddDate(0, 0, 1).Add(1e9))
	want(1, 1, 0)
	must(t, s.provider.Refund(order, 100_000)) // elsewhere: the wish is decided anew
	s.runJobs(t, "payment.refund")
	want(0, 0, 1)
	x := s.exception(t, dbx.HashExp{"kind": "refund"})
	s.onException(t, x.Id, "waive", because()).Want(200)
	want(0, 0, 0)
}
