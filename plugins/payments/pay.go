package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/qris"
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
		return nil, gatewayError(http.StatusServiceUnavailable, errors.New("payments: pay: the gateway has no key"))
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
	return nil, gatewayError(http.StatusBadGateway, fmt.Errorf("payments: pay %s: no attempt stayed open", invoiceID))
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

// showableAttempt returns the invoice's attempt whose code can be shown and is
// payable for at least left; nil when there is none. The database allows one.
func showableAttempt(app core.App, invoiceID string, left time.Duration) (*collections.PaymentAttempt, error) {
	attempts := []*collections.PaymentAttempt{}
	err := app.RecordQuery(collections.PaymentAttempts).
		AndWhere(dbx.HashExp{"invoice": invoiceID, "status": string(paystate.Pending)}).Limit(1).All(&attempts)
	if err != nil {
		return nil, fmt.Errorf("payments: find open code of invoice %s: %w", invoiceID, err)
	}
	if len(attempts) == 0 {
		return nil, nil
	}
	if ok, err := showable(app, attempts[0], left); !ok || err != nil {
		return nil, err
	}
	return attempts[0], nil
}

// showable reports whether the attempt's code can be shown: it is payable for
// at least left, and it asks for what is owed. After a transfer has paid a part,
// an older code asks for too much.
func showable(app core.App, a *collections.PaymentAttempt, left time.Duration) (bool, error) {
	if a.Status() != string(paystate.Pending) || a.QRString() == "" || a.ExpiresAt().Time().Sub(collections.Now(app)) < left {
		return false, nil
	}
	invoice, err := collections.FindInvoice(app, a.InvoiceID())
	if err != nil {
		return false, err
	}
	owed, err := owedOn(app, invoice)
	return a.Amount() == owed, err
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

func (p *plugin) insert(txApp core.App, invoice *collections.Invoice, seq int) (*collections.PaymentAttempt, error) {
	a, err := collections.NewPaymentAttempt(txApp)
	if err != nil {
		return nil, err
	}
	owed, err := owedOn(txApp, invoice) // a transfer may have paid a part
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
		"amount": owed, "status": string(paystate.Creating), "demo": invoice.GetBool("demo"),
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

// advance brings an open attempt that cannot be shown one step further: a new
// one is charged, one with an unclear outcome is cleared up, an old one closed.
func (p *plugin) advance(ctx context.Context, a *collections.PaymentAttempt) (*collections.PaymentAttempt, error) {
	age := collections.Now(p.app).Sub(a.GetDateTime("created").Time())
	var err error
	switch {
	case a.Status() == string(paystate.Pending):
		err = p.close(ctx, a)
	case age < gateway.RepeatWithin:
		err = p.charge(ctx, a)
	default:
		err = p.adopt(ctx, a)
	}
	if err != nil {
		return nil, clientError(err)
	}
	return collections.FindAttempt(p.app, a.Id)
}

// charge asks the provider for the QR code. Repeating it with the attempt's key
// is safe while the provider remembers the key.
func (p *plugin) charge(ctx context.Context, a *collections.PaymentAttempt) error {
	invoice, err := collections.FindInvoice(p.app, a.InvoiceID())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, chargeTimeout)
	defer cancel()
	t, err := p.gateway.Charge(ctx, gateway.Charge{
		OrderID: a.OrderID(), Amount: a.Amount(), Item: invoice.Number(), InvoiceID: invoice.Id,
		Lifetime: lifetime, IdempotencyKey: a.IdemKey(),
	})
	switch {
	case errors.Is(err, gateway.ErrDuplicate):
		return p.adopt(ctx, a)
	case errors.Is(err, gateway.ErrRejected):
		return errors.Join(err, p.setStatus(a, paystate.Failure))
	case err != nil: // it may exist: never taken for failed
		return errors.Join(err, p.setStatus(a, paystate.Unknown))
	}
	t.OrderID = a.OrderID()
	return p.accept(ctx, a, t)
}

// accept stores an answered charge whose QR code is right. A wrong code is
// never shown, and its charge is closed.
func (p *plugin) accept(ctx context.Context, a *collections.PaymentAttempt, t *gateway.Transaction) error {
	if t.Notice.Status == paystate.Pending {
		if err := qris.Check(t.QRString, a.Amount()); err != nil {
			t.QRString = ""
			if _, applyErr := p.applyNow(t); applyErr != nil {
				return applyErr
			}
			return errors.Join(fmt.Errorf("payments: QR code of %s: %w", a.OrderID(), err), p.closeByID(ctx, a.Id))
		}
	}
	_, err := p.applyNow(t)
	return err
}

func (p *plugin) closeByID(ctx context.Context, id string) error {
	a, err := collections.FindAttempt(p.app, id)
	if err != nil {
		return err
	}
	return p.close(ctx, a)
}

// adopt asks what became of a charge whose answer was lost. A charge that is
// not ours by amount and invoice is left alone; one that never happened makes
// room for a new attempt; one without a code to show is closed.
func (p *plugin) adopt(ctx context.Context, a *collections.PaymentAttempt) error {
	t, err := p.gateway.Status(ctx, a.OrderID())
	if errors.Is(err, gateway.ErrNotFound) {
		return p.setStatus(a, paystate.Failure)
	}
	if err != nil {
		return err
	}
	return p.adoptAnswer(ctx, a, t)
}

// ours reports whether the charge that the provider speaks of is the attempt's.
func ours(a *collections.PaymentAttempt, t *gateway.Transaction) bool {
	return t.Notice.Gross == a.Amount() && t.InvoiceID == a.InvoiceID()
}

func (p *plugin) adoptAnswer(ctx context.Context, a *collections.PaymentAttempt, t *gateway.Transaction) error {
	if !ours(a, t) {
		return errors.Join(fmt.Errorf("payments: order %s belongs to somebody else", a.OrderID()), p.setStatus(a, paystate.Failure))
	}
	t.OrderID = a.OrderID()
	if _, err := p.applyNow(t); err != nil {
		return err
	}
	if t.QRString == "" {
		return p.closeByID(ctx, a.Id)
	}
	return nil
}

// clientError words a failure for the person who wants to pay.
func clientError(err error) error {
	var domain *collections.Error
	switch {
	case errors.As(err, &domain):
		return err
	case errors.Is(err, gateway.ErrAmbiguous), errors.Is(err, gateway.ErrRetryable):
		return gatewayError(http.StatusServiceUnavailable, err)
	}
	return gatewayError(http.StatusBadGateway, err)
}

func gatewayError(status int, cause error) error {
	return &collections.Error{Code: "gateway_failed", Status: status, Err: cause, Text: collections.Text{
		ID: "Layanan pembayaran sedang tidak menjawab. Uang Anda aman; coba lagi sebentar lagi.",
		EN: "The payment service does not answer right now. Your money is safe; try again in a moment.",
	}}
}

// qr draws the open QR code of an own invoice.
func (p *plugin) qr(e *core.RequestEvent) error {
	return p.draw(e, "image/svg+xml", qris.SVG)
}

// qrPNG is the same as a picture that a phone keeps in its gallery, from where a
// bank's app reads it: nobody can scan their own screen.
func (p *plugin) qrPNG(e *core.RequestEvent) error {
	e.Response.Header().Set("Content-Disposition", `attachment; filename="qris.png"`)
	return p.draw(e, "image/png", func(payload string) ([]byte, error) { return qris.PNG(payload, 12) })
}

func (p *plugin) draw(e *core.RequestEvent, contentType string, draw func(payload string) ([]byte, error)) error {
	invoice, err := collections.FindOwnInvoice(e.App, e.Request.PathValue("id"), e.Auth.Id)
	if err != nil {
		return err
	}
	attempt, err := showableAttempt(e.App, invoice.Id, 0)
	if err != nil {
		return err
	}
	if attempt == nil {
		return collections.ErrNotFound
	}
	picture, err := draw(attempt.QRString())
	if err != nil {
		return fmt.Errorf("payments: draw code of invoice %s: %w", invoice.Id, err)
	}
	return e.Blob(http.StatusOK, contentType, picture)
}
