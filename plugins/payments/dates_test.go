package payments_test

import (
	"context"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans/sandbox"
)

// november is where the clocks of both sides stand at the start.
var november = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

// forgetful is a provider whose answers leave out when it gave money back.
type forgetful struct{ gateway.Gateway }

func (f forgetful) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := f.Gateway.Status(ctx, orderID)
	if err == nil {
		for i := range t.Notice.Refunds {
			t.Notice.Refunds[i].At = time.Time{}
		}
	}
	return t, err
}

// datedTill is a till whose two clocks the test moves.
func datedTill(t *testing.T, wire func(gateway.Gateway) gateway.Gateway) *till {
	t.Helper()
	s := openShop(t, terms{keys: key, wire: wire, provider: sandbox.Config{ManualClock: true, Now: func() time.Time { return november }}})
	s.SetNow(november)
	return &till{s, s.NewUser(t, collections.RoleAdmin)}
}

// pass moves both clocks.
func (s *till) pass(t *testing.T, to time.Time) {
	t.Helper()
	if err := s.provider.Advance(to.Sub(s.Now())); err != nil {
		t.Fatal(err)
	}
	s.SetNow(to)
}

func (s *till) booked(t *testing.T, where dbx.HashExp) *core.Record {
	t.Helper()
	rows, err := s.FindAllRecords(collections.Ledger, where)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows of the ledger, %v", len(rows), err)
	}
	return rows[0]
}

func TestPW81_RefundIsBookedOnItsOwnDay(t *testing.T) {
	t.Parallel()
	given, heard := time.Date(2027, 1, 2, 3, 0, 0, 0, time.UTC), time.Date(2027, 1, 5, 3, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		wire func(gateway.Gateway) gateway.Gateway
		want time.Time
	}{
		"as the provider says":        {nil, given},
		"a provider that says no day": {func(g gateway.Gateway) gateway.Gateway { return forgetful{g} }, heard},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := datedTill(t, c.wire)
			order := s.pay(t).OrderID
			s.settle(t, order)
			s.pass(t, given)
			must(t, s.provider.Refund(order, 400_000))
			s.pass(t, heard)
			s.hear(t, s.notify(t, order, "partial_refund", "200"))
			s.runJobs(t, "payment.verify")
			if at := s.booked(t, dbx.HashExp{"kind": "refund"}).GetDateTime("at").Time(); !at.Equal(c.want) {
				t.Errorf("booked at %s, want %s", at, c.want)
			}
			if at := s.booked(t, dbx.HashExp{"kind": "payment"}).GetDateTime("at").Time(); !at.Equal(november) {
				t.Errorf("the payment is booked at %s", at)
			}
		})
	}
}

// Clocks differ by hours; a day that has not come is nobody's.
func TestPW82_SettlementOfADayToComeIsNotBelieved(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]time.Time{
		"2026-11-23 12:00:00": november.Add(24 * time.Hour), // WIB; just a day ahead
		"2026-11-23 12:00:01": november,
		"2062-11-22 12:00:00": november,
	} {
		s := datedTill(t, nil)
		s.hear(t, s.notify(t, s.pay(t).OrderID, "settlement", "200").with("settlement_time", says))
		s.wantPaidOnce(t)
		i, _ := s.fresh(t)
		if at := s.booked(t, dbx.HashExp{"kind": "payment"}).GetDateTime("at").Time(); !at.Equal(want) || !i.PaidAt().Time().Equal(want) {
			t.Errorf("settled %s: booked at %s, paid at %s, want %s", says, at, i.PaidAt(), want)
		}
	}
}
