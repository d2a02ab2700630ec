package paystate

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const price = 1_500_000

func unpaid() Invoice { return Invoice{Amount: price, State: InvoiceUnpaid} }

func open() Attempt { return Attempt{Status: Pending, Amount: price, TxnID: "t1"} }

// in is an attempt whose payment is booked already.
func in(s Status, refunds ...Refund) Attempt {
	return Attempt{Status: s, Amount: price, TxnID: "t1", Booked: true, Refunds: refunds}
}

// webhook is a notification as Midtrans sends it; confirmed, what its API says.
func webhook(s Status, edits ...func(*Notice)) Notice {
	n := Notice{Status: s, Code: webhookCodes[s], Fraud: "accept", Currency: "IDR", TxnID: "t1", Gross: price, Whole: true}
	for _, edit := range edits {
		edit(&n)
	}
	return n
}

func confirmed(s Status, edits ...func(*Notice)) Notice {
	n := webhook(s, edits...)
	n.Confirmed = true
	return n
}

func gross(amount int64) func(*Notice)     { return func(n *Notice) { n.Gross = amount } }
func original(amount int64) func(*Notice)  { return func(n *Notice) { n.Original = amount } }
func fraud(s string) func(*Notice)         { return func(n *Notice) { n.Fraud = s } }
func code(s string) func(*Notice)          { return func(n *Notice) { n.Code = s } }
func txn(s string) func(*Notice)           { return func(n *Notice) { n.TxnID = s } }
func refunds(list ...Refund) func(*Notice) { return func(n *Notice) { n.Refunds = list } }
func foreign(n *Notice)                    { n.ForeignMerchant = true }
func usd(n *Notice)                        { n.Currency = "USD" }
func cents(n *Notice)                      { n.Whole = false }

func pay(txn string, amount, applied int64) Entry {
	return Entry{Kind: PaymentEntry, Amount: amount, Applied: applied, Key: "pay:" + txn}
}

func back(txn, key string, amount int64) Entry {
	return Entry{Kind: RefundEntry, Amount: -amount, Key: "refund:" + txn + ":" + key}
}

func one[T any](x ...T) []T { return x }

type decideCase struct {
	name       string
	invoice    Invoice
	attempt    Attempt
	notice     Notice
	outcome    Outcome
	status     Status // afterwards; "" means unchanged
	entries    []Entry
	exceptions []Exception
	paid, late bool
}

func runDecide(t *testing.T, cases []decideCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(c.attempt.Refunds)
			r := Decide(c.invoice, c.attempt, c.notice)
			if c.status == "" {
				c.status = c.attempt.Status
			}
			if r.Outcome != c.outcome || r.Attempt.Status != c.status || r.Paid != c.paid || r.Late != c.late {
				t.Errorf("outcome %s, status %s, paid %v, late %v; want %s, %s, %v, %v",
					r.Outcome, r.Attempt.Status, r.Paid, r.Late, c.outcome, c.status, c.paid, c.late)
			}
			if !slices.Equal(r.Entries, c.entries) {
				t.Errorf("entries %+v, want %+v", r.Entries, c.entries)
			}
			if !slices.Equal(r.Exceptions, c.exceptions) {
				t.Errorf("exceptions %+v, want %+v", r.Exceptions, c.exceptions)
			}
			if !slices.Equal(c.attempt.Refunds, before) {
				t.Errorf("the caller's refunds changed to %v", c.attempt.Refunds)
			}
			if !balanced(r) {
				t.Errorf("money in no bucket or in two: %+v", r)
			}
		})
	}
}

// balanced reports whether every payment that a result books is wholly applied,
// held by an exception or given back, and nothing of it twice:
//
//	payment = applied + exceptions + refunds booked with it
func balanced(r Result) bool {
	var payment, placed int64
	for _, e := range r.Entries {
		if e.Kind == PaymentEntry {
			payment += e.Amount
			placed += e.Applied
		} else {
			placed -= e.Amount
		}
	}
	for _, x := range r.Exceptions {
		placed += x.Amount
	}
	return payment == 0 || payment == placed
}

