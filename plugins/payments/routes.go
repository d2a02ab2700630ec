package payments

import (
	"net/http"

	"jasaweb/plugins/internal/rest"
)

// webhookPath is where the provider's notifications come. It is entered in the
// provider's own settings, so it does not change.
func (p *plugin) webhookPath() string { return "/api/webhooks/" + p.gateway.Provider().Name }

func (p *plugin) routes() []rest.Route {
	provider := p.gateway.Provider()
	return []rest.Route{
		rest.Post("/api/invoices/{id}/pay", rest.Client, "Get a QR code to pay my invoice", p.pay,
			rest.Errors(http.StatusBadGateway, http.StatusServiceUnavailable)),
		rest.Get("/api/invoices/{id}/payment", rest.Client, "How the payment of my invoice stands", p.watch),
		rest.Get("/api/admin/payments/health", rest.Admin, "Whether payments flow", p.health),
		rest.Get("/api/admin/invoices", rest.Admin, "All invoices", p.listInvoices),
		rest.Post("/api/admin/invoices/{id}/cancel", rest.Admin, "Take an invoice back", p.cancelInvoice),
		rest.Post("/api/admin/invoices/{id}/refund", rest.Admin, "Give back money that pays an invoice", p.refundInvoice),
		rest.Post("/api/admin/invoices/{id}/record-payment", rest.Admin, "Record money that came to the bank account", p.recordPayment),
		rest.Get("/api/admin/payments/exceptions", rest.Admin, "Money to decide about, and what was decided", p.listExceptions),
		rest.Post("/api/admin/payments/exceptions/{id}/apply", rest.Admin, "Use the money to pay an invoice", p.applyException),
		rest.Post("/api/admin/payments/exceptions/{id}/refund", rest.Admin, "Give the money back", p.refundException),
		rest.Get("/api/admin/payments/exceptions/{id}/statement", rest.Admin, "What the provider said where it could not be booked", p.statement),
		rest.Post("/api/admin/payments/exceptions/{id}/waive", rest.Admin, "Close a finding with a reason", p.waive),
		rest.Post("/api/admin/payments/exceptions/{id}/dispute", rest.Admin, "Say how a dispute with the payer's bank ended", p.endDispute),
		rest.Get("/api/admin/payments/proof", rest.Admin, "Where every received rupiah is", p.proof),
		rest.Raw(http.MethodPost, "/api/invoices/{id}/transfer-proof", rest.Client, "Send a proof of my bank transfer", p.sendProof,
			rest.Status(http.StatusCreated), rest.MaxBody(maxProofBody),
			rest.Reads[proofForm]("multipart/form-data"), rest.Answers[transferProof]("application/json")),
		rest.Raw(http.MethodGet, "/api/invoices/{id}/qr.svg", rest.Client, "The open QR code of my invoice", p.qr, rest.Answers[string]("image/svg+xml")),
		rest.Raw(http.MethodGet, "/api/invoices/{id}/qr.png", rest.Client, "The open QR code of my invoice, to keep", p.qrPNG, rest.Answers[string]("image/png")),
		rest.Raw(http.MethodPost, p.webhookPath(), rest.Webhook, "A payment notification of "+provider.Title, p.webhook,
			rest.Reads[map[string]any]("application/json"), rest.Answers[map[string]any]("application/json"),
			rest.Describe(provider.Notification),
			rest.Errors(http.StatusUnauthorized, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable)),
	}
}
