package documents

import (
	"net/http"

	"jasaweb/plugins/internal/rest"
)

// The two documents are public for the guard, because a signed link opens them
// without a session: open decides.
func (p *plugin) routes() []rest.Route {
	pdf := []rest.Option{
		rest.Answers[rest.Binary]("application/pdf"), rest.Query("token", "Of a signed link, instead of signing in"),
		rest.Errors(http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict),
	}
	return []rest.Route{
		rest.Raw(http.MethodGet, "/api/invoices/{id}/pdf", rest.Public, "An invoice of mine, or of a signed link, as PDF", p.invoicePDF, pdf...),
		rest.Raw(http.MethodGet, "/api/invoices/{id}/receipt.pdf", rest.Public, "The receipt of a paid invoice of mine, or of a signed link, as PDF", p.receiptPDF, pdf...),
		rest.Post("/api/invoices/{id}/link", rest.SignedIn, "New links that open an invoice and its receipt without signing in; they end the old ones", p.link),
		rest.Get("/api/pay-link", rest.Public, "What a pay link is for", p.openPayLink, rest.Errors(http.StatusGone)),
	}
}
