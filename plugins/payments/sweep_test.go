package payments_test

import (
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

// night lets the nightly sweep and the minute after it happen.
func (s *shop) night(t *testing.T, start time.Time, d time.Duration) {
	t.Helper()
	s.SetNow(start.Add(d))
	s.tick(t, "payments.sweep")
	if n := s.runJobs(t, "payment.sweep"); n != 1 {
		t.Fatalf("%d sweeps, want 1", n)
	}
	s.runJobs(t, "payment.reconcile")
}

func TestNightlySweepFindsARefundMadeAtTheProvider(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	must(t, s.provider.Refund(order, 400_000)) // in its dashboard; the notification is lost
	s.night(t, start, 20*time.Hour)
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundPartial || i.Status() != collections.Paid {
		t.Errorf("invoice %s, refund %s", i.Status(), i.RefundState())
	}
	if n := s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund", "amount": -400_000}); n != 1 {
		t.Errorf("%d refunds in the ledger, want 1", n)
	}
	s.night(t, start, 44*time.Hour)
	if n := s.count(t, collections.Ledger, nil); n != 2 {
		t.Errorf("%d ledger rows after another night, want 2", n)
	}
}

func TestNightlySweepLooksTwoWeeksBack(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	for _, c := range []struct {
		days  int
		calls int
	}{{13, 2}, {15, 2}} {
		s.night(t, start, time.Duration(c.days)*24*time.Hour)
		if w.asked() != c.calls {
			t.Errorf("after %d days: %d calls, want %d", c.days, w.asked(), c.calls)
		}
	}
}

func TestPW54_NotificationOfLastYearIsRecognised(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	n := s.notify(t, order, "settlement", "200")
	s.post(t, n).Want(200)
	s.night(t, start, 179*24*time.Hour)
	if s.inbox(t).GetString("body_redacted") == "" {
		t.Error("the body was emptied too early")
	}
	s.night(t, start, 365*24*time.Hour)
	row := s.inbox(t)
	if row.GetString("body_redacted") != "" || row.GetString("order_id") != order || row.GetString("outcome") != "processed" {
		t.Errorf("row kept: order %s, outcome %s, body of %d bytes", row.GetString("order_id"), row.GetString("outcome"), len(row.GetString("body_redacted")))
	}
	s.post(t, n).Want(200)
	s.wantPaidOnce(t)
	if again := s.inbox(t); again.Id != row.Id || again.GetInt("deliveries") != 2 || again.GetString("body_redacted") != "" ||
		s.count(t, collections.WebhookInbox, nil) != 1 {
		t.Error("the repetition was taken for something new")
	}
}

// The notice of a refund is lost; the provider gives money back for long.
func TestPW86_RefundsAreHeardOfAsLongAsMoneyCanGoBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		acquirer string
		days     int // after the payment on which somebody looks
		heard    bool
	}{
		"gopay in its window":   {"gopay", 45, true},
		"gopay and two weeks":   {"gopay", 58, true},
		"gopay long after":      {"gopay", 60, false},
		"shopee in its window":  {"airpay shopee", 365, true},
		"shopee and two weeks":  {"airpay shopee", 378, true},
		"shopee long afterward": {"airpay shopee", 380, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway {
				return &statusWire{g, func(t *gateway.Transaction) { t.Acquirer = c.acquirer }}
			}})
			start := time.Now()
			order := s.pay(t).OrderID
			must(t, s.provider.Pay(order))
			s.later(t, start, 61*time.Second)
			must(t, s.provider.Refund(order, 400_000))
			s.night(t, start, time.Duration(c.days)*24*time.Hour)
			if n := s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund"}); (n == 1) != c.heard {
				t.Errorf("%d refunds in the ledger", n)
			}
		})
	}
}

func TestPW86_OldMoneyIsAskedAboutOnceAWeek(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	for _, c := range []struct{ days, calls int }{{20, 2}, {21, 2}, {26, 2}, {27, 3}} {
		s.night(t, start, time.Duration(c.days)*24*time.Hour)
		if w.asked() != c.calls {
			t.Errorf("after %d days: %d calls, want %d", c.days, w.asked(), c.calls)
		}
	}
}
