// Package desk is the agency's guided pages: what needs doing, moving a project
// on, and money that people decide about. It serves what the dashboard serves
// badly on a phone; everything else is edited there. Its pages ask our own JSON
// API as the admin who is signed in.
//
//	desk.Register(site, call.New(app))
package desk

import (
	"embed"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/view"
)

//go:embed templates/*.html
var templates embed.FS

// Register adds the pages to site.
func Register(site *view.Site, api *call.API) error {
	texts := maps.Clone(projectTexts)
	maps.Copy(texts, moneyTexts)
	if err := site.Pages(templates, texts); err != nil {
		return err
	}
	p := &plugin{api: api}
	site.Bind(
		view.Get("/admin", rest.Admin, "What the agency has to do", p.overview),
		view.Get("/admin/proyek", rest.Admin, "All projects", p.projects),
		view.Get("/admin/proyek/{id}", rest.Admin, "A project", p.project),
		view.Post("/admin/proyek/{id}", rest.Admin, "Move a project on", p.saveProject),
		view.Get("/admin/pembayaran", rest.Admin, "Money to decide about", p.payments),
		view.Get("/admin/pembayaran/{id}", rest.Admin, "Money to decide about, one case", p.exception),
		view.Post("/admin/pembayaran/{id}/pakai", rest.Admin, "Use the money for an invoice", p.apply),
		view.Post("/admin/pembayaran/{id}/kembalikan", rest.Admin, "Give the money back", p.refund),
		view.Post("/admin/pembayaran/{id}/sengketa", rest.Admin, "Say how a dispute ended", p.endDispute),
		view.Post("/admin/pembayaran/{id}/tutup", rest.Admin, "Close a case with a reason", p.waive),
		view.Get("/admin/bukti/{id}", rest.Admin, "A proof of transfer", p.proofFile),
		view.Get("/admin/tagihan", rest.Admin, "All invoices", p.invoices),
		view.Get("/admin/tagihan/{id}", rest.Admin, "An invoice", p.invoice),
		view.Post("/admin/tagihan/{id}/catat", rest.Admin, "Record a bank transfer", p.record),
		view.Post("/admin/tagihan/{id}/kembalikan", rest.Admin, "Give back what paid an invoice", p.refundInvoice),
		view.Post("/admin/tagihan/{id}/batal", rest.Admin, "Take an invoice back", p.cancelInvoice),
	)
	return nil
}

type plugin struct{ api *call.API }

func (p *plugin) visitor(r *view.Request) *call.Visitor { return p.api.As(r.RequestEvent, r.Lang) }

// page is a page of the agency.
func page(template, title string, data any) *view.Page {
	return &view.Page{
		Template: template, Title: title, Area: view.AreaAdmin, Data: data, Styles: []string{"portal.css"}, Scripts: []string{"site.js", "portal.js"},
	}
}

// refusal returns what the API refused, so that the form can be shown again:
// bad input, a rule, or a provider that does not answer.
func refusal(err error) (*call.Error, bool) {
	refused, ok := errors.AsType[*call.Error](err)
	if !ok {
		return nil, false
	}
	switch refused.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusBadGateway, http.StatusServiceUnavailable:
		return refused, true
	}
	return nil, false
}

func id(r *view.Request) string { return url.PathEscape(r.Request.PathValue("id")) }

func pageNumber(r *view.Request) string {
	n, err := strconv.Atoi(r.Request.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 100_000 {
		n = 1
	}
	return strconv.Itoa(n)
}

type list[T any] = rest.Page[T]

type (
	projectView = collections.ProjectView
	userView    = collections.UserView
)

// invoiceView is an invoice as the agency sees it.
type invoiceView struct {
	collections.InvoiceView
	User         string `json:"user"`
	CancelReason string `json:"cancel_reason"`
}

// address is a list of the API with parameters; empty ones are left out.
func address(path string, pairs ...string) string {
	q := url.Values{}
	for n := 0; n+1 < len(pairs); n += 2 {
		if pairs[n+1] != "" {
			q.Set(pairs[n], pairs[n+1])
		}
	}
	return path + "?" + q.Encode()
}

// quoted is a text in a filter of PocketBase.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// anyOf is a filter for the records with one of the ids; "" for none.
func anyOf(field string, ids []string) string {
	parts := []string{}
	seen := map[string]bool{"": true}
	for _, id := range ids {
		if !seen[id] {
			parts = append(parts, field+" = "+quoted(id))
			seen[id] = true
		}
	}
	return strings.Join(parts, " || ")
}

// clients maps users to their names. Lists have at most 30 rows, so that the
// filter stays short.
func (p *plugin) clients(v *call.Visitor, ids []string) (map[string]userView, error) {
	names := map[string]userView{}
	filter := anyOf("id", ids)
	if filter == "" {
		return names, nil
	}
	found, err := call.Get[list[userView]](v, address("/api/admin/users", "perPage", "50", "filter", filter))
	for _, u := range found.Items {
		names[u.ID] = u
	}
	return names, err
}

func count(v *call.Visitor, path, filter string) (int, error) {
	found, err := call.Get[list[struct{}]](v, address(path, "perPage", "1", "filter", filter))
	return found.TotalItems, err
}

func now(r *view.Request) time.Time { return collections.Now(r.App) }

func projectStatus(r *view.Request, status string) view.Status {
	return view.NewStatus(status, collections.Status(status).Label(r.Lang))
}

func invoiceStatus(r *view.Request, i invoiceView) view.Status {
	due := call.Time(i.DueAt)
	switch {
	case i.RefundState == collections.RefundPartial || i.RefundState == collections.RefundFull:
		return view.NewStatus(i.RefundState, r.T("invoice.refund."+i.RefundState))
	case i.Status == collections.Unpaid && !due.IsZero() && due.Before(now(r)):
		return view.NewStatus("overdue", r.T("invoice.overdue"))
	case i.Status == collections.Unpaid && due.IsZero():
		return view.NewStatus("draft", r.T("invoice.later"))
	}
	return view.NewStatus(i.Status, r.T("invoice."+i.Status))
}
