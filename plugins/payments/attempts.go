package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/qris"
)

func openAttempts(app core.App, invoiceID string) ([]*collections.PaymentAttempt, error) {
	list := []*collections.PaymentAttempt{}
	err := app.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{
		"invoice": invoiceID, "status": collections.OpenAttempt,
	}).All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find open charges of invoice %s: %w", invoiceID, err)
	}
	return list, nil
}

// showableAttempt returns the invoice's attempt whose code can be shown and is
// payable for at least left; nil when there is none. The database allows one.
func showableAttempt(app core.App, invoiceID string, left time.Duration) (*collections.PaymentAttempt, error) {
	attempts := []*collections.PaymentAttempt{}
	err := app.RecordQuery(collections.PaymentAttempts).
		AndWhere(dbx.HashExp{"invoice": invoiceID, collections.ColumnStatus: string(paystate.Pending)}).Limit(1).All(&attempts)
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
	owed, err := collections.Owed(app, invoice)
	return a.Amount() == owed, err
}

// ours reports whether the charge that the provider speaks of is the attempt's;
// a fee may be on top.
func ours(a *collections.PaymentAttempt, t *gateway.Transaction) bool {
	return t.Notice.Gross >= a.Amount() && t.InvoiceID == a.InvoiceID() && !t.Notice.ForeignMerchant
}

// concerns reports whether an answer can be about the attempt: it names no other
// invoice. Its order id proves nothing, because an acquirer is said to write the
// transaction's there; and the answer to a charge does not name the invoice.
func concerns(a *collections.PaymentAttempt, t *gateway.Transaction) bool {
	return t.InvoiceID == "" || t.InvoiceID == a.InvoiceID()
}

// names reports whether the answer is about the order, by its own id or, as one
// acquirer is said to write it there, by the transaction's.
func names(t *gateway.Transaction, orderID string) bool {
	return t.OrderID == orderID || t.OrderID == t.Notice.TxnID && t.OrderID != ""
}

// errForeignAnswer is an answer about something that we did not ask about.
var errForeignAnswer = errors.New("payments: the answer is about another charge")

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
		if err := p.checkCharge(a, t); err != nil {
			if _, applyErr := p.applyNow(t); applyErr != nil {
				return applyErr
			}
			return errors.Join(err, p.closeByID(ctx, a.Id))
		}
	}
	_, err := p.applyNow(t)
	return err
}

// checkCharge is checkCode that explains a fee to the admins.
func (p *plugin) checkCharge(a *collections.PaymentAttempt, t *gateway.Transaction) error {
	if fee := t.Notice.Gross - a.Amount(); fee > 0 {
		return p.refuseFee(a, fee)
	}
	return checkCode(a, t)
}

// checkCode compares a payable charge with what was asked for, however the
// answer came.
func checkCode(a *collections.PaymentAttempt, t *gateway.Transaction) error {
	if t.Notice.Gross != a.Amount() || t.Notice.ForeignMerchant {
		return fmt.Errorf("%w: order %s, %d rupiah", errForeignAnswer, a.OrderID(), t.Notice.Gross)
	}
	if err := qris.Check(t.QRString, a.Amount()); err != nil {
		return fmt.Errorf("payments: QR code of %s: %w", a.OrderID(), err)
	}
	return nil
}

