package hooks

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

// restDueDays is how long a client has to pay the rest once the website waits
// for review.
const restDueDays = 7

// bindStatus runs the status machine of a project on every write path.
func bindStatus(app core.App) {
	onRecord(app.OnRecordUpdateExecute(collections.Projects), "guardStatus", 0, func(e *core.RecordEvent) error {
		p := collections.AsProject(e.Record)
		from := collections.Status(e.Record.Original().GetString(collections.ColumnStatus))
		if p.Status() == from {
			return e.Next()
		}
		return inTransaction(e, func() error { return changeStatus(e, p, from) })
	})
}

// changeStatus checks and makes one change of status with all that belongs to
// it: the condition, the timeline, the notices and the consequences.
func changeStatus(e *core.RecordEvent, p *collections.Project, from collections.Status) error {
	by := collections.ActorOf(e.Record)
	note := p.NewStatusNote()
	if err := holdStatus(e.App, holdProjectStatus, p.Id, string(from)); err != nil {
		return err
	}
	if err := collections.CheckTransition(from, p.Status(), by.Kind, note); err != nil {
		return err
	}
	if err := checkCondition(e.App, p); err != nil {
		return err
	}
	p.SetStatusNote(note)
	if err := e.Next(); err != nil {
		return err
	}
	if err := applyConsequence(e.App, p); err != nil {
		return err
	}
	if err := collections.AddProjectEvent(e.App, p, collections.EventStatus, from, p.Status(), by, note); err != nil {
		return err
	}
	return announceStatus(e.App, p, from, note)
}

// holdStatus locks a row for the transaction, provided that it still has the
// status on which the writer decided.
func holdStatus(txApp core.App, statement, id, status string) error {
	result, err := txApp.NonconcurrentDB().NewQuery(statement).Bind(dbx.Params{"id": id, "status": status}).Execute()
	if err != nil {
		return fmt.Errorf("hooks: hold %s: %w", id, err)
	}
	held, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("hooks: hold %s: %w", id, err)
	}
	if held == 0 {
		return collections.ErrStale
	}
	return nil
}

// checkCondition refuses a status whose ground is missing.
func checkCondition(txApp core.App, p *collections.Project) error {
	switch p.Status() {
	case collections.InProgress:
		return checkStartPaid(txApp, p)
	case collections.Completed:
		return checkDeliverable(txApp, p)
	}
	return nil
}

// checkStartPaid wants no invoice that work waits for to be open. When all of them
// were taken back, an admin may start the work.
func checkStartPaid(txApp core.App, p *collections.Project) error {
	start, err := startInvoices(txApp, p.Id)
	if err != nil {
		return err
	}
	if len(start) == 0 || start[collections.Unpaid] > 0 {
		return collections.Refuse("invoices_unpaid", "status", collections.Text{
			ID: "Tagihan awal proyek ini belum lunas. Pengerjaan dimulai dengan sendirinya begitu lunas.",
			EN: "The first invoices of this project are not paid yet. Work starts by itself as soon as they are.",
		})
	}
	return nil
}

// startInvoices counts by their status the invoices that work waits for.
func startInvoices(txApp core.App, projectID string) (map[string]int, error) {
	invoices, err := collections.FindInvoices(txApp, projectID)
	byStatus := map[string]int{}
	for _, i := range invoices {
		if i.DueAtStart() {
			byStatus[i.Status()]++
		}
	}
	return byStatus, err
}

// checkDeliverable wants what the client is promised on completion.
func checkDeliverable(txApp core.App, p *collections.Project) error {
	if !collections.WebURL(p.URL()) {
		return collections.Refuse("url_missing", "url", collections.Text{
			ID: "Isi alamat website (URL) dulu.", EN: "Fill in the website's address (URL) first.",
		})
	}
	if !p.HasCredentials() {
		return collections.Refuse("credentials_missing", "credentials", collections.Text{
			ID: "Isi data login website dulu.", EN: "Fill in the website's credentials first.",
		})
	}
	invoices, err := collections.FindInvoices(txApp, p.Id)
	if err != nil {
		return err
	}
	for _, i := range invoices {
		if i.Status() == collections.Unpaid {
			return collections.Refuse("invoices_unpaid", "status", collections.Text{
				ID: "Tagihan " + i.Number() + " belum lunas.", EN: "Invoice " + i.Number() + " is not paid yet.",
			})
		}
	}
	return nil
}

// applyConsequence does what a status brings about for the invoices.
func applyConsequence(txApp core.App, p *collections.Project) error {
	switch p.Status() {
	case collections.Review:
		return dueRest(txApp, p)
	case collections.Cancelled:
		return cancelInvoices(txApp, p)
	}
	return nil
}

// dueRest makes the rest of the price fall due.
func dueRest(txApp core.App, p *collections.Project) error {
	invoices, err := collections.FindInvoices(txApp, p.Id)
	if err != nil {
		return err
	}
	due := wib.EndOfDay(wib.AddDays(collections.Now(txApp), restDueDays))
	for _, i := range invoices {
		if i.Status() != collections.Unpaid || !i.DueAt().IsZero() {
			continue
		}
		i.Set("due_at", collections.DateTime(due))
		if err := txApp.Save(i); err != nil {
			return fmt.Errorf("hooks: due invoice %s: %w", i.Number(), err)
		}
	}
	return nil
}

// cancelInvoices takes back what is not paid, and with it the open charges.
func cancelInvoices(txApp core.App, p *collections.Project) error {
	invoices, err := collections.FindInvoices(txApp, p.Id)
	if err != nil {
		return err
	}
	for _, i := range invoices {
		if i.Status() != collections.Unpaid {
			continue
		}
		i.Cancel()
		if err := txApp.Save(i); err != nil {
			return fmt.Errorf("hooks: cancel invoice %s: %w", i.Number(), err)
		}
	}
	return nil
}