func TestDecideStates(t *testing.T) {
	t.Parallel()
	creating := Attempt{Status: Creating, Amount: price}
	closed := Attempt{Status: Expire, Amount: price, TxnID: "t1"}
	cancelled := Attempt{Status: Cancel, Amount: price, TxnID: "t1"}
	settled := one(pay("t1", price, price))
	paid := Invoice{price, price, InvoicePaid}
	runDecide(t, []decideCase{
		{name: "pending opens", invoice: unpaid(), attempt: creating, notice: webhook(Pending), outcome: Processed, status: Pending},
		{name: "pending again", invoice: unpaid(), attempt: open(), notice: webhook(Pending), outcome: Duplicate},
		{name: "settlement pays", invoice: unpaid(), attempt: open(), notice: webhook(Settlement), outcome: Processed, status: Settlement, entries: settled, paid: true},
		{name: "settlement before the charge is answered", invoice: unpaid(), attempt: creating, notice: webhook(Settlement), outcome: Processed, status: Settlement, entries: settled, paid: true},
		{name: "charge answered after the settlement", invoice: paid, attempt: in(Settlement), notice: confirmed(Pending), outcome: Stale},
		{name: "late pending", invoice: paid, attempt: in(Settlement), notice: webhook(Pending), outcome: Stale},
		{name: "settlement again", invoice: paid, attempt: in(Settlement), notice: webhook(Settlement), outcome: Duplicate},
		{name: "settlement replayed after a refund", invoice: paid, attempt: in(Refunded), notice: webhook(Settlement), outcome: Stale},
		{name: "expire closes", invoice: unpaid(), attempt: open(), notice: webhook(Expire), outcome: Processed, status: Expire},
		{name: "deny closes", invoice: unpaid(), attempt: open(), notice: webhook(Deny), outcome: Processed, status: Deny},
		{name: "failure closes", invoice: unpaid(), attempt: open(), notice: webhook(Failure), outcome: Processed, status: Failure},
		{name: "settlement after expire pays, flagged late", invoice: unpaid(), attempt: closed, notice: webhook(Settlement), outcome: Processed, status: Settlement, entries: settled, paid: true, late: true},
		{name: "settlement of a cancelled invoice is held", invoice: Invoice{price, 0, InvoiceCancelled}, attempt: cancelled, notice: webhook(Settlement), outcome: Mismatch, status: Settlement,
			entries: one(pay("t1", price, 0)), exceptions: one(Exception{LateMoney, price, "late:t1"}), late: true},
		{name: "expire after settlement", invoice: paid, attempt: in(Settlement), notice: webhook(Expire), outcome: Stale},
		{name: "code of pending with settlement", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, code("201")), outcome: Verify},
		{name: "code of settlement with pending", invoice: unpaid(), attempt: open(), notice: webhook(Pending, code("200")), outcome: Verify},
		{name: "the API need not repeat the code", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, code("201")), outcome: Processed, status: Settlement, entries: settled, paid: true},
		{name: "held by the fraud check: deny", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, fraud("deny")), outcome: Mismatch, exceptions: one(Exception{UnconfirmedMoney, price, "unconfirmed:t1"})},
		{name: "held by the fraud check: challenge", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, fraud("challenge")), outcome: Mismatch, exceptions: one(Exception{UnconfirmedMoney, price, "unconfirmed:t1"})},
		{name: "with an unknown fraud status the API is asked", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, fraud("review")), outcome: Verify},
		{name: "the API's unknown fraud status is a person's to judge", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, fraud("review")), outcome: Mismatch, exceptions: one(Exception{UnconfirmedMoney, price, "unconfirmed:t1"})},
		{name: "without fraud status the API is asked", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, fraud("")), outcome: Verify},
		{name: "without fraud status the API is believed", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, fraud("")), outcome: Processed, status: Settlement, entries: settled, paid: true},
		{name: "unknown status", invoice: unpaid(), attempt: open(), notice: webhook("foo", code("200")), outcome: Verify},
		{name: "our own word from outside", invoice: unpaid(), attempt: open(), notice: webhook(Creating, code("201")), outcome: Verify},
		{name: "unknown status of the API is for a person, not for asking in a circle", invoice: unpaid(), attempt: open(), notice: confirmed("foo"), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "status:t1"})},
		{name: "other currency", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, usd), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "mismatch:t1"})},
		{name: "other merchant", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, foreign), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "mismatch:t1"})},
		{name: "without a transaction id the API is asked", invoice: unpaid(), attempt: creating, notice: webhook(Settlement, txn("")), outcome: Verify},
		{name: "settlement without a transaction id", invoice: unpaid(), attempt: creating, notice: confirmed(Settlement, txn("")), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "mismatch:"})},
	})
}

