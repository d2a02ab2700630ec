package openapi

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

//go:embed page
var page embed.FS

//go:embed swagger-ui/swagger-ui.css.gz swagger-ui/swagger-ui-bundle.js.gz
var swagger embed.FS

// contentSecurity lets the page run our two scripts and talk to this server.
// Swagger UI draws its icons from data: addresses.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs answers with the document, or with the page that shows it.
func (p *plugin) docs(e *core.RequestEvent) error {
	e.Response.Header().Add("Vary", "Accept")
	if !wantsPage(e.Request.Header.Get("Accept")) {
		return p.document(e)
	}
	content, err := page.ReadFile("page/index.html")
	if err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	h := e.Response.Header()
	h.Set("Content-Security-Policy", contentSecurity)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	return e.Blob(http.StatusOK, "text/html; charset=utf-8", content)
}

// wantsPage recognises a browser that opens the address; programs and fetch
// send */* or ask for JSON.
func wantsPage(accept string) bool {
	return strings.Contains(accept, "text/html") && !strings.Contains(accept, "application/json")
}

func (p *plugin) document(e *core.RequestEvent) error {
	text, etag, err := p.doc.get()
	if err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "no-cache") // kept, and asked about each time
	h.Set("ETag", etag)
	if e.Request.Header.Get("If-None-Match") == etag {
		e.Response.WriteHeader(http.StatusNotModified)
		return nil
	}
	return e.Blob(http.StatusOK, "application/json", text)
}

// file serves what the page loads. The large files are kept compressed, which
// is what every browser asks for.
func (p *plugin) file(e *core.RequestEvent) error {
	name := e.Request.PathValue("file")
	h := e.Response.Header()
	if name == "page.js" || name == "page.css" {
		content, err := page.ReadFile("page/" + name)
		if err != nil {
			return fmt.Errorf("openapi: %w", err)
		}
		h.Set("Cache-Control", "no-cache")
		return e.Blob(http.StatusOK, contentType(name), content)
	}
	packed, err := swagger.ReadFile("swagger-ui/" + name + ".gz")
	if err != nil {
		return e.NotFoundError("", err)
	}
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(e.Request.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		return e.Blob(http.StatusOK, contentType(name), packed)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("openapi: unpack %s: %w", name, err)
	}
	return e.Stream(http.StatusOK, contentType(name), unpacked)
}

func contentType(name string) string {
	if strings.HasSuffix(name, ".css") {
		return "text/css; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}
