package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// jobVerify asks the provider what is true about an order; args verifyOrder.
const jobVerify = "payment.verify"

type verifyOrder struct {
	OrderID string          `json:"order_id"`
	Claimed paystate.Status `json:"claimed"` // what the notification said
}

func enqueueVerify(txApp core.App, orderID string, claimed paystate.Status) error {
	return collections.Enqueue(txApp, jobVerify, verifyOrder{OrderID: orderID, Claimed: claimed})
}

// verify applies the provider's own answer about an order. An order that the
// provider does not know either was forged or never charged: nothing to do.
func (p *plugin) verify(ctx context.Context, _ core.App, raw json.RawMessage) error {
	args := verifyOrder{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("payments: verify: read arguments: %w", err)
	}
	t, err := p.askAndApply(ctx, args.OrderID)
	if err != nil || t == nil {
		return err
	}
	if t.Notice.Status.Received() && args.Claimed.Rank() > t.Notice.Status.Rank() {
		return p.warnOfForgery(args)
	}
	return nil
}

// warnOfForgery tells the admins of a notification that took money back which
// the provider knows nothing of. Its signature can be lifted from a settlement,
// so somebody has seen one.
func (p *plugin) warnOfForgery(args verifyOrder) error {
	provider := p.gateway.Provider().Title
	return p.app.RunInTransaction(func(txApp core.App) error {
		return collections.NotifyAdmins(txApp, collections.Notice{
			Type: collections.NoticeSystem,
			Title: collections.Text{
				ID: "Notifikasi pembayaran palsu ditolak", EN: "A forged payment notification was refused",
			},
			Message: collections.Text{
				ID: "Order " + args.OrderID + ": “" + string(args.Claimed) + "” tidak dikenal " + provider + ". Tidak ada yang berubah.",
				EN: "Order " + args.OrderID + ": " + provider + " knows nothing of “" + string(args.Claimed) + "”. Nothing was changed.",
			},
			Payload:  map[string]any{"order_id": args.OrderID},
			Priority: collections.PriorityCritical,
		})
	})
}

// askAndApply returns the provider's answer after it was applied; nil when the
// provider does not know the order.
func (p *plugin) askAndApply(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := p.gateway.Status(ctx, orderID)
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t.OrderID = orderID
	if _, err = p.applyNow(t); isNotFound(err) {
		err = p.followOrphan(t)
	}
	return t, err
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
		fresh.Set("status", string(to))
		if err := txApp.Save(fresh); err != nil {
			return fmt.Errorf("payments: set status of attempt %s: %w", attempt.Id, err)
		}
		return nil
	})
}