func TestDecideAmounts(t *testing.T) {
	t.Parallel()
	const high = price + 10_500
	runDecide(t, []decideCase{
		{name: "lower", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, gross(price-1)), outcome: Mismatch, status: Settlement,
			entries: one(pay("t1", price-1, 0)), exceptions: one(Exception{MismatchMoney, price - 1, "mismatch:t1"})},
		{name: "higher with a fee: the API is asked", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, gross(high), original(price)), outcome: Verify},
		{name: "higher with a fee, confirmed", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, gross(high), original(price)), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price, price)), paid: true},
		{name: "higher with the fee of another price", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, gross(high), original(price-1)), outcome: Processed, status: Settlement,
			entries: one(pay("t1", high, price)), exceptions: one(Exception{OverpaidMoney, 10_500, "overpaid:t1"}), paid: true},
		{name: "lower with the price as original", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, gross(1), original(price)), outcome: Mismatch, status: Settlement,
			entries: one(pay("t1", 1, 0)), exceptions: one(Exception{MismatchMoney, 1, "mismatch:t1"})},
		{name: "higher without a fee", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, gross(high)), outcome: Processed, status: Settlement,
			entries: one(pay("t1", high, price)), exceptions: one(Exception{OverpaidMoney, 10_500, "overpaid:t1"}), paid: true},
		{name: "the price with itself as original is no fee: no API", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, original(price)), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price, price)), paid: true},
		{name: "a word that only we use for a status", invoice: unpaid(), attempt: open(), notice: webhook(Creating), outcome: Verify},
		{name: "no money, in dollars: nothing to decide about", invoice: unpaid(), attempt: open(), notice: webhook(Pending, usd), outcome: Duplicate},
		{name: "higher by a rupiah", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, gross(price+1)), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price+1, price)), exceptions: one(Exception{OverpaidMoney, 1, "overpaid:t1"}), paid: true},
		{name: "cents", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, cents), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "mismatch:t1"})},
		{name: "cents with a fee need no API", invoice: unpaid(), attempt: open(), notice: webhook(Settlement, cents, gross(high), original(price)), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, high, "mismatch:t1"})},
		{name: "part of the invoice is covered already", invoice: Invoice{price, 500_000, InvoiceUnpaid}, attempt: open(), notice: webhook(Settlement), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price, 1_000_000)), exceptions: one(Exception{OverpaidMoney, 500_000, "overpaid:t1"}), paid: true},
		{name: "the charge covers only a part", invoice: Invoice{2 * price, 0, InvoiceUnpaid}, attempt: open(), notice: webhook(Settlement), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price, price))},
		{name: "more applied than owed", invoice: Invoice{price, price + 1, InvoiceUnpaid}, attempt: open(), notice: webhook(Settlement), outcome: Processed, status: Settlement,
			entries: one(pay("t1", price, 0)), exceptions: one(Exception{OverpaidMoney, price, "overpaid:t1"}), paid: true},
	})
}

