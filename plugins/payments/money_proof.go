package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// jobProof is the nightly check that no rupiah is missing; no arguments.
const jobProof = "payment.proof"

// The longest period that the proof lists day by day, and how many payments it
// names that do not add up.
const (
	maxProofDays  = 366
	maxUnbalanced = 50
)

// Sums is where the money of some payments is, in rupiah.
type Sums struct {
	Received   int64 `json:"received"`
	Applied    int64 `json:"applied" doc:"Pays invoices, less what of it was given back"`
	Refunded   int64 `json:"refunded"`
	Lost       int64 `json:"lost" doc:"Kept by payers' banks after a dispute"`
	Open       int64 `json:"open" doc:"Waits in exceptions for a decision or for the provider"`
	Waived     int64 `json:"waived" doc:"In exceptions that were closed with a reason"`
	Difference int64 `json:"difference" doc:"received - applied - refunded - lost - open - waived; anything but 0 is a fault"`
}

func (s *Sums) add(o Sums) {
	s.Received += o.Received
	s.Applied += o.Applied
	s.Refunded += o.Refunded
	s.Lost += o.Lost
	s.Open += o.Open
	s.Waived += o.Waived
	s.Difference += o.Difference
}

// proofDay is the money that was received on one day, wherever it is now.
type proofDay struct {
	Date string `json:"date" doc:"Day in WIB on which the money was received"`
	Sums
}

// moneyProof shows where every received rupiah is.
type moneyProof struct {
	From       string     `json:"from"`
	To         string     `json:"to"`
	Equation   string     `json:"equation"`
	Days       []proofDay `json:"days"`
	Total      Sums       `json:"total" doc:"Of the days listed"`
	All        Sums       `json:"all" doc:"Since the beginning"`
	Disputed   int64      `json:"disputed" doc:"Claimed back by payers' banks, undecided; part of what is applied and open"`
	Unbooked   int64      `json:"unbooked" doc:"Claimed by notifications that the provider has not confirmed yet, or that could not be booked; in no sum"`
	Unbalanced []string   `json:"unbalanced" doc:"Payments that do not add up"`
	Holds      bool       `json:"holds" doc:"Every payment of all time adds up, and no statement waits to be booked"`

	UnbookedStatements int `json:"unbooked_statements" doc:"Statements of the provider that could not be booked and wait for somebody"`
}

// paymentRow is the ledger about one payment, received at At.
type paymentRow struct {
	Txn      string         `db:"txn"`
	At       types.DateTime `db:"at"`
	Paid     int64          `db:"paid"`
	Applied  int64          `db:"applied"`
	Refunded int64          `db:"refunded"`
	Lost     int64          `db:"lost"`
}

func (r paymentRow) money() money { return money{r.Paid, r.Applied, r.Refunded, r.Lost} }

// held is what exceptions say about one payment, in rupiah.
type held struct {
	open, waived             int64
	disputed                 int64
	claimedOpen, claimedShut int64 // counts only for money that nothing else holds
	known                    bool  // the ledger has the payment
}

// balance says where the payment's money is; kept is what of it pays invoices.
func (m money) balance(kept int64, h *held) Sums {
	s := Sums{Received: m.Paid, Applied: kept, Refunded: m.Refunded, Lost: m.Lost, Open: h.open, Waived: h.waived}
	loose := max(m.free()-h.open-h.waived, 0)
	claimed := min(loose, h.claimedOpen)
	s.Open += claimed
	s.Waived += min(loose-claimed, h.claimedShut)
	s.Difference = s.Received - s.Applied - s.Refunded - s.Lost - s.Open - s.Waived
	return s
}

// keptByPayment is what of each payment pays invoices.
func keptByPayment(app core.App) (map[string]int64, error) {
	list, err := collections.InvoicePayments(app)
	kept := map[string]int64{}
	for _, p := range list {
		kept[p.Txn] += p.Kept()
	}
	return kept, err
}

// unbooked are the statements that could not be booked.
type unbooked struct {
	statements int
	money      int64 // rupiah
}

// heldMoney sums the exceptions by payment, but for statements that could not be
// booked: what they speak of is in no payment's books.
func heldMoney(app core.App) (map[string]*held, unbooked, error) {
	list := []*exception{}
	err := app.RecordQuery(collections.MoneyExceptions).AndWhere(dbx.HashExp{collections.ColumnState: []any{
		collections.ExceptionOpen, collections.ExceptionRefunding, collections.ExceptionWaived,
	}}).All(&list)
	if err != nil {
		return nil, unbooked{}, fmt.Errorf("payments: read exceptions: %w", err)
	}
	byTxn, waiting := map[string]*held{}, unbooked{}
	for _, x := range list {
		if x.kind() == kindUnbooked {
			if x.state() == collections.ExceptionOpen {
				waiting.statements++
				waiting.money += x.amount()
			}
			continue
		}
		h := byTxn[x.txnID()]
		if h == nil {
			h = &held{}
			byTxn[x.txnID()] = h
		}
		waived := x.state() == collections.ExceptionWaived
		if x.isDispute() && !waived {
			h.disputed += x.left()
		}
		switch {
		case x.kind() == kindRefund: // of money that pays an invoice
		case x.isClaim() && waived:
			h.claimedShut += x.left()
		case x.isClaim():
			h.claimedOpen += x.left()
		case waived:
			h.waived += x.left()
		default:
			h.open += x.left()
		}
	}
	return byTxn, waiting, nil
}

