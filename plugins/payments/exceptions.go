package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// exception is a row of the queue of money that people decide about.
type exception struct{ core.BaseRecordProxy }

// kindRefund is the wish to give back money that pays an invoice; the other
// kinds are paystate's.
const kindRefund = "refund"

// transferPrefix begins the name of a payment that came by bank transfer.
const transferPrefix = "transfer:"

func asException(r *core.Record) *exception {
	x := &exception{}
	x.SetProxyRecord(r)
	return x
}

func (x *exception) kind() string      { return x.GetString("kind") }
func (x *exception) state() string     { return x.GetString("state") }
func (x *exception) invoiceID() string { return x.GetString("invoice") }
func (x *exception) orderID() string   { return x.GetString("order_id") }
func (x *exception) txnID() string     { return x.GetString("provider_txn_id") }
func (x *exception) amount() int64     { return x.GetInt64("amount") }
func (x *exception) returned() int64   { return x.GetInt64("returned") }
func (x *exception) left() int64       { return x.amount() - x.returned() }
func (x *exception) byTransfer() bool  { return strings.HasPrefix(x.txnID(), transferPrefix) }

// isClaim reports whether it is about money that is counted elsewhere: it pays
// an invoice, or it is gone.
func (x *exception) isClaim() bool {
	key := x.GetString("dedupe_key")
	return x.kind() == kindRefund || x.kind() == string(paystate.ChargebackDisputed) ||
		strings.HasPrefix(key, "refund:") || strings.HasPrefix(key, "partial_refund:")
}

// attempt returns the attempt that the money came through, nil without one.
func (x *exception) attempt(app core.App) (*collections.PaymentAttempt, error) {
	id := x.GetString("attempt")
	if id == "" {
		return nil, nil
	}
	a, err := collections.FindAttempt(app, id)
	if isNotFound(err) {
		return nil, nil
	}
	return a, err
}

// decide stamps who decided what, and why. The caller saves.
func (x *exception) decide(e *core.RequestEvent, state, reason string) {
	by := collections.RequestActor(e)
	collections.SetActor(x.Record, by)
	x.Load(map[string]any{
		"state": state, "reason": reason, "decided_by": by.ID, "decided_at": collections.DateTime(collections.Now(e.App)),
	})
}

func findException(app core.App, id string) (*exception, error) {
	list := []*exception{}
	err := app.RecordQuery(collections.MoneyExceptions).AndWhere(dbx.HashExp{"id": id}).Limit(1).All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find exception %s: %w", id, err)
	}
	if len(list) == 0 {
		return nil, collections.ErrNotFound
	}
	return list[0], nil
}

func findByKey(app core.App, key string) (*exception, error) {
	list := []*exception{}
	err := app.RecordQuery(collections.MoneyExceptions).AndWhere(dbx.HashExp{"dedupe_key": key}).Limit(1).All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find exception %s: %w", key, err)
	}
	if len(list) == 0 {
		return nil, collections.ErrNotFound
	}
	return list[0], nil
}

// holdOpen locks the exception for the transaction and returns it, if it is
// still to be decided: of two admins who press at once the second is refused.
func holdOpen(txApp core.App, id string) (*exception, error) {
	if _, err := txApp.NonconcurrentDB().NewQuery(lockException).Bind(dbx.Params{"id": id}).Execute(); err != nil {
		return nil, fmt.Errorf("payments: hold exception %s: %w", id, err)
	}
	x, err := findException(txApp, id)
	if err != nil {
		return nil, err
	}
	return x, x.checkOpen()
}

func (x *exception) checkOpen() error {
	if x.state() == collections.ExceptionOpen && x.left() > 0 || x.isUnbookable() && x.state() == collections.ExceptionOpen {
		return nil
	}
	return collections.Refuse("exception_decided", "state", collections.Text{
		ID: "Uang ini sudah diputuskan. Muat ulang daftarnya.", EN: "This money has been decided about already. Reload the list.",
	})
}

// isUnbookable reports a finding without an amount, such as the rest of nothing.
func (x *exception) isUnbookable() bool { return x.amount() <= 0 }

// checkPlaceable refuses what is no money that could go anywhere.
func (x *exception) checkPlaceable() error {
	if x.isClaim() || x.isUnbookable() {
		return collections.Refuse("exception_claim", "kind", collections.Text{
			ID: "Temuan ini bukan uang yang bisa dipakai; periksa, lalu tutup dengan alasan.",
			EN: "This finding is no money that could be used; look into it and waive it with a reason.",
		})
	}
	return nil
}

