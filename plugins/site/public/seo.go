package public

import (
	"encoding/xml"
	"net/http"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/site/view"
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

// indexed lists every path that search engines should know, in Indonesian, with
// the time of its last change where that is known.
func (p *plugin) indexed() ([]string, map[string]time.Time, error) {
	paths := []string{"/", "/layanan", "/template", "/pricing", "/blog", "/kontak", "/register"}
	changed := map[string]time.Time{}
	for _, kind := range kinds {
		paths = append(paths, "/layanan/"+kind)
	}
	designs, err := p.designs("")
	if err != nil {
		return nil, nil, err
	}
	for _, d := range designs {
		paths = append(paths, "/template/"+d.Id)
		changed["/template/"+d.Id] = d.GetDateTime("updated").Time()
	}
	posts, _, err := p.posts(1, 1000)
	if err != nil {
		return nil, nil, err
	}
	for _, post := range posts {
		path := "/blog/" + post.GetString("slug")
		paths = append(paths, path)
		changed[path] = post.GetDateTime("updated").Time()
	}
	pages, err := p.allPages()
	if err != nil {
		return nil, nil, err
	}
	for _, page := range pages {
		path := "/halaman/" + page.GetString("slug")
		paths = append(paths, path)
		changed[path] = page.GetDateTime("updated").Time()
	}
	return paths, changed, nil
}

func (p *plugin) sitemap(r *view.Request) (*view.Page, error) {
	paths, changed, err := p.indexed()
	if err != nil {
		return nil, err
	}
	origin := p.site.Origin(r)
	set := urlSet{NS: "http://www.sitemaps.org/schemas/sitemap/0.9", XHTML: "http://www.w3.org/1999/xhtml"}
	for _, path := range paths {
		alternates := []alternate{}
		for _, lang := range view.Languages {
			alternates = append(alternates, alternate{"alternate", lang, origin + view.Href(lang, path)})
		}
		for _, lang := range view.Languages {
			u := sitemapURL{Location: origin + view.Href(lang, path), Alternates: alternates}
			if at := changed[path]; !at.IsZero() {
				u.Modified = at.UTC().Format("2006-01-02")
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
