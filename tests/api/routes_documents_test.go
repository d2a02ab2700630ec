package api

import (
	"testing"
)

// documentRoutes are the PDFs, which a signed link opens too (tested with the
// plugin), and the making of links.
func documentRoutes() []routeCase {
	ownerAndAgency := [5]int{401, 404, 200, 200, 200}
	return []routeCase{
		{
			route: "GET /api/invoices/{id}/pdf", path: at("/api/invoices/{invoice}/pdf"), want: ownerAndAgency,
			bad: join(noSuch("/api/invoices/%s/pdf", nil)[:2], noSuch("/api/invoices/%s/pdf?token=x", nil)[:2]),
		},
		{
			route: "GET /api/invoices/{id}/receipt.pdf", path: at("/api/invoices/{invoice}/receipt.pdf"), want: ownerAndAgency,
			ready: func(t *testing.T, a *agency) {
				a.Do(t, "GET", "/api/invoices/"+a.Invoice.Id+"/receipt.pdf", a.Owner.Token, nil).WantError(409, "status")
				a.ToReview(t)
			},
			bad: noSuch("/api/invoices/%s/receipt.pdf", nil)[:2],
		},
		{
			route: "POST /api/invoices/{id}/link", path: at("/api/invoices/{invoice}/link"), want: ownerAndAgency,
			bad: noSuch("/api/invoices/%s/link", nil),
		},
		// Opened by a token in a header (tested with the links), never by a session.
		{route: "GET /api/pay-link", want: [5]int{410, 410, 410, 410, 410}},
	}
}
