package view

// policy lets a page load from our own origin only, and run no inline code at
// all. Style sheets, scripts and JSON-LD need no exception: the first two are
// files, the last one is data.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// trusted forbids scripts to make markup out of strings. The portal's scripts
// replace parts of a page and go without.
const trusted = "; require-trusted-types-for 'script'; trusted-types 'none'"

// Headers sets what every answer of the site says to browsers.
func Headers(r *Request) {
	h := r.Response.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-XSS-Protection", "0") // PocketBase's own value switches on what browsers abused
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if r.IsTLS() || r.Request.Header.Get("X-Forwarded-Proto") == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (s *Site) headers(r *Request, p *Page) {
	Headers(r)
	h := r.Response.Header()
	switch p.Area {
	case AreaPublic:
		h.Set("Content-Security-Policy", policy+trusted)
	case AreaLink: // the address is the key: no request may carry it along
		h.Set("Referrer-Policy", "strict-origin")
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	if p.NoIndex {
		h.Set("X-Robots-Tag", "noindex")
	}
	h.Add("Vary", "Cookie")
	h.Set("Content-Language", r.Lang)
}
