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
	"jasaweb/plugins/payments/gateway"
)

const (
	// lifetime is how long a QR code is payable. Providers expire codes in
	// batches; under 15 minutes that is unreliable.
	lifetime = 60 * time.Minute
	// reuseUntil is how much of it must be left to show a code again.
	reuseUntil = 2 * time.Minute
	// chargeTimeout bounds the wait of somebody who pressed "pay".
	chargeTimeout = 10 * time.Second
)

type payInput struct {
	ID string `path:"id" maxLength:"50"`
}

// payment is the open QR code of an invoice.
type payment struct {
	OrderID   string `json:"order_id"`
	Amount    int64  `json:"amount" doc:"Rupiah"`
	QRString  string `json:"qr_string" doc:"QRIS payload"`
	QRURL     string `json:"qr_url" doc:"The same as an SVG image, path on this host"`
	ExpiresAt string `json:"expires_at" doc:"UTC"`
	Status    string `json:"status" enum:"pending"`
}

type payOutput struct {
	Invoice collections.InvoiceView `json:"invoice"`
	Payment payment                 `json:"payment"`
}

// pay returns the open QR code of an own invoice, and makes one if there is
// none. Two tabs get the same one.
func (p *plugin) pay(e *core.RequestEvent, in *payInput) (*payOutput, error) {
	invoice, err := collections.FindOwnInvoice(e.App, in.ID, e.Auth.Id)
	if err != nil {
		return nil, err
	}
	if !p.gateway.Ready() {
		return nil, gatewayError(collections.ReasonUnavailable, errors.New("payments: pay: the gateway has no key"))
	}
	// A caller who hangs up must not cut the charge of the others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.Request.Context()), 3*chargeTimeout)
	defer cancel()
	attempt, err, _ := p.paying.Do(invoice.Id, func() (any, error) { return p.openAttempt(ctx, invoice.Id) })
	if err != nil {
		return nil, err
	}
	if invoice, err = collections.FindInvoice(e.App, invoice.Id); err != nil {
		return nil, err
	}
	return &payOutput{Invoice: invoice.View(), Payment: toPayment(attempt.(*collections.PaymentAttempt))}, nil
}

func toPayment(a *collections.PaymentAttempt) payment {
	return payment{
		OrderID: a.OrderID(), Amount: a.Amount(), QRString: a.QRString(), QRURL: "/api/invoices/" + a.InvoiceID() + "/qr.svg",
		ExpiresAt: a.ExpiresAt().String(), Status: a.Status(),
	}
}

// openAttempt returns an attempt whose QR code can be shown. An old attempt is
// settled with the provider first: a code that was shown may have been paid.
func (p *plugin) openAttempt(ctx context.Context, invoiceID string) (*collections.PaymentAttempt, error) {
	if attempt, err := p.shown(invoiceID); attempt != nil || err != nil {
		return attempt, err // nothing to write, so no lock is needed
	}
	for range 3 { // each round settles one old attempt or ends
		attempt, err := p.findOrInsert(invoiceID)
		if err != nil {
			return nil, err
		}
		if ok, err := showable(p.app, attempt, reuseUntil); ok || err != nil {
			return attempt, err
		}
		if attempt, err = p.advance(ctx, attempt); err != nil {
			return nil, err
		}
		if ok, err := showable(p.app, attempt, reuseUntil); ok || err != nil {
			return attempt, err
		}
	}
	return nil, gatewayError(collections.ReasonUpstream, fmt.Errorf("payments: pay %s: no attempt stayed open", invoiceID))
}

// shown returns the code that can be shown again; nil when there is none.
func (p *plugin) shown(invoiceID string) (*collections.PaymentAttempt, error) {
	invoice, err := collections.FindInvoice(p.app, invoiceID)
	if err != nil {
		return nil, err
	}
	if err := checkPayable(invoice); err != nil {
		return nil, err
	}
	return showableAttempt(p.app, invoiceID, reuseUntil)
}

// findOrInsert returns the open attempt of a payable invoice, or a new one. The
// row exists before the provider hears of it, so that no answer and no
// notification, however early, finds an order id that nobody knows.
func (p *plugin) findOrInsert(invoiceID string) (*collections.PaymentAttempt, error) {
	var attempt *collections.PaymentAttempt
	err := p.app.RunInTransaction(func(txApp core.App) error {
		if err := holdInvoice(txApp, invoiceID); err != nil {
			return err
		}
		invoice, err := collections.FindInvoice(txApp, invoiceID)
		if err != nil {
			return err
		}
		if err := checkPayable(invoice); err != nil {
			return err
		}
		attempts := []*collections.PaymentAttempt{}
		err = txApp.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{"invoice": invoiceID}).OrderBy("seq ASC").All(&attempts)
		if err != nil {
			return fmt.Errorf("payments: find attempts of invoice %s: %w", invoiceID, err)
		}
		for _, a := range attempts {
			if paystate.Status(a.Status()).Open() {
				attempt = a
				return nil
			}
		}
		attempt, err = p.insert(txApp, invoice, len(attempts)+1)
		return err
	})
	return attempt, err
}

func (p *plugin) insert(txApp core.App, invoice *collections.Invoice, seq int) (*collections.PaymentAttempt, error) {
	a, err := collections.NewPaymentAttempt(txApp)
	if err != nil {
		return nil, err
	}
	owed, err := collections.Owed(txApp, invoice) // a transfer may have paid a part
	if err != nil {
		return nil, err
	}
	orderID, err := OrderID(invoice.Serial(), seq, p.config.Random)
	if err != nil {
		return nil, err
	}
	a.Id = core.GenerateDefaultRandomId()
	now := collections.Now(txApp)
	a.Load(map[string]any{
		"invoice": invoice.Id, "seq": seq, "order_id": orderID, "idem_key": "chg-" + a.Id,
		"amount": owed, "status": string(paystate.Creating), collections.ColumnDemo: invoice.GetBool(collections.ColumnDemo),
		"next_check_at": collections.DateTime(now.Add(afterOpening[0])), "checked_at": collections.DateTime(now),
	})
	a.SetRaw("created", collections.DateTime(now)) // by the clock that its age is measured with
	if err := txApp.Save(a); err != nil {
		return nil, fmt.Errorf("payments: save attempt of invoice %s: %w", invoice.Id, err)
	}
	invoice.Set("midtrans_order_id", orderID)
	invoice.Set("qris_url", "/api/invoices/"+invoice.Id+"/qr.svg")
	if err := txApp.Save(invoice); err != nil {
		return nil, fmt.Errorf("payments: note order of invoice %s: %w", invoice.Id, err)
	}
	return a, nil
}

// clientError words a failure for the person who wants to pay.
func clientError(err error) error {
	var domain *collections.Error
	switch {
	case errors.As(err, &domain):
		return err
	case errors.Is(err, gateway.ErrAmbiguous), errors.Is(err, gateway.ErrRetryable):
		return gatewayError(collections.ReasonUnavailable, err)
	}
	return gatewayError(collections.ReasonUpstream, err)
}

func gatewayError(reason collections.Reason, cause error) error {
	return &collections.Error{Code: "gateway_failed", Reason: reason, Err: cause, Text: collections.Text{
		ID: "Layanan pembayaran sedang tidak menjawab. Uang Anda aman; coba lagi sebentar lagi.",
		EN: "The payment service does not answer right now. Your money is safe; try again in a moment.",
	}}
}
