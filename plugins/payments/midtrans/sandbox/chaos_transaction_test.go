package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// list is the orders and their statuses, oldest first.
func (s *shop) list() string {
	var all []string
	for _, tx := range s.State().Transactions {
		all = append(all, tx.OrderID+" "+tx.TransactionStatus)
	}
	return strings.Join(all, ", ")
}

// billed is the charge of an order for an invoice.
func billed(order, invoice string) string {
	return strings.Replace(another(order), "{", `{"custom_field1":"`+invoice+`",`, 1)
}

func TestLateSettlement(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"late_settlement","delay":120,"count":1},{"option":"late_settlement","match":{"order_id":"second"}}]`)
	s.charged(another("first"))
	s.charged(another("second"))
	s.charged(another("third"))
	must(t, s.Expire("second")) // by hand, with the first rule: it comes first
	s.advance(2*time.Minute - 1)
	if got := s.list(); got != "first pending, second expire, third pending" {
		t.Error(got)
	}
	s.advance(1)
	if got := s.list(); got != "first pending, second settlement, third pending" {
		t.Error(got)
	}
	s.advance(time.Hour)
	if got := s.list(); got != "first expire, second settlement, third expire" {
		t.Error(got)
	}
	if got := s.webhook.statuses(); got != "pending pending pending expire settlement expire expire" {
		t.Error(got)
	}
	expect(t, s.webhook.all()[4], object{"order_id": "second", "settlement_time": "2026-11-22 12:02:00", "status_code": "200"})
}

func TestLateSettlementLeavesThePaidAlone(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	s := open(t, standing(1), func(c *Config) { c.Logger = slogTo(&log) })
	s.trouble(`{"late_settlement":1}`, 200)
	s.charged(another("first"))
	s.charged(another("second"))
	s.advance(15 * time.Minute)
	must(t, s.PayLate("first"))
	s.advance(lateAfter)
	if got := s.Totals(); got != (Totals{Settled: 2 * goldenGross, Count: 2}) {
		t.Errorf("%+v", got)
	}
	if got := strings.Count(s.webhook.statuses(), "settlement"); got != 2 {
		t.Errorf("%d settlements", got)
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
}

func TestPayTwiceTwoOrders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(s *shop)
		want    string
	}{
		"both pending": {func(s *shop) {}, "a settlement, b settlement, foreign pending, none pending"},
		"one expired":  {func(s *shop) { must(s.t, s.Expire("b")) }, "a settlement, b settlement, foreign pending, none pending"},
		"one denied":   {func(s *shop) { must(s.t, s.Deny("b")) }, "a settlement, b deny, foreign pending, none pending"},
		"one paid": {func(s *shop) {
			s.trouble("{}", 200)
			must(s.t, s.Pay("b"))
			s.trouble(`{"pay_twice_two_orders":1}`, 200)
		}, "a settlement, b settlement, foreign pending, none pending"},
		"newest first": {func(s *shop) { s.charged(billed("c", "42")) }, "a settlement, b pending, foreign pending, none pending, c settlement"},
	} {
		s := troubled(t, `{"pay_twice_two_orders":1}`)
		s.charged(billed("a", "42"))
		s.charged(billed("b", "42"))
		s.charged(billed("foreign", "43"))
		s.charged(another("none"))
		c.prepare(s)
		must(t, s.Pay("a"))
		s.advance(0)
		if got := s.list(); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if got, want := strings.Count(s.webhook.statuses(), "settlement"), s.Totals().Count; got != want {
			t.Errorf("%s: %d settlements notified, %d made", name, got, want)
		}
	}
	s := troubled(t, `{"pay_twice_two_orders":1}`)
	s.charged(another("a"))
	s.charged(another("b"))
	must(t, s.Pay("a")) // orders of no invoice have nothing in common
	if got := s.list(); got != "a settlement, b pending" {
		t.Error(got)
	}
}

func TestExpireNever(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"expire_never","match":{"order_id":"never"}}]`)
	s.charged(another("never"))
	s.advance(time.Minute)
	s.charged(another("due"))
	s.advance(day)
	if got := s.list(); got != "never pending, due expire" {
		t.Error(got)
	}
	if s.fired() != 1 {
		t.Errorf("fired %d times", s.fired())
	}
	s.trouble("[]", 200)
	s.advance(0)
	if got := s.list(); got != "never expire, due expire" {
		t.Errorf("with chaos off: %s", got)
	}
	if got := s.webhook.statuses(); got != "pending pending expire expire" {
		t.Error(got)
	}
}

func TestPaidTransactionsCanBePaidWhileTheyNeverExpire(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"expire_never":1}`)
	s.charged(charge)
	s.advance(day)
	must(t, s.Pay(goldenOrder))
	s.trouble("{}", 200)
	s.advance(day)
	if got := s.webhook.statuses(); got != "pending settlement" {
		t.Error(got)
	}
}

func TestOneURLOrTwoThePaymentSpreadsOnce(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"pay_twice_two_orders":1}`)
	for i, order := range []string{"a", "b"} {
		s.charged(billed(order, "42"), "X-Append-Notification", s.webhook.URL+fmt.Sprint("/", i))
	}
	must(t, s.Pay("a"))
	s.advance(0)
	if got := strings.Count(s.webhook.statuses(), "settlement"); got != 4 || s.fired() != 1 {
		t.Errorf("%d settlements, fired %d times", got, s.fired())
	}
}
