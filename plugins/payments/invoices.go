package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/payments/gateway"
)

// adminInvoice is an invoice as the agency sees it.
type adminInvoice struct {
	collections.InvoiceView
	User         string `json:"user" doc:"The client's id"`
	CancelReason string `json:"cancel_reason"`
}

func toAdminInvoice(i *collections.Invoice) adminInvoice {
	return adminInvoice{InvoiceView: i.View(), User: i.Owner(), CancelReason: i.GetString("cancel_reason")}
}

func (p *plugin) listInvoices(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[adminInvoice], error) {
	return rest.List(e, collections.Invoices, in, nil,
		func(r *core.Record) adminInvoice { return toAdminInvoice(collections.AsInvoice(r)) })
}

// holdInvoice locks the invoice's row for the transaction, so that two
// statements about one invoice are decided one after the other on every node.
func holdInvoice(txApp core.App, id string) error {
	_, err := txApp.NonconcurrentDB().NewQuery(lockInvoice).Bind(dbx.Params{"id": id}).Execute()
	if err != nil {
		return fmt.Errorf("payments: hold invoice %s: %w", id, err)
	}
	return nil
}

func checkPayable(invoice *collections.Invoice) error {
	switch invoice.Status() {
	case collections.Paid:
		return collections.Refuse("invoice_paid", "status", collections.Text{
			ID: "Tagihan ini sudah lunas. Terima kasih.", EN: "This invoice is paid already. Thank you.",
		})
	case collections.InvoiceCancelled:
		return collections.Refuse("invoice_cancelled", "status", collections.Text{
			ID: "Tagihan ini sudah dibatalkan.", EN: "This invoice was cancelled.",
		})
	}
	return nil
}

// coverInvoice follows money that was just used for the invoice: when nothing
// is missing any more it is paid, else its open QR code asks for too much.
// The money came at the given time.
func coverInvoice(txApp core.App, e *core.RequestEvent, invoice *collections.Invoice, missing int64, at time.Time) error {
	if missing > 0 {
		return errors.Join(closeWrongCodes(txApp, invoice, missing), saveRefundState(txApp, invoice))
	}
	invoice.MarkPaid(collections.DateTime(at))
	collections.SetActor(invoice.Record, collections.RequestActor(e))
	return savePaid(txApp, invoice)
}

// closeWrongCodes closes the open codes that ask for another amount than is owed.
func closeWrongCodes(txApp core.App, invoice *collections.Invoice, owed int64) error {
	attempts, err := openAttempts(txApp, invoice.Id)
	for _, a := range attempts {
		if a.Amount() != owed {
			err = errors.Join(err, collections.Enqueue(txApp, collections.JobCancelCharge, collections.CancelCharge{Attempt: a.Id}))
		}
	}
	return err
}

// cancelTimeout bounds the wait of an admin for the provider.
const cancelTimeout = 15 * time.Second

type cancelInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"1000"`
	}
}

// cancelInvoice takes an invoice back. Its charge is closed at the provider
// first: a code that can still be paid must not outlive its invoice.
func (p *plugin) cancelInvoice(e *core.RequestEvent, in *cancelInput) (*adminInvoice, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	if err := checkCancellable(e.App, in.ID); err != nil {
		return nil, err
	}
	if err := p.closeCharges(e.Request.Context(), in.ID); err != nil {
		return nil, err
	}
	var invoice *collections.Invoice
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if err := holdInvoice(txApp, in.ID); err != nil {
			return err
		}
		if err := checkCancellable(txApp, in.ID); err != nil {
			return err
		}
		open, err := openAttempts(txApp, in.ID)
		if err != nil {
			return err
		}
		if len(open) > 0 { // the client pressed "pay" meanwhile
			return collections.ErrStale
		}
		if invoice, err = collections.FindInvoice(txApp, in.ID); err != nil {
			return err
		}
		invoice.Cancel()
		invoice.Set("cancel_reason", reason)
		collections.SetActor(invoice.Record, collections.RequestActor(e))
		if err := txApp.Save(invoice); err != nil {
			return fmt.Errorf("payments: cancel invoice %s: %w", invoice.Number(), err)
		}
		return announceCancel(txApp, invoice, reason)
	})
	if err != nil {
		return nil, err
	}
	view := toAdminInvoice(invoice)
	return &view, nil
}

func checkCancellable(app core.App, id string) error {
	invoice, err := collections.FindInvoice(app, id)
	if err != nil {
		return err
	}
	if err := checkPayable(invoice); err != nil {
		return err
	}
	return collections.CheckNothingKept(app, invoice)
}

// closeCharges closes the open charges and refuses when one is paid already.
func (p *plugin) closeCharges(ctx context.Context, invoiceID string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	open, err := openAttempts(p.app, invoiceID)
	if err != nil {
		return err
	}
	for _, a := range open {
		if err := p.close(ctx, a); err != nil {
			return clientError(err)
		}
		if a, err = collections.FindAttempt(p.app, a.Id); err != nil {
			return err
		}
		switch status := paystate.Status(a.Status()); {
		case status.Received():
			return collections.Refuse("charge_paid", "status", collections.Text{
				ID: "Terlambat: kode QR tagihan ini sudah dibayar.", EN: "Too late: the QR code of this invoice has been paid.",
			})
		case status.Open():
			return clientError(fmt.Errorf("payments: order %s stays open: %w", a.OrderID(), gateway.ErrRetryable))
		}
	}
	return nil
}

func announceCancel(txApp core.App, invoice *collections.Invoice, reason string) error {
	client, err := collections.FindUser(txApp, invoice.Owner())
	if err != nil {
		return fmt.Errorf("payments: find client of invoice %s: %w", invoice.Number(), err)
	}
	return collections.Notify(txApp, client, collections.Notice{
		Type:  collections.NoticePayment,
		Title: collections.Text{ID: "Tagihan " + invoice.Number() + " dibatalkan", EN: "Invoice " + invoice.Number() + " was cancelled"},
		Message: collections.Text{
			ID: "Tagihan ini tidak perlu dibayar lagi.\n\nAlasan: " + reason,
			EN: "This invoice need not be paid any more.\n\nReason: " + reason,
		},
		Payload:  map[string]any{collections.PayloadInvoice: invoice.Id, collections.PayloadProject: invoice.ProjectID()},
		Priority: collections.PriorityMedium,
	})
}
