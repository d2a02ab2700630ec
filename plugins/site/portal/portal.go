// Package portal is the client's side of the site: what needs doing, websites,
// orders, invoices, the payment screen, the account. Its pages ask our own JSON
// API as the client who is signed in and show what it answers.
//
//	portal.Register(site, call.New(app))
package portal

import (
	"embed"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/view"
)

//go:embed templates/*.html
var templates embed.FS

// maxProofForm is the largest form with a proof of transfer, in bytes: the API
// takes pictures of 5 MB.
const maxProofForm = 6 << 20

// Register adds the pages to site.
func Register(site *view.Site, api *call.API) error {
	texts := view.Catalog{}
	for _, part := range []view.Catalog{sharedTexts, websiteTexts, invoiceTexts, payTexts, inboxTexts, accountTexts} {
		maps.Copy(texts, part)
	}
	if err := site.Pages(templates, texts); err != nil {
		return err
	}
	p := &plugin{api: api}
	site.Bind(
		view.Get("/portal", rest.Client, "What needs doing", p.home),
		view.Get("/portal/web", rest.Client, "My websites", p.websites),
		view.Get("/portal/web/{id}", rest.Client, "A website of mine", p.website),
		view.Post("/portal/web/{id}/setujui", rest.Client, "Accept my website", p.approve),
		view.Post("/portal/web/{id}/revisi", rest.Client, "Ask for changes of my website", p.revise),
		view.Post("/portal/web/{id}/batal", rest.Client, "Cancel my order", p.cancel),
		view.Post("/portal/web/{id}/login", rest.Client, "See the login of my website", p.showLogin),
		view.Get("/portal/pesan-baru", rest.Client, "Order a website", p.orderForm),
		view.Post("/portal/pesan-baru", rest.Client, "Place an order", p.order),
		view.Get("/portal/tagihan", rest.Client, "My invoices", p.invoices),
		view.Get("/portal/tagihan.csv", rest.Client, "My invoices as CSV", p.invoicesCSV),
		view.Get("/portal/tagihan/{id}", rest.Client, "An invoice of mine", p.invoice),
		view.Post("/portal/tagihan/{id}/tautan", rest.Client, "Make a pay link", p.makeLink),
		view.Get("/portal/tagihan/{id}/bayar", rest.Client, "Pay my invoice", p.pay),
		view.Post("/portal/tagihan/{id}/bayar", rest.Client, "Get a new QR code", p.newCode),
		view.Post("/portal/tagihan/{id}/bukti", rest.Client, "Send a proof of transfer", p.sendProof, rest.MaxBody(maxProofForm)),
		view.Get("/portal/notifikasi", rest.Client, "What I was told", p.notifications),
		view.Post("/portal/notifikasi/dibaca", rest.Client, "Mark everything as read", p.readAll),
		view.Post("/portal/notifikasi/surel", rest.Client, "Choose which news come by mail", p.saveMails),
		view.Get("/portal/akun", rest.Client, "My account", p.account),
		view.Post("/portal/akun/sandi", rest.Client, "Change my password", p.changePassword),
		view.Post("/portal/akun/profil", rest.Client, "Change my name, telephone or language", p.changeProfile),
		view.Post("/portal/akun/verifikasi", rest.Client, "Mail me the confirmation link again", p.verifyAgain),
		view.Post("/portal/akun/email", rest.Client, "Ask for another e-mail address", p.changeEmail),
		view.Post("/portal/akun/data", rest.Client, "Download everything about me", p.exportData),
		view.Post("/portal/akun/tutup", rest.Client, "Close my account", p.closeAccount),
		view.Post("/portal/akun/keluar-semua", rest.Client, "Sign out everywhere", p.leaveEverywhere),
		view.Post("/portal/akun/bukan-saya/{id}", rest.Client, "That sign-in was not me", p.denySignIn),
		view.Post("/portal/akun/sesi/{id}", rest.Client, "End one of my sessions", p.endSession),
		view.Get("/i/{token}", rest.Public, "Pay an invoice without signing in", p.linkPay),
		view.Get("/i/{token}/status", rest.Public, "How that payment stands", p.linkStatus),
		view.Get("/i/{token}/qr.png", rest.Public, "Its QR code, to keep", p.linkCode),
		view.Post("/i/{token}", rest.Public, "Get a new QR code by a pay link", p.linkNewCode),
		view.Post("/i/{token}/bukti", rest.Public, "Send a proof of transfer by a pay link", p.linkProof, rest.MaxBody(maxProofForm)),
	)
	return nil
}

type plugin struct{ api *call.API }

func (p *plugin) visitor(r *view.Request) *call.Visitor { return p.api.As(r.RequestEvent, r.Lang) }

// page is a page of the portal.
func page(template, title string, data any) *view.Page {
	return &view.Page{
		Template: template, Title: title, Area: view.AreaPortal, Data: data,
		Styles: []string{"portal.css"}, Scripts: []string{"site.js", "portal.js"},
	}
}

// refusal returns what the API refused about the input, so that the form can be
// shown again. Any other error ends the request.
func refusal(err error) (*call.Error, bool) {
	refused, ok := errors.AsType[*call.Error](err)
	if !ok || refused.Status != http.StatusBadRequest && refused.Status != http.StatusConflict && refused.Status != http.StatusTooManyRequests {
		return nil, false
	}
	return refused, true
}

// general is what to say about the form as a whole: nothing when the fields say it.
func general(refused *call.Error, fields ...string) string {
	if refused == nil {
		return ""
	}
	for _, name := range fields {
		if refused.Field(name) != "" {
			return ""
		}
	}
	return refused.Message
}

func id(r *view.Request) string { return url.PathEscape(r.Request.PathValue("id")) }

// list is a page of a list of the API.
type list[T any] = rest.Page[T]

type (
	projectView = collections.ProjectView
	invoiceView = collections.InvoiceView
)

// projectStatus is the badge of a project.
func projectStatus(r *view.Request, status string) view.Status {
	return view.NewStatus(status, collections.Status(status).Label(r.Lang))
}

// invoiceStatus is the badge of an invoice: what is overdue and what was given
// back matters more than unpaid and paid.
func invoiceStatus(r *view.Request, i invoiceView) view.Status {
	switch {
	case i.RefundState == collections.RefundPartial || i.RefundState == collections.RefundFull:
		return view.NewStatus(i.RefundState, r.T("invoice.refund."+i.RefundState))
	case overdue(r, i):
		return view.NewStatus("overdue", r.T("invoice.overdue"))
	case i.Status == collections.Unpaid && i.DueAt == "":
		return view.NewStatus("draft", r.T("invoice.later"))
	}
	return view.NewStatus(i.Status, r.T("invoice."+i.Status))
}

func overdue(r *view.Request, i invoiceView) bool {
	due := call.Time(i.DueAt)
	return i.Status == collections.Unpaid && !due.IsZero() && due.Before(now(r))
}

func now(r *view.Request) time.Time { return collections.Now(r.App) }

// names maps the client's projects to their names.
func (p *plugin) names(v *call.Visitor) (map[string]string, error) {
	projects, err := call.Get[list[projectView]](v, "/api/projects?perPage=200")
	names := map[string]string{}
	for _, project := range projects.Items {
		names[project.ID] = project.Name
	}
	return names, err
}
