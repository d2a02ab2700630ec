package payments

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// apply writes what a statement of the provider means for the attempt with this
// order id. It belongs in a transaction; no call to the provider happens here.
// An unknown order id is errUnknownOrder.
func (p *plugin) apply(txApp core.App, t *gateway.Transaction) (paystate.Outcome, *collections.PaymentAttempt, error) {
	attempt, err := collections.FindAttemptByOrder(txApp, t.OrderID)
	if isNotFound(err) {
		return "", nil, errUnknownOrder
	}
	if err != nil {
		return "", nil, err
	}
	if t.Notice.Confirmed && !concerns(attempt, t) {
		return "", nil, fmt.Errorf("%w: asked about order %s", errForeignAnswer, t.OrderID)
	}
	if err := holdInvoice(txApp, attempt.InvoiceID()); err != nil {
		return "", nil, err
	}
	// Read again under the lock: another node may have been faster.
	if attempt, err = collections.FindAttempt(txApp, attempt.Id); err != nil {
		return "", nil, err
	}
	invoice, err := collections.FindInvoice(txApp, attempt.InvoiceID())
	if err != nil {
		return "", nil, fmt.Errorf("payments: apply %s: find invoice: %w", t.OrderID, err)
	}
	state, err := stateOf(txApp, attempt, invoice)
	if err != nil {
		return "", nil, err
	}
	r := paystate.Decide(state.invoice, state.attempt, t.Notice)
	if err := p.write(txApp, attempt, invoice, t, r); err != nil {
		return "", nil, fmt.Errorf("payments: apply %s: %w", t.OrderID, err)
	}
	return r.Outcome, attempt, nil
}

// applyNow applies an answer of the provider in a transaction of its own.
func (p *plugin) applyNow(t *gateway.Transaction) (outcome paystate.Outcome, err error) {
	err = p.bookOrKeep(t, func(txApp core.App) error {
		if outcome, _, err = p.apply(txApp, t); err != nil {
			return err
		}
		return release(txApp, t)
	})
	if err == nil {
		p.stats.applied(outcome)
	}
	return outcome, err
}

type state struct {
	invoice paystate.Invoice
	attempt paystate.Attempt
}

func stateOf(txApp core.App, attempt *collections.PaymentAttempt, invoice *collections.Invoice) (state, error) {
	pays, err := payable(txApp, invoice)
	if err != nil {
		return state{}, err
	}
	booked, err := txApp.CountRecords(collections.Ledger,
		dbx.HashExp{"attempt": attempt.Id, "kind": collections.LedgerPayment})
	if err != nil {
		return state{}, fmt.Errorf("payments: look up ledger of attempt %s: %w", attempt.Id, err)
	}
	refunds := []paystate.Refund{}
	if raw := attempt.GetString("refunds"); raw != "" && raw != "null" {
		if err := attempt.UnmarshalJSONField("refunds", &refunds); err != nil {
			return state{}, fmt.Errorf("payments: read refunds of attempt %s: %w", attempt.Id, err)
		}
	}
	return state{
		invoice: pays,
		attempt: paystate.Attempt{
			Status: paystate.Status(attempt.Status()), Amount: attempt.Amount(), TxnID: attempt.TxnID(),
			Booked: booked > 0, Refunds: refunds,
		},
	}, nil
}

// write puts a decision into the database: attempt, ledger, exceptions, invoice,
// in this order, because the invoice's hooks look at the others.
func (p *plugin) write(txApp core.App, attempt *collections.PaymentAttempt, invoice *collections.Invoice, t *gateway.Transaction, r paystate.Result) error {
	at := whenever(txApp, t.SettledAt)
	if err := saveAttempt(txApp, attempt, t, r); err != nil {
		return err
	}
	for _, e := range r.Entries {
		isNew, err := bookEntry(txApp, e, attempt, invoice, t, at)
		if err == nil && isNew && e.Kind == paystate.PaymentEntry {
			err = supersede(txApp, t.Notice.TxnID, r.Exceptions)
		}
		if err != nil {
			return err
		}
	}
	if len(r.Entries) > 0 {
		if err := settleExceptions(txApp, t.Notice.TxnID); err != nil {
			return err
		}
	}
	for _, x := range r.Exceptions {
		if err := raise(txApp, collections.MoneyException{
			Kind: string(x.Kind), Invoice: invoice.Id, Attempt: attempt.Id, Amount: x.Amount, OrderID: t.OrderID,
			TxnID: t.Notice.TxnID, Detail: "invoice " + invoice.Number(), Key: x.Key,
		}); err != nil {
			return err
		}
	}
	if r.Outcome == paystate.Verify {
		return enqueueVerify(txApp, t.OrderID, t.Notice.Status)
	}
	return saveInvoice(txApp, invoice.Id, r, at)
}

