package desk

import (
	"slices"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// invoices is the list of all invoices.
type invoices struct {
	Status view.Select
	Search view.Field
	Table  view.Component
	Pages  view.Pagination
}

func (p *plugin) invoices(r *view.Request) (*view.Page, error) {
	v, q := p.visitor(r), r.Request.URL.Query()
	status, search := q.Get("status"), strings.TrimSpace(q.Get("q"))
	parts := []string{}
	if slices.Contains([]string{collections.Unpaid, collections.Paid, collections.InvoiceCancelled}, status) {
		parts = append(parts, "status = "+quoted(status))
	}
	if search != "" && len(search) <= 100 {
		parts = append(parts, "number ~ "+quoted(search))
	}
	found, err := call.Get[list[invoiceView]](v, address("/api/admin/invoices", "page", pageNumber(r), "perPage", "20", "filter", strings.Join(parts, " && ")))
	if err != nil {
		return nil, err
	}
	owners := []string{}
	for _, i := range found.Items {
		owners = append(owners, i.User)
	}
	names, err := p.clients(v, owners)
	if err != nil {
		return nil, err
	}
	data := invoices{
		Status: view.NewSelect("status", r.T("invoice.state"), view.Choice{Label: r.T("invoices.all")}, view.Choice{Value: "unpaid", Label: r.T("invoice.unpaid")},
			view.Choice{Value: "paid", Label: r.T("invoice.paid")}, view.Choice{Value: "cancelled", Label: r.T("invoice.cancelled")}).With(status),
		Search: view.NewField("q", r.T("invoice.number")).Type("search").With(search).Limit(100),
		Pages:  view.NewPagination(found.Page, found.TotalPages, r.Request.URL),
	}
	if len(found.Items) > 0 {
		table := view.NewTable(r.T("nav.invoices"), view.Column{Label: r.T("invoice.number")}, view.Column{Label: r.T("desk.client")},
			view.Column{Label: r.T("invoice.due")}, view.Column{Label: r.T("invoice.state")}, view.Column{Label: r.T("invoice.amount"), Number: true})
		for _, i := range found.Items {
			table = table.Row(view.Part(view.NewLink(i.Number, "/admin/tagihan/"+i.ID)), view.Words(names[i.User].Name),
				view.Words(r.Date(call.Time(i.DueAt))), view.Part(invoiceStatus(r, i)), view.Number(r.Money(i.Amount)))
		}
		data.Table = table
	}
	return page("desk-invoices", r.T("nav.invoices"), data), nil
}

// findInvoice returns an invoice by its id, nil if there is none.
func findInvoice(v *call.Visitor, id string) (*invoiceView, error) {
	found, err := call.Get[list[invoiceView]](v, address("/api/admin/invoices", "perPage", "1", "filter", "id = "+quoted(id)))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return &found.Items[0], nil
}

// invoicePage is one invoice with what the agency can do about its money.
type invoicePage struct {
	Invoice  invoiceView
	Status   view.Status
	Details  view.Component
	Client   view.Component
	Problems view.Problems
	Record   *recordForm
	Refund   view.Component
	Cancel   view.Component
	PDF      string
	Proof    *view.Link
}

type recordForm struct {
	Text   string
	Fields []view.Component
	Proof  string
}

func (p *plugin) invoice(r *view.Request) (*view.Page, error) { return p.showInvoice(r, "", nil) }

func (p *plugin) showInvoice(r *view.Request, action string, refused *call.Error) (*view.Page, error) {
	v := p.visitor(r)
	i, err := findInvoice(v, r.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if i == nil {
		return nil, r.NotFoundError("", nil)
	}
	clients, err := p.clients(v, []string{i.User})
	if err != nil {
		return nil, err
	}
	data := invoicePage{
		Invoice: *i, Status: invoiceStatus(r, *i), Details: invoiceDetails(r, *i), Client: clientDetails(r, clients[i.User]),
		PDF: "/api/invoices/" + i.ID + "/pdf?lang=" + r.Lang,
	}
	data.Record = newRecordForm(r, *i, action, refused)
	switch i.Status {
	case collections.Unpaid:
		data.Cancel = view.NewConfirm(r.T("desk.cancel"), r.T("desk.cancel.question"), "/admin/tagihan/"+i.ID+"/batal", r.T("desk.cancel.do")).
			With(reasonField(r, "batal", action, refused))
	case collections.Paid:
		if i.RefundState != collections.RefundFull {
			data.Refund = view.NewConfirm(r.T("desk.refund"), r.T("desk.refund.question"), "/admin/tagihan/"+i.ID+"/kembalikan", r.T("desk.refund.do")).
				With(amountField(r, "kembalikan", action, i.Amount, refused), reasonField(r, "kembalikan", action, refused), referenceField(r, "kembalikan", action, refused, false))
		}
	}
	if proof := r.Request.URL.Query().Get("bukti"); proof != "" {
		link := view.NewLink(r.T("desk.proof.see"), "/admin/bukti/"+proof).Secondary().Icon("eye")
		data.Proof = &link
	}
	answer := page("desk-invoice", i.Number, data)
	answer.Crumbs = []view.Crumb{{Label: r.T("nav.invoices"), Href: "/admin/tagihan"}, {Label: i.Number}}
	if refused != nil {
		data.Problems = view.NewProblems(refused.Message)
		answer.Data, answer.Status = data, refused.Status
	}
	return answer, nil
}

func invoiceDetails(r *view.Request, i invoiceView) view.Component {
	entries := []view.Entry{{Term: r.T("invoice.amount"), Text: r.Money(i.Amount), Strong: true}}
	if i.PPN > 0 {
		entries = append(entries, view.Entry{Term: r.T("invoice.ppn", i.TaxRate, r.Money(i.DPP), idr.Effective(i.TaxRate, r.Lang)), Text: r.Money(i.PPN)})
	}
	if i.Instalments > 1 {
		entries = append(entries, view.Entry{Term: r.T("pay.part.of"), Text: r.T("invoice.part", i.Instalment, i.Instalments)})
	}
	entries = append(entries, view.Entry{Term: r.T("invoice.issued"), Text: r.Date(call.Time(i.Created))})
	if at := call.Time(i.DueAt); !at.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("invoice.due"), Text: r.Date(at)})
	}
	if at := call.Time(i.PaidAt); !at.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("invoice.paidon"), Text: r.Moment(at)})
	}
	if i.CancelReason != "" {
		entries = append(entries, view.Entry{Term: r.T("desk.reason"), Text: i.CancelReason})
	}
	entries = append(entries, view.Entry{Term: r.T("desk.project"), Part: view.NewLink(r.T("desk.project.open"), "/admin/proyek/"+i.Project)})
	return view.NewDetails(entries...)
}

