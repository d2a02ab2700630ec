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
	if errors.Is(err, errUnbooked) { // asking again tells no more
		return nil
	}
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
			Payload:  map[string]any{collections.PayloadOrder: args.OrderID},
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
	if _, err = p.applyNow(t); errors.Is(err, errUnknownOrder) {
		err = p.followOrphan(t)
	}
	return t, err
}