// prove adds up all payments, and day by day those received in [from, to).
func prove(app core.App, from, to time.Time) (*moneyProof, error) {
	holding, waiting, err := heldMoney(app)
	if err != nil {
		return nil, err
	}
	rows := []paymentRow{}
	if err := app.DB().NewQuery(moneyOfPayments).All(&rows); err != nil {
		return nil, fmt.Errorf("payments: sum ledger: %w", err)
	}
	kept, err := keptByPayment(app)
	if err != nil {
		return nil, err
	}
	p := &moneyProof{Equation: "received = applied + refunded + lost + open + waived", Days: []proofDay{}, Unbalanced: []string{}}
	days := map[string]*Sums{}
	for _, row := range rows {
		h := holding[row.Txn]
		if h == nil {
			h = &held{}
		}
		h.known = true
		s := row.money().balance(kept[row.Txn], h)
		p.All.add(s)
		p.Disputed += h.disputed
		if s.Difference != 0 && len(p.Unbalanced) < maxUnbalanced {
			p.Unbalanced = append(p.Unbalanced, row.Txn)
		}
		if at := row.At.Time(); at.Before(from) || !at.Before(to) {
			continue
		}
		date := row.At.Time().In(wib.Zone).Format(time.DateOnly)
		if days[date] == nil {
			days[date] = &Sums{}
		}
		days[date].add(s)
		p.Total.add(s)
	}
	for date, s := range days {
		p.Days = append(p.Days, proofDay{date, *s})
	}
	slices.SortFunc(p.Days, func(a, b proofDay) int {
		if a.Date < b.Date {
			return -1
		}
		return 1
	})
	for _, h := range holding {
		if !h.known {
			p.Unbooked += h.open
		}
	}
	p.Unbooked += waiting.money
	p.UnbookedStatements = waiting.statements
	p.Holds = len(p.Unbalanced) == 0 && waiting.statements == 0
	return p, nil
}

type proofInput struct {
	From string `query:"from" format:"date" doc:"First day in WIB; 30 days back by default"`
	To   string `query:"to" format:"date" doc:"Last day in WIB; today by default"`
}

func (p *plugin) proof(e *core.RequestEvent, in *proofInput) (*moneyProof, error) {
	from, to, err := in.days(collections.Now(e.App))
	if err != nil {
		return nil, err
	}
	out, err := prove(e.App, from, wib.AddDays(to, 1))
	if err != nil {
		return nil, err
	}
	out.From, out.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
	return out, nil
}

func (in *proofInput) days(now time.Time) (from, to time.Time, err error) {
	to = wib.Date(now)
	if in.To != "" {
		if to, err = time.ParseInLocation(time.DateOnly, in.To, wib.Zone); err != nil {
			return from, to, invalidDay("to")
		}
	}
	from = wib.AddDays(to, -30)
	if in.From != "" {
		if from, err = time.ParseInLocation(time.DateOnly, in.From, wib.Zone); err != nil {
			return from, to, invalidDay("from")
		}
	}
	if to.Before(from) || to.Sub(from) >= maxProofDays*day { // both days are listed
		return from, to, collections.Invalid("invalid_period", "to", collections.Text{
			ID: "Periode harus berakhir setelah dimulai dan paling lama 366 hari.",
			EN: "The period must end after its beginning and last at most 366 days.",
		})
	}
	return from, to, nil
}

func invalidDay(field string) error {
	return collections.Invalid("validation_date_invalid", field, collections.Text{
		ID: "Tanggal harus seperti 2026-11-22.", EN: "The date must look like 2026-11-22.",
	})
}

// bindProof puts the nightly check on the server's timetable.
func (p *plugin) bindProof() {
	collections.HandleJob(p.app, jobProof, p.checkProof)
	p.app.Cron().MustAdd("payments.proof", "30 20 * * *", p.enqueueProof) // 03:30 WIB
}

// enqueueProof wants the check, once for all nodes.
func (p *plugin) enqueueProof() {
	night := collections.Now(p.app).In(wib.Zone).Format(time.DateOnly)
	if err := collections.Enqueue(p.app, jobProof, nil, collections.Unique(night)); err != nil {
		p.app.Logger().Error("payments: enqueue proof of money", "error", err)
	}
}

// checkProof is the job: it raises the alarm when money is missing, or too much.
func (p *plugin) checkProof(ctx context.Context, app core.App, _ json.RawMessage) error {
	if err := p.reopenStranded(ctx, app); err != nil {
		return err
	}
	out, err := prove(app, time.Time{}, time.Time{})
	if err != nil || out.Holds {
		return err
	}
	return app.RunInTransaction(func(txApp core.App) error {
		d, u := idr.Format(out.All.Difference), idr.Format(out.Unbooked)
		return collections.NotifyAdmins(txApp, collections.Notice{
			Type:  collections.NoticePayment,
			Title: collections.Text{ID: "Pembukuan uang tidak cocok", EN: "The books of money do not add up"},
			Message: collections.Text{
				ID: fmt.Sprintf("Selisih %s pada %d pembayaran; %s belum dibukukan, %d pernyataan penyedia tidak dapat dibukukan. Periksa sebelum ada uang yang dikembalikan.",
					d, len(out.Unbalanced), u, out.UnbookedStatements),
				EN: fmt.Sprintf("A difference of %s in %d payments; %s is not booked, %d statements of the provider cannot be booked. Look into it before any money is given back.",
					d, len(out.Unbalanced), u, out.UnbookedStatements),
			},
			Payload:  map[string]any{collections.PayloadBroken: out.Unbalanced},
			Priority: collections.PriorityCritical,
		})
	})
}
