package payments

import (
	"database/sql"
	"errors"
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
	from, x, err := chooseRefund(e.App, in, back)
	if err != nil {
		return nil, err
	}
	if x == nil {
		of, err := paymentSource(e.App, from)
		if err != nil {
			return nil, err
		}
		err = p.dispose(e.Request.Context(), of, func(txApp core.App, of source, conditions terms) (err error) {
			if err := holdInvoice(txApp, in.ID); err != nil {
				return err
			}
			x, err = startRefund(txApp, e, in, back, of, conditions)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	invoice, err := collections.FindInvoice(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &refundInvoiceOutput{Invoice: toAdminInvoice(invoice), Refund: view}, err
}

// wishKey names the refund: by the caller's key if there is one.
func (in *refundInvoiceInput) wishKey() string {
	key := in.IdempotencyKey
	if key == "" {
		key = core.GenerateDefaultRandomId()
	}
	return "wish:" + in.ID + ":" + key
}

// chooseRefund finds the payment to take the money from, or the refund that was
// asked for already by the same key.
func chooseRefund(app core.App, in *refundInvoiceInput, back moneyReturn) (from collections.InvoicePayment, known *exception, err error) {
	invoice, err := collections.FindInvoice(app, in.ID)
	if err != nil {
		return from, nil, err
	}
	if in.IdempotencyKey != "" {
		known, err := findByKey(app, in.wishKey())
		switch {
		case err == nil && known.amount() != in.Body.Amount:
			return from, nil, errRefundRunning
		case err == nil || !isNotFound(err):
			return from, known, err
		}
	}
	if err := checkNoRefund(app, invoice.Id); err != nil {
		return from, nil, err
	}
	from, err = chooseMoney(app, invoice, in.Body.Amount, back)
	return from, nil, err
}

// paymentSource is the money of a payment. What came for no order that we knew has
// its order in the finding about it; what came by bank transfer has none.
func paymentSource(app core.App, from collections.InvoicePayment) (source, error) {
	of := source{txn: from.Txn}
	if from.Attempt != "" {
		attempt, err := collections.FindAttempt(app, from.Attempt)
		if err != nil {
			return of, err
		}
		of.attempt, of.order = attempt, attempt.OrderID()
		return of, nil
	}
	found, err := app.FindFirstRecordByFilter(collections.MoneyExceptions, "provider_txn_id = {:txn} && order_id != ''", dbx.Params{"txn": from.Txn})
	if errors.Is(err, sql.ErrNoRows) {
		return of, nil
	}
	if err != nil {
		return of, fmt.Errorf("payments: find order of payment %s: %w", from.Txn, err)
	}
	of.order = asException(found).orderID()
	return of, nil
}

// startRefund writes down the wish and sets the money in motion. The provider
// was asked about one payment; when another one would be taken now, it is stale.
func startRefund(txApp core.App, e *core.RequestEvent, in *refundInvoiceInput, back moneyReturn, of source, conditions terms) (*exception, error) {
	from, known, err := chooseRefund(txApp, in, back)
	if known != nil || err != nil {
		return known, err
	}
	if from.Txn != of.txn {
		return nil, collections.ErrStale
	}
	if err := back.check(txApp, conditions, of.txn, in.Body.Amount); err != nil {
		return nil, err
	}
	invoice, err := collections.FindInvoice(txApp, in.ID)
	if err != nil {
		return nil, err
	}
	key := in.wishKey()
	if _, err := collections.Raise(txApp, collections.MoneyException{
		Kind: kindRefund, Invoice: invoice.Id, Attempt: from.Attempt, Amount: in.Body.Amount, TxnID: from.Txn, OrderID: of.order,
		Detail: "invoice " + invoice.Number(), Key: key,
	}); err != nil {
		return nil, err
	}
	x, err := findByKey(txApp, key)
	if err != nil {
		return nil, err
	}
	x.decide(e, collections.ExceptionRefunding, in.Body.Reason)
	return x, back.start(txApp, x)
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
		of, err := paymentSource(txApp, row)
		if err != nil {
			return collections.InvoicePayment{}, err
		}
		if !of.atProvider() && !back.byTransfer() {
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
