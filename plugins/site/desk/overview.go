package desk

import (
	"strconv"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// reviewPatience is how long a client may leave a website unreviewed before
// somebody should ask.
const reviewPatience = 7 * 24 * time.Hour

// overview is what the agency has to do, and how it is going.
type overview struct {
	Tasks  []view.Component
	Stats  []view.Component
	Stages []view.Component
}

func (p *plugin) overview(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	data := overview{}
	for _, collect := range []func(*view.Request, *call.Visitor) error{data.money, data.work, data.stages, data.sums} {
		if err := collect(r, v); err != nil {
			return nil, err
		}
	}
	return page("desk-overview", r.T("nav.overview"), data), nil
}

// money is what people have to decide about, and proofs to check.
func (o *overview) money(r *view.Request, v *call.Visitor) error {
	open, err := count(v, "/api/admin/payments/exceptions", "state = 'open'")
	if err != nil {
		return err
	}
	if open > 0 {
		o.Tasks = append(o.Tasks, view.NewAlert(view.Bad, r.N("desk.task.exceptions", open), r.T("desk.task.exceptions.text")).With(
			view.NewLink(r.T("desk.task.exceptions.do"), "/admin/pembayaran").Primary()))
	}
	proofs, err := count(v, "/api/collections/transfer_proofs/records", "state = 'open'")
	if err != nil {
		return err
	}
	if proofs > 0 {
		o.Tasks = append(o.Tasks, view.NewAlert(view.Warn, r.N("desk.task.proofs", proofs), r.T("desk.task.proofs.text")).With(
			view.NewLink(r.T("desk.task.proofs.do"), "/admin/pembayaran#bukti").Primary()))
	}
	return nil
}

// work is what is late, and what nobody reviews.
func (o *overview) work(r *view.Request, v *call.Visitor) error {
	at := collections.DateTime(now(r)).String()
	late, err := call.Get[list[projectView]](v, address("/api/admin/projects", "perPage", "10", "sort", "due_at",
		"filter", "status = 'in_progress' && due_at != '' && due_at < "+quoted(at)))
	if err != nil {
		return err
	}
	for _, project := range late.Items {
		o.Tasks = append(o.Tasks, view.NewAlert(view.Warn, r.T("desk.task.late", project.Name), r.T("desk.task.late.text", r.Date(call.Time(project.DueAt)))).With(
			view.NewLink(r.T("desk.project.open"), "/admin/proyek/"+project.ID).Secondary()))
	}
	before := collections.DateTime(now(r).Add(-reviewPatience)).String()
	waiting, err := call.Get[list[projectView]](v, address("/api/admin/projects", "perPage", "10", "sort", "updated",
		"filter", "status = 'review' && updated < "+quoted(before)))
	if err != nil {
		return err
	}
	for _, project := range waiting.Items {
		o.Tasks = append(o.Tasks, view.NewAlert(view.Info, r.T("desk.task.unreviewed", project.Name), r.T("desk.task.unreviewed.text", r.Date(call.Time(project.Updated)))).With(
			view.NewLink(r.T("desk.project.open"), "/admin/proyek/"+project.ID).Secondary()))
	}
	return nil
}

// stages are how many projects are where.
func (o *overview) stages(r *view.Request, v *call.Visitor) error {
	for _, status := range []collections.Status{collections.PendingPayment, collections.InProgress, collections.Review, collections.Completed} {
		n, err := count(v, "/api/admin/projects", "status = "+quoted(string(status)))
		if err != nil {
			return err
		}
		o.Stages = append(o.Stages, view.NewCard(strconv.Itoa(n), status.Label(r.Lang)).To("/admin/proyek?status="+string(status)).Under())
	}
	return nil
}

// proof is where every received rupiah is.
type proof struct {
	All struct {
		Received   int64 `json:"received"`
		Open       int64 `json:"open"`
		Refunded   int64 `json:"refunded"`
		Difference int64 `json:"difference"`
	} `json:"all"`
	Holds bool `json:"holds"`
}

// health is whether payments flow.
type health struct {
	Webhooks struct {
		LastAt         string `json:"last_at"`
		LastAgeSeconds int64  `json:"last_age_seconds"`
	} `json:"webhooks"`
	Breaker struct {
		State string `json:"state"`
	} `json:"breaker"`
}

// sums are the money and whether it can be trusted.
func (o *overview) sums(r *view.Request, v *call.Visitor) error {
	books, err := call.Get[proof](v, "/api/admin/payments/proof")
	if err != nil {
		return err
	}
	flow, err := call.Get[health](v, "/api/admin/payments/health")
	if err != nil {
		return err
	}
	due, err := addUp(v, "status = 'unpaid' && due_at != ''")
	if err != nil {
		return err
	}
	if !books.Holds {
		o.Tasks = append([]view.Component{view.NewAlert(view.Bad, r.T("desk.books.broken"), r.T("desk.books.broken.text"))}, o.Tasks...)
	}
	if flow.Breaker.State == "open" {
		o.Tasks = append(o.Tasks, view.NewAlert(view.Warn, r.T("desk.provider.silent"), r.T("desk.provider.silent.text")))
	}
	last := r.T("desk.stat.webhook.never")
	if at := call.Time(flow.Webhooks.LastAt); !at.IsZero() {
		last = r.T("desk.stat.webhook", r.Moment(at))
	}
	o.Stats = []view.Component{
		view.NewStat(r.T("desk.stat.received"), r.Money(books.All.Received-books.All.Refunded), last),
		view.NewStat(r.T("desk.stat.due"), r.Money(due.sum), r.N("desk.stat.invoices", due.n)),
		view.NewStat(r.T("desk.stat.open"), r.Money(books.All.Open), ""),
	}
	return nil
}

type total struct {
	n   int
	sum int64
}

// addUp adds up the invoices that a filter finds.
func addUp(v *call.Visitor, filter string) (total, error) {
	t := total{}
	for n := 1; ; n++ {
		found, err := call.Get[list[invoiceView]](v, address("/api/admin/invoices", "perPage", "200", "page", strconv.Itoa(n), "filter", filter, "sort", "id"))
		if err != nil {
			return t, err
		}
		for _, i := range found.Items {
			t.n++
			t.sum += i.Amount
		}
		if n >= found.TotalPages {
			return t, nil
		}
	}
}
