package hooks

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// announceOrder tells the client what to pay for a new project, and the admins
// that there is one. What the program itself writes (example data) is no news.
func announceOrder(txApp core.App, p *collections.Project, by collections.Actor) error {
	if by.Kind == collections.BySystem {
		return nil
	}
	client, err := collections.FindUser(txApp, p.Owner())
	if err != nil {
		return fmt.Errorf("hooks: find client of project %s: %w", p.Id, err)
	}
	payload := map[string]any{collections.PayloadProject: p.Id}
	if err := collections.Notify(txApp, client, collections.Notice{
		Type: collections.NoticePayment, Payload: payload, Priority: collections.PriorityHigh,
		Title: collections.Text{ID: "Pesanan “" + p.Name() + "” kami terima", EN: "We have received your order “" + p.Name() + "”"},
		Message: collections.Text{
			ID: "Terima kasih sudah memesan. Pengerjaan dimulai begitu tagihan pertama lunas.",
			EN: "Thank you for your order. The work starts as soon as the first invoice is paid.",
		},
	}); err != nil {
		return err
	}
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type: collections.NoticeProject, Payload: payload, Priority: collections.PriorityMedium,
		Title:   collections.Text{ID: "Pesanan baru: “" + p.Name() + "”", EN: "New order: “" + p.Name() + "”"},
		Message: collections.Text{ID: "Dipesan oleh " + client.Name() + ".", EN: "Ordered by " + client.Name() + "."},
	})
}

// announceStatus tells the client and the admins about a change of status.
func announceStatus(txApp core.App, p *collections.Project, from collections.Status, note string) error {
	client, err := collections.FindUser(txApp, p.Owner())
	if err != nil {
		return fmt.Errorf("hooks: find client of project %s: %w", p.Id, err)
	}
	n := collections.Notice{
		Type:     collections.NoticeProject,
		Payload:  map[string]any{collections.PayloadProject: p.Id, collections.PayloadStatus: string(p.Status())},
		Priority: collections.PriorityMedium,
	}
	n.Title, n.Message = statusNews(p, from)
	if p.Status() == collections.Review {
		n.Priority = collections.PriorityHigh // the client has to act
	}
	words := noteWords(note)
	n.Message = join(n.Message, words)
	if err := collections.Notify(txApp, client, n); err != nil {
		return err
	}
	n.Title = collections.Text{
		ID: fmt.Sprintf("Proyek “%s” (%s): %s", p.Name(), client.Name(), p.Status().Label("id")),
		EN: fmt.Sprintf("Project “%s” (%s): %s", p.Name(), client.Name(), p.Status().Label("en")),
	}
	n.Message = words
	return collections.NotifyAdmins(txApp, n)
}

// statusNews is what the client reads about the project's new status.
func statusNews(p *collections.Project, from collections.Status) (title, message collections.Text) {
	name := "“" + p.Name() + "”"
	switch p.Status() {
	case collections.InProgress:
		if from == collections.Review {
			return collections.Text{ID: "Permintaan perbaikan " + name + " kami terima", EN: "We have received your changes for " + name},
				collections.Text{
					ID: "Kami mengerjakannya, lalu mengabari Anda begitu website siap diperiksa lagi.",
					EN: "We are working on them and will tell you as soon as the website is ready for another look.",
				}
		}
		title = collections.Text{ID: name + " sedang kami kerjakan", EN: "We are working on " + name}
		if collections.ActorOf(p.Record).Kind == collections.ByAdmin { // its first invoices were taken back
			return title, collections.Text{
				ID: "Pengerjaan dimulai tanpa pembayaran awal. Kami mengabari Anda begitu website siap diperiksa.",
				EN: "The work has begun without a first payment. We will tell you as soon as the website is ready for your review.",
			}
		}
		return title,
			collections.Text{
				ID: "Pembayaran awal sudah lunas, jadi pengerjaan dimulai. Kami mengabari Anda begitu website siap diperiksa.",
				EN: "The first payment is complete, so the work has begun. We will tell you as soon as the website is ready for your review.",
			}
	case collections.Review:
		return collections.Text{ID: name + " siap Anda periksa", EN: name + " is ready for your review"},
			collections.Text{
				ID: "Silakan periksa website Anda. Jika sudah sesuai, setujui di portal. Jika ada yang perlu diperbaiki, tuliskan di sana.",
				EN: "Please have a look at your website. If all is well, approve it in the portal. If something should change, tell us there.",
			}
	case collections.Completed:
		return collections.Text{ID: name + " selesai. Terima kasih.", EN: name + " is completed. Thank you."}, handover(p)
	case collections.Cancelled:
		return collections.Text{ID: name + " dibatalkan", EN: name + " was cancelled"},
			collections.Text{
				ID: "Tagihan yang belum dibayar tidak perlu dibayar lagi.",
				EN: "Invoices that are not paid yet need not be paid any more.",
			}
	}
	return collections.Text{ID: name + ": " + p.Status().Label("id"), EN: name + ": " + p.Status().Label("en")}, collections.Text{}
}

// handover says where the finished website and its login are.
func handover(p *collections.Project) collections.Text {
	t := collections.Text{
		ID: "Website Anda sudah bisa dibuka di " + p.URL() + ". Data login untuk mengelolanya ada di halaman proyek ini di portal.",
		EN: "Your website is online at " + p.URL() + ". The login to manage it is on the page of this project in the portal.",
	}
	until := p.GetDateTime("support_until")
	if until.IsZero() {
		return t
	}
	return join(t, collections.Text{
		ID: "Dukungan gratis berlaku sampai " + wib.FormatDate(until.Time(), "id") + ".",
		EN: "Free support lasts until " + wib.FormatDate(until.Time(), "en") + ".",
	})
}

func noteWords(note string) collections.Text {
	if note == "" {
		return collections.Text{}
	}
	return collections.Text{ID: "Catatan: " + note, EN: "Note: " + note}
}

// join puts b below a as a paragraph of its own.
func join(a, b collections.Text) collections.Text {
	if b == (collections.Text{}) {
		return a
	}
	return collections.Text{ID: a.ID + "\n\n" + b.ID, EN: a.EN + "\n\n" + b.EN}
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
			ID: "Pembayaran " + idr.FormatIn(i.Amount(), "id") + " sudah kami terima. Terima kasih.",
			EN: "We have received your payment of " + idr.FormatIn(i.Amount(), "en") + ". Thank you.",
		},
		Payload:  map[string]any{collections.PayloadInvoice: i.Id, collections.PayloadProject: i.ProjectID()},
		Priority: collections.PriorityMedium,
	}
	if err := collections.Notify(txApp, client, n); err != nil {
		return err
	}
	n.Message = collections.Text{
		ID: client.Name() + " membayar " + idr.FormatIn(i.Amount(), "id") + ".",
		EN: client.Name() + " paid " + idr.FormatIn(i.Amount(), "en") + ".",
	}
	return collections.NotifyAdmins(txApp, n)
}
