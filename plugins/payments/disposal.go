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

// source is money that somebody wants to dispose of: that of an exception, or,
// without one, a payment that pays an invoice.
type source struct {
	txn       string
	order     string // at the provider; empty: it came by bank transfer
	attempt   *collections.PaymentAttempt
	exception string
}

// atProvider reports whether there is a provider to ask about it.
func (s source) atProvider() bool { return s.order != "" }

// sourceOf is the money of an exception.
func sourceOf(app core.App, x *exception) (source, error) {
	attempt, err := x.attempt(app)
	return source{txn: x.txnID(), order: x.orderID(), attempt: attempt, exception: x.Id}, err
}

// dispose is the one way by which money leaves its place, be it for an invoice,
// through the provider or by a transfer that was made already. The provider is
// asked first, because of what is in the books a part may have gone back, or be
// disputed, without our hearing of it. What it says is booked, also when the
// decision is refused for it. decide runs in the transaction that disposes; its
// terms are those of a refund through the provider.
func (p *plugin) dispose(ctx context.Context, of source, decide func(txApp core.App, of source, conditions terms) error) error {
	if err := checkUndisputed(p.app, of.txn); err != nil {
		return err
	}
	of, conditions, err := p.confirm(ctx, of)
	if err != nil {
		return err
	}
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := checkUndisputed(txApp, of.txn); err != nil {
			return err
		}
		return decide(txApp, of, conditions)
	})
}

// confirm asks the provider about money. What came for no order that we know, or
// in a form that we refused, is booked only when the provider says that it is
// there.
func (p *plugin) confirm(ctx context.Context, of source) (source, terms, error) {
	before, err := moneyOf(p.app, of.txn)
	if err != nil {
		return of, terms{}, err
	}
	if before.Paid > 0 && !of.atProvider() {
		return of, terms{}, nil
	}
	t, err := p.askAbout(ctx, of, before)
	if err != nil {
		return of, terms{}, clientError(err)
	}
	conditions := newTerms(t.Acquirer, t.Type, t.SettledAt)
	if before.Paid == 0 {
		err = p.bookConfirmed(of, t)
	} else {
		err = p.hearOfReturns(t)
	}
	if err != nil {
		return of, terms{}, err
	}
	if before.Paid > 0 && of.attempt != nil {
		conditions = attemptTerms(of.attempt)
	}
	if of.exception != "" {
		x, err := findException(p.app, of.exception)
		if err == nil {
			err = x.checkOpen()
		}
		if err != nil {
			return of, terms{}, err
		}
		of.txn = x.txnID()
	}
	after, err := moneyOf(p.app, of.txn)
	if err == nil && before.Paid > 0 && after.gone() != before.gone() {
		err = errMoneyMoved
	}
	return of, conditions, err
}

// askAbout asks for the money by its transaction, which may be one of several of
// its order; before is what the books say.
func (p *plugin) askAbout(ctx context.Context, of source, before money) (*gateway.Transaction, error) {
	name := of.order
	if before.Paid > 0 {
		name = of.txn
	}
	t, err := p.gateway.Status(ctx, name)
	switch {
	case errors.Is(err, gateway.ErrNotFound), err == nil && !names(t, of.order):
		return nil, errUnconfirmed
	case err != nil:
		return nil, err
	case before.Paid > 0 && !t.Notice.Status.Received():
		// It has forgotten what it told us: nothing about refunds to go by.
		return nil, fmt.Errorf("payments: %s is paid in our books and %s at the provider: %w", t.OrderID, t.Notice.Status, gateway.ErrRetryable)
	}
	t.OrderID = of.order
	return t, nil
}

// hearOfReturns books what the provider gave back, or had to, without our
// hearing of it.
func (p *plugin) hearOfReturns(t *gateway.Transaction) error {
	if t.Notice.Status.Rank() <= paystate.Settlement.Rank() {
		return nil
	}
	_, err := p.applyNow(t)
	if errors.Is(err, errUnknownOrder) {
		err = p.followOrphan(t)
	}
	return err
}

var (
	errUnconfirmed = collections.Refuse("money_unconfirmed", "state", collections.Text{
		ID: "Penyedia pembayaran tidak membenarkan uang ini, jadi tidak ada yang bisa dipakai atau dikembalikan.",
		EN: "The payment provider does not confirm this money, so there is nothing to use or give back.",
	})
	errMoneyMoved = collections.Refuse("money_moved", "state", collections.Text{
		ID: "Sebagian uang ini ternyata sudah dikembalikan di penyedia pembayaran; pembukuan baru saja disesuaikan. Muat ulang, lalu putuskan lagi.",
		EN: "A part of this money turns out to have gone back at the payment provider; the books have just been corrected. Reload, then decide again.",
	})
	errDisputed = collections.Refuse("money_disputed", "state", collections.Text{
		ID: "Bank pembayar mempersoalkan pembayaran ini. Uangnya tidak bisa dipakai, dikembalikan atau ditutup sampai sengketanya selesai.",
		EN: "The payer's bank disputes this payment. Its money cannot be used, given back or closed until the dispute has ended.",
	})
)
