package portal

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// invoices is the list of the client's invoices.
type invoices struct {
	Status, Year view.Select
	Table        view.Component
	Pages        view.Pagination
	Totals       []view.Component
	CSV          string // address
	Filtered     bool
	Any          bool
}

// statuses that can be asked for.
var statuses = []string{collections.Unpaid, collections.Paid, collections.InvoiceCancelled}

// wanted is the filter of the list, safe to put into an address of the API.
type wanted struct{ status, year string }

func filterOf(r *view.Request) wanted {
	w := wanted{status: r.Request.URL.Query().Get("status"), year: r.Request.URL.Query().Get("tahun")}
	if !slices.Contains(statuses, w.status) {
		w.status = ""
	}
	if n, err := strconv.Atoi(w.year); err != nil || n < 2000 || n > 2999 {
		w.year = ""
	}
	return w
}

// expression is the filter in PocketBase's language. A year is a year in WIB.
func (w wanted) expression() string {
	parts := ""
	if w.status != "" {
		parts = "status = '" + w.status + "'"
	}
	if w.year != "" {
		n, _ := strconv.Atoi(w.year)
		if parts != "" {
			parts += " && "
		}
		parts += "created >= '" + yearStart(n) + "' && created < '" + yearStart(n+1) + "'"
	}
	return parts
}

func yearStart(year int) string {
	return fmt.Sprintf("%d-12-31 17:00:00.000Z", year-1) // midnight in WIB
}

func (w wanted) query() url.Values {
	q := url.Values{}
	if w.status != "" {
		q.Set("status", w.status)
	}
	if w.year != "" {
		q.Set("tahun", w.year)
	}
	return q
}

// unpaidFirst is the order of the list: what is due, what will be due later, then
// the newest.
const unpaidFirst = "-status,-due_at,-created"

func (w wanted) address(page, perPage int) string {
	q := url.Values{"sort": {unpaidFirst}, "page": {strconv.Itoa(page)}, "perPage": {strconv.Itoa(perPage)}}
	if e := w.expression(); e != "" {
		q.Set("filter", e)
	}
	return "/api/invoices?" + q.Encode()
}

func (p *plugin) invoices(r *view.Request) (*view.Page, error) {
	v, w := p.visitor(r), filterOf(r)
	found, err := call.Get[list[invoiceView]](v, w.address(pageNumber(r), 20))
	if err != nil {
		return nil, err
	}
	names, err := p.names(v)
	if err != nil {
		return nil, err
	}
	all, err := p.allInvoices(v, wanted{})
	if err != nil {
		return nil, err
	}
	data := invoices{
		Pages: view.NewPagination(found.Page, found.TotalPages, r.Request.URL), CSV: "/portal/tagihan.csv?" + w.query().Encode(),
		Filtered: w != wanted{}, Any: len(all) > 0, Totals: totals(r, all),
	}
	data.Status = view.NewSelect("status", r.T("invoices.status"), view.Choice{Label: r.T("invoices.all")},
		view.Choice{Value: "unpaid", Label: r.T("invoice.unpaid")}, view.Choice{Value: "paid", Label: r.T("invoice.paid")},
		view.Choice{Value: "cancelled", Label: r.T("invoice.cancelled")}).With(w.status)
	data.Year = view.NewSelect("tahun", r.T("invoices.year"), yearChoices(r, all)...).With(w.year)
	if len(found.Items) > 0 {
		data.Table = invoiceTable(r, found.Items, names)
	}
	return page("portal-invoices", r.T("nav.invoices"), data), nil
}

func yearOf(i invoiceView) int { return call.Time(i.Created).In(wib.Zone).Year() }

func yearChoices(r *view.Request, all []invoiceView) []view.Choice {
	choices := []view.Choice{{Label: r.T("invoices.all")}}
	seen := map[int]bool{}
	for _, i := range all {
		seen[yearOf(i)] = true
	}
	for year := 2999; year >= 2000; year-- {
		if seen[year] {
			choices = append(choices, view.Choice{Value: strconv.Itoa(year), Label: strconv.Itoa(year)})
		}
	}
	return choices
}