// refuseFee is for a provider that adds its fee to what the payer has to pay,
// which Bank Indonesia forbids for QRIS. It is a setting of the account, so the
// admins are told, once a day.
func (p *plugin) refuseFee(a *collections.PaymentAttempt, fee int64) error {
	provider := p.gateway.Provider().Title
	err := p.app.RunInTransaction(func(txApp core.App) error {
		return collections.NotifyAdmins(txApp, collections.Notice{
			Type: collections.NoticeSystem,
			Title: collections.Text{
				ID: provider + " menambahkan biaya ke kode QRIS", EN: provider + " adds a fee to QRIS codes",
			},
			Message: collections.Text{
				ID: "Order " + a.OrderID() + ": diminta " + idr.Format(a.Amount()) + ", ditagih " + idr.Format(a.Amount()+fee) +
					". Biaya QRIS tidak boleh dibebankan kepada pembayar, jadi kodenya ditutup dan klien tidak dapat membayar. Matikan pembebanan biaya di dasbor " + provider + ".",
				EN: "Order " + a.OrderID() + ": asked for " + idr.FormatIn(a.Amount(), "en") + ", charged " + idr.FormatIn(a.Amount()+fee, "en") +
					". The fee of QRIS must not be put on the payer, so the code was closed and clients cannot pay. Switch the imposition of fees off in " + provider + "'s dashboard.",
			},
			Payload:  map[string]any{collections.PayloadOrder: a.OrderID()},
			Priority: collections.PriorityCritical,
			Key:      "charge-fee:" + collections.Now(txApp).In(wib.Zone).Format(time.DateOnly),
		})
	})
	if err != nil {
		return err
	}
	return &collections.Error{Code: "provider_fee", Reason: collections.ReasonUnavailable, Text: collections.Text{
		ID: "Pembayaran QRIS sedang kami perbaiki; admin sudah diberi tahu. Coba lagi nanti, atau bayar lewat transfer bank.",
		EN: "We are repairing payment by QRIS; an admin has been told. Try again later, or pay by bank transfer.",
	}}
}

// adopt asks what became of a charge whose answer was lost. A charge that is
// not ours by amount, invoice and merchant is left alone; one that never happened
// makes room for a new attempt; one without a code to show is closed.
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

func (p *plugin) adoptAnswer(ctx context.Context, a *collections.PaymentAttempt, t *gateway.Transaction) error {
	if !ours(a, t) {
		return errors.Join(fmt.Errorf("payments: order %s belongs to somebody else", a.OrderID()), p.setStatus(a, paystate.Failure))
	}
	t.OrderID = a.OrderID()
	if t.QRString != "" || t.Notice.Status != paystate.Pending {
		return p.accept(ctx, a, t)
	}
	if _, err := p.applyNow(t); err != nil {
		return err
	}
	return p.closeByID(ctx, a.Id)
}

// cancelCharge closes the open charge of a cancelled or otherwise paid invoice
// at the provider, so that its QR code stops working.
func (p *plugin) cancelCharge(ctx context.Context, app core.App, raw json.RawMessage) error {
	args := collections.CancelCharge{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("payments: cancel charge: read arguments: %w", err)
	}
	attempt, err := collections.FindAttempt(app, args.Attempt)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.close(ctx, attempt)
}

func (p *plugin) closeByID(ctx context.Context, id string) error {
	a, err := collections.FindAttempt(p.app, id)
	if err != nil {
		return err
	}
	return p.close(ctx, a)
}

// close cancels an open attempt. When that is too late, what the provider says
// instead counts: it may have been paid meanwhile.
func (p *plugin) close(ctx context.Context, attempt *collections.PaymentAttempt) error {
	if !paystate.Status(attempt.Status()).Open() {
		return nil
	}
	return p.cancelAtProvider(ctx, attempt)
}

func (p *plugin) cancelAtProvider(ctx context.Context, attempt *collections.PaymentAttempt) error {
	t, err := p.gateway.Cancel(ctx, attempt.OrderID(), "cnl-"+attempt.Id)
	switch {
	case errors.Is(err, gateway.ErrNotModifiable):
		_, err := p.askAndApply(ctx, attempt.OrderID())
		return err
	case errors.Is(err, gateway.ErrNotFound): // it never reached the provider
		return p.setStatus(attempt, paystate.Failure)
	case err != nil:
		return err
	}
	t.OrderID = attempt.OrderID()
	_, err = p.applyNow(t)
	return err
}

// setStatus moves an attempt on by our own knowledge, never backwards.
func (p *plugin) setStatus(attempt *collections.PaymentAttempt, to paystate.Status) error {
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := holdInvoice(txApp, attempt.InvoiceID()); err != nil {
			return err
		}
		fresh, err := collections.FindAttempt(txApp, attempt.Id)
		if err != nil {
			return err
		}
		to := paystate.Join(paystate.Status(fresh.Status()), to)
		plan(fresh, to, collections.Now(txApp))
		fresh.Set(collections.ColumnStatus, string(to))
		if err := txApp.Save(fresh); err != nil {
			return fmt.Errorf("payments: set status of attempt %s: %w", attempt.Id, err)
		}
		return nil
	})
}
