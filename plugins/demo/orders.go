package demo

import (
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/rest"
)

// course is when the steps of an order happened; zero: they did not.
type course struct {
	ordered, paid, review, revised, again, rest, done, cancelled time.Time
}

// Days that an invoice may take, as for every order.
const (
	startDueDays = 3
	restDueDays  = 7
)

// draw lets the days of a plan fall as they do in an agency.
func (w *writer) draw(p plan) course {
	c := course{ordered: w.day(p.days)}
	if p.status == collections.PendingPayment {
		return c
	}
	if p.status == collections.Cancelled && p.odd != refunded {
		c.cancelled = c.ordered.Add(w.hours(30, 70))
		return c
	}
	c.paid = c.ordered.Add(w.hours(1, 40))
	switch p.status {
	case collections.Cancelled:
		c.cancelled = c.paid.Add(w.hours(48, 120))
	case collections.Review:
		c.review = c.ordered.AddDate(0, 0, p.days-p.days/4-1).Add(w.hours(1, 6))
	case collections.Completed:
		c.review = c.paid.Add(w.hours(6*24, 14*24))
		last := c.review
		if w.random.IntN(3) == 0 {
			c.revised = last.Add(w.hours(4, 30))
			c.again = c.revised.Add(w.hours(20, 70))
			last = c.again
		}
		c.rest = last.Add(w.hours(3, 70))
		c.done = c.rest.Add(w.hours(1, 24))
	}
	return c
}

// latest is the last thing that happened to the project.
func (c course) latest() time.Time {
	last := c.ordered
	for _, at := range []time.Time{c.paid, c.review, c.again, c.done, c.cancelled} {
		if at.After(last) {
			last = at
		}
	}
	return last
}

var wishes = map[string]string{
	"sekolah": "Warna hijau, ada SPMB, berita, dan galeri kegiatan. Bahan kami kirim minggu ini.",
	"berita":  "Kategori: daerah, ekonomi, olahraga, opini. Redaksi empat orang.",
	"company": "Profil, layanan, galeri proyek, dan peta lokasi. Logo menyusul.",
}

// reviseNote and cancelNote are the words that came with a change of status.
const (
	reviseNote = "Tolong ganti foto beranda dan perbaiki nomor telepon."
	cancelNote = "Bahan tidak tersedia sampai batas waktu; sebagian uang muka kami kembalikan."
)

// writeOrder writes a project with all that belongs to it.
func (w *writer) writeOrder(p plan) error {
	c := w.draw(p)
	id := w.id("project")
	if err := w.writeProject(id, p, c); err != nil {
		return err
	}
	if err := w.writeTimeline(id, p, c); err != nil {
		return err
	}
	parts := w.parts(p.kind)
	if err := w.writeInvoice(id, p, c, 1, parts[0]); err != nil {
		return err
	}
	return w.writeInvoice(id, p, c, 2, parts[1])
}

func (w *writer) writeProject(id string, p plan, c course) error {
	designs := w.templates[p.kind]
	record, err := newRecord(w.txApp, collections.Projects, map[string]any{
		"id": id, "user": p.client, "name": p.name, "type": p.kind, "status": string(p.status), "tier": w.tiers[p.kind],
		"template": designs[w.random.IntN(len(designs))], "brief": wishes[p.kind],
	})
	if err != nil {
		return err
	}
	project := collections.AsProject(record)
	if !c.paid.IsZero() {
		project.Set("due_at", collections.DateTime(wib.EndOfDay(wib.AddDays(c.paid, 14))))
	}
	if p.odd == refunded {
		project.Set("status_note", cancelNote)
	}
	if !c.review.IsZero() { // what is shown exists: the design's own demo page
		site := rest.SiteURL(w.txApp, "") + "/template/" + project.GetString("template")
		project.Set("url", site)
		project.SetCredentials(&collections.Credentials{AdminURL: site, Username: "admin", Password: "contoh-" + id})
		if err := project.SealCredentials(w.box); err != nil {
			return err
		}
	}
	if !c.done.IsZero() {
		days := map[string]int{"company": 30, "sekolah": 60, "berita": 90}[p.kind]
		project.Set("support_until", collections.DateTime(wib.EndOfDay(wib.AddDays(c.done, days))))
	}
	return w.insert(record, c.ordered, c.latest())
}

// step is one line of a timeline.
type step struct {
	at       time.Time
	from, to collections.Status
	by       collections.ActorKind
	note     string
}

