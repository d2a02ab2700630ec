package public

import (
	"encoding/xml"
	"net/http"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/internal/view"
)

type urlSet struct {
	XMLName xml.Name     `xml:"urlset"`
	NS      string       `xml:"xmlns,attr"`
	XHTML   string       `xml:"xmlns:xhtml,attr"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Location   string      `xml:"loc"`
	Modified   string      `xml:"lastmod,omitempty"`
	Alternates []alternate `xml:"xhtml:link"`
}

type alternate struct {
	Rel  string `xml:"rel,attr"`
	Lang string `xml:"hreflang,attr"`
	Href string `xml:"href,attr"`
}

// indexedPage is a page that search engines should know.
type indexedPage struct {
	path       string    // in Indonesian
	changed    time.Time // zero when that is not known
	translated bool
}

// indexed lists every page that search engines should know.
func (p *plugin) indexed() ([]indexedPage, error) {
	list := []indexedPage{}
	for _, path := range []string{"/", "/layanan", "/template", "/pricing", "/blog", "/kontak", "/register"} {
		list = append(list, indexedPage{path: path, translated: true})
	}
	for _, kind := range kinds {
		list = append(list, indexedPage{path: "/layanan/" + kind, translated: true})
	}
	designs, err := p.designs("")
	if err != nil {
		return nil, err
	}
	for _, d := range designs {
		list = append(list, indexedPage{"/template/" + d.Id, d.GetDateTime("updated").Time(), true})
	}
	posts, _, err := p.posts(1, 1000)
	if err != nil {
		return nil, err
	}
	for _, post := range posts {
		list = append(list, indexedPage{"/blog/" + post.GetString("slug"), post.GetDateTime("updated").Time(), post.GetString("title_en") != ""})
	}
	pages, err := p.allPages()
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		list = append(list, indexedPage{"/halaman/" + page.GetString("slug"), page.GetDateTime("updated").Time(), page.GetString("title_en") != ""})
	}
	return list, nil
}

func (p *plugin) sitemap(r *view.Request) (*view.Page, error) {
	pages, err := p.indexed()
	if err != nil {
		return nil, err
	}
	origin := p.site.Origin(r)
	set := urlSet{NS: "http://www.sitemaps.org/schemas/sitemap/0.9", XHTML: "http://www.w3.org/1999/xhtml"}
	for _, page := range pages {
		languages := view.Languages
		if !page.translated {
			languages = languages[:1]
		}
		alternates := []alternate{}
		for _, lang := range languages {
			alternates = append(alternates, alternate{"alternate", lang, origin + view.Href(lang, page.path)})
		}
		for _, lang := range languages {
			u := sitemapURL{Location: origin + view.Href(lang, page.path), Alternates: alternates}
			if !page.changed.IsZero() {
				u.Modified = page.changed.UTC().Format("2006-01-02")
			}
			set.URLs = append(set.URLs, u)
		}
	}
	return nil, writeXML(r, "application/xml; charset=utf-8", set)
}

type rss struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	Channel channel  `xml:"channel"`
}

type channel struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Self        selfLink `xml:"atom:link"`
	Description string   `xml:"description"`
	Language    string   `xml:"language"`
	Items       []item   `xml:"item"`
}

type selfLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type item struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	GUID        string `xml:"guid"`
	Description string `xml:"description"`
	Published   string `xml:"pubDate"`
}

// feed is the articles as RSS 2.0.
func (p *plugin) feed(r *view.Request) (*view.Page, error) {
	posts, _, err := p.posts(1, 20)
	if err != nil {
		return nil, err
	}
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	origin := p.site.Origin(r)
	c := channel{
		Title: r.T("rss.title", agency.Name()), Link: origin + "/blog", Description: r.T("blog.description"), Language: "id",
		Self: selfLink{origin + "/rss.xml", "self", "application/rss+xml"},
	}
	for _, post := range postCards(r, posts) {
		link := origin + "/blog/" + post.Slug
		c.Items = append(c.Items, item{Title: post.Title, Link: link, GUID: link, Description: post.Excerpt, Published: post.At.UTC().Format(time.RFC1123Z)})
	}
	return nil, writeXML(r, "application/rss+xml; charset=utf-8", rss{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: c})
}

func writeXML(r *view.Request, kind string, v any) error {
	raw, err := xml.Marshal(v)
	if err != nil {
		return err
	}
	view.Headers(r)
	r.Response.Header().Set("Cache-Control", "public, max-age=300")
	return r.Blob(http.StatusOK, kind, append([]byte(xml.Header), raw...))
}

// robots keeps search engines out of what is personal.
func (p *plugin) robots(r *view.Request) (*view.Page, error) {
	view.Headers(r)
	return nil, r.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(`User-agent: *
Disallow: /_/
Disallow: /api/
Allow: /api/files/
Disallow: /portal
Disallow: /admin
Disallow: /i/

Sitemap: `+p.site.Origin(r)+`/sitemap.xml
`))
}
