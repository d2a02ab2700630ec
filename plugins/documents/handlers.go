package documents

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
)

func (p *plugin) invoicePDF(e *core.RequestEvent) error {
	invoice, err := p.open(e, links.Invoice)
	if err != nil {
		return err
	}
	b, err := p.newBill(e.App, invoice)
	if err != nil {
		return err
	}
	return send(e, fileName("invoice", b.number), b.drawInvoice(lang(e)))
}

func (p *plugin) receiptPDF(e *core.RequestEvent) error {
	invoice, err := p.open(e, links.Receipt)
	if err != nil {
		return err
	}
	if invoice.Status() != collections.Paid {
		return errUnpaid
	}
	b, err := p.newBill(e.App, invoice)
	if err != nil {
		return err
	}
	return send(e, fileName("kuitansi", b.number), b.drawReceipt(lang(e)))
}

// send answers with the finished document. It is nobody else's business: no
// cache keeps it, no search engine lists it, and no page that it links to
// learns its address.
func send(e *core.RequestEvent, name string, page *sheet) error {
	content, err := page.bytes()
	if err != nil {
		return fmt.Errorf("documents: draw %s: %w", name, err)
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", `inline; filename="`+name+`"`)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Vary", "Accept-Language")
	return e.Blob(http.StatusOK, "application/pdf", content)
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9]+`)

// fileName makes a name that every file system takes of a printed number:
// INV/2026/XI/0001 becomes invoice-INV-2026-XI-0001.pdf.
func fileName(kind, number string) string {
	return strings.Trim(kind+"-"+unsafe.ReplaceAllString(number, "-"), "-") + ".pdf"
}
