package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// confirm asks the provider before somebody disposes of money. What came for no
// order that we know, or in a form that we refused, is booked only when the
// provider says that it is there; and of what is in the ledger a part may have
// gone back without our hearing of it. The terms are those of its refund.
func (p *plugin) confirm(ctx context.Context, id string) (*exception, terms, error) {
	x, err := findException(p.app, id)
	if err == nil {
		err = x.checkOpen()
	}
	if err != nil {
		return nil, terms{}, err
	}
	attempt, err := x.attempt(p.app)
	if err != nil {
		return nil, terms{}, err
	}
	m, err := moneyOf(p.app, x.txnID())
	if err != nil {
		return nil, terms{}, err
	}
	if m.Paid > 0 && (x.byTransfer() || x.orderID() == "") {
		return x, terms{}, nil
	}
	name := x.orderID()
	if m.Paid > 0 {
		name = x.txnID() // of several transactions of one order this one
	}
	t, err := p.gateway.Status(ctx, name)
	if errors.Is(err, gateway.ErrNotFound) || err == nil && !names(t, x.orderID()) {
		return nil, terms{}, errUnconfirmed
	}
	if err == nil && m.Paid > 0 && !t.Notice.Status.Received() {
		// It has forgotten what it told us: nothing about refunds to go by.
		err = fmt.Errorf("payments: %s is paid in our books and %s at the provider: %w", x.orderID(), t.Notice.Status, gateway.ErrRetryable)
	}
	if err != nil {
		return nil, terms{}, clientError(err)
	}
	t.OrderID = x.orderID()
	conditions := newTerms(t.Acquirer, t.Type, t.SettledAt)
	switch {
	case m.Paid == 0:
		err = p.bookConfirmed(x, attempt, t)
	case attempt != nil:
		conditions = attemptTerms(attempt)
		fallthrough
	default:
		err = p.hearOfRefunds(t)
	}
	if err != nil {
		return nil, terms{}, err
	}
	if x, err = findException(p.app, id); err == nil {
		err = x.checkOpen()
	}
	return x, conditions, err
}

// hearOfRefunds books what the provider gave back without our hearing of it.
func (p *plugin) hearOfRefunds(t *gateway.Transaction) error {
	if t.Notice.Status.Rank() <= paystate.Settlement.Rank() {
		return nil
	}
	_, err := p.applyNow(t)
	if errors.Is(err, errUnknownOrder) {
		err = p.followOrphan(t)
	}
	return err
}

var errUnconfirmed = collections.Refuse("money_unconfirmed", "state", collections.Text{
	ID: "Penyedia pembayaran tidak membenarkan uang ini, jadi tidak ada yang bisa dipakai atau dikembalikan.",
	EN: "The payment provider does not confirm this money, so there is nothing to use or give back.",
})

// bookConfirmed books what the provider says about money that is not in the
// ledger. With an attempt the usual rules decide, which may place the money.
func (p *plugin) bookConfirmed(x *exception, attempt *collections.PaymentAttempt, t *gateway.Transaction) error {
	if attempt != nil {
		if _, err := p.applyNow(t); err != nil {
			return err
		}
		m, err := moneyOf(p.app, x.txnID())
		if err == nil && m.Paid == 0 {
			return errUnconfirmed
		}
		return err
	}
	n := t.Notice
	if !n.Status.Received() || n.Status == paystate.Chargeback || n.TxnID == "" || !n.Whole || n.Currency != "IDR" ||
		n.ForeignMerchant || n.Fraud == "deny" || n.Fraud == "challenge" {
		return errUnconfirmed
	}
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := bookOrphan(txApp, t); err != nil {
			return err
		}
		fresh, err := holdOpen(txApp, x.Id)
		if err != nil {
			return err
		}
		if fresh.txnID() != n.TxnID || fresh.amount() != n.Gross { // what raised it was not signed as a whole
			fresh.Set("provider_txn_id", n.TxnID)
			fresh.Set("amount", n.Gross)
			if err := txApp.Save(fresh); err != nil {
				return fmt.Errorf("payments: correct exception %s: %w", x.Id, err)
			}
		}
		return settleExceptions(txApp, n.TxnID)
	})
}

// bookOrphan books a confirmed payment without an attempt and what went back of it.
func bookOrphan(txApp core.App, t *gateway.Transaction) error {
	entry := collections.LedgerEntry{
		Kind: collections.LedgerPayment, Amount: t.Notice.Gross, TxnID: t.Notice.TxnID, DedupeKey: "pay:" + t.Notice.TxnID,
		At: collections.DateTime(whenever(txApp, t.SettledAt)),
	}
	if _, err := collections.Book(txApp, entry); err != nil {
		return err
	}
	for _, r := range t.Notice.Refunds {
		entry.Kind, entry.Amount, entry.DedupeKey = collections.LedgerRefund, -r.Amount, "refund:"+t.Notice.TxnID+":"+r.Key
		entry.At = collections.DateTime(whenever(txApp, r.At))
		if _, err := bookReturn(txApp, entry); err != nil {
			return err
		}
	}
	return nil
}

// followOrphan books the refunds of money without an attempt that somebody has
// decided about; an order that nobody decided about is left to its exception.
func (p *plugin) followOrphan(t *gateway.Transaction) error {
	m, err := moneyOf(p.app, t.Notice.TxnID)
	if err != nil || m.Paid == 0 {
		return err
	}
	return p.bookOrKeep(t, func(txApp core.App) error {
		if err := bookOrphan(txApp, t); err != nil {
			return err
		}
		if err := settleExceptions(txApp, t.Notice.TxnID); err != nil {
			return err
		}
		return release(txApp, t)
	})
}
