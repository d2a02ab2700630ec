package payments

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/rest"
)

// exception is a row of the queue of money that people decide about.
type exception struct{ core.BaseRecordProxy }

// The kinds beside paystate's.
const (
	kindRefund   = "refund"   // the wish to give back money that pays an invoice
	kindUnbooked = "unbooked" // a statement that could not be booked
)

func asException(r *core.Record) *exception {
	x := &exception{}
	x.SetProxyRecord(r)
	return x
}

func (x *exception) kind() string      { return x.GetString("kind") }
func (x *exception) state() string     { return x.GetString(collections.ColumnState) }
func (x *exception) invoiceID() string { return x.GetString("invoice") }
func (x *exception) orderID() string   { return x.GetString("order_id") }
func (x *exception) txnID() string     { return x.GetString("provider_txn_id") }
func (x *exception) amount() int64     { return x.GetInt64("amount") }
func (x *exception) returned() int64   { return x.GetInt64("returned") }
func (x *exception) left() int64       { return x.amount() - x.returned() }
func (x *exception) byTransfer() bool  { return strings.HasPrefix(x.txnID(), transferPrefix) }

// isClaim reports whether it is about money that is counted elsewhere (it pays an
// invoice, or it is gone) or that the books do not hold.
func (x *exception) isClaim() bool {
	key := x.GetString("dedupe_key")
	return x.kind() == kindRefund || x.kind() == kindUnbooked || x.isDispute() ||
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

func exceptionsOf(txApp core.App, txn string, states ...any) ([]*exception, error) {
	list := []*exception{}
	if txn == "" {
		return list, nil
	}
	err := txApp.RecordQuery(collections.MoneyExceptions).
		AndWhere(dbx.HashExp{"provider_txn_id": txn, collections.ColumnState: states}).OrderBy("created ASC", "id ASC").All(&list)
	if err != nil {
		return nil, fmt.Errorf("payments: find exceptions of %s: %w", txn, err)
	}
	return list, nil
}

func isNotFound(err error) bool { return errors.Is(err, collections.ErrNotFound) }

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

// raise queues an exception and tells the admins about a new one.
func raise(txApp core.App, x collections.MoneyException) error {
	isNew, err := collections.Raise(txApp, x)
	if err != nil || !isNew {
		return err
	}
	if x.Kind == string(paystate.ChargebackDisputed) {
		if err := markDisputed(txApp, x); err != nil {
			return err
		}
	}
	priority := collections.PriorityHigh
	if x.Kind == kindUnbooked { // the books are wrong until somebody looks
		priority = collections.PriorityCritical
	}
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type:     collections.NoticePayment,
		Title:    collections.Text{ID: "Uang yang perlu diperiksa (" + x.Kind + ")", EN: "Money to look at (" + x.Kind + ")"},
		Message:  collections.Text{ID: idr.Format(x.Amount) + ", order " + x.OrderID, EN: idr.FormatIn(x.Amount, "en") + ", order " + x.OrderID},
		Payload:  map[string]any{collections.PayloadInvoice: x.Invoice, collections.PayloadOrder: x.OrderID},
		Priority: priority,
	})
}

// exceptionView is money to decide about, or what was decided.
type exceptionView struct {
	ID        string      `json:"id"`
	Kind      string      `json:"kind" enum:"duplicate,late,overpaid,mismatch,orphan,unconfirmed,chargeback,refund,unbooked" doc:"refund: the wish to give back money that pays an invoice; unbooked: a statement of the provider that could not be booked"`
	State     string      `json:"state" enum:"open,refunding,refunded,applied,waived,won,lost"`
	Invoice   string      `json:"invoice"`
	Amount    int64       `json:"amount" doc:"Rupiah"`
	Returned  int64       `json:"returned" doc:"What of the amount has gone back, in rupiah"`
	OrderID   string      `json:"order_id"`
	TxnID     string      `json:"provider_txn_id"`
	Detail    string      `json:"detail"`
	AppliedTo string      `json:"applied_to" doc:"The invoice that the money was used for"`
	DecidedBy string      `json:"decided_by"`
	DecidedAt string      `json:"decided_at"`
	Reason    string      `json:"reason"`
	Created   string      `json:"created"`
	Refund    refundTerms `json:"refund"`
}

func toExceptionView(x *exception, attempt *collections.PaymentAttempt, now time.Time) exceptionView {
	return exceptionView{
		ID: x.Id, Kind: x.kind(), State: x.state(), Invoice: x.invoiceID(), Amount: x.amount(), Returned: x.returned(),
		OrderID: x.orderID(), TxnID: x.txnID(), Detail: x.GetString("detail"), AppliedTo: x.GetString("applied_to"),
		DecidedBy: x.GetString("decided_by"), DecidedAt: x.GetDateTime("decided_at").String(), Reason: x.GetString("reason"),
		Created: x.GetDateTime("created").String(), Refund: termsOf(x, attempt, now),
	}
}

// viewOf is toExceptionView for one record.
func viewOf(app core.App, x *exception) (exceptionView, error) {
	attempt, err := x.attempt(app)
	if err != nil {
		return exceptionView{}, err
	}
	return toExceptionView(x, attempt, collections.Now(app)), nil
}

// listExceptions reads the attempts of a page at once, not one by one.
func (p *plugin) listExceptions(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[exceptionView], error) {
	rows, err := rest.List(e, collections.MoneyExceptions, in, nil, asException)
	if err != nil {
		return nil, err
	}
	ids := []any{}
	for _, x := range rows.Items {
		ids = append(ids, x.GetString("attempt"))
	}
	attempts := []*collections.PaymentAttempt{}
	if err := e.App.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.In("id", ids...)).All(&attempts); err != nil {
		return nil, fmt.Errorf("payments: attempts of exceptions: %w", err)
	}
	byID := map[string]*collections.PaymentAttempt{}
	for _, a := range attempts {
		byID[a.Id] = a
	}
	page := &rest.Page[exceptionView]{
		Page: rows.Page, PerPage: rows.PerPage, TotalItems: rows.TotalItems, TotalPages: rows.TotalPages, Items: []exceptionView{},
	}
	now := collections.Now(e.App)
	for _, x := range rows.Items {
		page.Items = append(page.Items, toExceptionView(x, byID[x.GetString("attempt")], now))
	}
	return page, nil
}

type waiveInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Reason string `json:"reason" minLength:"3" maxLength:"1000"`
	}
}

// waive closes a finding without moving money. A dispute is not closed but
// ended: whether the money is gone, somebody must say.
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
		if err := checkUndisputed(txApp, x.txnID()); err != nil {
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
		return "", &collections.Error{Code: "validation_required", Reason: collections.ReasonInvalid, Field: "reason", Text: collections.Text{
			ID: "Tulis alasannya.", EN: "Write down the reason.",
		}}
	}
	return s, nil
}
