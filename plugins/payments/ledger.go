package payments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

// money is what the ledger says about one payment, in rupiah.
type money struct {
	Paid     int64 `db:"paid"`
	Applied  int64 `db:"applied"`
	Refunded int64 `db:"refunded"`
}

// free is what neither pays an invoice nor has gone back.
func (m money) free() int64 { return max(m.Paid-m.Applied-m.Refunded, 0) }

func moneyOf(app core.App, txn string) (money, error) {
	m := money{}
	if txn == "" {
		return m, nil
	}
	if err := app.DB().NewQuery(moneyOfPayment).Bind(dbx.Params{"txn": txn}).One(&m); err != nil {
		return m, fmt.Errorf("payments: sum ledger of %s: %w", txn, err)
	}
	return m, nil
}

// paidBy is what one payment did for an invoice, in rupiah.
type paidBy struct {
	Txn      string `db:"txn"`
	Attempt  string `db:"attempt"`
	Applied  int64  `db:"applied"`
	Refunded int64  `db:"refunded"`
	Excess   int64  `db:"excess"`
}

// kept is what of it still pays the invoice.
func (b paidBy) kept() int64 { return b.Applied - max(b.Refunded-max(b.Excess, 0), 0) }

func refundable(app core.App, invoiceID string) ([]paidBy, error) {
	rows := []paidBy{}
	if err := app.DB().NewQuery(moneyOfInvoice).Bind(dbx.Params{"invoice": invoiceID}).All(&rows); err != nil {
		return nil, fmt.Errorf("payments: payments of invoice %s: %w", invoiceID, err)
	}
	return rows, nil
}

// refundState looks at the money that paid the invoice only: giving back a
// duplicate changes nothing for it.
func refundState(txApp core.App, invoice *collections.Invoice) (string, error) {
	var refunded int64
	err := txApp.DB().NewQuery(refundedOfInvoice).Bind(dbx.Params{"invoice": invoice.Id}).Row(&refunded)
	switch {
	case err != nil:
		return "", fmt.Errorf("sum refunds: %w", err)
	case refunded <= 0:
		return collections.RefundNone, nil
	case refunded < invoice.Amount():
		return collections.RefundPartial, nil
	}
	return collections.RefundFull, nil
}

func saveRefundState(txApp core.App, invoice *collections.Invoice) error {
	state, err := refundState(txApp, invoice)
	if err != nil || state == invoice.RefundState() {
		return err
	}
	invoice.Set("refund_state", state)
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("payments: save refund state of invoice %s: %w", invoice.Number(), err)
	}
	return nil
}

// share is a part of a movement and the invoice that it concerns, in rupiah.
type share struct {
	invoice string
	amount  int64
}

// refundShares divides money that goes back among the invoices that it paid.
// What was decided here names its invoice. What went back elsewhere is taken
// from what pays nothing first, then from the attempt's own invoice, then from
// those that the money was used for since.
func refundShares(txApp core.App, e paystate.Entry, txn, own string) ([]share, error) {
	if _, id, ours := strings.Cut(e.Key, ":"+refundKeyPrefix); ours {
		x, err := findException(txApp, id)
		if err == nil && x.kind() == kindRefund {
			return []share{{x.invoiceID(), e.Amount}}, nil
		}
		if err == nil || isNotFound(err) {
			return []share{{own, e.Amount}}, nil
		}
		return nil, err
	}
	m, err := moneyOf(txApp, txn)
	if err != nil {
		return nil, err
	}
	left := -e.Amount
	shares := []share{{own, -min(left, m.free())}}
	left += shares[0].amount
	invoices := []string{}
	err = txApp.DB().NewQuery(invoicesOfPayment).Bind(dbx.Params{"txn": txn, "own": own}).Column(&invoices)
	if err != nil {
		return nil, fmt.Errorf("payments: invoices of payment %s: %w", txn, err)
	}
	for _, id := range invoices {
		rows, err := refundable(txApp, id)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if part := min(left, row.kept()); row.Txn == txn && part > 0 {
				shares = append(shares, share{id, -part})
				left -= part
			}
		}
	}
	shares[0].amount -= left // more than there was; the proof of money will tell
	return mergeShares(shares), nil
}

// mergeShares leaves one share to an invoice and none without money.
func mergeShares(shares []share) []share {
	merged := []share{}
	for _, s := range shares {
		i := slices.IndexFunc(merged, func(m share) bool { return m.invoice == s.invoice })
		switch {
		case i >= 0:
			merged[i].amount += s.amount
		case s.amount != 0:
			merged = append(merged, s)
		}
	}
	return merged
}
