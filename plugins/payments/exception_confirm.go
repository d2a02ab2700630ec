package payments

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// bookConfirmed books what the provider says about money that is not in the
// ledger. With an attempt the usual rules decide, which may place the money.
func (p *plugin) bookConfirmed(of source, t *gateway.Transaction) error {
	if of.attempt != nil {
		if _, err := p.applyNow(t); err != nil {
			return err
		}
		m, err := moneyOf(p.app, of.txn)
		if err == nil && m.Paid == 0 {
			return errUnconfirmed
		}
		return err
	}
	n := t.Notice
	if !n.Status.Received() || n.Status == paystate.Chargeback || n.TxnID == "" || !n.Whole || n.Currency != "IDR" ||
		n.ForeignMerchant || !n.FraudClear() {
		return errUnconfirmed
	}
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := bookOrphan(txApp, t); err != nil {
			return err
		}
		fresh, err := holdOpen(txApp, of.exception)
		if err != nil {
			return err
		}
		if fresh.txnID() != n.TxnID || fresh.amount() != n.Gross { // what raised it was not signed as a whole
			fresh.Set("provider_txn_id", n.TxnID)
			fresh.Set("amount", n.Gross)
			if err := txApp.Save(fresh); err != nil {
				return fmt.Errorf("payments: correct exception %s: %w", of.exception, err)
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
		if t.Notice.Status == paystate.Chargeback {
			if err := disputeOrphan(txApp, t, m); err != nil {
				return err
			}
		}
		if err := settleExceptions(txApp, t.Notice.TxnID); err != nil {
			return err
		}
		return release(txApp, t)
	})
}