func TestDecideRefunds(t *testing.T) {
	t.Parallel()
	a, aConfirmed, b := Refund{Key: "a", Amount: 400_000}, Refund{Key: "a", Amount: 400_000, Confirmed: "2026-03-01 10:00:00"}, Refund{Key: "b", Amount: 1_100_000}
	paid := Invoice{price, price, InvoicePaid}
	runDecide(t, []decideCase{
		{name: "a refund notice may be a settlement's in disguise", invoice: paid, attempt: in(Settlement), notice: webhook(Refunded, refunds(a)), outcome: Verify},
		{name: "so may a partial one", invoice: unpaid(), attempt: open(), notice: webhook(PartialRefund, refunds(a)), outcome: Verify},
		{name: "the API says that the refund was none", invoice: paid, attempt: in(Settlement), notice: confirmed(Settlement), outcome: Duplicate},
		{name: "partial", invoice: paid, attempt: in(Settlement), notice: confirmed(PartialRefund, refunds(a)), outcome: Processed, status: PartialRefund, entries: one(back("t1", "a", 400_000))},
		{name: "partial again, now confirmed by the bank", invoice: paid, attempt: in(PartialRefund, a), notice: confirmed(PartialRefund, refunds(aConfirmed)), outcome: Duplicate},
		{name: "the remainder", invoice: paid, attempt: in(PartialRefund, a), notice: confirmed(Refunded, refunds(aConfirmed, b)), outcome: Processed, status: Refunded, entries: one(back("t1", "b", 1_100_000))},
		{name: "the partial notice after the full one", invoice: paid, attempt: in(Refunded, a, b), notice: confirmed(PartialRefund, refunds(a)), outcome: Stale},
		{name: "an older notice with a refund that is news", invoice: paid, attempt: in(Refunded, b), notice: confirmed(PartialRefund, refunds(a)), outcome: Processed, entries: one(back("t1", "a", 400_000))},
		{name: "settlement never seen: paid and given back", invoice: unpaid(), attempt: open(), notice: confirmed(Refunded, refunds(a, b)), outcome: Processed, status: Refunded,
			entries: one(pay("t1", price, 0), back("t1", "a", 400_000), back("t1", "b", 1_100_000))},
		{name: "settlement never seen: the rest is held", invoice: unpaid(), attempt: open(), notice: confirmed(PartialRefund, refunds(a)), outcome: Processed, status: PartialRefund,
			entries: one(pay("t1", price, 0), back("t1", "a", 400_000)), exceptions: one(Exception{LateMoney, 1_100_000, "late:t1"})},
		{name: "settlement never seen: a refund without its list leaves everything to a person", invoice: unpaid(), attempt: open(), notice: confirmed(Refunded), outcome: Processed, status: Refunded,
			entries: one(pay("t1", price, 0)), exceptions: one(Exception{LateMoney, price, "late:t1"})},
		{name: "settlement after the refund", invoice: unpaid(), attempt: in(Refunded, a, b), notice: webhook(Settlement), outcome: Stale},
		{name: "a key twice in one list", invoice: unpaid(), attempt: open(), notice: confirmed(PartialRefund, refunds(a, a)), outcome: Processed, status: PartialRefund,
			entries: one(pay("t1", price, 0), back("t1", "a", 400_000)), exceptions: one(Exception{LateMoney, 1_100_000, "late:t1"})},
		{name: "a full refund whose list falls short is for a person", invoice: paid, attempt: in(PartialRefund, a), notice: confirmed(Refunded, refunds(a)), outcome: Processed, status: Refunded,
			exceptions: one(Exception{MismatchMoney, 1_100_000, "refund:t1"})},
		{name: "a list that falls short by a rupiah", invoice: paid, attempt: in(Settlement), notice: confirmed(Refunded, refunds(Refund{Key: "a", Amount: price - 1})), outcome: Processed, status: Refunded,
			entries: one(back("t1", "a", price-1)), exceptions: one(Exception{MismatchMoney, 1, "refund:t1"})},
		{name: "settlement never seen: a rupiah is held", invoice: unpaid(), attempt: open(), notice: confirmed(PartialRefund, refunds(Refund{Key: "a", Amount: price - 1})), outcome: Processed, status: PartialRefund,
			entries: one(pay("t1", price, 0), back("t1", "a", price-1)), exceptions: one(Exception{LateMoney, 1, "late:t1"})},
		{name: "heard again it says no more", invoice: paid, attempt: in(Refunded, a), notice: confirmed(Refunded, refunds(a)), outcome: Duplicate},
		{name: "a partial refund of which nothing is listed is for a person", invoice: paid, attempt: in(Settlement), notice: confirmed(PartialRefund), outcome: Processed, status: PartialRefund,
			exceptions: one(Exception{MismatchMoney, price, "partial_refund:t1"})},
		{name: "a partial refund without its list, heard again", invoice: paid, attempt: in(PartialRefund), notice: confirmed(PartialRefund), outcome: Duplicate},
		{name: "the list of a partial refund comes later", invoice: paid, attempt: in(PartialRefund), notice: confirmed(PartialRefund, refunds(a)), outcome: Processed, entries: one(back("t1", "a", 400_000))},
		{name: "a partial refund without its list after the full one", invoice: paid, attempt: in(Refunded), notice: confirmed(PartialRefund), outcome: Stale},
		{name: "settlement never seen: a partial refund without its list", invoice: unpaid(), attempt: open(), notice: confirmed(PartialRefund), outcome: Processed, status: PartialRefund,
			entries: one(pay("t1", price, 0)), exceptions: one(Exception{LateMoney, price, "late:t1"})},
		{name: "chargeback needs the API", invoice: paid, attempt: in(Settlement), notice: webhook(Chargeback), outcome: Verify},
		{name: "chargeback", invoice: paid, attempt: in(Settlement), notice: confirmed(Chargeback), outcome: Processed, status: Chargeback, exceptions: one(Exception{ChargebackDisputed, price, "chargeback:t1"})},
		{name: "chargeback again", invoice: paid, attempt: in(Chargeback), notice: confirmed(Chargeback), outcome: Duplicate},
		{name: "chargeback seen first", invoice: unpaid(), attempt: open(), notice: confirmed(Chargeback), outcome: Processed, status: Chargeback,
			entries: one(pay("t1", price, 0)), exceptions: one(Exception{ChargebackDisputed, price, "chargeback:t1"})},
		{name: "chargeback of what a refund left", invoice: unpaid(), attempt: open(), notice: confirmed(Chargeback, refunds(a)), outcome: Processed, status: Chargeback,
			entries: one(pay("t1", price, 0), back("t1", "a", 400_000)), exceptions: one(Exception{ChargebackDisputed, 1_100_000, "chargeback:t1"})},
	})
}

