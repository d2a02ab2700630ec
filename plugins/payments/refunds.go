package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/payments/gateway"
)

// jobRefund asks the provider to give back the money of an exception in state
// refunding; args refundMoney. It is saved with the decision, so that a crash
// loses neither.
const jobRefund = "payment.refund"

type refundMoney struct {
	Exception string `json:"exception"`
}

// refundKeyPrefix begins the keys of the refunds that were decided here.
const refundKeyPrefix = "rfd-"

// refundKey is the same for every try, so that the provider never gives the
// money back twice.
func (x *exception) refundKey() string { return refundKeyPrefix + x.Id }

// errRefundPending makes the job come back: the provider took the wish and does
// not list the refund yet.
var errRefundPending = errors.New("payments: the refund is not listed yet")

// refund is the job. It looks before it asks: an earlier try may have succeeded
// without its answer reaching us.
func (p *plugin) refund(ctx context.Context, app core.App, raw json.RawMessage) error {
	x, err := refundOf(app, raw)
	if err != nil || x == nil || x.state() != collections.ExceptionRefunding {
		return err
	}
	of, err := sourceOf(app, x)
	if err != nil {
		return err
	}
	before, err := moneyOf(app, x.txnID())
	if err != nil {
		return err
	}
	t, err := p.askAbout(ctx, of, before)
	if errors.Is(err, errUnconfirmed) {
		return p.reopen(x, err)
	}
	if err != nil {
		return err
	}
	if !listed(t, x.refundKey()) {
		// What went back elsewhere comes first: it may be this very money.
		if x, err = p.hearFirst(x, t, before); x == nil {
			return err
		}
		if t, err = p.askRefund(ctx, x, t); t == nil {
			return err
		}
	}
	return p.confirmRefund(x, t)
}

// hearFirst books what the provider knows about the payment before it is asked
// for more, and returns the exception as it is then; nil when there is nothing
// more to ask for.
func (p *plugin) hearFirst(x *exception, t *gateway.Transaction, before money) (*exception, error) {
	if err := p.hearOfReturns(t); err != nil {
		return nil, err
	}
	if err := checkUndisputed(p.app, x.txnID()); errors.Is(err, errDisputed) {
		return nil, p.reopen(x, err)
	} else if err != nil {
		return nil, err
	}
	after, err := moneyOf(p.app, x.txnID())
	if err != nil {
		return nil, err
	}
	if x.kind() == kindRefund && after.gone() != before.gone() { // of an invoice; the others have shrunk
		return nil, p.reopen(x, errMoneyMoved)
	}
	fresh, err := findException(p.app, x.Id)
	if err != nil || fresh.state() != collections.ExceptionRefunding {
		return nil, err
	}
	return fresh, nil
}

func listed(t *gateway.Transaction, key string) bool {
	return slices.ContainsFunc(t.Notice.Refunds, func(r paystate.Refund) bool { return r.Key == key })
}

// askRefund makes the call and returns what the provider knows afterwards. It
// returns nil when the money stays: the exception is open again, or the error
// makes the job try once more.
func (p *plugin) askRefund(ctx context.Context, x *exception, t *gateway.Transaction) (*gateway.Transaction, error) {
	conditions := newTerms(t.Acquirer, t.Type, t.SettledAt)
	now := collections.Now(p.app)
	if until, asleep := conditions.asleep(now); asleep && !conditions.over(now) {
		return nil, fmt.Errorf("payments: refund %s: the acquirer sleeps until %s", x.orderID(), until)
	}
	if err := conditions.check(now, x.left(), t.Notice.Gross); err != nil {
		return nil, p.reopen(x, err)
	}
	_, err := p.gateway.Refund(ctx, gateway.RefundRequest{
		OrderID: x.txnID(), Key: x.refundKey(), Amount: x.left(), Reason: x.GetString("reason"), IdempotencyKey: x.refundKey(),
	})
	switch {
	case errors.Is(err, gateway.ErrDuplicate): // an earlier try was heard after all
	case errors.Is(err, gateway.ErrRejected), errors.Is(err, gateway.ErrNotModifiable), errors.Is(err, gateway.ErrNotFound):
		return nil, p.reopen(x, err)
	case err != nil:
		return nil, err
	}
	return p.gateway.Status(ctx, x.txnID())
}