// confirm asks the provider before somebody disposes of money. What came for no
// order that we know, or in a form that we refused, is booked only when the
// provider says that it is there; and of what is in the ledger a part may have
// gone back without our hearing of it. The terms are those of its refund.
func (p *plugin) confirm(ctx context.Context, id string) (*exception, terms, error) {
	x, err := findException(p.app, id)
	if err == nil {
		err = x.checkOpen()
	}
	if err != nil {
		return nil, terms{}, err
	}
	attempt, err := x.attempt(p.app)
	if err != nil {
		return nil, terms{}, err
	}
	m, err := moneyOf(p.app, x.txnID())
	if err != nil {
		return nil, terms{}, err
	}
	if m.Paid > 0 && (x.byTransfer() || x.orderID() == "") {
		return x, terms{}, nil
	}
	name := x.orderID()
	if m.Paid > 0 {
		name = x.txnID() // of several transactions of one order this one
	}
	t, err := p.gateway.Status(ctx, name)
	if errors.Is(err, gateway.ErrNotFound) || err == nil && t.OrderID != x.orderID() {
		return nil, terms{}, errUnconfirmed
	}
	if err == nil && m.Paid > 0 && !t.Notice.Status.Received() {
		// It has forgotten what it told us: nothing about refunds to go by.
		err = fmt.Errorf("payments: %s is paid in our books and %s at the provider: %w", x.orderID(), t.Notice.Status, gateway.ErrRetryable)
	}
	if err != nil {
		return nil, terms{}, clientError(err)
	}
	conditions := newTerms(t.Acquirer, t.Type, t.SettledAt)
	switch {
	case m.Paid == 0:
		err = p.bookConfirmed(x, attempt, t)
	case attempt != nil:
		conditions = attemptTerms(attempt)
		fallthrough
	default:
		err = p.hearOfRefunds(t)
	}
	if err != nil {
		return nil, terms{}, err
	}
	if x, err = findException(p.app, id); err == nil {
		err = x.checkOpen()
	}
	return x, conditions, err
}

// hearOfRefunds books what the provider gave back without our hearing of it.
func (p *plugin) hearOfRefunds(t *gateway.Transaction) error {
	if t.Notice.Status.Rank() <= paystate.Settlement.Rank() {
		return nil
	}
	_, err := p.applyNow(t)
	if isNotFound(err) {
		err = p.followOrphan(t)
	}
	return err
}

var errUnconfirmed = collections.Refuse("money_unconfirmed", "state", collections.Text{
	ID: "Penyedia pembayaran tidak membenarkan uang ini, jadi tidak ada yang bisa dipakai atau dikembalikan.",
	EN: "The payment provider does not confirm this money, so there is nothing to use or give back.",
})

// bookConfirmed books what the provider says about money that is not in the
// ledger. With an attempt the usual rules decide, which may place the money.
func (p *plugin) bookConfirmed(x *exception, attempt *collections.PaymentAttempt, t *gateway.Transaction) error {
	if attempt != nil {
		if _, err := p.applyNow(t); err != nil {
			return err
		}
		m, err := moneyOf(p.app, x.txnID())
		if err == nil && m.Paid == 0 {
			return errUnconfirmed
		}
		return err
	}
	n := t.Notice
	if !n.Status.Received() || n.Status == paystate.Chargeback || n.TxnID == "" || !n.Whole || n.Currency != "IDR" ||
		n.ForeignMerchant || n.Fraud == "deny" || n.Fraud == "challenge" {
		return errUnconfirmed
	}
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := bookOrphan(txApp, t); err != nil {
			return err
		}
		fresh, err := holdOpen(txApp, x.Id)
		if err != nil {
			return err
		}
		if fresh.txnID() != n.TxnID || fresh.amount() != n.Gross { // what raised it was not signed as a whole
			fresh.Set("provider_txn_id", n.TxnID)
			fresh.Set("amount", n.Gross)
			if err := txApp.Save(fresh); err != nil {
				return fmt.Errorf("payments: correct exception %s: %w", x.Id, err)
			}
		}
		return settleExceptions(txApp, n.TxnID)
	})
}

// bookOrphan books a confirmed payment without an attempt and what went back of it.
func bookOrphan(txApp core.App, t *gateway.Transaction) error {
	at := t.SettledAt
	if at.IsZero() {
		at = collections.Now(txApp)
	}
	entries := []collections.LedgerEntry{{Kind: collections.LedgerPayment, Amount: t.Notice.Gross, DedupeKey: "pay:" + t.Notice.TxnID}}
	for _, r := range t.Notice.Refunds {
		entries = append(entries, collections.LedgerEntry{
			Kind: collections.LedgerRefund, Amount: -r.Amount, DedupeKey: "refund:" + t.Notice.TxnID + ":" + r.Key,
		})
	}
	for _, entry := range entries {
		entry.TxnID, entry.At = t.Notice.TxnID, collections.DateTime(at)
		if _, err := collections.Book(txApp, entry); err != nil {
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
	return p.app.RunInTransaction(func(txApp core.App) error {
		if err := bookOrphan(txApp, t); err != nil {
			return err
		}
		return settleExceptions(txApp, t.Notice.TxnID)
	})
}

type waiveInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"1000"`
	}
}

// waive closes a finding without moving money.
func (p *plugin) waive(e *core.RequestEvent, in *waiveInput) (*exceptionView, error) {
	reason, err := reasonOf(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	var x *exception
	err = e.App.RunInTransaction(func(txApp core.App) (err error) {
		if x, err = holdOpen(txApp, in.ID); err != nil {
			return err
		}
		x.decide(e, collections.ExceptionWaived, reason)
		if err := txApp.Save(x); err != nil {
			return fmt.Errorf("payments: waive exception %s: %w", in.ID, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	view, err := viewOf(e.App, x)
	return &view, err
}

// reasonOf refuses a reason of blanks: months later it is all that explains
// where the money went.
func reasonOf(s string) (string, error) {
	if s = strings.TrimSpace(s); len(s) < 3 {
		return "", &collections.Error{Code: "validation_required", Status: http.StatusBadRequest, Field: "reason", Text: collections.Text{
			ID: "Tulis alasannya.", EN: "Write down the reason.",
		}}
	}
	return s, nil
}
