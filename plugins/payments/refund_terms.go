package payments

import (
	"fmt"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

// How long after the payment the acquirers give money back, by whose wallet paid.
const (
	day          = 24 * time.Hour
	windowOnUs   = 45 * day // GoPay's own wallet
	windowOffUs  = 7 * day  // somebody else's wallet through GoPay
	windowShopee = 365 * day
)

// ShopeePay refunds nothing at night, in WIB.
const (
	nightBegins = 23*time.Hour + 55*time.Minute
	nightEnds   = 6 * time.Hour
)

// terms are an acquirer's conditions for a refund.
type terms struct {
	acquirer string
	window   time.Duration
	paidAt   time.Time // zero when unknown
}

// newTerms takes the shortest window for what it does not know: a refund that
// is refused too late is worse than one that is made by transfer.
func newTerms(acquirer, transactionType string, paidAt time.Time) terms {
	t := terms{acquirer: acquirer, window: windowOffUs, paidAt: paidAt}
	switch {
	case t.shopee():
		t.window = windowShopee
	case transactionType == "on-us":
		t.window = windowOnUs
	}
	return t
}

func attemptTerms(a *collections.PaymentAttempt) terms {
	return newTerms(a.GetString("acquirer"), a.GetString("transaction_type"), a.GetDateTime("settled_at").Time())
}

func (t terms) shopee() bool { return strings.Contains(t.acquirer, "shopee") }

// until is the end of the window; zero when the time of payment is not known.
func (t terms) until() time.Time {
	if t.paidAt.IsZero() {
		return time.Time{}
	}
	return t.paidAt.Add(t.window)
}

func (t terms) over(now time.Time) bool { return !t.paidAt.IsZero() && now.After(t.until()) }

// asleep reports whether the acquirer refuses refunds at this hour, and until when.
func (t terms) asleep(now time.Time) (until time.Time, asleep bool) {
	midnight := wib.Date(now)
	clock := now.Sub(midnight)
	if !t.shopee() || clock >= nightEnds && clock < nightBegins {
		return time.Time{}, false
	}
	if clock >= nightBegins {
		midnight = wib.AddDays(midnight, 1)
	}
	return midnight.Add(nightEnds), true
}

// check refuses what the acquirer would refuse. amount is to go back out of
// whole, the payment; both in rupiah.
func (t terms) check(now time.Time, amount, whole int64) error {
	switch morning, asleep := t.asleep(now); {
	case t.over(now):
		days, end := int(t.window/day), t.until().In(wib.Zone).Format("2006-01-02 15:04")
		return collections.Refuse("refund_window_over", "refund", collections.Text{
			ID: fmt.Sprintf("QRIS hanya bisa dikembalikan %d hari setelah dibayar; batasnya %s WIB. Kembalikan lewat transfer bank, lalu catat referensinya di sini.", days, end),
			EN: fmt.Sprintf("QRIS money goes back within %d days of its payment; that ended at %s WIB. Return it by bank transfer and record the reference here.", days, end),
		})
	case asleep:
		at := morning.In(wib.Zone).Format("15:04")
		return collections.Refuse("refund_night", "refund", collections.Text{
			ID: "ShopeePay tidak menerima pengembalian pukul 23:55–06:00 WIB. Coba lagi setelah pukul " + at + " WIB.",
			EN: "ShopeePay takes no refunds from 23:55 to 06:00 WIB. Try again after " + at + " WIB.",
		})
	case t.shopee() && amount != whole:
		return collections.Refuse("refund_whole_only", "refund", collections.Text{
			ID: "ShopeePay hanya mengembalikan seluruh pembayaran. Kembalikan sebagian lewat transfer bank, lalu catat referensinya.",
			EN: "ShopeePay gives whole payments back only. Return a part by bank transfer and record the reference.",
		})
	}
	return nil
}

// refundTerms is whether the provider would give the money back now.
type refundTerms struct {
	Possible    bool   `json:"possible" doc:"The provider would give it back now"`
	Until       string `json:"until" doc:"UTC; end of the refund window, empty when it is not known"`
	SecondsLeft int64  `json:"seconds_left" doc:"Until then; 0 when it is over or not known"`
	Obstacle    string `json:"obstacle" enum:",decided,claim,transfer,window_over,night,whole_only" doc:"Why not, empty when possible"`
}

// termsOf says for the list what a press of "refund" would find.
func termsOf(x *exception, attempt *collections.PaymentAttempt, now time.Time) refundTerms {
	out := refundTerms{}
	var t terms
	if attempt != nil {
		t = attemptTerms(attempt)
		if until := t.until(); !until.IsZero() {
			out.Until = collections.DateTime(until).String()
			out.SecondsLeft = max(int64(until.Sub(now).Seconds()), 0)
		}
	}
	_, asleep := t.asleep(now)
	switch {
	case x.state() != collections.ExceptionOpen:
		out.Obstacle = "decided"
	case x.isClaim() && x.kind() != kindRefund:
		out.Obstacle = "claim"
	case x.byTransfer():
		out.Obstacle = "transfer"
	case t.over(now):
		out.Obstacle = "window_over"
	case asleep:
		out.Obstacle = "night"
	case t.shopee() && attempt != nil && x.left() != attempt.Amount():
		out.Obstacle = "whole_only"
	}
	out.Possible = out.Obstacle == ""
	return out
}
