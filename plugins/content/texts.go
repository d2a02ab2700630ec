package content

import (
	"errors"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/richtext"
	"jasaweb/plugins/internal/rest"
)

// PostSummary is an article in a list.
type PostSummary struct {
	ID          string `json:"id"`
	Slug        string `json:"slug"`
	Title       string `json:"title"`
	TitleEN     string `json:"title_en" doc:"Empty: not translated"`
	Excerpt     string `json:"excerpt" doc:"The beginning of the text where none was written"`
	ExcerptEN   string `json:"excerpt_en"`
	ImageURL    string `json:"image_url" doc:"Path on this host, takes ?thumb=400x0, 800x0 or 1200x0; empty without an image"`
	ImageAlt    string `json:"image_alt"`
	Minutes     int    `json:"reading_minutes"`
	PublishedAt string `json:"published_at"`
	Updated     string `json:"updated"`
}

// Article is a published article.
type Article struct {
	PostSummary
	Content   string `json:"content" doc:"HTML, cleaned"`
	ContentEN string `json:"content_en"`
}

// postView is an article as admins see it.
type postView struct {
	Article
	FeaturedImage string `json:"featured_image" doc:"File name; upload through PocketBase's record API"`
	Status        string `json:"status" enum:"draft,published"`
	Created       string `json:"created"`
}

const excerptLength = 200 // characters

func excerpt(r *core.Record, suffix string) string {
	if s := r.GetString("excerpt" + suffix); s != "" {
		return s
	}
	return richtext.Shorten(richtext.Plain(r.GetString("content"+suffix)), excerptLength)
}

func fileURL(r *core.Record, column string) string {
	if name := r.GetString(column); name != "" {
		return "/api/files/" + r.BaseFilesPath() + "/" + name
	}
	return ""
}

func summarize(r *core.Record) PostSummary {
	return PostSummary{
		ID: r.Id, Slug: r.GetString("slug"), Title: r.GetString("title"), TitleEN: r.GetString("title_en"),
		Excerpt: excerpt(r, ""), ExcerptEN: excerpt(r, "_en"), ImageURL: fileURL(r, "featured_image"), ImageAlt: r.GetString("image_alt"),
		Minutes: richtext.Minutes(r.GetString("content")), PublishedAt: r.GetDateTime("published_at").String(), Updated: r.GetDateTime("updated").String(),
	}
}

func viewArticle(r *core.Record) Article {
	return Article{PostSummary: summarize(r), Content: r.GetString("content"), ContentEN: r.GetString("content_en")}
}

func viewPost(r *core.Record) postView {
	return postView{
		Article: viewArticle(r), FeaturedImage: r.GetString("featured_image"), Status: r.GetString(collections.ColumnStatus), Created: r.GetDateTime("created").String(),
	}
}

func listPosts(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[PostSummary], error) {
	if in.Sort == "" {
		in.Sort = "-published_at"
	}
	return rest.List(e, collections.Posts, in, dbx.HashExp{"public": collections.WherePublic(e.App)}, summarize)
}

type bySlug struct {
	Slug string `path:"slug" maxLength:"200"`
}

// getPost answers an old address with the article that had it; its slug is the
// address of today.
func getPost(e *core.RequestEvent, in *bySlug) (*Article, error) {
	record, err := followed(in.Slug, func(slug string) (*core.Record, error) { return collections.FindPublicPost(e.App, slug) })
	if err != nil {
		return nil, err
	}
	view := viewArticle(record)
	return &view, nil
}

// Page is a published page.
type Page struct {
	ID        string `json:"id"`
	Slug      string `json:"slug"`
	Title     string `json:"title"`
	TitleEN   string `json:"title_en" doc:"Empty: not translated"`
	Content   string `json:"content" doc:"HTML, cleaned"`
	ContentEN string `json:"content_en"`
	Updated   string `json:"updated"`
}

