package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
	"jasaweb/plugins/internal/rest"
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
	State   string                  `json:"state" enum:"none,waiting,expired,failed,held,paid,cancelled" doc:"held: money came that fits nothing yet, a person decides; failed: the last code was refused"`
	Missing int64                   `json:"missing" doc:"What the invoice still lacks, in rupiah"`
	Held    int64                   `json:"held" doc:"Money for this invoice that waits for a decision, in rupiah"`
	Late    bool                    `json:"late" doc:"Paid by a code that had expired"`
	Proofs  int                     `json:"proofs" doc:"Proofs of transfer that are being checked"`
	Now     string                  `json:"now" doc:"The server's time, UTC"`
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
		rest.Log(e).Info("payments: check for a waiting client", "invoice", invoice.Id, "error", err)
	}
	if invoice, err = collections.FindInvoice(e.App, invoice.Id); err != nil {
		return nil, err
	}
	return standing(e.App, invoice)
}

// standing sums up all that is known about the payment of an invoice.
func standing(app core.App, invoice *collections.Invoice) (*watchOutput, error) {
	out := &watchOutput{Invoice: invoice.View(), Now: collections.DateTime(collections.Now(app)).String()}
	attempts := []*collections.PaymentAttempt{}
	err := app.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{"invoice": invoice.Id}).OrderBy("seq ASC").All(&attempts)
	if err != nil {
		return nil, fmt.Errorf("payments: find attempts of invoice %s: %w", invoice.Number(), err)
	}
	if invoice.Status() == collections.Unpaid {
		if out.Missing, err = collections.Owed(app, invoice); err != nil {
			return nil, err
		}
		proofs, err := app.CountRecords(collections.TransferProofs, dbx.HashExp{"invoice": invoice.Id, collections.ColumnState: collections.ProofOpen})
		if err != nil {
			return nil, fmt.Errorf("payments: count proofs of invoice %s: %w", invoice.Number(), err)
		}
		out.Proofs = int(proofs)
	}
	for _, a := range attempts {
		if ok, err := showable(app, a, 0); err != nil {
			return nil, err
		} else if ok {
			shown := toPayment(a)
			out.Payment = &shown
		}
		settled := a.GetDateTime("settled_at").Time()
		out.Late = out.Late || paystate.Status(a.Status()).Received() && settled.After(a.ExpiresAt().Time()) && !a.ExpiresAt().IsZero()
	}
	if out.Held, err = heldFor(app, invoice.Id); err != nil {
		return nil, err
	}
	out.State = out.state(attempts)
	return out, nil
}

// state is the one word for it. Money that waits for a decision comes before a
// code that could be paid: nobody should pay a second time meanwhile.
func (out *watchOutput) state(attempts []*collections.PaymentAttempt) string {
	switch {
	case out.Invoice.Status == collections.Paid:
		return "paid"
	case out.Invoice.Status == collections.InvoiceCancelled:
		return "cancelled"
	case out.Held > 0:
		return "held"
	case out.Payment != nil:
		return "waiting"
	case len(attempts) == 0:
		return "none"
	}
	switch last := paystate.Status(attempts[len(attempts)-1].Status()); last {
	case paystate.Deny, paystate.Failure:
		return "failed"
	case paystate.Creating, paystate.Unknown:
		return "none"
	}
	return "expired"
}

// heldFor is the money for an invoice that people have not decided about yet.
func heldFor(app core.App, invoiceID string) (int64, error) {
	open := []*exception{}
	err := app.RecordQuery(collections.MoneyExceptions).
		AndWhere(dbx.HashExp{"invoice": invoiceID, collections.ColumnState: collections.ExceptionOpen}).All(&open)
	if err != nil {
		return 0, fmt.Errorf("payments: find exceptions of invoice %s: %w", invoiceID, err)
	}
	var held int64
	for _, x := range open {
		if !x.isClaim() || x.kind() == kindUnbooked {
			held += x.left()
		}
	}
	return held, nil
}

// askNow asks about the invoice's open attempt out of turn, unless somebody did
// within the last seconds, on whichever node.
func (p *plugin) askNow(ctx context.Context, invoiceID string) error {
	if !p.gateway.Ready() || p.breaker.room(1) == 0 {
		return nil
	}
	attempts := []*collections.PaymentAttempt{}
	err := p.app.RecordQuery(collections.PaymentAttempts).
		AndWhere(dbx.HashExp{"invoice": invoiceID}).AndWhere(dbx.In(collections.ColumnStatus, collections.OpenAttempt...)).Limit(1).All(&attempts)
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