// whenever is a time that the provider named, or the present: money that it
// names no time for has moved by now.
func whenever(app core.App, at time.Time) time.Time {
	if at.IsZero() {
		return collections.Now(app)
	}
	return at
}

// bookEntry writes a movement into the ledger, if it is not there.
func bookEntry(txApp core.App, e paystate.Entry, attempt *collections.PaymentAttempt, invoice *collections.Invoice, t *gateway.Transaction, at time.Time) (isNew bool, err error) {
	entry := collections.LedgerEntry{
		Invoice: invoice.Id, Attempt: attempt.Id, Kind: string(e.Kind), Amount: e.Amount, Applied: e.Applied,
		TxnID: t.Notice.TxnID, DedupeKey: e.Key, At: collections.DateTime(at), Demo: invoice.GetBool(collections.ColumnDemo),
	}
	if e.Kind == paystate.RefundEntry {
		entry.At = collections.DateTime(whenever(txApp, e.At))
		return bookReturn(txApp, entry)
	}
	return collections.Book(txApp, entry)
}

func saveAttempt(txApp core.App, attempt *collections.PaymentAttempt, t *gateway.Transaction, r paystate.Result) error {
	plan(attempt, r.Attempt.Status, collections.Now(txApp))
	attempt.Set(collections.ColumnStatus, string(r.Attempt.Status))
	attempt.Set("provider_txn_id", r.Attempt.TxnID)
	if len(r.Attempt.Refunds) > 0 {
		attempt.Set("refunds", r.Attempt.Refunds)
	}
	known := map[string]string{"acquirer": t.Acquirer, "issuer": t.Issuer, "transaction_type": t.Type}
	// However the code came: what was not compared with what was asked is not shown.
	if attempt.QRString() == "" && t.Notice.Confirmed && checkCode(attempt, t) == nil {
		known["qr_string"] = t.QRString
	}
	for column, value := range known {
		if value != "" {
			attempt.Set(column, value)
		}
	}
	if fee := t.Notice.Gross - attempt.Amount(); fee > 0 && t.Notice.Confirmed && t.Notice.Original == attempt.Amount() {
		attempt.Set("fee", fee)
	}
	if !t.ExpiresAt.IsZero() {
		attempt.Set("expires_at", collections.DateTime(t.ExpiresAt))
	}
	if !t.SettledAt.IsZero() && r.Attempt.Status.Received() && attempt.GetDateTime("settled_at").IsZero() {
		attempt.Set("settled_at", collections.DateTime(t.SettledAt))
	}
	if err := txApp.Save(attempt); err != nil {
		return fmt.Errorf("save attempt: %w", err)
	}
	return nil
}

// saveInvoice marks the invoice paid and says what was given back of it.
func saveInvoice(txApp core.App, id string, r paystate.Result, at time.Time) error {
	if len(r.Entries) == 0 {
		return nil
	}
	invoice, err := collections.FindInvoice(txApp, id) // a refund that was just booked has changed it
	if err != nil {
		return err
	}
	if r.Paid {
		invoice.MarkPaid(collections.DateTime(at))
		return savePaid(txApp, invoice)
	}
	return saveRefundState(txApp, invoice)
}

// savePaid saves an invoice that was just marked paid. What was given back of it
// before and paid anew is missing no more.
func savePaid(txApp core.App, invoice *collections.Invoice) error {
	m, err := collections.MoneyOf(txApp, invoice)
	if err != nil {
		return err
	}
	invoice.Set("refund_state", m.RefundState())
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("payments: mark invoice %s paid: %w", invoice.Number(), err)
	}
	return nil
}