// totals are what is to be paid now and what was paid in each year.
func totals(r *view.Request, all []invoiceView) []view.Component {
	var due int64
	paid := map[int]int64{}
	for _, i := range all {
		switch {
		case i.Status == collections.Unpaid && i.DueAt != "":
			due += i.Amount
		case i.Status == collections.Paid:
			paid[call.Time(i.PaidAt).In(wib.Zone).Year()] += i.Amount
		}
	}
	stats := []view.Component{view.NewStat(r.T("invoices.due"), r.Money(due), "")}
	years := []int{}
	for year := range paid {
		years = append(years, year)
	}
	slices.Sort(years)
	for _, year := range slices.Backward(years) {
		stats = append(stats, view.NewStat(r.T("invoices.paid.in", year), r.Money(paid[year]), ""))
	}
	return stats[:min(len(stats), 4)]
}

func invoiceTable(r *view.Request, items []invoiceView, names map[string]string) view.Component {
	table := view.NewTable(r.T("nav.invoices"), view.Column{Label: r.T("invoice.number")}, view.Column{Label: r.T("invoice.website")},
		view.Column{Label: r.T("invoice.date")}, view.Column{Label: r.T("invoice.state")}, view.Column{Label: r.T("invoice.amount"), Number: true},
		view.Column{Label: r.T("invoice.action")})
	for _, i := range items {
		when := r.T("invoice.due.at", r.Date(call.Time(i.DueAt)))
		switch {
		case i.Status == collections.Paid:
			when = r.T("invoice.paid.at", r.Date(call.Time(i.PaidAt)))
		case i.Status == collections.InvoiceCancelled:
			when = r.Date(call.Time(i.Created))
		case i.DueAt == "":
			when = r.T("invoice.due.later")
		}
		action := view.NewLink(r.T("invoice.see"), "/portal/tagihan/"+i.ID).Secondary()
		if payable(i) {
			action = view.NewLink(r.T("invoice.pay"), "/portal/tagihan/"+i.ID+"/bayar").Primary()
		}
		table = table.Row(view.Part(view.NewLink(i.Number, "/portal/tagihan/"+i.ID)), view.Words(names[i.Project]), view.Words(when),
			view.Part(invoiceStatus(r, i)), view.Number(r.Money(i.Amount)), view.Part(action))
	}
	return table
}

// payable reports whether it is time to pay the invoice.
func payable(i invoiceView) bool { return i.Status == collections.Unpaid && i.DueAt != "" }

// allInvoices collects every page of the list.
func (p *plugin) allInvoices(v *call.Visitor, w wanted) ([]invoiceView, error) {
	all := []invoiceView{}
	for n := 1; ; n++ {
		found, err := call.Get[list[invoiceView]](v, w.address(n, 200))
		if err != nil {
			return nil, err
		}
		all = append(all, found.Items...)
		if n >= found.TotalPages {
			return all, nil
		}
	}
}

