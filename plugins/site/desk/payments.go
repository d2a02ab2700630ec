package desk

import (
	"net/http"
	"strings"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// exceptionView is money to decide about, as the API says it.
type exceptionView struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	State     string `json:"state"`
	Invoice   string `json:"invoice"`
	Amount    int64  `json:"amount"`
	Returned  int64  `json:"returned"`
	OrderID   string `json:"order_id"`
	TxnID     string `json:"provider_txn_id"`
	Detail    string `json:"detail"`
	AppliedTo string `json:"applied_to"`
	DecidedAt string `json:"decided_at"`
	Reason    string `json:"reason"`
	Created   string `json:"created"`
	Refund    struct {
		Possible bool   `json:"possible"`
		Until    string `json:"until"`
		Obstacle string `json:"obstacle"`
	} `json:"refund"`
}

// proofView is what a client sent to show a transfer.
type proofView struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
	User    string `json:"user"`
	Amount  int64  `json:"amount"`
	Note    string `json:"note"`
	File    string `json:"file"`
	State   string `json:"state"`
	Created string `json:"created"`
	Expand  struct {
		Invoice struct {
			Number string `json:"number"`
			Amount int64  `json:"amount"`
		} `json:"invoice"`
	} `json:"expand"`
}

// payments is the money that waits for people.
type payments struct {
	Proofs  []view.Component
	Cases   view.Component
	Pages   view.Pagination
	Decided bool
	Tabs    []view.Link
}

func (p *plugin) payments(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	data := payments{Decided: r.Request.URL.Query().Get("lihat") == "selesai"}
	filter := "state = 'open' || state = 'refunding'"
	if data.Decided {
		filter = "state != 'open' && state != 'refunding'"
	}
	found, err := call.Get[list[exceptionView]](v, address("/api/admin/payments/exceptions", "page", pageNumber(r), "perPage", "20", "filter", filter))
	if err != nil {
		return nil, err
	}
	data.Pages = view.NewPagination(found.Page, found.TotalPages, r.Request.URL)
	if len(found.Items) > 0 {
		table := view.NewTable(r.T("desk.cases"), view.Column{Label: r.T("desk.case.kind")}, view.Column{Label: r.T("desk.case.since")},
			view.Column{Label: r.T("invoice.state")}, view.Column{Label: r.T("invoice.amount"), Number: true})
		for _, x := range found.Items {
			table = table.Row(view.Part(view.NewLink(r.T("desk.kind."+x.Kind), "/admin/pembayaran/"+x.ID)), view.Words(r.Moment(call.Time(x.Created))),
				view.Part(caseState(r, x)), view.Number(r.Money(x.Amount)))
		}
		data.Cases = table
	}
	open, done := view.NewLink(r.T("desk.cases.open"), "/admin/pembayaran"), view.NewLink(r.T("desk.cases.done"), "/admin/pembayaran?lihat=selesai")
	open.Current, done.Current = !data.Decided, data.Decided
	data.Tabs = []view.Link{open, done}
	if data.Proofs, err = p.proofs(r, v); err != nil {
		return nil, err
	}
	return page("desk-payments", r.T("nav.payments"), data), nil
}

func caseState(r *view.Request, x exceptionView) view.Badge {
	tone := map[string]view.Tone{"open": view.Bad, "refunding": view.Info, "refunded": view.OK, "applied": view.OK, "won": view.OK, "lost": view.Bad}[x.State]
	if tone == "" {
		tone = view.Neutral
	}
	return view.NewBadge(r.T("desk.state."+x.State), tone)
}

func (p *plugin) proofs(r *view.Request, v *call.Visitor) ([]view.Component, error) {
	found, err := call.Get[list[proofView]](v, address("/api/collections/transfer_proofs/records", "perPage", "30", "sort", "created", "expand", "invoice", "filter", "state = 'open'"))
	if err != nil {
		return nil, err
	}
	owners := []string{}
	for _, proof := range found.Items {
		owners = append(owners, proof.User)
	}
	names, err := p.clients(v, owners)
	if err != nil {
		return nil, err
	}
	cards := []view.Component{}
	for _, proof := range found.Items {
		said := r.T("desk.proof.noamount")
		if proof.Amount > 0 {
			said = r.T("desk.proof.amount", r.Money(proof.Amount))
		}
		card := view.NewCard(names[proof.User].Name, proof.Note).Under().Doing(
			view.NewLink(r.T("desk.proof.record"), "/admin/tagihan/"+proof.Invoice+"?bukti="+proof.ID).Primary(),
			view.NewLink(r.T("desk.proof.see"), "/admin/bukti/"+proof.ID).Secondary().Icon("eye"))
		asked := proof.Expand.Invoice
		card.Meta = asked.Number + ": " + r.Money(asked.Amount) + " · " + said + " · " + r.Moment(call.Time(proof.Created))
		cards = append(cards, card)
	}
	return cards, nil
}

