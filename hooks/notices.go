package hooks

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
)

// announceStatus tells the client and the admins about a change of status.
func announceStatus(txApp core.App, p *collections.Project, note string) error {
	client, err := collections.FindUser(txApp, p.Owner())
	if err != nil {
		return fmt.Errorf("hooks: find client of project %s: %w", p.Id, err)
	}
	n := collections.Notice{
		Type:     collections.NoticeProject,
		Title:    statusTitle(p),
		Message:  collections.Text{ID: note, EN: note},
		Payload:  map[string]any{"project": p.Id, "status": string(p.Status())},
		Priority: collections.PriorityMedium,
	}
	if p.Status() == collections.Review {
		n.Priority = collections.PriorityHigh // the client has to act
	}
	if err := collections.Notify(txApp, client, n); err != nil {
		return err
	}
	n.Title = collections.Text{
		ID: fmt.Sprintf("Proyek “%s” (%s): %s", p.Name(), client.Name(), p.Status().Label("id")),
		EN: fmt.Sprintf("Project “%s” (%s): %s", p.Name(), client.Name(), p.Status().Label("en")),
	}
	return collections.NotifyAdmins(txApp, n)
}

func statusTitle(p *collections.Project) collections.Text {
	name := p.Name()
	texts := map[collections.Status]collections.Text{
		collections.InProgress: {ID: "“" + name + "” sedang kami kerjakan", EN: "We are working on “" + name + "”"},
		collections.Review:     {ID: "“" + name + "” siap Anda periksa", EN: "“" + name + "” is ready for your review"},
		collections.Completed:  {ID: "“" + name + "” selesai. Terima kasih!", EN: "“" + name + "” is completed. Thank you!"},
		collections.Cancelled:  {ID: "“" + name + "” dibatalkan", EN: "“" + name + "” was cancelled"},
	}
	return texts[p.Status()]
}

// announcePayment tells the client and the admins that an invoice is paid.
func announcePayment(txApp core.App, i *collections.Invoice) error {
	client, err := collections.FindUser(txApp, i.Owner())
	if err != nil {
		return fmt.Errorf("hooks: find client of invoice %s: %w", i.Number(), err)
	}
	n := collections.Notice{
		Type:  collections.NoticePayment,
		Title: collections.Text{ID: "Tagihan " + i.Number() + " lunas", EN: "Invoice " + i.Number() + " is paid"},
		Message: collections.Text{
			ID: "Pembayaran " + idr.Format(i.Amount()) + " sudah kami terima. Terima kasih.",
			EN: "We have received your payment of " + idr.Format(i.Amount()) + ". Thank you.",
		},
		Payload:  map[string]any{"invoice": i.Id, "project": i.ProjectID()},
		Priority: collections.PriorityMedium,
	}
	if err := collections.Notify(txApp, client, n); err != nil {
		return err
	}
	n.Message = collections.Text{
		ID: client.Name() + " membayar " + idr.Format(i.Amount()) + ".",
		EN: client.Name() + " paid " + idr.Format(i.Amount()) + ".",
	}
	return collections.NotifyAdmins(txApp, n)
}
