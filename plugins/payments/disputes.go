package payments

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// A payer's bank can claim a payment back. Until people say how that ended,
// nobody disposes of the money: it may be gone.

func (x *exception) isDispute() bool { return x.kind() == collections.KindChargeback }

// checkUndisputed refuses what would dispose of money that a bank claims back.
func checkUndisputed(app core.App, txn string) error {
	if txn == "" {
		return nil
	}
	n, err := app.CountRecords(collections.MoneyExceptions, dbx.HashExp{
		"provider_txn_id": txn, "kind": collections.KindChargeback, collections.ColumnState: collections.ExceptionOpen,
	})
	if err != nil {
		return fmt.Errorf("payments: look up disputes of %s: %w", txn, err)
	}
	if n > 0 {
		return errDisputed
	}
	return nil
}

type disputeInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Outcome string `json:"outcome" enum:"won,lost" doc:"won: the money stays; lost: the payer's bank keeps it"`
		Reason  string `json:"reason" minLength:"3" maxLength:"1000"`
	}
}

// endDispute records how a dispute ended.
func (p *plugin) endDispute(e *core.RequestEvent, in *disputeInput) (*exceptionView, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	var x *exception
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if x, err = holdOpen(txApp, in.ID); err != nil {
			return err
		}
		if !x.isDispute() {
			return collections.Refuse("no_dispute", "kind", collections.Text{
				ID: "Temuan ini bukan sengketa.", EN: "This finding is no dispute.",
			})
		}
		if err := holdInvoice(txApp, x.invoiceID()); err != nil {
			return err
		}
		x.decide(e, in.Body.Outcome, reason)
		if err := txApp.Save(x); err != nil {
			return fmt.Errorf("payments: end dispute %s: %w", in.ID, err)
		}
		if in.Body.Outcome == collections.ExceptionLost {
			return loseMoney(txApp, x)
		}
		return keepMoney(txApp, x)
	})
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &view, err
}

// loseMoney books what the payer's bank kept: all that the payment still had.
func loseMoney(txApp core.App, x *exception) error {
	m, err := moneyOf(txApp, x.txnID())
	if err != nil {
		return err
	}
	gone := min(x.left(), m.Paid-m.gone())
	if gone <= 0 {
		return nil
	}
	if _, err := bookReturn(txApp, collections.LedgerEntry{
		Invoice: x.invoiceID(), Attempt: x.GetString("attempt"), Kind: collections.LedgerChargeback, Amount: -gone, TxnID: x.txnID(),
		DedupeKey: "chargeback:" + x.txnID(), At: collections.DateTime(collections.Now(txApp)), Demo: x.GetBool(collections.ColumnDemo),
		Note: x.GetString("reason"), By: x.GetString("decided_by"),
	}); err != nil {
		return err
	}
	return settleExceptions(txApp, x.txnID())
}

// keepMoney puts money that was won and that nothing else holds into the queue:
// it came in dispute, so it has paid for nothing yet.
func keepMoney(txApp core.App, x *exception) error {
	m, err := moneyOf(txApp, x.txnID())
	if err != nil {
		return err
	}
	loose := m.free()
	list, err := exceptionsOf(txApp, x.txnID(), collections.ExceptionOpen, collections.ExceptionRefunding, collections.ExceptionWaived)
	if err != nil {
		return err
	}
	for _, other := range list {
		if !other.isClaim() {
			loose -= other.left()
		}
	}
	if loose <= 0 {
		return nil
	}
	return raise(txApp, collections.MoneyException{
		Kind: string(paystate.LateMoney), Invoice: x.invoiceID(), Attempt: x.GetString("attempt"), Amount: loose,
		OrderID: x.orderID(), TxnID: x.txnID(), Detail: "dispute won", Key: "won:" + x.txnID(),
	})
}

// disputeOrphan raises the dispute about money of an unknown order.
func disputeOrphan(txApp core.App, t *gateway.Transaction, m money) error {
	invoices, err := paidInvoices(txApp, t.Notice.TxnID, "")
	if err != nil {
		return err
	}
	x := collections.MoneyException{
		Kind: collections.KindChargeback, Amount: max(m.Paid-m.gone(), 0), OrderID: t.OrderID, TxnID: t.Notice.TxnID,
		Detail: "unknown order", Key: "chargeback:" + t.Notice.TxnID,
	}
	if len(invoices) > 0 {
		x.Invoice = invoices[0]
	}
	return raise(txApp, x)
}

// paidInvoices are the invoices that a payment counts for, own first.
func paidInvoices(app core.App, txn, own string) ([]string, error) {
	ids := []string{}
	err := app.DB().NewQuery(invoicesOfPayment).Bind(dbx.Params{"txn": txn, "own": own}).Column(&ids)
	if err != nil {
		return nil, fmt.Errorf("payments: invoices of payment %s: %w", txn, err)
	}
	return ids, nil
}

// markDisputed puts the dispute on the timeline of every project whose invoice
// the money pays, where whoever works on it looks.
func markDisputed(txApp core.App, x collections.MoneyException) error {
	invoices, err := paidInvoices(txApp, x.TxnID, x.Invoice)
	if err != nil {
		return err
	}
	if len(invoices) == 0 && x.Invoice != "" {
		invoices = append(invoices, x.Invoice)
	}
	marked := map[string]bool{}
	for _, id := range invoices {
		invoice, err := collections.FindInvoice(txApp, id)
		if err != nil {
			return fmt.Errorf("payments: find disputed invoice: %w", err)
		}
		project, err := collections.FindProject(txApp, invoice.ProjectID())
		if err != nil {
			return fmt.Errorf("payments: find project of invoice %s: %w", invoice.Number(), err)
		}
		if marked[project.Id] {
			continue
		}
		marked[project.Id] = true
		err = collections.AddProjectEvent(txApp, project, collections.EventDisputed, "", "", // no step of its status
			collections.Actor{Kind: collections.ByPayment}, invoice.Number()+", "+idr.Format(x.Amount))
		if err != nil {
			return err
		}
	}
	return nil
}