// invoicesCSV answers the list as a table for a spreadsheet. Amounts are plain
// numbers, and no cell can be taken for a formula.
func (p *plugin) invoicesCSV(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	all, err := p.allInvoices(v, filterOf(r))
	if err != nil {
		return nil, err
	}
	names, err := p.names(v)
	if err != nil {
		return nil, err
	}
	h := r.Response.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="tagihan.csv"`)
	h.Set("Cache-Control", "private, no-store")
	r.Response.WriteHeader(http.StatusOK)
	out := csv.NewWriter(r.Response)
	rows := [][]string{{r.T("invoice.number"), r.T("invoice.website"), r.T("invoice.issued"), r.T("invoice.due"), r.T("invoice.paidon"), r.T("invoice.state"), r.T("invoice.amount"), "PPN"}}
	day := func(s string) string {
		if at := call.Time(s); !at.IsZero() {
			return at.In(wib.Zone).Format("2006-01-02")
		}
		return ""
	}
	for _, i := range all {
		rows = append(rows, []string{
			i.Number, plain(names[i.Project]), day(i.Created), day(i.DueAt), day(i.PaidAt), invoiceStatus(r, i).Label,
			strconv.FormatInt(i.Amount, 10), strconv.FormatInt(i.PPN, 10),
		})
	}
	return nil, out.WriteAll(rows)
}

// plain keeps spreadsheets from running a name as a formula.
func plain(s string) string {
	if s != "" && slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return "'" + s
	}
	return s
}

// invoicePage is one invoice, to read, to print and to pay.
type invoicePage struct {
	Invoice  invoiceView
	Status   view.Status
	Agency   agency
	Client   string
	Website  string
	Lines    view.Component
	Dates    view.Component
	Words    string // the amount in words
	Payable  bool
	Paid     bool
	Stamp    bool // above the amount from which a receipt needs a duty stamp
	Link     view.Component
	LinkGood string // until when
	PDF      string
	Receipt  string
}

func (p *plugin) invoice(r *view.Request) (*view.Page, error) { return p.showInvoice(r, nil) }

func (p *plugin) showInvoice(r *view.Request, link *payLinks) (*view.Page, error) {
	v := p.visitor(r)
	i, err := call.Get[invoiceView](v, "/api/invoices/"+id(r))
	if err != nil {
		return nil, err
	}
	us, err := call.Get[agency](v, "/api/agency")
	if err != nil {
		return nil, err
	}
	project, err := call.Get[projectView](v, "/api/projects/"+url.PathEscape(i.Project))
	if err != nil {
		return nil, err
	}
	data := invoicePage{
		Invoice: i, Status: invoiceStatus(r, i), Agency: us, Client: r.User().Name(), Website: project.Name, Payable: payable(i),
		Paid: i.Status == collections.Paid, Stamp: i.Amount > idr.Dutiable, Lines: invoiceLines(r, i, project.Name), Dates: invoiceDates(r, i),
		Words: idr.Terbilang(i.Amount), PDF: "/api/invoices/" + i.ID + "/pdf?lang=" + r.Lang,
	}
	if data.Paid {
		data.Receipt = "/api/invoices/" + i.ID + "/receipt.pdf?lang=" + r.Lang
	}
	if link != nil && link.PayURL != "" {
		data.Link, data.LinkGood = view.NewCopy(link.PayURL, r.T("invoice.link")), r.T("invoice.link.until", r.Date(call.Time(link.ExpiresAt)))
	}
	answer := page("portal-invoice", i.Number, data)
	answer.Crumbs = []view.Crumb{{Label: r.T("nav.invoices"), Href: "/portal/tagihan"}, {Label: i.Number}}
	return answer, nil
}

func invoiceLines(r *view.Request, i invoiceView, website string) view.Component {
	what := r.T("invoice.line", website)
	if i.Instalments > 1 {
		what += ", " + r.T("invoice.part", i.Instalment, i.Instalments)
	}
	table := view.NewTable(r.T("invoice.lines"), view.Column{Label: r.T("invoice.item")}, view.Column{Label: r.T("invoice.amount"), Number: true}).
		Row(view.Words(what), view.Number(r.Money(i.Amount-i.PPN)))
	if i.PPN > 0 {
		table = table.Row(view.Words(r.T("invoice.ppn", i.TaxRate, r.Money(i.DPP), idr.Effective(i.TaxRate, r.Lang))), view.Number(r.Money(i.PPN)))
	}
	return table
}

func invoiceDates(r *view.Request, i invoiceView) view.Component {
	entries := []view.Entry{{Term: r.T("invoice.issued"), Text: r.Date(call.Time(i.Created))}}
	switch {
	case i.Status == collections.Paid:
		entries = append(entries, view.Entry{Term: r.T("invoice.paidon"), Text: r.Moment(call.Time(i.PaidAt))})
	case i.DueAt != "":
		entries = append(entries, view.Entry{Term: r.T("invoice.due"), Text: r.Date(call.Time(i.DueAt))})
	case i.Status == collections.Unpaid:
		entries = append(entries, view.Entry{Term: r.T("invoice.due"), Text: r.T("invoice.due.later")})
	}
	return view.NewDetails(entries...)
}

// payLinks are the links that open an invoice without signing in.
type payLinks struct {
	URL        string `json:"url"`
	ReceiptURL string `json:"receipt_url"`
	PayURL     string `json:"pay_url"`
	ExpiresAt  string `json:"expires_at"`
}

// makeLink shows a fresh pay link. It is in this answer only: whoever has it can
// see the invoice.
func (p *plugin) makeLink(r *view.Request) (*view.Page, error) {
	made, err := call.Post[payLinks](p.visitor(r), "/api/invoices/"+id(r)+"/link", nil)
	if err != nil {
		return nil, err
	}
	return p.showInvoice(r, &made)
}