func TestDecideSecondMoney(t *testing.T) {
	t.Parallel()
	paid := Invoice{price, price, InvoicePaid}
	a := Refund{Key: "a", Amount: 400_000}
	all := Refund{Key: "a", Amount: price}
	held := one(Exception{DuplicateMoney, price, "duplicate:t2"})
	second := Attempt{Status: Pending, Amount: price, TxnID: "t2"}
	runDecide(t, []decideCase{
		{name: "two codes paid: the second is held", invoice: paid, attempt: second, notice: webhook(Settlement, txn("t2")), outcome: Mismatch, status: Settlement, entries: one(pay("t2", price, 0)), exceptions: held},
		{name: "the duplicate given back", invoice: paid, attempt: Attempt{Status: Settlement, Amount: price, TxnID: "t2", Booked: true}, notice: confirmed(Refunded, txn("t2"), refunds(all)), outcome: Processed, status: Refunded,
			entries: one(back("t2", "a", price))},
		{name: "other transaction id: the id is unsigned", invoice: paid, attempt: in(Settlement), notice: webhook(Settlement, txn("t2")), outcome: Verify},
		{name: "second transaction of one order", invoice: paid, attempt: in(Settlement), notice: confirmed(Settlement, txn("t2")), outcome: Mismatch, entries: one(pay("t2", price, 0)), exceptions: held},
		{name: "second transaction, partly given back", invoice: paid, attempt: in(Settlement), notice: confirmed(PartialRefund, txn("t2"), refunds(a)), outcome: Mismatch,
			entries: one(pay("t2", price, 0), back("t2", "a", 400_000)), exceptions: one(Exception{DuplicateMoney, 1_100_000, "duplicate:t2"})},
		{name: "second transaction, given back but for a rupiah", invoice: paid, attempt: in(Settlement), notice: confirmed(PartialRefund, txn("t2"), refunds(Refund{Key: "a", Amount: price - 1})), outcome: Mismatch,
			entries: one(pay("t2", price, 0), back("t2", "a", price-1)), exceptions: one(Exception{DuplicateMoney, 1, "duplicate:t2"})},
		{name: "second transaction, given back", invoice: paid, attempt: in(Settlement), notice: confirmed(Refunded, txn("t2"), refunds(all)), outcome: Mismatch,
			entries: one(pay("t2", price, 0), back("t2", "a", price))},
		{name: "second transaction, charged back", invoice: paid, attempt: in(Settlement), notice: confirmed(Chargeback, txn("t2")), outcome: Mismatch,
			entries: one(pay("t2", price, 0)), exceptions: one(Exception{ChargebackDisputed, price, "chargeback:t2"})},
		{name: "second transaction without money", invoice: paid, attempt: in(Settlement), notice: confirmed(Pending, txn("t2")), outcome: Stale},
		{name: "second transaction in dollars is not booked", invoice: paid, attempt: in(Settlement), notice: confirmed(Settlement, txn("t2"), usd), outcome: Mismatch, exceptions: one(Exception{MismatchMoney, price, "mismatch:t2"})},
		{name: "second transaction held by the fraud check is not booked", invoice: paid, attempt: in(Settlement), notice: confirmed(Settlement, txn("t2"), fraud("deny")), outcome: Mismatch, exceptions: one(Exception{UnconfirmedMoney, price, "unconfirmed:t2"})},
		{name: "the money that comes first is the attempt's, whatever id a pending notice named", invoice: unpaid(), attempt: open(), notice: confirmed(Settlement, txn("t2")), outcome: Processed, status: Settlement,
			entries: one(pay("t2", price, price)), paid: true},
	})
}

