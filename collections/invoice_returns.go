package collections

import (
	"fmt"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// InvoiceReturn is one movement by which money that paid an invoice went back, in
// rupiah.
type InvoiceReturn struct {
	Kind   string         `db:"kind"` // LedgerRefund or LedgerChargeback
	Txn    string         `db:"txn"`  // the payment that it was taken from
	At     types.DateTime `db:"at"`
	Amount int64          `db:"amount"`
}

// ReturnsOf are the movements behind m's GivenBack, the oldest first; they add up
// to it. A payment's money beyond the invoice goes back first and is none of it.
func ReturnsOf(app core.App, invoice *Invoice, m InvoiceMoney) ([]InvoiceReturn, error) {
	rows := []InvoiceReturn{}
	if err := app.DB().NewQuery(returnsOfInvoice).Bind(dbx.Params{"invoice": invoice.Id}).All(&rows); err != nil {
		return nil, fmt.Errorf("collections: returns of invoice %s: %w", invoice.Number(), err)
	}
	return m.returns(rows), nil
}

// returns leaves of each movement what of it had paid the invoice.
func (m InvoiceMoney) returns(rows []InvoiceReturn) []InvoiceReturn {
	excess, paid := map[string]int64{}, map[string]int64{}
	for _, p := range m.Payments {
		excess[p.Txn], paid[p.Txn] = max(p.Excess, 0), max(p.Applied, 0)
	}
	list := []InvoiceReturn{}
	for _, r := range rows {
		beyond := min(r.Amount, excess[r.Txn])
		excess[r.Txn] -= beyond
		r.Amount = min(r.Amount-beyond, paid[r.Txn])
		paid[r.Txn] -= r.Amount
		if r.Amount > 0 {
			list = append(list, r)
		}
	}
	return list
}

// LatestReturns are the last of list that add up to sum: what of an invoice went
// back and was not paid anew. The oldest of them may count in part.
func LatestReturns(list []InvoiceReturn, sum int64) []InvoiceReturn {
	latest := []InvoiceReturn{}
	for _, r := range slices.Backward(list) {
		if r.Amount = min(r.Amount, sum); r.Amount > 0 {
			latest = append(latest, r)
			sum -= r.Amount
		}
	}
	slices.Reverse(latest)
	return latest
}
