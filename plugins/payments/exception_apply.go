package payments

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

type applyInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Invoice string `json:"invoice" minLength:"1" maxLength:"50" doc:"The invoice that the money is to pay"`
		Reason  string `json:"reason,omitempty" maxLength:"1000"`
		Confirm string `json:"confirm,omitempty" maxLength:"50" doc:"The invoice's number, where it is not of the client whose money this is"`
	}
}

type applyOutput struct {
	Exception exceptionView  `json:"exception"`
	Invoice   adminInvoice   `json:"invoice"`
	Applied   int64          `json:"applied" doc:"What of the money pays the invoice, in rupiah"`
	Rest      *exceptionView `json:"rest,omitempty" doc:"What is left of it, to decide about"`
}

// applyException uses the money of an exception to pay an invoice.
func (p *plugin) applyException(e *core.RequestEvent, in *applyInput) (*applyOutput, error) {
	x, err := findException(e.App, in.ID)
	if err == nil {
		err = x.checkOpen()
	}
	if err == nil {
		err = x.checkPlaceable()
	}
	if err != nil {
		return nil, err
	}
	target, err := payableTarget(e.App, in.Body.Invoice)
	if err == nil {
		err = x.checkClient(e.App, target, in.Body.Confirm)
	}
	if err != nil {
		return nil, err
	}
	of, err := sourceOf(e.App, x)
	if err != nil {
		return nil, err
	}
	out := &applyOutput{}
	err = p.dispose(e.Request.Context(), of, func(txApp core.App, _ source, _ terms) error { return place(txApp, e, in, out) })
	return out, err
}

// payableTarget returns an invoice that money can be used for.
func payableTarget(app core.App, id string) (*collections.Invoice, error) {
	invoice, err := collections.FindInvoice(app, id)
	if isNotFound(err) {
		return nil, collections.Invalid("unknown_invoice", "invoice", collections.Text{
			ID: "Tagihan ini tidak ada.", EN: "There is no such invoice.",
		})
	}
	if err != nil {
		return nil, err
	}
	return invoice, checkPayable(invoice)
}

// checkClient lets money pay the invoices of the client whose it is, and those of
// another one only where somebody typed which.
func (x *exception) checkClient(app core.App, target *collections.Invoice, typed string) error {
	if x.invoiceID() == "" || strings.EqualFold(strings.TrimSpace(typed), target.Number()) {
		return nil
	}
	own, err := collections.FindInvoice(app, x.invoiceID())
	if err != nil {
		return fmt.Errorf("payments: find invoice of exception %s: %w", x.Id, err)
	}
	if own.Owner() == target.Owner() {
		return nil
	}
	return collections.Refuse("other_client", "confirm", collections.Text{
		ID: "Uang ini milik klien lain. Kalau memang untuk tagihan ini, ketik nomornya: " + target.Number() + ".",
		EN: "This money is another client's. If it is for this invoice all the same, type its number: " + target.Number() + ".",
	})
}

func place(txApp core.App, e *core.RequestEvent, in *applyInput, out *applyOutput) error {
	if err := holdInvoice(txApp, in.Body.Invoice); err != nil {
		return err
	}
	x, err := holdOpen(txApp, in.ID)
	if err != nil {
		return err
	}
	invoice, err := payableTarget(txApp, in.Body.Invoice)
	if err != nil {
		return err
	}
	owed, err := collections.Owed(txApp, invoice)
	if err != nil {
		return err
	}
	out.Applied = min(x.left(), owed)
	entry := collections.LedgerEntry{
		Invoice: invoice.Id, Attempt: x.GetString("attempt"), Kind: collections.LedgerAdjust, Applied: out.Applied,
		TxnID: x.txnID(), DedupeKey: "apply:" + x.Id, At: collections.DateTime(collections.Now(txApp)),
		Demo: invoice.GetBool(collections.ColumnDemo), Note: in.Body.Reason, By: collections.RequestActor(e).ID,
	}
	if x.byTransfer() {
		entry.TxnID, entry.PaymentKey = "", x.txnID()
	}
	if isNew, err := collections.Book(txApp, entry); err != nil || !isNew {
		return errors.Join(err, x.checkOpen())
	}
	rest := x.left() - out.Applied
	x.decide(e, collections.ExceptionApplied, in.Body.Reason)
	x.Set("applied_to", invoice.Id)
	if err := txApp.Save(x); err != nil {
		return fmt.Errorf("payments: apply exception %s: %w", x.Id, err)
	}
	if err := coverInvoice(txApp, e, invoice, owed-out.Applied, collections.Now(txApp)); err != nil {
		return err
	}
	return answerPlaced(txApp, x, invoice, rest, out)
}

// answerPlaced raises what is left of the money anew and fills in the answer.
func answerPlaced(txApp core.App, x *exception, invoice *collections.Invoice, rest int64, out *applyOutput) (err error) {
	if rest > 0 {
		key := "rest:" + x.Id
		if err := raise(txApp, collections.MoneyException{
			Kind: string(paystate.OverpaidMoney), Invoice: x.invoiceID(), Attempt: x.GetString("attempt"), Amount: rest,
			OrderID: x.orderID(), TxnID: x.txnID(), Detail: "rest after invoice " + invoice.Number(), Key: key,
		}); err != nil {
			return err
		}
		raised, err := findByKey(txApp, key)
		if err != nil {
			return err
		}
		view, err := viewOf(txApp, raised)
		if err != nil {
			return err
		}
		out.Rest = &view
	}
	if out.Exception, err = viewOf(txApp, x); err != nil {
		return err
	}
	invoice, err = collections.FindInvoice(txApp, invoice.Id)
	if err == nil {
		out.Invoice = toAdminInvoice(invoice)
	}
	return err
}
