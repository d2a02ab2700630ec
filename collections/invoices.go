package collections

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Statuses of an invoice, and what was given back of it.
const (
	Unpaid           = "unpaid"
	Paid             = "paid"
	InvoiceCancelled = "cancelled"

	RefundNone    = "none"
	RefundPartial = "partial"
	RefundFull    = "full"
)

// Invoice is one amount that a client owes for a project.
type Invoice struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*Invoice)(nil)

// AsInvoice reads record, which must be of the invoices collection.
func AsInvoice(record *core.Record) *Invoice {
	i := &Invoice{}
	i.SetProxyRecord(record)
	return i
}

// NewInvoice returns an empty invoice.
func NewInvoice(app core.App) (*Invoice, error) {
	record, err := newRecord(app, Invoices)
	if err != nil {
		return nil, err
	}
	return AsInvoice(record), nil
}

// Owner returns the id of the client who owes it.
func (i *Invoice) Owner() string { return i.GetString("user") }

// ProjectID returns the id of the project that it is for.
func (i *Invoice) ProjectID() string { return i.GetString("project") }

// Number returns the printed number, e.g. INV/2026/XI/0001.
func (i *Invoice) Number() string { return i.GetString("number") }

// Serial returns the number over all years that order ids are made of.
func (i *Invoice) Serial() int { return i.GetInt("serial") }

// Amount returns the total in rupiah, tax included.
func (i *Invoice) Amount() int64 { return i.GetInt64("amount") }

// DPP returns the tax base in rupiah; 0 without PPN.
func (i *Invoice) DPP() int64 { return i.GetInt64("dpp") }

// PPN returns the tax in rupiah that Amount includes.
func (i *Invoice) PPN() int64 { return i.GetInt64("ppn") }

// TaxRate returns the rate in percent at which PPN was computed.
func (i *Invoice) TaxRate() int64 { return i.GetInt64("tax_rate") }

// DueAtStart reports whether work waits for this invoice.
func (i *Invoice) DueAtStart() bool { return i.GetBool("due_at_start") }

// Status returns Unpaid, Paid or InvoiceCancelled.
func (i *Invoice) Status() string { return i.GetString(ColumnStatus) }

// RefundState returns RefundNone, RefundPartial or RefundFull.
func (i *Invoice) RefundState() string { return i.GetString("refund_state") }

// DueAt returns when it falls due (UTC); zero while the rest is not yet due.
func (i *Invoice) DueAt() types.DateTime { return i.GetDateTime("due_at") }

// PaidAt returns when the last missing rupiah arrived (UTC).
func (i *Invoice) PaidAt() types.DateTime { return i.GetDateTime("paid_at") }

// Instalment returns which of Instalments parts of the price this is, from 1.
func (i *Invoice) Instalment() int { return i.GetInt("instalment") }

// Instalments returns into how many parts the price was divided.
func (i *Invoice) Instalments() int { return i.GetInt("instalments") }

// MarkPaid makes the invoice paid at the given time (UTC).
func (i *Invoice) MarkPaid(at types.DateTime) {
	i.Set(ColumnStatus, Paid)
	i.Set("paid_at", at)
}

// Cancel takes the invoice back.
func (i *Invoice) Cancel() { i.Set(ColumnStatus, InvoiceCancelled) }
