package portal

import (
	"html/template"
	"net/http"
	"net/url"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// standing is how the payment of an invoice stands, as the API says it.
type standing struct {
	Invoice invoiceView `json:"invoice"`
	Payment *struct {
		OrderID   string `json:"order_id"`
		Amount    int64  `json:"amount"`
		ExpiresAt string `json:"expires_at"`
	} `json:"payment"`
	State   string `json:"state"`
	Missing int64  `json:"missing"`
	Held    int64  `json:"held"`
	Late    bool   `json:"late"`
	Proofs  int    `json:"proofs"`
	Now     string `json:"now"`
}

// till is where a payment is made: in the portal, or at a pay link.
type till struct {
	Screen  string // address of the payment screen; a form sent to it asks for a new code
	Proof   string // where the proof of transfer is sent to
	Poll    string // answers the standing as JSON
	Picture string // the code as a file to keep
	Watch   string // topic of realtime events, "" without a session
	Back    view.Link
	Receipt string
	PDF     string
	Website string
	Client  string
	ByLink  bool
}

// payPage is the payment screen.
type payPage struct {
	till
	standing
	State     string // the API's, or "silent": the payment provider does not answer
	Order     string
	Heading   string
	QR        view.Component
	Countdown view.Component
	Notes     []view.Component
	Details   view.Component
	Transfer  *transfer
	NewCode   string // label of the button that asks for a code, "" without
}

// portalTill is the till of the invoice for its owner.
func portalTill(r *view.Request, i invoiceView) till {
	own := "/portal/tagihan/" + i.ID
	t := till{
		Screen: own + "/bayar", Proof: own + "/bukti", Poll: "/api/invoices/" + i.ID + "/payment", Picture: "/api/invoices/" + i.ID + "/qr.png",
		Watch: "invoices/" + i.ID, Back: view.NewLink(r.T("pay.back"), own).Secondary(),
		PDF: "/api/invoices/" + i.ID + "/pdf?lang=" + r.Lang, Client: r.User().Name(),
	}
	if i.Status == collections.Paid {
		t.Receipt = "/api/invoices/" + i.ID + "/receipt.pdf?lang=" + r.Lang
	}
	return t
}

// pay shows the payment screen with a code that can be paid. A provider that
// does not answer is no error of this page: a transfer still works.
func (p *plugin) pay(r *view.Request) (*view.Page, error) {
	s, silent, err := p.standing(p.visitor(r), id(r), false)
	if err != nil {
		return nil, err
	}
	return p.payScreen(r, s, silent, nil)
}

func (p *plugin) payScreen(r *view.Request, s standing, silent bool, refused *call.Error) (*view.Page, error) {
	v := p.visitor(r)
	project, err := call.Get[projectView](v, "/api/projects/"+url.PathEscape(s.Invoice.Project))
	if err != nil {
		return nil, err
	}
	t := portalTill(r, s.Invoice)
	t.Website = project.Name
	return p.screen(r, v, t, s, silent, refused)
}

// standing asks how the payment stands, and for a code when there has been none
// or again is true. silent: the provider gave none.
func (p *plugin) standing(v *call.Visitor, invoice string, again bool) (s standing, silent bool, err error) {
	path := "/api/invoices/" + invoice
	if s, err = call.Get[standing](v, path+"/payment"); err != nil {
		return s, false, err
	}
	if s.State != "none" && !(again && (s.State == "expired" || s.State == "failed")) {
		return s, false, nil
	}
	_, err = call.Post[call.None](v, path+"/pay", nil)
	if status := call.Status(err); status >= http.StatusInternalServerError {
		silent, err = true, nil
	} else if status == http.StatusConflict { // paid or cancelled meanwhile
		err = nil
	}
	if err != nil {
		return s, false, err
	}
	s, err = call.Get[standing](v, path+"/payment")
	return s, silent && s.State != "waiting" && s.State != "paid", err
}

// newCode asks for another code and comes back to the screen.
func (p *plugin) newCode(r *view.Request) (*view.Page, error) {
	s, silent, err := p.standing(p.visitor(r), id(r), true)
	if err != nil {
		return nil, err
	}
	if silent {
		return p.payScreen(r, s, true, nil)
	}
	return nil, r.SeeOther("/portal/tagihan/" + id(r) + "/bayar")
}

// screen draws the payment screen in the state that the payment is in.
func (p *plugin) screen(r *view.Request, v *call.Visitor, t till, s standing, silent bool, refused *call.Error) (*view.Page, error) {
	data := payPage{till: t, standing: s, State: s.State, Details: payDetails(r, t, s)}
	if silent {
		data.State = "silent"
	}
	us, err := call.Get[agency](v, "/api/agency")
	if err != nil {
		return nil, err
	}
	title := r.T("pay.title", s.Invoice.Number)
	data.Heading = r.T("pay." + data.State)
	if data.State == "waiting" || data.State == "silent" {
		data.Heading = r.T("pay."+data.State, r.Money(s.Missing))
	}
	if s.Proofs > 0 && s.Invoice.Status == collections.Unpaid && data.State != "held" {
		data.Heading = r.T("pay.proof.waiting")
		data.Notes = append(data.Notes, view.NewAlert(view.Info, r.T("pay.proof.enough"), r.T("pay.proof.waiting.text")))
	}
	switch data.State {
	case "waiting":
		if err := data.show(r, v, us); err != nil {
			return nil, err
		}
	case "paid":
		title = r.T("pay.paid")
		if s.Late {
			data.Notes = append(data.Notes, view.NewAlert(view.Info, r.T("pay.late"), r.T("pay.late.text")))
		}
		if s.Held > 0 {
			data.Notes = append(data.Notes, view.NewAlert(view.Info, r.T("pay.twice", r.Money(s.Held)), r.T("pay.twice.text")))
		}
	case "held":
		data.Notes = append(data.Notes, view.NewAlert(view.Info, r.T("pay.held.amount", r.Money(s.Held)), r.T("pay.held.text")))
	case "silent":
		data.Notes = append(data.Notes, view.NewAlert(view.Warn, r.T("pay.silent.title"), r.T("pay.silent.text")).With(
			view.NewLink(r.T("pay.retry"), t.Screen).Secondary().Icon("refresh-cw")))
	case "expired", "failed":
		data.NewCode = r.T("pay.again")
	case "none": // a code is being made by another request
		data.NewCode = r.T("pay.get")
	}
	if s.Missing > 0 && s.Missing < s.Invoice.Amount {
		data.Notes = append(data.Notes, view.NewAlert(view.Info, r.T("pay.part", r.Money(s.Invoice.Amount-s.Missing)), r.T("pay.part.text", r.Money(s.Missing))))
	}
	if s.Invoice.Status == collections.Unpaid && data.State != "held" {
		data.Transfer = newTransfer(r, t, s, us, refused, silent)
	}
	return data.page(r, title, refused), nil
}

// show puts the code and its time on the screen.
func (data *payPage) show(r *view.Request, v *call.Visitor, us agency) error {
	svg, err := v.Raw(http.MethodGet, "/api/invoices/"+data.Invoice.ID+"/qr.svg", nil)
	if err != nil {
		return err
	}
	data.Order = data.Payment.OrderID
	data.QR = view.NewQR(template.HTML(svg), r.T("pay.qr", r.Money(data.Payment.Amount)), us.Name) // drawn by us
	data.Countdown = view.NewCountdown(r.T("pay.left"), call.Time(data.Now), call.Time(data.Payment.ExpiresAt))
	return nil
}

func (data *payPage) page(r *view.Request, title string, refused *call.Error) *view.Page {
	answer := page("portal-pay", title, *data)
	answer.Scripts = []string{"site.js", "pay.js"}
	if data.ByLink {
		answer.Area = view.AreaLink
	}
	if data.State == "waiting" {
		answer.Refresh = 10
	}
	if refused != nil {
		answer.Status = refused.Status
		answer.Refresh = 0
	}
	return answer
}

func payDetails(r *view.Request, t till, s standing) view.Component {
	entries := []view.Entry{{Term: r.T("invoice.number"), Text: s.Invoice.Number}, {Term: r.T("invoice.website"), Text: t.Website}}
	if s.Invoice.Instalments > 1 {
		entries = append(entries, view.Entry{Term: r.T("pay.part.of"), Text: r.T("invoice.part", s.Invoice.Instalment, s.Invoice.Instalments)})
	}
	if t.ByLink {
		entries = append(entries, view.Entry{Term: r.T("pay.client"), Text: t.Client})
	}
	if at := call.Time(s.Invoice.PaidAt); !at.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("invoice.paidon"), Text: r.Moment(at)})
	}
	return view.NewDetails(append(entries, view.Entry{Term: r.T("invoice.total"), Text: r.Money(s.Invoice.Amount), Strong: true})...)
}
