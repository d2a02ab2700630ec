package public

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/richtext"
	"jasaweb/plugins/internal/view"
)

type postCard struct {
	Slug, Title, Excerpt, Image, ImageSet, Alt string
	At                                         time.Time
	Minutes                                    int
	Demo, Foreign                              bool
}

func postCards(r *view.Request, records []*core.Record) []postCard {
	list := []postCard{}
	for _, record := range records {
		list = append(list, newPostCard(r, record))
	}
	return list
}

func newPostCard(r *view.Request, record *core.Record) postCard {
	title, foreign := translated(r, record, "title")
	excerpt, _ := translated(r, record, "excerpt")
	content, _ := translated(r, record, "content")
	c := postCard{
		Slug: record.GetString("slug"), Title: title, Excerpt: excerpt, At: record.GetDateTime("published_at").Time(),
		Minutes: richtext.Minutes(content), Demo: record.GetBool(collections.ColumnDemo), Foreign: foreign,
	}
	if file := record.GetString("featured_image"); file != "" {
		base := "/api/files/" + record.Collection().Id + "/" + record.Id + "/" + file
		c.Image, c.Alt = base+"?thumb=800x0", record.GetString("image_alt")
		c.ImageSet = base + "?thumb=400x0 400w, " + base + "?thumb=800x0 800w, " + base + "?thumb=1200x0 1200w"
	}
	return c
}

type blogData struct {
	Posts []postCard
	Pages view.Pagination
}

func (p *plugin) blog(r *view.Request) (*view.Page, error) {
	page := 1
	if raw := r.Request.URL.Query().Get("page"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return nil, collections.ErrNotFound
		}
		page = n
	}
	records, total, err := p.posts(page, perPage)
	if err != nil {
		return nil, err
	}
	pages := (total + perPage - 1) / perPage
	if page > 1 && page > pages {
		return nil, collections.ErrNotFound
	}
	d := blogData{Posts: postCards(r, records), Pages: view.NewPagination(page, pages, r.Request.URL)}
	canonical, title := "/blog", r.T("blog.title")
	if page > 1 {
		canonical, title = canonical+"?page="+strconv.Itoa(page), r.T("blog.titlepage", page)
	}
	return &view.Page{
		Template: "blog", Title: title, Description: r.T("blog.description"), Data: d, Canonical: canonical, Styles: []string{"public.css"},
		Structured: []any{p.crumbsLD(r, view.Crumb{Label: r.T("nav.blog"), Href: "/blog"})},
	}, nil
}

type articleData struct {
	Post    postCard
	Content view.Prose
	Others  []postCard
}

func (p *plugin) article(r *view.Request) (*view.Page, error) {
	slug := r.Request.PathValue("slug")
	record, err := collections.FindPublicPost(p.app, slug)
	if err != nil {
		return nil, moved(r, "/blog/", err)
	}
	content, _ := translated(r, record, "content")
	d := articleData{Post: newPostCard(r, record), Content: view.NewProse(content)}
	latest, _, err := p.posts(1, 4)
	if err != nil {
		return nil, err
	}
	for _, other := range postCards(r, latest) {
		if other.Slug != slug && len(d.Others) < 3 {
			d.Others = append(d.Others, other)
		}
	}
	description := summary(strings.Join(strings.Fields(d.Post.Excerpt), " "))
	if description == "" {
		description = summary(richtext.Plain(content))
	}
	translated := record.GetString("title_en") != ""
	return &view.Page{
		OneLanguage: !translated, NoIndex: d.Post.Foreign, // the Indonesian page is the one to find
		Template: "article", Title: d.Post.Title, Description: description, Data: d, Article: true, Image: "/og/" + r.Lang + "/blog/" + slug + ".png",
		Styles: []string{"public.css"}, Crumbs: []view.Crumb{{Label: r.T("nav.blog"), Href: r.Href("/blog")}, {Label: d.Post.Title}},
		Structured: []any{p.articleLD(r, d.Post, record), p.crumbsLD(r, view.Crumb{Label: r.T("nav.blog"), Href: "/blog"}, view.Crumb{Label: d.Post.Title, Href: "/blog/" + slug})},
	}, nil
}

type cmsPage struct {
	Title   string
	Content view.Prose
	Updated time.Time
	Demo    bool
	Foreign bool
}

// page is a page of the CMS, such as the terms.
func (p *plugin) page(r *view.Request) (*view.Page, error) {
	slug := r.Request.PathValue("slug")
	record, err := collections.FindPublicPage(p.app, slug)
	if err != nil {
		return nil, moved(r, "/halaman/", err)
	}
	title, foreign := translated(r, record, "title")
	content, _ := translated(r, record, "content")
	d := cmsPage{Title: title, Content: view.NewProse(content), Updated: record.GetDateTime("updated").Time(), Demo: record.GetBool(collections.ColumnDemo), Foreign: foreign}
	return &view.Page{
		OneLanguage: record.GetString("title_en") == "", NoIndex: foreign, Template: "cms", Title: title, Description: summary(richtext.Plain(content)), Data: d, Styles: []string{"public.css"},
	}, nil
}

// summary is the beginning of a text, as long as search engines show it.
func summary(text string) string { return richtext.Shorten(text, 155) }

// moved sends the visitor on when the text has another address now.
func moved(r *view.Request, base string, err error) error {
	if to, ok := errors.AsType[*collections.Moved](err); ok {
		return r.Redirect(http.StatusMovedPermanently, r.Href(base+to.Slug))
	}
	return err
}
