package view

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Area is a part of the site with a header of its own.
type Area string

// The areas.
const (
	AreaPublic Area = ""
	AreaPortal Area = "portal"
	AreaAdmin  Area = "admin"
	AreaLink   Area = "link" // opened by a signed link, without an account
)

// Page is what a handler answers with.
type Page struct {
	Template    string // name of the page template
	Title       string // ends in " · JasaWeb" in the browser's tab
	Description string // for search engines, up to 155 characters
	Data        any    // .Data of the template
	Area        Area
	Status      int      // default 200
	Crumbs      []Crumb  // the way here; empty shows none
	Styles      []string // further style sheets of pb_public, such as portal.css
	Scripts     []string // ES modules of pb_public
	NoIndex     bool     // keep it out of search engines; always so outside AreaPublic
	OneLanguage bool     // there is no page in the other language
	Canonical   string   // path of the page that search engines should keep; default: this one
	Image       string   // path of the image for link previews
	Article     bool     // an article and not a page, for link previews
	Structured  []any    // JSON-LD objects
	Refresh     int      // seconds after which a browser without scripts asks again
	FlashNow    *Flash   // a message above the page
	Bare        bool     // without header and footer, as for a demo site or a document
}

// Document is what templates see.
type Document struct {
	*Page
	Lang, Theme, Path string
	Other             string // the other language
	URL               string // of this page, in full
	Alternates        []Alternate
	ImageURL          string
	StyleHrefs        []string
	ScriptHrefs       []string
	Preload           string
	User              *collections.User
	SignedIn          bool
	Agency            *Agency
	Nav               []NavItem
	Notices           []NavItem // pages of the CMS
	JSON              []template.JS
	Here              string // path and query, to come back to
	OtherHref         string // the page, or the landing page, in the other language; "" where a cookie chooses
}

// Alternate is the same page in a language.
type Alternate struct{ Lang, Href string }

// NavItem is one entry of the navigation.
type NavItem struct {
	Label, Href string
	Current     bool
}

// Agency is what every page says about the agency.
type Agency struct {
	Name, Address, Email, Phone, SupportHours string
	Demo                                      bool // example data is loaded
}

// navigation of each area: path and key of its text.
var navigation = map[Area][][2]string{
	AreaPublic: {{"/layanan", "nav.services"}, {"/template", "nav.templates"}, {"/pricing", "nav.pricing"}, {"/blog", "nav.blog"}, {"/kontak", "nav.contact"}},
	AreaPortal: {{"/portal", "nav.home"}, {"/portal/web", "nav.websites"}, {"/portal/tagihan", "nav.invoices"}, {"/portal/notifikasi", "nav.notifications"}, {"/portal/akun", "nav.account"}},
	AreaAdmin:  {{"/admin", "nav.overview"}, {"/admin/proyek", "nav.projects"}, {"/admin/pembayaran", "nav.payments"}, {"/admin/tagihan", "nav.invoices"}, {"/admin/gaya", "nav.style"}},
}

// serves reports whether somebody has bound the page.
func (s *Site) serves(path string) bool {
	s.bound.Do(func() {
		s.paths = map[string]bool{}
		for _, route := range rest.Routes(s.app) {
			s.paths[route.Path] = true
		}
	})
	return s.paths[path]
}

func (s *Site) nav(r *Request, area Area) []NavItem {
	items := []NavItem{}
	best := -1
	for _, item := range navigation[area] {
		if !s.serves(item[0]) {
			continue
		}
		items = append(items, NavItem{Label: r.T(item[1]), Href: r.Href(item[0])})
		if r.Path == item[0] || strings.HasPrefix(r.Path, item[0]+"/") {
			best = len(items) - 1 // the last one that fits is the closest: /portal comes first
		}
	}
	if best >= 0 {
		items[best].Current = true
	}
	return items
}

