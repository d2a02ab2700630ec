package midtrans

import (
	"net/http"

	"jasaweb/plugins/internal/rest"
)

const webhookPath = "/api/webhooks/midtrans"

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Post("/api/invoices/{id}/pay", rest.Client, "Get a QR code to pay my invoice", p.pay),
		rest.Get("/api/invoices/{id}/payment", rest.Client, "How the payment of my invoice stands", p.watch),
		rest.Get("/api/admin/payments/health", rest.Admin, "Whether payments flow", p.health),
		rest.Raw(http.MethodGet, "/api/invoices/{id}/qr.svg", rest.Client, "The open QR code of my invoice", p.qr),
		rest.Raw(http.MethodPost, webhookPath, rest.Webhook, "A payment notification of Midtrans", p.webhook),
	}
}
