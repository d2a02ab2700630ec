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
// An unknown order id is collections.ErrNotFound.
func (p *plugin) apply(txApp core.App, t *gateway.Transaction) (paystate.Outcome, *collections.PaymentAttempt, error) {
	attempt, err := collections.FindAttemptByOrder(txApp, t.OrderID)
	if err != nil {
		return "", nil, err
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

// applyNow is apply in a transaction of its own.
func (p *plugin) applyNow(t *gateway.Transaction) (outcome paystate.Outcome, err error) {
	err = p.app.RunInTransaction(func(txApp core.App) error {
		outcome, _, err = p.apply(txApp, t)
		return err
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
	applied, err := collections.Applied(txApp, invoice.Id)
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
		invoice: paystate.Invoice{Amount: invoice.Amount(), Applied: applied, State: paystate.InvoiceState(invoice.Status())},
		attempt: paystate.Attempt{
			Status: paystate.Status(attempt.Status()), Amount: attempt.Amount(), TxnID: attempt.TxnID(),
			Booked: booked > 0, Refunds: refunds,
		},
	}, nil
}

// write puts a decision into the database: attempt, ledger, exceptions, invoice,
// in this order, because the invoice's hooks look at the others.
func (p *plugin) write(txApp core.App, attempt *collections.PaymentAttempt, invoice *collections.Invoice, t *gateway.Transaction, r paystate.Result) error {
	at := t.SettledAt
	if at.IsZero() {
		at = collections.Now(txApp)
	}
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
	return saveInvoice(txApp, invoice, r, at)
}

// bookEntry writes a movement into the ledger, if it is not there. A refund can
// concern several invoices; each of them says then what was given back of it.
func bookEntry(txApp core.App, e paystate.Entry, attempt *collections.PaymentAttempt, invoice *collections.Invoice, t *gateway.Transaction, at time.Time) (isNew bool, err error) {
	shares := []share{{invoice.Id, e.Amount}}
	if e.Kind == paystate.RefundEntry {
		if shares, err = refundShares(txApp, e, t.Notice.TxnID, invoice.Id); err != nil {
			return false, err
		}
	}
	for n, s := range shares {
		key := e.Key
		if n > 0 {
			key += ":" + s.invoice
		}
		isNew, err = collections.Book(txApp, collections.LedgerEntry{
			Invoice: s.invoice, Attempt: attempt.Id, Kind: string(e.Kind), Amount: s.amount, Applied: e.Applied,
			TxnID: t.Notice.TxnID, DedupeKey: key, At: collections.DateTime(at), Demo: invoice.GetBool(collections.ColumnDemo),
		})
		if err != nil || !isNew {
			return isNew, err
		}
		if s.invoice == invoice.Id {
			continue // saveInvoice looks at it
		}
		other, err := collections.FindInvoice(txApp, s.invoice)
		if err == nil {
			err = saveRefundState(txApp, other)
		}
		if err != nil {
			return true, err
		}
	}
	return isNew, nil
}

func saveAttempt(txApp core.App, attempt *collections.PaymentAttempt, t *gateway.Transaction, r paystate.Result) error {
	plan(attempt, r.Attempt.Status, collections.Now(txApp))
	attempt.Set(collections.ColumnStatus, string(r.Attempt.Status))
	attempt.Set("provider_txn_id", r.Attempt.TxnID)
	if len(r.Attempt.Refunds) > 0 {
		attempt.Set("refunds", r.Attempt.Refunds)
	}
	known := map[string]string{"acquirer": t.Acquirer, "issuer": t.Issuer, "transaction_type": t.Type}
	if attempt.QRString() == "" {
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

// saveInvoice marks the invoice paid or says what was given back of it.
func saveInvoice(txApp core.App, invoice *collections.Invoice, r paystate.Result, at time.Time) error {
	changed := false
	if r.Paid {
		invoice.MarkPaid(collections.DateTime(at))
		changed = true
	}
	refund, err := refundState(txApp, invoice)
	if err != nil {
		return err
	}
	if refund != invoice.RefundState() {
		invoice.Set("refund_state", refund)
		changed = true
	}
	if !changed {
		return nil
	}
	if err := txApp.Save(invoice); err != nil {
		return fmt.Errorf("save invoice: %w", err)
	}
	return nil
}
