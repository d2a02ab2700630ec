package payments

import (
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments/qris"
)

// qr draws the open QR code of an own invoice.
func (p *plugin) qr(e *core.RequestEvent) error {
	return p.draw(e, "image/svg+xml", qris.SVG)
}

// qrPNG is the same as a picture that a phone keeps in its gallery, from where a
// bank's app reads it: nobody can scan their own screen.
func (p *plugin) qrPNG(e *core.RequestEvent) error {
	e.Response.Header().Set("Content-Disposition", `attachment; filename="qris.png"`)
	return p.draw(e, "image/png", func(payload string) ([]byte, error) { return qris.PNG(payload, 12) })
}

func (p *plugin) draw(e *core.RequestEvent, contentType string, draw func(payload string) ([]byte, error)) error {
	invoice, err := collections.FindOwnInvoice(e.App, e.Request.PathValue("id"), e.Auth.Id)
	if err != nil {
		return err
	}
	attempt, err := showableAttempt(e.App, invoice.Id, 0)
	if err != nil {
		return err
	}
	if attempt == nil {
		return collections.ErrNotFound
	}
	picture, err := draw(attempt.QRString())
	if err != nil {
		return fmt.Errorf("payments: draw code of invoice %s: %w", invoice.Id, err)
	}
	return e.Blob(http.StatusOK, contentType, picture)
}
