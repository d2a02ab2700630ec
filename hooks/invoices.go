package hooks

import (
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindInvoices keeps the status of an invoice true to the ledger and starts the
// project in the same transaction that pays it.
func bindInvoices(app core.App) {
	onRecord(app.OnRecordUpdateExecute(collections.Invoices), "guardInvoice", 0, func(e *core.RecordEvent) error {
		i := collections.AsInvoice(e.Record)
		from := e.Record.Original().GetString(collections.ColumnStatus)
		if i.Status() == from {
			return e.Next()
		}
		return inTransaction(e, func() error { return changeInvoice(e, i, from) })
	})
}

func changeInvoice(e *core.RecordEvent, i *collections.Invoice, from string) error {
	if from != collections.Unpaid {
		return collections.Refuse("invoice_final", "status", collections.Text{
			ID: "Status tagihan ini sudah final.", EN: "The status of this invoice is final.",
		})
	}
	if err := checkMoney(e.App, i); err != nil {
		return err
	}
	if err := e.Next(); err != nil {
		return err
	}
	// Paid by one code or taken back: no other code may stay payable.
	if err := cancelCharges(e.App, i); err != nil {
		return err
	}
	if i.Status() == collections.Paid {
		if err := announcePayment(e.App, i); err != nil {
			return err
		}
	}
	return startProjectWhenPaid(e.App, i)
}

// checkMoney refuses a status that the ledger contradicts.
func checkMoney(txApp core.App, i *collections.Invoice) error {
	if i.Status() == collections.Paid {
		return checkCovered(txApp, i)
	}
	// A payment on another node must not come between the look and the change.
	if err := holdStatus(txApp, holdInvoiceStatus, i.Id, collections.Unpaid); err != nil {
		return err
	}
	return collections.CheckNothingKept(txApp, i)
}

// checkCovered lets an invoice be paid only by money in the ledger.
func checkCovered(txApp core.App, i *collections.Invoice) error {
	owed, err := collections.Owed(txApp, i)
	if err != nil {
		return err
	}
	if owed > 0 {
		return collections.Refuse("invoice_not_covered", "status", collections.Text{
			ID: "Tagihan hanya lunas lewat pembayaran yang tercatat.",
			EN: "An invoice is paid only by money that is on record.",
		})
	}
	return nil
}

// cancelCharges asks for the open charges of the invoice to be cancelled at the
// provider, so that their QR codes stop working.
func cancelCharges(txApp core.App, i *collections.Invoice) error {
	open := []*collections.PaymentAttempt{}
	err := txApp.RecordQuery(collections.PaymentAttempts).AndWhere(dbx.HashExp{
		"invoice": i.Id, "status": collections.OpenAttempt,
	}).All(&open)
	if err != nil {
		return fmt.Errorf("hooks: find open charges of invoice %s: %w", i.Number(), err)
	}
	for _, a := range open {
		err := collections.Enqueue(txApp, collections.JobCancelCharge, collections.CancelCharge{Attempt: a.Id})
		if err != nil {
			return err
		}
	}
	return nil
}

// startProjectWhenPaid moves the project on once the last invoice that work waits
// for is paid, or taken back after the others were paid. A project that is not
// waiting (cancelled, already started) stays, and so does one that nothing was
// paid for: that somebody took its only invoice back is no order to work.
func startProjectWhenPaid(txApp core.App, changed *collections.Invoice) error {
	p, err := collections.FindProject(txApp, changed.ProjectID())
	if err != nil {
		return fmt.Errorf("hooks: find project of invoice %s: %w", changed.Number(), err)
	}
	if p.Status() != collections.PendingPayment {
		return nil
	}
	start, err := startInvoices(txApp, p.Id)
	if err != nil || start[collections.Unpaid] > 0 || start[collections.Paid] == 0 {
		return err
	}
	p.SetStatus(collections.InProgress)
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByPayment})
	if err := txApp.Save(p); err != nil {
		return fmt.Errorf("hooks: start project %s: %w", p.Id, err)
	}
	return flagStart(txApp, p)
}

// flagStart tells the admins of a project that starts although money of what work
// waits for is gone or claimed back by a bank: its invoices stay paid.
func flagStart(txApp core.App, p *collections.Project) error {
	invoices, err := collections.FindInvoices(txApp, p.Id)
	if err != nil {
		return err
	}
	doubtful := []string{}
	for _, i := range invoices {
		if !i.DueAtStart() || i.Status() != collections.Paid {
			continue
		}
		m, err := collections.MoneyOf(txApp, i)
		if err != nil {
			return err
		}
		disputed, err := collections.Disputed(txApp, m)
		if err != nil {
			return err
		}
		if m.Owed() > 0 || disputed {
			doubtful = append(doubtful, i.Number())
		}
	}
	if len(doubtful) == 0 {
		return nil
	}
	numbers := strings.Join(doubtful, ", ")
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type:  collections.NoticePayment,
		Title: collections.Text{ID: "Proyek mulai dengan uang yang diragukan", EN: "A project starts with doubtful money"},
		Message: collections.Text{
			ID: "“" + p.Name() + "” mulai dikerjakan, tetapi uang tagihan " + numbers + " sudah kembali atau dipersoalkan bank. Putuskan apakah pekerjaannya ditunda.",
			EN: "Work on “" + p.Name() + "” starts, but money of invoice " + numbers + " has gone back or is disputed by a bank. Decide whether the work should wait.",
		},
		Payload:  map[string]any{collections.PayloadProject: p.Id},
		Priority: collections.PriorityHigh,
	})
}