// kept is what was typed into the field of the refused form.
func kept(r *view.Request, form, action, field, otherwise string) string {
	if form != action {
		return otherwise
	}
	return r.Request.PostFormValue(field)
}

func wrong(form, action string, refused *call.Error, field string) string {
	if form != action {
		return ""
	}
	return refused.Field(field)
}

func reasonField(r *view.Request, form, action string, refused *call.Error) view.Textarea {
	f := view.NewTextarea("reason", r.T("desk.reason")).Limit(1000).Required().
		With(kept(r, form, action, "reason", "")).Wrong(wrong(form, action, refused, "reason"))
	f.Form, f.Rows = form, 2
	return f
}

func amountField(r *view.Request, form, action string, value int64, refused *call.Error) view.Field {
	f := view.NewField("amount", r.T("invoice.amount")).Rupiah(r.Lang).Required().
		With(kept(r, form, action, "amount", r.Digits(value))).Wrong(wrong(form, action, refused, "amount"))
	f.Form = form
	return f
}

func referenceField(r *view.Request, form, action string, refused *call.Error, required bool) view.Field {
	f := view.NewField("reference", r.T("desk.reference")).Limit(100).
		With(kept(r, form, action, "reference", "")).Wrong(wrong(form, action, refused, "reference"))
	f.Form = form
	if required {
		return f.Required()
	}
	return f.Help(r.T("desk.reference.hint"))
}