func TestRestIsNeverNegative(t *testing.T) {
	t.Parallel()
	for refunded, want := range map[int64]int64{0: 10, 9: 1, 10: 0, 11: 0, 100: 0} {
		if got := rest(10, []Refund{{Key: "a", Amount: refunded}}); got != want {
			t.Errorf("10 less %d: %d, want %d", refunded, got, want)
		}
	}
}

func TestConfirmationTimeOfARefundIsKept(t *testing.T) {
	t.Parallel()
	r := Decide(Invoice{price, price, InvoicePaid}, in(PartialRefund, Refund{Key: "a", Amount: 1}), confirmed(PartialRefund, refunds(Refund{Key: "a", Amount: 1, Confirmed: "2026-03-01 10:00:00"})))
	if want := one(Refund{Key: "a", Amount: 1, Confirmed: "2026-03-01 10:00:00"}); !reflect.DeepEqual(r.Attempt.Refunds, want) {
		t.Errorf("refunds %v, want %v", r.Attempt.Refunds, want)
	}
}

func TestRefundKeepsItsTime(t *testing.T) {
	t.Parallel()
	early, late := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	r := Decide(Invoice{price, price, InvoicePaid}, in(Settlement), confirmed(PartialRefund, refunds(Refund{Key: "a", Amount: 1, At: early})))
	if len(r.Entries) != 1 || !r.Entries[0].At.Equal(early) {
		t.Errorf("entries %+v", r.Entries)
	}
	for _, c := range []struct{ a, b, want time.Time }{{early, late, early}, {late, early, early}, {time.Time{}, late, late}, {late, time.Time{}, late}} {
		got := JoinRefunds([]Refund{{Key: "a", At: c.a}}, []Refund{{Key: "a", At: c.b}})
		if len(got) != 1 || !got[0].At.Equal(c.want) {
			t.Errorf("%v and %v: %+v", c.a, c.b, got)
		}
	}
}

