package hooks

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// startDueDays is how long a client has to pay what work waits for.
const startDueDays = 3

// bindOrders gives every new project its invoices, whoever creates it: a client
// through the order route, or an admin on a client's behalf in the dashboard.
func bindOrders(app core.App) {
	onRecord(app.OnRecordCreate(collections.Projects), "orderDefaults", 0, func(e *core.RecordEvent) error {
		p := collections.AsProject(e.Record)
		if p.Status() == "" {
			p.SetStatus(collections.PendingPayment)
		}
		p.Set("name", strings.TrimSpace(p.Name())) // only spaces are no name
		if owner, err := collections.FindUser(e.App, p.Owner()); err == nil && owner.GetBool(collections.ColumnDemo) {
			p.Set(collections.ColumnDemo, true) // goes with its client when the demo is removed
		}
		return e.Next()
	})
	onRecord(app.OnRecordCreateExecute(collections.Projects), "order", 0, func(e *core.RecordEvent) error {
		return inTransaction(e, func() error { return order(e) })
	})
}

func order(e *core.RecordEvent) error {
	p := collections.AsProject(e.Record)
	if p.Status() != collections.PendingPayment {
		return collections.Refuse("invalid_transition", "status", collections.Text{
			ID: "Proyek baru selalu mulai dari “Menunggu pembayaran”.",
			EN: "A new project always starts as “Awaiting payment”.",
		})
	}
	tier, err := orderedTier(e.App, p)
	if err != nil {
		return err
	}
	if err := e.Next(); err != nil {
		return err
	}
	if err := invoiceProject(e.App, p, tier); err != nil {
		return err
	}
	// The counter of invoices lets one order at a time pass, so that of two at once
	// the second sees the first here.
	if known, err := collections.FindRepeatedOrder(e.App, p); err != nil {
		return err
	} else if known != nil {
		return collections.ErrOrderedAlready
	}
	by := collections.ActorOf(e.Record)
	if err := collections.AddProjectEvent(e.App, p, collections.EventOrdered, "", p.Status(), by, ""); err != nil {
		return err
	}
	return announceOrder(e.App, p, by)
}

// orderedTier returns the tier of the order, which must be on sale and of the
// project's type.
func orderedTier(txApp core.App, p *collections.Project) (*collections.PricingTier, error) {
	tier, err := collections.FindTier(txApp, p.GetString("tier"))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, collections.NoSuchTier("tier")
	}
	if tier.Type() != p.Type() {
		return nil, collections.Invalid("validation_invalid_tier", "tier", collections.Text{
			ID: "Paket ini untuk jenis website lain.", EN: "This package is for another kind of website.",
		})
	}
	return tier, nil
}

// invoiceProject writes the invoices of a new project: the deposit in as many
// parts as the QRIS cap needs, then the rest.
func invoiceProject(txApp core.App, p *collections.Project, tier *collections.PricingTier) error {
	agency, err := collections.FindAgency(txApp)
	if err != nil {
		return err
	}
	terms := agency.Terms(tier)
	now := collections.Now(txApp)
	for n, part := range terms.Parts {
		i, err := newInvoice(txApp, p, part.Taxed, agency.Rate(), now)
		if err != nil {
			return err
		}
		i.Set("instalment", n+1)
		i.Set("instalments", len(terms.Parts))
		if part.AtStart {
			i.Set("due_at_start", true)
			i.Set("due_at", collections.DateTime(wib.EndOfDay(wib.AddDays(now, startDueDays))))
		}
		if err := txApp.Save(i); err != nil {
			return fmt.Errorf("hooks: invoice project %s: %w", p.Id, err)
		}
	}
	return nil
}

// newInvoice numbers an invoice over an amount with PPN at rate percent. The numbers of a year have no
// gaps, because the counter is part of the transaction.
func newInvoice(txApp core.App, p *collections.Project, tax idr.Taxed, rate int64, now time.Time) (*collections.Invoice, error) {
	number, serial, err := collections.NextInvoiceNumber(txApp, now, p.GetBool(collections.ColumnDemo))
	if err != nil {
		return nil, err
	}
	i, err := collections.NewInvoice(txApp)
	if err != nil {
		return nil, err
	}
	i.Load(map[string]any{
		"project": p.Id, "user": p.Owner(), "serial": serial, "number": number,
		"amount": tax.Total, "dpp": tax.DPP, "ppn": tax.PPN, "tax_rate": rate,
		"status": collections.Unpaid, "refund_state": collections.RefundNone, collections.ColumnDemo: p.GetBool(collections.ColumnDemo),
	})
	return i, nil
}
