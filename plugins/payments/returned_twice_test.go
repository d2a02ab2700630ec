package payments_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// Money that went back by transfer and once more at the provider is more than came:
// all of it is booked, and the proof of the money tells. A movement without a row
// would be money that nobody misses.
func TestMoneyThatWentBackTwiceIsBookedTwice(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 1_500_000, "reference", "BCA 0042")).Want(200)
	must(t, s.provider.Refund(order, 700_000))
	s.night(t, start, 20*time.Hour)
	rows, err := s.FindAllRecords(collections.Ledger, dbx.HashExp{"kind": collections.LedgerRefund})
	must(t, err)
	sum := 0
	for _, row := range rows {
		sum += row.GetInt("amount")
	}
	if sum != -2_200_000 {
		t.Errorf("%d rupiah went back in %d rows, want 2.200.000", -sum, len(rows))
	}
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof", s.admin.Token, nil).Want(200).JSON(&p)
	if p.Holds || len(p.Unbalanced) != 1 {
		t.Errorf("the proof says %+v", p)
	}
}

// The proof names fifty payments that do not add up, and of more the first fifty.
func TestTheProofNamesFiftyPayments(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	for n := range 51 {
		id := fmt.Sprintf("hantu-%09d", n)
		_, err := s.NonconcurrentDB().NewQuery(`INSERT INTO {{ledger}} ([[id]], [[kind]], [[amount]], [[applied]], [[provider_txn_id]], [[dedupe_key]], [[at]])
			VALUES ({:id}, 'payment', 1000, 0, {:id}, {:id}, '2026-11-22 20:00:00.000Z')`).Bind(dbx.Params{"id": id}).Execute()
		must(t, err)
		if n < 49 {
			continue
		}
		var p proofAnswer
		s.Do(t, "GET", "/api/admin/payments/proof?from=2026-11-23&to=2026-11-23", s.admin.Token, nil).Want(200).JSON(&p)
		if p.Holds || len(p.Unbalanced) != 50 {
			t.Errorf("of %d payments %d are named", n+1, len(p.Unbalanced))
		}
	}
}
