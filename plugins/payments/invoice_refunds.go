package payments

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

type refundInvoiceInput struct {
	ID             string `path:"id" maxLength:"50"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"The same key asks for the same refund, once"`
	Body           struct {
		Amount    int64  `json:"amount" minimum:"1" maximum:"9999999999" doc:"Rupiah"`
		Reason    string `json:"reason" minLength:"3" maxLength:"1000"`
		Reference string `json:"reference,omitempty" maxLength:"100" doc:"The bank's reference, if the money went back by transfer and not through the provider"`
	}
}

type refundInvoiceOutput struct {
	Invoice adminInvoice  `json:"invoice"`
	Refund  exceptionView `json:"refund"`
}

// refundInvoice gives back money that pays an invoice. The invoice stays paid;
// its refund_state tells.
func (p *plugin) refundInvoice(e *core.RequestEvent, in *refundInvoiceInput) (*refundInvoiceOutput, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	back, err := newReturn(in.Body.Reference)
	if err != nil {
		return nil, err
	}
	in.Body.Reason = reason
	var x *exception
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if err := holdInvoice(txApp, in.ID); err != nil {
			return err
		}
		x, err = startRefund(txApp, e, in, back)
		return err
	})
	if err != nil {
		return nil, err
	}
	invoice, err := collections.FindInvoice(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &refundInvoiceOutput{Invoice: toAdminInvoice(invoice), Refund: view}, err
}

func startRefund(txApp core.App, e *core.RequestEvent, in *refundInvoiceInput, back moneyReturn) (*exception, error) {
	invoice, err := collections.FindInvoice(txApp, in.ID)
	if err != nil {
		return nil, err
	}
	key := "wish:" + invoice.Id + ":" + core.GenerateDefaultRandomId()
	if in.IdempotencyKey != "" {
		key = "wish:" + invoice.Id + ":" + in.IdempotencyKey
		if known, err := findByKey(txApp, key); err == nil && known.amount() == in.Body.Amount {
			return known, nil
		} else if err == nil {
			return nil, errRefundRunning
		} else if !isNotFound(err) {
			return nil, err
		}
	}
	if err := checkNoRefund(txApp, invoice.Id); err != nil {
		return nil, err
	}
	from, err := chooseMoney(txApp, invoice, in.Body.Amount, back)
	if err != nil {
		return nil, err
	}
	wish := collections.MoneyException{
		Kind: kindRefund, Invoice: invoice.Id, Attempt: from.Attempt, Amount: in.Body.Amount, TxnID: from.Txn,
		Detail: "invoice " + invoice.Number(), Key: key,
	}
	if from.Attempt != "" {
		if wish.OrderID, err = checkAttempt(txApp, from, in.Body.Amount, back); err != nil {
			return nil, err
		}
	}
	if _, err := collections.Raise(txApp, wish); err != nil {
		return nil, err
	}
	x, err := findByKey(txApp, key)
	if err != nil {
		return nil, err
	}
	x.decide(e, collections.ExceptionRefunding, in.Body.Reason)
	return x, back.start(txApp, x)
}

// checkAttempt returns the order that the money came through, unless its
// acquirer would not give it back.
func checkAttempt(txApp core.App, from collections.InvoicePayment, amount int64, back moneyReturn) (string, error) {
	attempt, err := collections.FindAttempt(txApp, from.Attempt)
	if err != nil {
		return "", err
	}
	if back.byTransfer() {
		return attempt.OrderID(), nil
	}
	m, err := moneyOf(txApp, from.Txn)
	if err != nil {
		return "", err
	}
	return attempt.OrderID(), attemptTerms(attempt).check(collections.Now(txApp), amount, m.Paid)
}

var errRefundRunning = collections.Refuse("refund_running", "refund", collections.Text{
	ID: "Pengembalian lain untuk tagihan ini sedang berjalan.", EN: "Another refund of this invoice is under way.",
})

// checkNoRefund lets one refund of an invoice run at a time: what it takes is
// in the ledger only when the provider has confirmed it.
func checkNoRefund(txApp core.App, invoiceID string) error {
	n, err := txApp.CountRecords(collections.MoneyExceptions, dbx.HashExp{
		"invoice": invoiceID, "kind": kindRefund, "state": []any{collections.ExceptionOpen, collections.ExceptionRefunding},
	})
	if err != nil {
		return fmt.Errorf("payments: look up refunds of invoice %s: %w", invoiceID, err)
	}
	if n > 0 {
		return errRefundRunning
	}
	return nil
}

// chooseMoney finds the payment that the amount can be taken from.
func chooseMoney(txApp core.App, invoice *collections.Invoice, amount int64, back moneyReturn) (collections.InvoicePayment, error) {
	m, err := collections.MoneyOf(txApp, invoice)
	if err != nil {
		return collections.InvoicePayment{}, err
	}
	byTransferOnly := false
	for _, row := range m.Payments {
		if row.Kept() < amount {
			continue
		}
		if row.Attempt == "" && !back.byTransfer() {
			byTransferOnly = true
			continue
		}
		return row, checkExcess(txApp, row)
	}
	if byTransferOnly {
		return collections.InvoicePayment{}, errReturnByTransfer
	}
	return collections.InvoicePayment{}, errRefundTooHigh
}

var errRefundTooHigh = collections.Refuse("refund_too_high", "amount", collections.Text{
	ID: "Tidak ada pembayaran tagihan ini yang masih menyimpan uang sebanyak itu.",
	EN: "No payment of this invoice still holds that much money.",
})

// checkExcess makes people decide about what a payment brought beyond the
// invoice first: a refund would be taken from that.
func checkExcess(txApp core.App, row collections.InvoicePayment) error {
	list, err := exceptionsOf(txApp, row.Txn, collections.ExceptionOpen, collections.ExceptionRefunding)
	for _, x := range list {
		if !x.isClaim() {
			return collections.Refuse("excess_first", "refund", collections.Text{
				ID: "Pembayaran ini punya kelebihan yang belum diputuskan. Putuskan itu dulu.",
				EN: "This payment brought more than was owed. Decide about the excess first.",
			})
		}
	}
	return err
}