// proofFile shows the file, which PocketBase keeps behind a token of its own.
func (p *plugin) proofFile(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	proof, err := call.Get[proofView](v, "/api/collections/transfer_proofs/records/"+id(r))
	if err != nil {
		return nil, err
	}
	key, err := call.Post[struct {
		Token string `json:"token"`
	}](v, "/api/files/token", nil)
	if err != nil {
		return nil, err
	}
	raw, err := v.Raw(http.MethodGet, "/api/files/transfer_proofs/"+proof.ID+"/"+proof.File+"?token="+key.Token, nil)
	if err != nil {
		return nil, err
	}
	h := r.Response.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // a client chose what is in it
	h.Set("Content-Disposition", `inline; filename="`+proof.File+`"`)
	return nil, r.Blob(http.StatusOK, http.DetectContentType(raw), raw)
}

// casePage is one case with what can be decided.
type casePage struct {
	Case      exceptionView
	State     view.Badge
	Title     string
	What      string
	Details   view.Component
	Problems  view.Problems
	Open      bool
	Placeable bool
	Dispute   bool
	Outcome   view.Select
	Invoice   view.Select
	Invoices  bool // there is one to use it for
	Others    bool // … and one of another client
	Confirm   view.Field
	owner     string // the client whose money it is; empty: nobody knows
	Reference view.Field
	Obstacle  string
	Reasons   map[string]view.Textarea
}

func (p *plugin) exception(r *view.Request) (*view.Page, error) { return p.showCase(r, "", nil) }

// findCase returns the exception that the address names.
func findCase(r *view.Request, v *call.Visitor) (exceptionView, error) {
	found, err := call.Get[list[exceptionView]](v, address("/api/admin/payments/exceptions", "perPage", "1", "filter", "id = "+quoted(r.Request.PathValue("id"))))
	if err == nil && len(found.Items) == 0 {
		err = r.NotFoundError("", nil)
	}
	if err != nil {
		return exceptionView{}, err
	}
	return found.Items[0], nil
}

func (p *plugin) showCase(r *view.Request, action string, refused *call.Error) (*view.Page, error) {
	v := p.visitor(r)
	x, err := findCase(r, v)
	if err != nil {
		return nil, err
	}
	data := casePage{
		Case: x, State: caseState(r, x), Title: r.T("desk.kind." + x.Kind), What: r.T("desk.kind." + x.Kind + ".text"), Open: x.State == "open",
		Placeable: x.Kind != "refund" && x.Kind != "chargeback" && x.Kind != "unbooked" && x.Amount > 0, Reasons: map[string]view.Textarea{},
		Dispute: x.Kind == "chargeback",
	}
	if x.Refund.Obstacle != "" {
		data.Obstacle = r.T("desk.obstacle." + x.Refund.Obstacle)
	}
	if refused != nil {
		data.Problems = view.NewProblems(refused.Message)
	}
	if data.Details, err = data.details(r, v); err != nil {
		return nil, err
	}
	if data.Open {
		if err := data.decisions(r, v, action, refused); err != nil {
			return nil, err
		}
	}
	answer := page("desk-case", data.Title, data)
	answer.Crumbs = []view.Crumb{{Label: r.T("nav.payments"), Href: "/admin/pembayaran"}, {Label: data.Title}}
	if refused != nil {
		answer.Status = refused.Status
	}
	return answer, nil
}

func (data *casePage) details(r *view.Request, v *call.Visitor) (view.Component, error) {
	x := data.Case
	entries := []view.Entry{{Term: r.T("invoice.amount"), Text: r.Money(x.Amount), Strong: true}}
	if x.Returned > 0 {
		entries = append(entries, view.Entry{Term: r.T("desk.case.returned"), Text: r.Money(x.Returned)})
	}
	if x.Invoice != "" {
		i, err := findInvoice(v, x.Invoice)
		if err != nil {
			return nil, err
		}
		if i != nil {
			data.owner = i.User
			entries = append(entries, view.Entry{Term: r.T("desk.case.invoice"), Part: view.NewRow(view.NewLink(i.Number, "/admin/tagihan/"+i.ID), invoiceStatus(r, *i))})
		}
	}
	for _, line := range [][2]string{{"desk.case.order", x.OrderID}, {"desk.case.txn", x.TxnID}, {"desk.case.detail", x.Detail}, {"desk.reason", x.Reason}} {
		if line[1] != "" {
			entries = append(entries, view.Entry{Term: r.T(line[0]), Text: line[1]})
		}
	}
	entries = append(entries, view.Entry{Term: r.T("desk.case.since"), Text: r.Moment(call.Time(x.Created))})
	if until := call.Time(x.Refund.Until); !until.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("desk.case.until"), Text: r.Moment(until)})
	}
	return view.NewDetails(entries...), nil
}