func TestMoneyMakesItsTransactionTheAttempts(t *testing.T) {
	t.Parallel()
	r := Decide(unpaid(), open(), confirmed(Settlement, txn("t2")))
	if r.Attempt.TxnID != "t2" || !r.Attempt.Booked {
		t.Fatalf("attempt %+v", r.Attempt)
	}
	// What the other transaction brings afterwards is booked as well.
	r = Decide(Invoice{price, price, InvoicePaid}, r.Attempt, confirmed(Settlement))
	if want := one(pay("t1", price, 0)); !slices.Equal(r.Entries, want) {
		t.Errorf("entries %v, want %v", r.Entries, want)
	}
}

// anyNotice draws a statement that may be nonsense.
func anyNotice(t *rapid.T) Notice {
	n := Notice{
		Status: rapid.SampledFrom(append(slices.Clone(order), "foo")).Draw(t, "status"),
		Code:   rapid.SampledFrom([]string{"200", "201", "202"}).Draw(t, "code"), Fraud: rapid.SampledFrom([]string{"accept", "", "deny", "review"}).Draw(t, "fraud"),
		Currency: rapid.SampledFrom([]string{"IDR", "USD"}).Draw(t, "currency"), TxnID: rapid.SampledFrom([]string{"t1", "t2", ""}).Draw(t, "txn"),
		Gross: rapid.SampledFrom([]int64{1, price - 1, price, price + 9}).Draw(t, "gross"), Original: rapid.SampledFrom([]int64{0, 1, price}).Draw(t, "original"),
		Whole: rapid.Bool().Draw(t, "whole"), Confirmed: rapid.Bool().Draw(t, "confirmed"), ForeignMerchant: rapid.Bool().Draw(t, "foreign"),
	}
	left := n.Gross // the provider gives back no more than it took
	if n.Original == price && n.Gross > price {
		left = n.Original
	}
	for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b"}), rapid.ID).Draw(t, "refunds") {
		amount := rapid.Int64Range(0, left).Draw(t, key)
		left -= amount
		n.Refunds = append(n.Refunds, Refund{Key: key, Amount: amount})
	}
	return n
}

func TestAnyDecisionIsBalancedAndNeverGoesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.SampledFrom(order).Draw(t, "old")
		attempt := Attempt{Status: status, Amount: price, TxnID: rapid.SampledFrom([]string{"", "t1"}).Draw(t, "old txn"), Booked: status.Received()}
		invoice := Invoice{price, rapid.SampledFrom([]int64{0, 1, price}).Draw(t, "applied"), rapid.SampledFrom([]InvoiceState{InvoiceUnpaid, InvoicePaid, InvoiceCancelled}).Draw(t, "state")}
		r := Decide(invoice, attempt, anyNotice(t))
		if !balanced(r) {
			t.Fatalf("money in no bucket or in two: %+v", r)
		}
		if r.Attempt.Status.Rank() < status.Rank() || r.Attempt.Booked != r.Attempt.Status.Received() {
			t.Fatalf("attempt %+v after %s", r.Attempt, status)
		}
		if r.Paid && invoice.State != InvoiceUnpaid {
			t.Fatal("an invoice that is not payable was paid")
		}
		if r.Outcome == "" || r.Outcome == Verify && len(r.Entries)+len(r.Exceptions) > 0 {
			t.Fatalf("outcome %q of %+v", r.Outcome, r)
		}
	})
}