// pageView is a page as admins see it.
type pageView struct {
	Page
	Status  string `json:"status" enum:"draft,published"`
	Created string `json:"created"`
}

func viewPublicPage(r *core.Record) Page {
	return Page{
		ID: r.Id, Slug: r.GetString("slug"), Title: r.GetString("title"), TitleEN: r.GetString("title_en"),
		Content: r.GetString("content"), ContentEN: r.GetString("content_en"), Updated: r.GetDateTime("updated").String(),
	}
}

func viewPage(r *core.Record) pageView {
	return pageView{Page: viewPublicPage(r), Status: r.GetString(collections.ColumnStatus), Created: r.GetDateTime("created").String()}
}

func getPage(e *core.RequestEvent, in *bySlug) (*Page, error) {
	record, err := followed(in.Slug, func(slug string) (*core.Record, error) { return collections.FindPublicPage(e.App, slug) })
	if err != nil {
		return nil, err
	}
	view := viewPublicPage(record)
	return &view, nil
}

// followed finds a text by its address, or by one that it had.
func followed(slug string, find func(slug string) (*core.Record, error)) (*core.Record, error) {
	record, err := find(slug)
	if moved, ok := errors.AsType[*collections.Moved](err); ok {
		return find(moved.Slug)
	}
	return record, err
}

// pageBody is what an admin writes of a page.
type pageBody struct {
	Title     *string `json:"title,omitempty" minLength:"1" maxLength:"255"`
	TitleEN   *string `json:"title_en,omitempty" maxLength:"255"`
	Slug      *string `json:"slug,omitempty" maxLength:"100" doc:"Made from the title if missing; later it changes only by being given"`
	Content   *string `json:"content,omitempty" maxLength:"500000" doc:"HTML; what could run or frame others is removed"`
	ContentEN *string `json:"content_en,omitempty" maxLength:"500000"`
	Status    *string `json:"status,omitempty" enum:"draft,published" doc:"A new page is published, a new article a draft"`
}

func (b pageBody) columns() (map[string]any, error) {
	g := given{}
	put(g, "title", b.Title)
	put(g, "title_en", b.TitleEN)
	put(g, "slug", b.Slug)
	put(g, "content", b.Content)
	put(g, "content_en", b.ContentEN)
	put(g, "status", b.Status)
	return g, nil
}

// postBody is what an admin writes of an article.
type postBody struct {
	Title       *string `json:"title,omitempty" minLength:"1" maxLength:"255"`
	TitleEN     *string `json:"title_en,omitempty" maxLength:"255"`
	Slug        *string `json:"slug,omitempty" maxLength:"100" doc:"Made from the title if missing; later it changes only by being given"`
	Content     *string `json:"content,omitempty" maxLength:"500000" doc:"HTML; what could run or frame others is removed"`
	ContentEN   *string `json:"content_en,omitempty" maxLength:"500000"`
	Status      *string `json:"status,omitempty" enum:"draft,published" doc:"A new article is a draft"`
	Excerpt     *string `json:"excerpt,omitempty" maxLength:"500"`
	ExcerptEN   *string `json:"excerpt_en,omitempty" maxLength:"500"`
	ImageAlt    *string `json:"image_alt,omitempty" maxLength:"255" doc:"What the featured image shows"`
	PublishedAt *string `json:"published_at,omitempty" maxLength:"40" doc:"In the future: public from then on. Empty: now" example:"2026-11-22T10:00:00+07:00"`
}

func (b postBody) columns() (map[string]any, error) {
	page := pageBody{Title: b.Title, TitleEN: b.TitleEN, Slug: b.Slug, Content: b.Content, ContentEN: b.ContentEN, Status: b.Status}
	g, err := page.columns()
	if err != nil {
		return nil, err
	}
	put(g, "excerpt", b.Excerpt)
	put(g, "excerpt_en", b.ExcerptEN)
	put(g, "image_alt", b.ImageAlt)
	return g, putTime(g, "published_at", b.PublishedAt)
}
