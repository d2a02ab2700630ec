package collections

import (
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"
	"pgregory.net/rapid"
)

// What is listed as given back is what counts as given back, whatever happened.
func TestReturnsAddUpToWhatWentBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := InvoiceMoney{Amount: rapid.Int64Range(1, 20).Draw(t, "amount")}
		rows := []InvoiceReturn{}
		for n := range rapid.IntRange(0, 3).Draw(t, "payments") {
			p := InvoicePayment{Txn: string(rune('a' + n)), Applied: rapid.Int64Range(0, 20).Draw(t, "applied"), Excess: rapid.Int64Range(-5, 10).Draw(t, "excess")}
			for range rapid.IntRange(0, 3).Draw(t, "returns") {
				r := InvoiceReturn{Kind: LedgerRefund, Txn: p.Txn, Amount: rapid.Int64Range(1, 15).Draw(t, "return"), At: day(len(rows))}
				p.Returned += r.Amount
				rows = append(rows, r)
			}
			m.Payments = append(m.Payments, p)
		}
		list := m.returns(rows)
		if got := sumOf(list); got != m.GivenBack() {
			t.Fatalf("%+v of %+v: %d of %d", list, m, got, m.GivenBack())
		}
		if latest := LatestReturns(list, m.Owed()); sumOf(latest) != min(m.Owed(), m.GivenBack()) {
			t.Fatalf("the latest %+v of %+v add up to %d of %d", latest, list, sumOf(latest), m.Owed())
		}
	})
}

func TestLatestReturns(t *testing.T) {
	t.Parallel()
	list := []InvoiceReturn{{Amount: 500, At: day(1)}, {Amount: 300, At: day(2)}}
	for sum, want := range map[int64][]InvoiceReturn{
		0: {}, 1: {{Amount: 1, At: day(2)}}, 300: {{Amount: 300, At: day(2)}},
		301: {{Amount: 1, At: day(1)}, {Amount: 300, At: day(2)}}, 800: list, 801: list,
	} {
		got := LatestReturns(list, sum)
		if len(got) != len(want) {
			t.Errorf("%d: %+v", sum, got)
			continue
		}
		for n := range got {
			if got[n] != want[n] {
				t.Errorf("%d: %+v, want %+v", sum, got, want)
			}
		}
	}
}

func day(n int) types.DateTime { return DateTime(time.Date(2026, 11, 1+n, 3, 0, 0, 0, time.UTC)) }

func sumOf(list []InvoiceReturn) (sum int64) {
	for _, r := range list {
		sum += r.Amount
	}
	return sum
}