func (data *casePage) decisions(r *view.Request, v *call.Visitor, action string, refused *call.Error) error {
	if err := data.targets(r, v); err != nil {
		return err
	}
	data.Confirm = view.NewField("confirm", r.T("desk.case.confirm")).Help(r.T("desk.case.confirm.hint")).Limit(50).With(r.Request.PostFormValue("confirm"))
	data.Outcome = view.NewSelect("outcome", r.T("desk.dispute.outcome"), view.Choice{Label: r.T("desk.dispute.choose")},
		view.Choice{Value: "won", Label: r.T("desk.dispute.won")}, view.Choice{Value: "lost", Label: r.T("desk.dispute.lost")},
	).With(r.Request.PostFormValue("outcome")).Required()
	data.Reference = view.NewField("reference", r.T("desk.reference")).Help(r.T("desk.reference.hint")).Limit(100).With(r.Request.PostFormValue("reference"))
	for _, name := range []string{"pakai", "kembalikan", "tutup", "sengketa"} {
		reason := view.NewTextarea("reason-"+name, r.T("desk.reason")).Limit(1000) // several forms on one page
		reason.Rows = 2
		if name != "pakai" {
			reason = reason.Required()
		}
		if name == action {
			reason = reason.With(r.Request.PostFormValue(reason.Name)).Wrong(refused.Field("reason"))
		}
		data.Reasons[name] = reason
	}
	if refused != nil {
		data.Invoice = data.Invoice.Wrong(refused.Field("invoice"))
		data.Confirm = data.Confirm.Wrong(refused.Field("confirm"))
		data.Outcome = data.Outcome.Wrong(refused.Field("outcome"))
		data.Reference = data.Reference.Wrong(refused.Field("reference"))
	}
	return nil
}

// targets are the invoices that the money can be used for, those of its client
// first. None is chosen by itself but the one that it came for.
func (data *casePage) targets(r *view.Request, v *call.Visitor) error {
	choices := []view.Choice{{Label: r.T("desk.case.choose")}}
	chosen := ""
	add := func(filter, label string) error {
		found, err := call.Get[list[invoiceView]](v, address("/api/admin/invoices", "perPage", "100", "sort", "-created", "filter", "status = 'unpaid'"+filter))
		for _, i := range found.Items {
			choices = append(choices, view.Choice{Value: i.ID, Label: i.Number + " · " + r.Money(i.Amount) + label})
			if i.ID == data.Case.Invoice {
				chosen = i.ID
			}
		}
		return err
	}
	own, label := "", ""
	if data.owner != "" {
		if err := add(" && user = "+quoted(data.owner), ""); err != nil {
			return err
		}
		own, label = " && user != "+quoted(data.owner), " · "+r.T("desk.case.other")
	}
	before := len(choices)
	if err := add(own, label); err != nil {
		return err
	}
	data.Others = data.owner != "" && len(choices) > before
	data.Invoices = len(choices) > 1
	if v := r.Request.PostFormValue("invoice"); v != "" {
		chosen = v
	}
	data.Invoice = view.NewSelect("invoice", r.T("desk.case.for"), choices...).With(chosen).Required()
	return nil
}

// decide sends a decision to the API and goes back to the list.
func (p *plugin) decide(r *view.Request, action, verb, flash string, body map[string]string) (*view.Page, error) {
	for field, value := range body {
		if body[field] = strings.TrimSpace(value); body[field] == "" {
			delete(body, field)
		}
	}
	_, err := call.Post[call.None](p.visitor(r), "/api/admin/payments/exceptions/"+id(r)+"/"+verb, body)
	if refused, ok := refusal(err); ok {
		return p.showCase(r, action, refused)
	}
	if err != nil {
		return nil, err
	}
	r.Flash(view.OK, flash)
	return nil, r.SeeOther("/admin/pembayaran")
}

func (p *plugin) apply(r *view.Request) (*view.Page, error) {
	return p.decide(r, "pakai", "apply", "desk.flash.applied", map[string]string{
		"invoice": r.Request.PostFormValue("invoice"), "reason": r.Request.PostFormValue("reason-pakai"), "confirm": r.Request.PostFormValue("confirm"),
	})
}

func (p *plugin) refund(r *view.Request) (*view.Page, error) {
	reason := strings.TrimSpace(r.Request.PostFormValue("reason-kembalikan"))
	x, err := findCase(r, p.visitor(r))
	if err != nil {
		return nil, err
	}
	if left := x.Amount - x.Returned; reason != "" && left > 0 && !sure(r, left) {
		return ask(r, r.T("desk.refund"), r.T("desk.ask.refund"), left, view.NewButton(r.T("desk.back.do")).Danger(), "/admin/pembayaran/"+id(r),
			view.Entry{Term: r.T("desk.reason"), Text: reason}), nil
	}
	return p.decide(r, "kembalikan", "refund", "desk.flash.refund", map[string]string{
		"reason": r.Request.PostFormValue("reason-kembalikan"), "reference": r.Request.PostFormValue("reference"),
	})
}

func (p *plugin) waive(r *view.Request) (*view.Page, error) {
	return p.decide(r, "tutup", "waive", "desk.flash.waived", map[string]string{"reason": r.Request.PostFormValue("reason-tutup")})
}

func (p *plugin) endDispute(r *view.Request) (*view.Page, error) {
	return p.decide(r, "sengketa", "dispute", "desk.flash.dispute", map[string]string{
		"outcome": r.Request.PostFormValue("outcome"), "reason": r.Request.PostFormValue("reason-sengketa"),
	})
}