func newRecordForm(r *view.Request, i invoiceView, action string, refused *call.Error) *recordForm {
	const form = "catat"
	method := view.NewSelect("method", r.T("desk.method"), view.Choice{Value: "bank_transfer", Label: r.T("desk.method.transfer")}, view.Choice{Value: "cash", Label: r.T("desk.method.cash")}).
		With(kept(r, form, action, "method", "bank_transfer")).Required()
	note := view.NewField("note", r.T("desk.record.note")).Limit(900).With(kept(r, form, action, "note", "")).Wrong(wrong(form, action, refused, "note"))
	proof := r.Request.URL.Query().Get("bukti")
	if action == form {
		proof = r.Request.PostFormValue("proof")
	}
	text := r.T("desk.record.text")
	if i.Status != collections.Unpaid {
		text += " " + r.T("desk.record.held")
	}
	date := view.NewField("date", r.T("desk.record.date")).Type("date").Help(r.T("desk.record.date.hint")).
		Between(inField(call.Time(i.Created)), inField(now(r))).With(kept(r, form, action, "date", inField(now(r)))).Wrong(wrong(form, action, refused, "date"))
	return &recordForm{Text: text, Proof: proof, Fields: []view.Component{
		amountField(r, form, action, i.Amount, refused), method, referenceField(r, form, action, refused, true), date, note,
	}}
}

// inField is the day of t in WIB as a field of a form holds it.
func inField(t time.Time) string { return t.In(wib.Zone).Format(time.DateOnly) }

// act sends a decision about the invoice to the API and comes back.
func (p *plugin) act(r *view.Request, action, verb, flash string, body map[string]any) (*view.Page, error) {
	_, err := call.Post[call.None](p.visitor(r), "/api/admin/invoices/"+id(r)+"/"+verb, body)
	if refused, ok := refusal(err); ok {
		return p.showInvoice(r, action, refused)
	}
	if err != nil {
		return nil, err
	}
	r.Flash(view.OK, flash)
	return nil, r.SeeOther("/admin/tagihan/" + id(r))
}

func (p *plugin) record(r *view.Request) (*view.Page, error) {
	amount, refused := amount(r)
	if refused != nil {
		return p.showInvoice(r, "catat", refused)
	}
	i, err := findInvoice(p.visitor(r), r.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	reference := strings.TrimSpace(r.Request.PostFormValue("reference"))
	if i != nil && (amount != i.Amount || i.Status != collections.Unpaid) && amount > 0 && reference != "" && !sure(r, amount) {
		question := r.T("desk.ask.record")
		if i.Status != collections.Unpaid {
			question = r.T("desk.ask.held")
		}
		return ask(r, r.T("desk.record"), question, amount, view.NewButton(r.T("desk.record.do")), "/admin/tagihan/"+id(r),
			view.Entry{Term: r.T("invoice.of"), Text: r.Money(i.Amount)}), nil
	}
	body := map[string]any{
		"amount": amount, "method": r.Request.PostFormValue("method"), "reference": reference,
	}
	for _, field := range []string{"note", "proof", "date"} {
		if value := strings.TrimSpace(r.Request.PostFormValue(field)); value != "" {
			body[field] = value
		}
	}
	return p.act(r, "catat", "record-payment", "desk.flash.recorded", body)
}

func (p *plugin) refundInvoice(r *view.Request) (*view.Page, error) {
	amount, refused := amount(r)
	if refused != nil {
		return p.showInvoice(r, "kembalikan", refused)
	}
	reason := strings.TrimSpace(r.Request.PostFormValue("reason"))
	if reason != "" && amount > 0 && !sure(r, amount) {
		return ask(r, r.T("desk.refund"), r.T("desk.ask.refund"), amount, view.NewButton(r.T("desk.refund.do")).Danger(), "/admin/tagihan/"+id(r),
			view.Entry{Term: r.T("desk.reason"), Text: reason}), nil
	}
	body := map[string]any{"amount": amount, "reason": reason}
	if reference := strings.TrimSpace(r.Request.PostFormValue("reference")); reference != "" {
		body["reference"] = reference
	}
	return p.act(r, "kembalikan", "refund", "desk.flash.refund", body)
}

func (p *plugin) cancelInvoice(r *view.Request) (*view.Page, error) {
	return p.act(r, "batal", "cancel", "desk.flash.cancelled", map[string]any{"reason": strings.TrimSpace(r.Request.PostFormValue("reason"))})
}
