package payments

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
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

// exceptionView is money to decide about, or what was decided.
type exceptionView struct {
	ID        string      `json:"id"`
	Kind      string      `json:"kind" enum:"duplicate,late,overpaid,mismatch,orphan,unconfirmed,chargeback,refund" doc:"refund: the wish to give back money that pays an invoice"`
	State     string      `json:"state" enum:"open,refunding,refunded,applied,waived"`
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

// refundTerms is whether the provider would give the money back now.
type refundTerms struct {
	Possible    bool   `json:"possible" doc:"The provider would give it back now"`
	Until       string `json:"until" doc:"UTC; end of the refund window, empty when it is not known"`
	SecondsLeft int64  `json:"seconds_left" doc:"Until then; 0 when it is over or not known"`
	Obstacle    string `json:"obstacle" enum:",decided,claim,transfer,window_over,night,whole_only" doc:"Why not, empty when possible"`
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
