package public

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Whatever is found here is what the rules of the collections show to everybody.

// Names of the collections of content.
const (
	postsCollection        = "posts"
	pagesCollection        = "pages"
	questionsCollection    = "faqs"
	testimonialsCollection = "testimonials"
	redirectsCollection    = "slug_redirects"
)

// perPage is how many articles a page of the blog has.
const perPage = 9

func (p *plugin) tiers() ([]*collections.PricingTier, error) {
	list := []*collections.PricingTier{}
	err := p.app.RecordQuery(collections.PricingTiers).AndWhere(dbx.HashExp{"is_active": true}).OrderBy("sort_order", "id").All(&list)
	if err != nil {
		return nil, fmt.Errorf("public: list prices: %w", err)
	}
	return list, nil
}

func (p *plugin) designs(kind string) ([]*core.Record, error) {
	list := []*core.Record{}
	q := p.app.RecordQuery(collections.Templates).OrderBy("sort_order", "id")
	if kind != "" {
		q.AndWhere(dbx.HashExp{"category": kind})
	}
	if err := q.All(&list); err != nil {
		return nil, fmt.Errorf("public: list designs: %w", err)
	}
	return list, nil
}

func (p *plugin) findDesign(id string) (*core.Record, error) {
	record, err := p.app.FindRecordById(collections.Templates, id)
	return record, orNotFound(err)
}

// exists reports whether the collection is there yet.
func (p *plugin) exists(collection string) bool {
	_, err := p.app.FindCachedCollectionByNameOrId(collection)
	return err == nil
}

// redirect finds where a text with an old slug is now; gone says that it was deleted.
func (p *plugin) redirect(collection, slug string) (to string, gone bool, err error) {
	return "", false, nil
}

// active lists questions or testimonials that are shown.
func (p *plugin) active(collection string) ([]*core.Record, error) {
	list := []*core.Record{}
	if !p.exists(collection) {
		return list, nil
	}
	if err := p.app.RecordQuery(collection).AndWhere(dbx.HashExp{"is_active": true}).OrderBy("sort_order", "id").All(&list); err != nil {
		return nil, fmt.Errorf("public: list %s: %w", collection, err)
	}
	return list, nil
}

// published leaves out drafts and what is scheduled for later.
func (p *plugin) published() *dbx.SelectQuery {
	now := collections.DateTime(collections.Now(p.app))
	return p.app.RecordQuery(postsCollection).
		AndWhere(dbx.HashExp{"status": "published"}).
		AndWhere(dbx.NewExp("[[published_at]] != '' AND [[published_at]] <= {:now}", dbx.Params{"now": now}))
}

// posts returns one page of articles, the newest first, and how many there are.
func (p *plugin) posts(page, perPage int) ([]*core.Record, int, error) {
	var total int
	if !p.exists(postsCollection) {
		return nil, 0, nil
	}
	if err := p.published().Select("COUNT(*)").Row(&total); err != nil {
		return nil, 0, fmt.Errorf("public: count articles: %w", err)
	}
	list := []*core.Record{}
	err := p.published().OrderBy("published_at DESC", "id DESC").Limit(int64(perPage)).Offset(int64((page - 1) * perPage)).All(&list)
	if err != nil {
		return nil, 0, fmt.Errorf("public: list articles: %w", err)
	}
	return list, total, nil
}

func (p *plugin) findPost(slug string) (*core.Record, error) {
	record := &core.Record{}
	err := p.published().AndWhere(dbx.HashExp{"slug": slug}).Limit(1).One(record)
	return record, orNotFound(err)
}

func (p *plugin) findPage(slug string) (*core.Record, error) {
	record, err := p.app.FindFirstRecordByData(pagesCollection, "slug", slug)
	return record, orNotFound(err)
}

func (p *plugin) allPages() ([]*core.Record, error) {
	list := []*core.Record{}
	if !p.exists(pagesCollection) {
		return list, nil
	}
	if err := p.app.RecordQuery(pagesCollection).OrderBy("slug").All(&list); err != nil {
		return nil, fmt.Errorf("public: list pages: %w", err)
	}
	return list, nil
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return collections.ErrNotFound
	}
	return err
}