func (s *Site) document(r *Request, p *Page) (*Document, error) {
	agency, err := s.agency(r)
	if err != nil {
		return nil, err
	}
	origin := s.Origin(r)
	path := r.Path
	if p.Canonical != "" {
		path = p.Canonical
	}
	d := &Document{
		Page: p, Lang: r.Lang, Theme: r.Theme, Path: r.Path, Other: Languages[1], SignedIn: r.SignedIn(), User: r.User(),
		URL: origin + r.Href(path), Agency: agency, Nav: s.nav(r, p.Area), Here: here(r),
	}
	if r.Lang == english {
		d.Other = Languages[0]
	}
	p.NoIndex = p.NoIndex || p.Area != AreaPublic || p.Status >= 400
	if p.Area == AreaPublic && !p.OneLanguage && p.Status < 400 {
		for _, lang := range Languages {
			d.Alternates = append(d.Alternates, Alternate{Lang: lang, Href: origin + Href(lang, path)})
		}
		d.Alternates = append(d.Alternates, Alternate{Lang: "x-default", Href: origin + path})
	}
	if p.Area == AreaPublic && !private(r.Path) {
		d.OtherHref = Href(d.Other, r.Path)
		if p.OneLanguage || p.Status == http.StatusNotFound || p.Status == http.StatusGone || p.Status >= http.StatusInternalServerError {
			d.OtherHref = Href(d.Other, "/")
		}
	}
	if p.Image == "" {
		p.Image = "/og/" + r.Lang + "/jasaweb.png"
	}
	d.ImageURL = origin + p.Image
	if p.Area == AreaPublic {
		if d.Notices, err = s.notices(r.Request.Context(), r.Lang); err != nil {
			return nil, err
		}
	}
	return d, s.references(d)
}

// here is the address of the page that the visitor sees. A refused form is shown
// at the address that it was sent to, where there is nothing to come back to.
func here(r *Request) string {
	if r.Request.Method == http.MethodGet {
		return r.Request.URL.RequestURI()
	}
	from, err := url.Parse(r.Request.Referer())
	if err != nil || from.Path == "" {
		return "/"
	}
	return from.RequestURI()
}

// references resolves the files of the page to their hashed addresses.
func (s *Site) references(d *Document) (err error) {
	for _, name := range append([]string{"site.css"}, d.Styles...) {
		href, err := s.assets.Href(name)
		if err != nil {
			return err
		}
		d.StyleHrefs = append(d.StyleHrefs, href)
	}
	if s.assets.Theme() != "" {
		d.StyleHrefs = append(d.StyleHrefs, s.assets.Theme())
	}
	for _, name := range d.Scripts {
		href, err := s.assets.Href(name)
		if err != nil {
			return err
		}
		d.ScriptHrefs = append(d.ScriptHrefs, href)
	}
	for _, object := range d.Structured {
		raw, err := json.Marshal(object) // escapes <, > and &, so it cannot end the element
		if err != nil {
			return fmt.Errorf("view: JSON-LD: %w", err)
		}
		d.JSON = append(d.JSON, template.JS(raw))
	}
	d.Preload, err = s.assets.Href("vendor/plus-jakarta-sans/latin.woff2")
	return err
}

// Origin returns the site's public address without a slash at its end.
func (s *Site) Origin(r *Request) string { return rest.Origin(r.RequestEvent, s.config.URL) }

func (s *Site) agency(r *Request) (*Agency, error) {
	row, err := collections.FindAgency(s.app)
	if err != nil {
		return nil, err
	}
	return &Agency{
		Name: row.Name(), Address: row.GetString("address"), Email: row.GetString("email"), Phone: row.GetString("phone"),
		SupportHours: row.GetString("support_hours"),
	}, nil
}

// Write renders the page and sends it.
func (s *Site) Write(r *Request, p *Page) error {
	if p.FlashNow == nil {
		p.FlashNow = r.takeFlash()
	}
	html, err := s.HTML(r, p)
	if err != nil {
		return err
	}
	s.headers(r, p)
	status := p.Status
	if status == 0 {
		status = http.StatusOK
	}
	if p.Area != AreaPublic {
		// Not packed: the length would tell somebody who can make us repeat his
		// words beside a secret whether he guessed it (BREACH).
		return sendHTML(r, status, html, nil)
	}
	packed, err := compress(html)
	if err != nil {
		return err
	}
	return sendHTML(r, status, html, packed)
}
