package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/secret"
	"jasaweb/collections/slug"
	"jasaweb/collections/wib"
)

// plan is one order of the history, before its days are drawn.
type plan struct {
	client string // id
	name   string
	kind   string
	status collections.Status
	days   int // ordered so long ago
	odd    oddity
}

// oddity is what makes a plan worth looking at.
type oddity int

const (
	ordinary   oddity = iota
	byTransfer        // paid by bank transfer
	overpaid          // … and more than was owed, which waits for a decision
	refunded          // paid, cancelled by the agency and in part given back
)

// monthly is how many orders each of the past twelve months had, the oldest
// first: a small agency that grows, with a dip at Lebaran.
var monthly = []int{2, 3, 3, 4, 2, 4, 5, 4, 6, 5, 6, 7}

// writer writes the history.
type writer struct {
	txApp     core.App
	box       *secret.Box
	random    *rand.Rand
	now       time.Time
	rate      int64 // PPN in percent; 0 for an agency that may not charge it
	admin     string
	tiers     map[string]string   // id by kind
	templates map[string][]string // ids by kind
	count     map[string]int
}

// firstProject has the history's first id: where it is, the history is.
const firstProject = "demoproject0001"

// loadHistory writes a year of orders that ends today, once.
func loadHistory(txApp core.App, box *secret.Box) error {
	n, err := txApp.CountRecords(collections.Projects, dbx.HashExp{"id": firstProject})
	if err != nil || n > 0 {
		return err
	}
	w := &writer{
		txApp: txApp, box: box, now: collections.Now(txApp), count: map[string]int{}, tiers: map[string]string{}, templates: map[string][]string{},
		random: rand.New(rand.NewPCG(2026, 11)), // the same history everywhere
	}
	if err := w.lookUp(); err != nil {
		return err
	}
	clients, err := w.writeClients()
	if err != nil {
		return err
	}
	client, err := txApp.FindAuthRecordByEmail(collections.Users, clientEmail)
	if err != nil {
		return fmt.Errorf("demo: find the client: %w", err)
	}
	for _, p := range append(w.past(clients), present(clients, client.Id)...) {
		if err := w.writeOrder(p); err != nil {
			return fmt.Errorf("demo: write %s: %w", p.name, err)
		}
	}
	return w.writeInbox(client.Id)
}

func (w *writer) lookUp() error {
	agency, err := collections.FindAgency(w.txApp)
	if err != nil {
		return err
	}
	w.rate = agency.Rate()
	admin, err := w.txApp.FindAuthRecordByEmail(collections.Users, accounts[0].email)
	if err != nil {
		return fmt.Errorf("demo: find the admin: %w", err)
	}
	w.admin = admin.Id
	for _, t := range tiers {
		r, err := w.txApp.FindFirstRecordByData(collections.PricingTiers, "identifier", t.identifier)
		if err != nil {
			return fmt.Errorf("demo: find package %s: %w", t.identifier, err)
		}
		w.tiers[t.kind] = r.Id
	}
	for _, t := range templates {
		r, err := w.txApp.FindFirstRecordByData(collections.Templates, "name", t.name)
		if err != nil {
			return fmt.Errorf("demo: find design %s: %w", t.name, err)
		}
		w.templates[t.kind] = append(w.templates[t.kind], r.Id)
	}
	return nil
}

// past are the orders of the months that are over, most of them delivered.
func (w *writer) past(clients []string) []plan {
	list := []plan{}
	for month, orders := range monthly {
		first := (len(monthly) - month) * 30 // days ago; the youngest is old enough to be delivered
		for range orders {
			n := len(list)
			o := organisations[n%len(organisations)]
			p := plan{client: clients[n%len(organisations)], name: "Website " + o.name, kind: o.kind, status: collections.Completed, days: first + w.random.IntN(30)}
			if n >= len(organisations) {
				p.name = []string{"Pembaruan website ", "Website SPMB ", "Portal alumni "}[n/len(organisations)%3] + o.name
			}
			switch {
			case n%11 == 5:
				p.status = collections.Cancelled
			case n%7 == 3:
				p.odd = byTransfer
			}
			list = append(list, p)
		}
	}
	list[len(list)-4].odd, list[len(list)-4].status = overpaid, collections.Completed
	list[len(list)-6].odd, list[len(list)-6].status = refunded, collections.Cancelled
	return list
}

