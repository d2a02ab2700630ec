package collections

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/idr"
)

// InvoicePayment is what one payment did for an invoice, in rupiah.
type InvoicePayment struct {
	Invoice  string `db:"invoice"`
	Txn      string `db:"txn"`
	Provider string `db:"provider"` // the provider's transaction; empty: it came by bank transfer
	Attempt  string `db:"attempt"`  // empty: it came by bank transfer, or for no order that we know
	Applied  int64  `db:"applied"`
	Returned int64  `db:"returned"` // of all that it brought for this invoice
	Excess   int64  `db:"excess"`   // what it brought beyond the invoice
}

// GivenBack is what of the money that was applied has gone back. What the payment
// brought beyond the invoice goes back first, so giving back a duplicate touches
// no money that counts.
func (p InvoicePayment) GivenBack() int64 {
	return min(max(p.Returned-max(p.Excess, 0), 0), max(p.Applied, 0))
}

// Kept is what of the payment pays the invoice now.
func (p InvoicePayment) Kept() int64 { return p.Applied - p.GivenBack() }

// InvoiceMoney is where the money of an invoice is, by the ledger. Whoever asks
// what is paid, owed or given back asks it, and nobody adds up the ledger anew.
type InvoiceMoney struct {
	Amount   int64 // of the invoice
	Payments []InvoicePayment
}

// Kept is the money that pays the invoice now: applied, and not given back.
func (m InvoiceMoney) Kept() (sum int64) {
	for _, p := range m.Payments {
		sum += p.Kept()
	}
	return sum
}

// GivenBack is what of the money that paid the invoice has gone back since.
func (m InvoiceMoney) GivenBack() (sum int64) {
	for _, p := range m.Payments {
		sum += p.GivenBack()
	}
	return sum
}

// Owed is what the invoice lacks: amount - (applied - given back).
func (m InvoiceMoney) Owed() int64 { return max(m.Amount-m.Kept(), 0) }

// RefundState says what of the invoice's money has gone back and was not paid
// anew: RefundNone, RefundPartial or RefundFull.
func (m InvoiceMoney) RefundState() string {
	switch back := m.GivenBack(); {
	case back == 0 || m.Owed() == 0:
		return RefundNone
	case m.Kept() == 0 && back >= m.Amount:
		return RefundFull
	}
	return RefundPartial
}

// MoneyOf reads the ledger about an invoice.
func MoneyOf(app core.App, invoice *Invoice) (InvoiceMoney, error) {
	m := InvoiceMoney{Amount: invoice.Amount(), Payments: []InvoicePayment{}}
	err := app.DB().NewQuery(moneyOfInvoice).Bind(dbx.Params{"invoice": invoice.Id}).All(&m.Payments)
	if err != nil {
		return m, fmt.Errorf("collections: money of invoice %s: %w", invoice.Number(), err)
	}
	return m, nil
}

// InvoicePayments are what all payments did for all invoices.
func InvoicePayments(app core.App) ([]InvoicePayment, error) {
	list := []InvoicePayment{}
	if err := app.DB().NewQuery(moneyOfInvoices).All(&list); err != nil {
		return nil, fmt.Errorf("collections: money of the invoices: %w", err)
	}
	return list, nil
}

// Owed is what an invoice still lacks, in rupiah.
func Owed(app core.App, invoice *Invoice) (int64, error) {
	m, err := MoneyOf(app, invoice)
	return m.Owed(), err
}

// CheckNothingKept refuses to take an invoice back while money pays a part of it:
// nobody looks for money at a cancelled invoice.
func CheckNothingKept(app core.App, invoice *Invoice) error {
	m, err := MoneyOf(app, invoice)
	if err != nil || m.Kept() <= 0 {
		return err
	}
	return Refuse("invoice_has_money", ColumnStatus, Text{
		ID: fmt.Sprintf("%s dari tagihan %s sudah dibayar. Putuskan dulu uang itu, misalnya dikembalikan; baru setelah itu tagihannya bisa dibatalkan.", idr.Format(m.Kept()), invoice.Number()),
		EN: fmt.Sprintf("%s of invoice %s is paid. Decide about that money first, say by giving it back; then the invoice can be cancelled.", idr.FormatIn(m.Kept(), "en"), invoice.Number()),
	})
}

// Disputed reports whether a payer's bank claims back money that pays the invoice.
func Disputed(app core.App, m InvoiceMoney) (bool, error) {
	txns := []any{}
	for _, p := range m.Payments {
		if p.Kept() > 0 {
			txns = append(txns, p.Txn)
		}
	}
	if len(txns) == 0 {
		return false, nil
	}
	n, err := app.CountRecords(MoneyExceptions, dbx.HashExp{"kind": KindChargeback, ColumnState: ExceptionOpen, "provider_txn_id": txns})
	if err != nil {
		return false, fmt.Errorf("collections: look up disputes: %w", err)
	}
	return n > 0, nil
}