func (w *writer) writeTimeline(project string, p plan, c course) error {
	before := collections.PendingPayment
	cancel := step{c.cancelled, before, collections.Cancelled, collections.ByClient, ""}
	if p.odd == refunded {
		cancel = step{c.cancelled, collections.InProgress, collections.Cancelled, collections.ByAdmin, cancelNote}
	}
	for _, s := range []step{
		{c.ordered, "", before, collections.ByClient, ""},
		{c.paid, before, collections.InProgress, collections.ByPayment, ""},
		{c.review, collections.InProgress, collections.Review, collections.ByAdmin, ""},
		{c.revised, collections.Review, collections.InProgress, collections.ByClient, reviseNote},
		{c.again, collections.InProgress, collections.Review, collections.ByAdmin, ""},
		{c.done, collections.Review, collections.Completed, collections.ByClient, ""},
		cancel,
	} {
		if s.at.IsZero() {
			continue
		}
		kind := collections.EventStatus
		if s.from == "" {
			kind = collections.EventOrdered
		}
		actor := map[collections.ActorKind]string{collections.ByClient: p.client, collections.ByAdmin: w.admin}[s.by]
		err := w.write(collections.ProjectEvents, w.id("event"), s.at, s.at, map[string]any{
			"project": project, "kind": kind, "from": string(s.from), "to": string(s.to), "actor": actor, "actor_kind": string(s.by), "note": s.note,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeInvoice writes one of the two invoices, and the money that paid it.
func (w *writer) writeInvoice(project string, p plan, c course, part int, sum idr.Taxed) error {
	number, serial, err := collections.NextInvoiceNumber(w.txApp, c.ordered, true)
	if err != nil {
		return err
	}
	id := w.id("invoice")
	values := map[string]any{
		"project": project, "user": p.client, "number": number, "serial": serial, "amount": sum.Total, "dpp": sum.DPP, "ppn": sum.PPN, "tax_rate": w.rate,
		"status": collections.Unpaid, "refund_state": collections.RefundNone, "instalment": part, "instalments": 2,
	}
	paid, updated := c.paid, c.ordered
	if part == 1 {
		values["due_at_start"] = true
		values["due_at"] = collections.DateTime(wib.EndOfDay(wib.AddDays(c.ordered, startDueDays)))
	} else {
		paid = c.rest
		if !c.review.IsZero() {
			values["due_at"] = collections.DateTime(wib.EndOfDay(wib.AddDays(c.review, restDueDays)))
			updated = c.review
		}
	}
	switch {
	case !paid.IsZero():
		values["status"], values["paid_at"], updated = collections.Paid, collections.DateTime(paid), paid
		if p.odd == refunded {
			values["refund_state"], updated = collections.RefundPartial, c.cancelled
		}
	case !c.cancelled.IsZero():
		values["status"], updated = collections.InvoiceCancelled, c.cancelled
	}
	if err := w.write(collections.Invoices, id, c.ordered, updated, values); err != nil || paid.IsZero() {
		return err
	}
	return w.writePayment(id, p, part, sum.Total, paid, c.cancelled)
}

// Rupiah that came too much, and that went back.
const (
	excess   = 250_000
	returned = 600_000
)

// writePayment books the money of one invoice as the program would have. No
// charge belongs to it, so nothing here is ever asked of the payment provider.
func (w *writer) writePayment(invoice string, p plan, part int, amount int64, paid, cancelled time.Time) error {
	id := w.id("ledger")
	entry := map[string]any{
		"invoice": invoice, "kind": collections.LedgerPayment, "amount": amount, "applied": amount, "at": collections.DateTime(paid),
		"provider_txn_id": "demo-" + id, "dedupe_key": "pay:demo-" + id,
	}
	if p.odd != ordinary {
		key := "transfer:demo-" + id
		delete(entry, "provider_txn_id")
		entry["dedupe_key"], entry["payment_key"], entry["reference"], entry["booked_by"] = key, key, "DEMO"+strings.ToUpper(id[4:]), w.admin
		entry["note"] = "transfer bank: cocok dengan mutasi"
		if p.odd == overpaid && part == 2 {
			entry["amount"] = amount + excess
			if err := w.writeExcess(invoice, key, paid); err != nil {
				return err
			}
		}
	}
	if err := w.write(collections.Ledger, id, paid, paid, entry); err != nil || p.odd != refunded {
		return err
	}
	back := w.id("ledger")
	return w.write(collections.Ledger, back, cancelled, cancelled, map[string]any{
		"invoice": invoice, "kind": collections.LedgerRefund, "amount": -returned, "at": collections.DateTime(cancelled), "payment_key": entry["payment_key"],
		"dedupe_key": "refund:transfer:demo-" + back, "reference": "DEMO" + strings.ToUpper(back[4:]), "note": cancelNote, "booked_by": w.admin,
	})
}

// writeExcess leaves the admins something to decide.
func (w *writer) writeExcess(invoice, payment string, at time.Time) error {
	return w.write(collections.MoneyExceptions, w.id("excess"), at, at, map[string]any{
		"kind": "overpaid", "invoice": invoice, "amount": excess, "state": collections.ExceptionOpen, "provider_txn_id": payment,
		"detail": "Klien mentransfer lebih dari jumlah tagihan.", "dedupe_key": "overpaid:" + payment,
	})
}
