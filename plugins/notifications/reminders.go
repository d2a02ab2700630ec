package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// jobRemind reminds of every invoice that falls due; no arguments.
const jobRemind = "invoice.remind"

// When to remind, in days (WIB) around the day on which an invoice falls due.
// What was missed while the server was down is caught up with within a few days.
const (
	daysBefore  = 3
	daysAfter   = 3
	daysTooLate = 7
	// quiet is how long after an invoice was written its reminder waits, unless
	// it falls due tomorrow: the client has only just read of it.
	quiet = 48 * time.Hour
)

// step is one of the three reminders of an invoice.
type step string

const (
	noStep     step = ""
	stepBefore step = "before"
	stepDue    step = "due"
	stepAfter  step = "after"
)

func (p *plugin) enqueueReminders() {
	day := collections.Now(p.app).In(wib.Zone).Format(time.DateOnly)
	if err := collections.Enqueue(p.app, jobRemind, nil, collections.Unique(day)); err != nil {
		p.app.Logger().Error("notifications: enqueue reminders", "error", err)
	}
}

// remind writes the reminders of the day. An invoice that fails does not keep
// the others from theirs.
func (p *plugin) remind(ctx context.Context, app core.App, _ json.RawMessage) error {
	now := collections.Now(app)
	due := []*collections.Invoice{}
	err := app.RecordQuery(collections.Invoices).AndWhere(dbx.HashExp{collections.ColumnStatus: collections.Unpaid}).
		AndWhere(dbx.Between("due_at", collections.DateTime(wib.Date(wib.AddDays(now, -daysTooLate))).String(),
			collections.DateTime(wib.EndOfDay(wib.AddDays(now, daysBefore))).String())).
		OrderBy("due_at ASC", "id ASC").All(&due)
	if err != nil {
		return fmt.Errorf("notifications: find invoices that fall due: %w", err)
	}
	var failed error
	for _, invoice := range due {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if s := stepOf(invoice, now); s != noStep {
			failed = errors.Join(failed, remindOf(app, invoice.Id, s))
		}
	}
	return failed
}

// stepOf returns which reminder of the unpaid invoice is due now.
func stepOf(i *collections.Invoice, now time.Time) step {
	days := daysUntil(i.DueAt().Time(), now)
	switch {
	case days == 0:
		return stepDue
	case days == 1, days > 1 && days <= daysBefore && now.Sub(i.GetDateTime("created").Time()) >= quiet:
		return stepBefore
	case days <= -daysAfter && days > -daysTooLate:
		return stepAfter
	}
	return noStep
}

// daysUntil counts the days of the calendar in WIB.
func daysUntil(due, now time.Time) int {
	return int(wib.Date(due).Sub(wib.Date(now)).Hours() / 24)
}

// remindOf writes one reminder, unless the invoice was settled meanwhile or the
// client is waiting for us: a proof of transfer lies with the agency.
func remindOf(app core.App, invoiceID string, s step) error {
	return app.RunInTransaction(func(txApp core.App) error {
		invoice, err := collections.FindInvoice(txApp, invoiceID)
		if err != nil {
			return err
		}
		if stepOf(invoice, collections.Now(txApp)) != s || invoice.Status() != collections.Unpaid {
			return nil
		}
		proofs, err := txApp.CountRecords(collections.TransferProofs, dbx.HashExp{"invoice": invoice.Id, collections.ColumnState: collections.ProofOpen})
		if err != nil {
			return fmt.Errorf("notifications: look up proofs of invoice %s: %w", invoice.Number(), err)
		}
		if proofs > 0 {
			return nil
		}
		client, err := collections.FindUser(txApp, invoice.Owner())
		if err != nil {
			return fmt.Errorf("notifications: find client of invoice %s: %w", invoice.Number(), err)
		}
		owed, err := collections.Owed(txApp, invoice)
		if err != nil {
			return err
		}
		n := reminder(invoice, owed, s, collections.Now(txApp))
		if err := collections.Notify(txApp, client, n); err != nil || s != stepAfter {
			return err
		}
		n.Title = collections.Text{
			ID: "Lewat jatuh tempo: " + invoice.Number() + " (" + client.Name() + ")", EN: "Overdue: " + invoice.Number() + " (" + client.Name() + ")",
		}
		n.Message = collections.Text{ID: "Klien sudah kami ingatkan.", EN: "We have reminded the client."}
		return collections.NotifyAdmins(txApp, n)
	})
}

// reminder is what the client reads about the rupiah that are still owed. Its
// key holds the day: an invoice that is put off falls due anew.
func reminder(i *collections.Invoice, owed int64, s step, now time.Time) collections.Notice {
	due := i.DueAt().Time()
	n := collections.Notice{
		Type:     collections.NoticeReminder,
		Priority: collections.PriorityMedium,
		Payload:  map[string]any{collections.PayloadInvoice: i.Id, collections.PayloadProject: i.ProjectID()},
		Key:      fmt.Sprintf("remind:%s:%s:%s", i.Id, s, due.In(wib.Zone).Format(time.DateOnly)),
	}
	amount := collections.Text{ID: idr.FormatIn(owed, "id"), EN: idr.FormatIn(owed, "en")}
	thanks := collections.Text{
		ID: "\n\nJika Anda baru saja membayar, abaikan pengingat ini.", EN: "\n\nIf you have just paid, please ignore this reminder.",
	}
	switch s {
	case stepBefore:
		when := collections.Text{ID: "besok", EN: "tomorrow"}
		if days := daysUntil(due, now); days > 1 {
			when = collections.Text{ID: fmt.Sprintf("%d hari lagi", days), EN: fmt.Sprintf("in %d days", days)}
		}
		n.Title = collections.Text{ID: "Tagihan " + i.Number() + " jatuh tempo " + when.ID, EN: "Invoice " + i.Number() + " is due " + when.EN}
		n.Message = collections.Text{
			ID: "Mohon bayar " + amount.ID + " paling lambat " + wib.FormatDate(due, "id") + ".",
			EN: "Please pay " + amount.EN + " by " + wib.FormatDate(due, "en") + ".",
		}
	case stepDue:
		n.Title = collections.Text{ID: "Tagihan " + i.Number() + " jatuh tempo hari ini", EN: "Invoice " + i.Number() + " is due today"}
		n.Message = collections.Text{ID: "Mohon bayar " + amount.ID + " hari ini.", EN: "Please pay " + amount.EN + " today."}
	case stepAfter:
		n.Priority = collections.PriorityHigh
		n.Title = collections.Text{ID: "Tagihan " + i.Number() + " lewat jatuh tempo", EN: "Invoice " + i.Number() + " is overdue"}
		n.Message = collections.Text{
			ID: "Tagihan sebesar " + amount.ID + " jatuh tempo pada " + wib.FormatDate(due, "id") + " dan belum kami terima pembayarannya. Mohon segera dibayar, atau hubungi kami jika ada kendala.",
			EN: "The invoice of " + amount.EN + " was due on " + wib.FormatDate(due, "en") + " and we have not received the payment yet. Please pay it soon, or contact us if there is a problem.",
		}
	}
	n.Message = collections.Text{ID: n.Message.ID + thanks.ID, EN: n.Message.EN + thanks.EN}
	return n
}
