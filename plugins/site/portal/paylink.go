package portal

import (
	"net/http"
	"net/url"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// linkHeader takes the token of a pay link to the API. It must not be in an
// address there: addresses are logged.
const linkHeader = "Link-Token"

// holder is somebody with a pay link.
type holder struct {
	*call.Visitor
	invoice string
	till    till
}

// openLink asks the API what the link is for.
func (p *plugin) openLink(r *view.Request) (*holder, error) {
	token := r.Request.PathValue("token")
	v := p.visitor(r).With(linkHeader, token)
	found, err := call.Get[struct {
		Invoice  invoiceView `json:"invoice"`
		Project  string      `json:"project"`
		BilledTo string      `json:"billed_to"`
		Links    payLinks    `json:"links"`
	}](v, "/api/pay-link")
	if err != nil {
		return nil, err
	}
	own := "/i/" + url.PathEscape(token)
	return &holder{Visitor: v, invoice: found.Invoice.ID, till: till{
		Screen: own, Proof: own + "/bukti", Poll: own + "/status", Picture: own + "/qr.png", ByLink: true,
		PDF: pathOf(found.Links.URL), Receipt: pathOf(found.Links.ReceiptURL), Website: found.Project, Client: found.BilledTo,
	}}, nil
}

// pathOf makes a link of this site relative: the visitor may have come by
// another name than the one in the settings.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	return u.RequestURI()
}

func (p *plugin) linkPay(r *view.Request) (*view.Page, error) {
	h, err := p.openLink(r)
	if err != nil {
		return nil, err
	}
	s, silent, err := p.standing(h.Visitor, h.invoice, false)
	if err != nil {
		return nil, err
	}
	return p.screen(r, h.Visitor, h.till, s, silent, nil)
}

func (p *plugin) linkNewCode(r *view.Request) (*view.Page, error) {
	h, err := p.openLink(r)
	if err != nil {
		return nil, err
	}
	s, silent, err := p.standing(h.Visitor, h.invoice, true)
	if err != nil {
		return nil, err
	}
	if silent {
		return p.screen(r, h.Visitor, h.till, s, true, nil)
	}
	return nil, r.SeeOther(h.till.Screen)
}

// linkStatus answers the API's standing to the script of the page.
func (p *plugin) linkStatus(r *view.Request) (*view.Page, error) {
	h, err := p.openLink(r)
	if err != nil {
		return nil, err
	}
	return nil, p.handOn(r, h, "/payment", "application/json")
}

func (p *plugin) linkCode(r *view.Request) (*view.Page, error) {
	h, err := p.openLink(r)
	if err != nil {
		return nil, err
	}
	r.Response.Header().Set("Content-Disposition", `attachment; filename="qris.png"`)
	return nil, p.handOn(r, h, "/qr.png", "image/png")
}

func (p *plugin) handOn(r *view.Request, h *holder, what, contentType string) error {
	raw, err := h.Raw(http.MethodGet, "/api/invoices/"+url.PathEscape(h.invoice)+what, nil)
	if err != nil {
		return err
	}
	r.Response.Header().Set("Cache-Control", "private, no-store")
	return r.Blob(http.StatusOK, contentType, raw)
}

func (p *plugin) linkProof(r *view.Request) (*view.Page, error) {
	h, err := p.openLink(r)
	if err != nil {
		return nil, err
	}
	refused, err := p.handOnProof(r, h.Visitor, h.invoice)
	if err != nil {
		return nil, err
	}
	if refused == nil {
		r.Flash(view.OK, "pay.flash.proof")
		return nil, r.SeeOther(h.till.Screen)
	}
	s, silent, err := p.standing(h.Visitor, h.invoice, false)
	if err != nil {
		return nil, err
	}
	return p.screen(r, h.Visitor, h.till, s, silent, refused)
}
