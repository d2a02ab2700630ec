package midtrans

import (
	"context"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

const (
	// watchEvery is how often the page of a waiting client may make us ask the
	// provider, which wants at least 10 s between two questions.
	watchEvery = 10 * time.Second
	// watchTimeout bounds the wait of that page; it asks again anyway.
	watchTimeout = 3 * time.Second
)

type watchInput struct {
	ID string `path:"id" maxLength:"50"`
}

type watchOutput struct {
	Invoice collections.InvoiceView `json:"invoice"`
	Payment *payment                `json:"payment" doc:"The QR code that can be paid now; null when there is none"`
}

// watch answers how the payment of an own invoice stands, for a page that
// waits for it. Notifications may be late or lost, so the provider is asked
// now and then; that it does not answer is no failure of this request.
func (p *plugin) watch(e *core.RequestEvent, in *watchInput) (*watchOutput, error) {
	invoice, err := collections.FindOwnInvoice(e.App, in.ID, e.Auth.Id)
	if err != nil {
		return nil, err
	}
	// A caller who hangs up must not look like a provider that does not answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e.Request.Context()), watchTimeout)
	defer cancel()
	if err := p.askNow(ctx, invoice.Id); err != nil {
		e.App.Logger().Info("midtrans: check for a waiting client", "invoice", invoice.Id, "error", err)
	}
	if invoice, err = collections.FindInvoice(e.App, invoice.Id); err != nil {
		return nil, err
	}
	out := &watchOutput{Invoice: invoice.View()}
	attempt, err := showableAttempt(e.App, invoice.Id, 0)
	if err != nil {
		return nil, err
	}
	if attempt != nil {
		shown := toPayment(attempt)
		out.Payment = &shown
	}
	return out, nil
}

// askNow asks about the invoice's open attempt out of turn, unless somebody did
// within the last seconds, on whichever node.
func (p *plugin) askNow(ctx context.Context, invoiceID string) error {
	if len(p.keys) == 0 || p.breaker.room(1) == 0 {
		return nil
	}
	attempts := []*collections.PaymentAttempt{}
	err := p.app.RecordQuery(collections.PaymentAttempts).
		AndWhere(dbx.HashExp{"invoice": invoiceID}).AndWhere(dbx.In("status", collections.OpenAttempt...)).Limit(1).All(&attempts)
	if err != nil {
		return fmt.Errorf("find open attempt: %w", err)
	}
	now := collections.Now(p.app)
	before := now.Add(-watchEvery)
	// The row decides; looking first spares the database a write per request.
	if len(attempts) == 0 || attempts[0].GetDateTime("checked_at").Time().After(before) {
		return nil
	}
	result, err := p.app.NonconcurrentDB().NewQuery(claimAttempt).Bind(dbx.Params{
		"id": attempts[0].Id, "now": collections.DateTime(now).String(), "before": collections.DateTime(before).String(),
	}).Execute()
	if err != nil {
		return fmt.Errorf("claim attempt: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return p.ask(ctx, attempts[0])
}
