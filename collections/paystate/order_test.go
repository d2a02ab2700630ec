package paystate

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// books is what a caller keeps of two attempts of one invoice.
type books struct {
	invoice    Invoice
	attempts   [2]Attempt
	entries    map[string]Entry
	exceptions map[string]Exception
	before     int64 // refunds that were booked together with their payment
}

func newBooks() *books {
	b := &books{invoice: unpaid(), entries: map[string]Entry{}, exceptions: map[string]Exception{}}
	for i := range b.attempts {
		b.attempts[i] = Attempt{Status: Creating, Amount: price}
	}
	return b
}

func (b *books) hear(i int, n Notice) {
	r := Decide(b.invoice, b.attempts[i], n)
	if r.Attempt.Booked && !b.attempts[i].Booked {
		for _, e := range r.Entries {
			if e.Kind == RefundEntry {
				b.before -= e.Amount
			}
		}
	}
	b.attempts[i] = r.Attempt
	for _, e := range r.Entries {
		if _, known := b.entries[e.Key]; !known {
			b.entries[e.Key] = e
			b.invoice.Applied += e.Applied
		}
	}
	for _, x := range r.Exceptions {
		if _, known := b.exceptions[x.Key]; !known {
			b.exceptions[x.Key] = x
		}
	}
	if r.Paid {
		b.invoice.State = InvoicePaid
	}
}

// amounts are the entries without what they pay for.
func (b *books) amounts() map[string]int64 {
	list := map[string]int64{}
	for key, e := range b.entries {
		list[key] = e.Amount
	}
	return list
}

type heard struct {
	attempt int
	notice  Notice
}

// history draws what the provider says about two attempts.
func history(t *rapid.T) []heard {
	list := []heard{}
	for i := range 2 {
		amount := rapid.SampledFrom([]int64{price - 1, price, price + 9}).Draw(t, "gross")
		paid, half, remainder := gross(amount), Refund{Key: "a", Amount: 400_000}, Refund{Key: "b", Amount: amount - 400_000}
		all := []Notice{
			confirmed(Pending), confirmed(Expire), confirmed(Cancel), confirmed(Settlement, paid),
			confirmed(PartialRefund, paid, refunds(half)), confirmed(Refunded, paid, refunds(half, remainder)),
		}
		for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 0, len(all), rapid.ID).Draw(t, "said") {
			n := all[k]
			n.TxnID = txns[i]
			list = append(list, heard{i, n})
		}
	}
	return list
}

// The order decides one thing only: money whose return is heard of before its
// arrival pays for nothing, and it would have paid the other way round.
func TestOrderAndRepetitionOfStatementsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := history(t)
		again := append(slices.Clone(list), list[:rapid.IntRange(0, len(list)).Draw(t, "repeated")]...)
		a, b := newBooks(), newBooks()
		for _, h := range list {
			a.hear(h.attempt, h.notice)
		}
		for _, h := range rapid.Permutation(again).Draw(t, "other order") {
			b.hear(h.attempt, h.notice)
		}
		if !reflect.DeepEqual(a.amounts(), b.amounts()) {
			t.Fatalf("ledgers %v and %v", a.amounts(), b.amounts())
		}
		given := false
		for i := range a.attempts {
			x, y := a.attempts[i], b.attempts[i]
			if x.Status != y.Status || x.Booked != y.Booked || !slices.Equal(x.Refunds, y.Refunds) {
				t.Fatalf("attempts %+v and %+v", x, y)
			}
			given = given || x.Status.Rank() > Settlement.Rank()
		}
		if !given && (a.invoice != b.invoice) {
			t.Fatalf("invoices %+v and %+v", a.invoice, b.invoice)
		}
		for _, x := range []*books{a, b} {
			x.check(t)
		}
	})
}

// check holds the sums against each other:
//
//	payments = applied + exceptions + refunds booked together with their payment
func (b *books) check(t *rapid.T) {
	var payments, held int64
	for _, e := range b.entries {
		if e.Kind == PaymentEntry {
			payments += e.Amount
		}
	}
	for _, x := range b.exceptions {
		held += x.Amount
	}
	if payments != b.invoice.Applied+held+b.before {
		t.Fatalf("%d received, %d applied, %d held, %d given back", payments, b.invoice.Applied, held, b.before)
	}
	if paid := b.invoice.Applied >= price; paid != (b.invoice.State == InvoicePaid) || b.invoice.Applied > price {
		t.Fatalf("invoice %+v", b.invoice)
	}
}