// present is what the agency has on its desk today, and one order in every
// status for the client whose password is known.
func present(clients []string, client string) []plan {
	return []plan{
		{client, "Website SD Nusantara", "sekolah", collections.Completed, 120, ordinary},
		{client, "Portal Orang Tua SD Nusantara", "sekolah", collections.Cancelled, 85, ordinary},
		{client, "Website SPMB SD Nusantara", "sekolah", collections.Review, 19, ordinary},
		{client, "Majalah Sekolah Nusantara", "berita", collections.InProgress, 6, ordinary},
		{client, "Koperasi SD Nusantara", "company", collections.PendingPayment, 1, ordinary},
		{clients[1], "Kabar Pesisir Mingguan", "berita", collections.Review, 28, ordinary}, // its rest is overdue
		{clients[3], "Perpustakaan Cendekia Mandiri", "sekolah", collections.Review, 17, byTransfer},
		{clients[4], "Katalog Sinar Logam", "company", collections.InProgress, 12, ordinary},
		{clients[7], "Bursa Kerja Bina Teknika", "sekolah", collections.InProgress, 9, ordinary},
		{clients[10], "Suara Hulu", "berita", collections.InProgress, 4, byTransfer},
		{clients[13], "Jadwal Klinik Sehat Sentosa", "company", collections.PendingPayment, 7, ordinary}, // overdue
		{clients[17], "Alumni Pelita Nusa", "sekolah", collections.PendingPayment, 2, ordinary},
		{clients[21], "Bahari Niaga", "company", collections.PendingPayment, 0, ordinary},
	}
}

// id returns the next id of a kind, always the same ones.
func (w *writer) id(kind string) string {
	w.count[kind]++
	prefix := "demo" + kind
	return fmt.Sprintf("%s%0*d", prefix, 15-len(prefix), w.count[kind])
}

// write inserts a row as it was saved at a time in the past, without the hooks.
func (w *writer) write(collection, id string, created, updated time.Time, values map[string]any) error {
	record, err := newRecord(w.txApp, collection, values)
	if err != nil {
		return err
	}
	record.Set("id", id)
	return w.insert(record, created, updated)
}

func (w *writer) insert(record *core.Record, created, updated time.Time) error {
	record.SetRaw("created", collections.DateTime(created))
	record.SetRaw("updated", collections.DateTime(updated))
	columns, err := record.DBExport(w.txApp)
	if err != nil {
		return fmt.Errorf("demo: export %s: %w", record.Id, err)
	}
	if _, err := w.txApp.NonconcurrentDB().Insert(record.TableName(), columns).Execute(); err != nil {
		return fmt.Errorf("demo: insert %s: %w", record.Id, err)
	}
	return nil
}

// writeClients writes the organisations; nobody knows their password.
func (w *writer) writeClients() ([]string, error) {
	hash := ""
	ids := []string{}
	for n, o := range organisations {
		record, err := newRecord(w.txApp, collections.Users, map[string]any{
			"id": w.id("client"), "email": slug.Make(o.name) + "@contoh.invalid", "name": o.name, "role": collections.RoleClient, "locale": "id",
			"phone": fmt.Sprintf("0812-0000-%04d", n+1), "verified": true, "emailVisibility": true,
		})
		if err != nil {
			return nil, err
		}
		if hash == "" { // once: it is slow on purpose
			record.SetPassword(security.RandomString(40))
			hash = record.GetString("password:hash")
		}
		record.SetRaw(core.FieldNamePassword, &core.PasswordFieldValue{Hash: hash})
		record.RefreshTokenKey()
		joined := w.day(len(monthly)*30 + 32 - n*13)
		if err := w.insert(record, joined, joined); err != nil {
			return nil, err
		}
		ids = append(ids, record.Id)
	}
	return ids, nil
}

// day is a moment in office hours of the day that many days ago, never later
// than now.
func (w *writer) day(ago int) time.Time {
	at := wib.Date(w.now).AddDate(0, 0, -ago).Add(8*time.Hour + time.Duration(w.random.IntN(10*60))*time.Minute)
	if at.After(w.now) {
		at = w.now.Add(-time.Duration(1+w.random.IntN(50)) * time.Minute)
	}
	return at.UTC()
}

// hours is a random span of at least from and less than to hours.
func (w *writer) hours(from, to int) time.Duration {
	return time.Duration(from)*time.Hour + time.Duration(w.random.IntN((to-from)*60))*time.Minute
}

// parts divides a price into deposit and rest, tax included.
func (w *writer) parts(kind string) [2]idr.Taxed {
	for _, t := range tiers {
		if t.kind == kind {
			terms := idr.NewTerms(t.price, depositPercent, w.rate, idr.QRISCap)
			return [2]idr.Taxed{terms.Parts[0].Taxed, terms.Parts[1].Taxed}
		}
	}
	panic("demo: no package for " + kind)
}