// confirmRefund books what the provider lists.
func (p *plugin) confirmRefund(x *exception, t *gateway.Transaction) error {
	t.OrderID = x.orderID()
	if err := p.hearOfReturns(t); err != nil {
		return err
	}
	err := p.app.RunInTransaction(func(txApp core.App) error { return settleExceptions(txApp, x.txnID()) })
	if err != nil {
		return err
	}
	fresh, err := findException(p.app, x.Id)
	if err == nil && fresh.state() == collections.ExceptionRefunding {
		return errRefundPending
	}
	return err
}

// reopen hands a refund that cannot be made back to the people.
func (p *plugin) reopen(x *exception, cause error) error {
	return p.app.RunInTransaction(func(txApp core.App) error {
		fresh, err := findException(txApp, x.Id)
		if err != nil || fresh.state() != collections.ExceptionRefunding {
			return err
		}
		fresh.Set(collections.ColumnState, collections.ExceptionOpen)
		fresh.Set("detail", text.Clip(collections.RefundNotMade+cause.Error()+"; "+fresh.GetString("detail"), 1000))
		if err := txApp.Save(fresh); err != nil {
			return fmt.Errorf("payments: reopen exception %s: %w", x.Id, err)
		}
		return collections.NotifyAdmins(txApp, collections.Notice{
			Type:  collections.NoticePayment,
			Title: collections.Text{ID: "Pengembalian dana tidak terlaksana", EN: "A refund was not made"},
			Message: collections.Text{
				ID: idr.Format(x.left()) + ", order " + x.orderID() + ": " + cause.Error(),
				EN: idr.FormatIn(x.left(), "en") + ", order " + x.orderID() + ": " + cause.Error(),
			},
			Payload:  map[string]any{"exception": x.Id, "order_id": x.orderID()},
			Priority: collections.PriorityHigh,
		})
	})
}

// moneyReturn is the way by which money goes back: through the provider, or by a
// bank transfer that was made already.
type moneyReturn struct{ reference, key string }

func newReturn(reference string) (moneyReturn, error) {
	if reference == "" {
		return moneyReturn{}, nil
	}
	key, err := referenceKey(reference)
	return moneyReturn{strings.TrimSpace(reference), key}, err
}

func (r moneyReturn) byTransfer() bool { return r.key != "" }

// check refuses what the acquirer would not give back; a transfer needs no one's
// leave.
func (r moneyReturn) check(txApp core.App, conditions terms, txn string, amount int64) error {
	if r.byTransfer() {
		return nil
	}
	m, err := moneyOf(txApp, txn)
	if err != nil {
		return err
	}
	return conditions.check(collections.Now(txApp), amount, m.Paid)
}

// start saves the decided exception and sets the money in motion. A transfer
// back has happened already and is booked at once.
func (r moneyReturn) start(txApp core.App, x *exception) error {
	if err := txApp.Save(x); err != nil {
		return fmt.Errorf("payments: decide on exception %s: %w", x.Id, err)
	}
	if !r.byTransfer() {
		return collections.Enqueue(txApp, jobRefund, refundMoney{Exception: x.Id})
	}
	entry := collections.LedgerEntry{
		Invoice: x.invoiceID(), Attempt: x.GetString("attempt"), Kind: collections.LedgerRefund, Amount: -x.left(),
		DedupeKey: "refund:" + transferName(r.key), At: collections.DateTime(collections.Now(txApp)), Demo: x.GetBool(collections.ColumnDemo),
		Reference: r.reference, Note: x.GetString("reason"), By: x.GetString("decided_by"),
	}
	if x.byTransfer() {
		entry.PaymentKey = x.txnID()
	} else {
		entry.TxnID = x.txnID()
	}
	if err := checkUnused(txApp, "refund:"+transferPrefix, r.reference); err != nil {
		return err
	}
	if err := bookReference(txApp, entry); err != nil {
		return err
	}
	if err := returnMoney(txApp, x); err != nil {
		return err
	}
	// More may have gone than the invoice held: an excess that somebody waived.
	return settleExceptions(txApp, x.txnID())
}

var errReturnByTransfer = collections.Refuse("refund_by_transfer", "reference", collections.Text{
	ID: "Uang ini datang lewat transfer. Kembalikan lewat transfer bank, lalu catat referensinya di sini.",
	EN: "This money came by transfer. Return it by bank transfer and record the reference here.",
})
