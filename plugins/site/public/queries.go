package public

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Whatever is found here is what the rules of the collections show to everybody.

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
	q := p.app.RecordQuery(collections.Templates).AndWhere(dbx.HashExp{"is_archived": false}).OrderBy("sort_order", "id")
	if kind != "" {
		q.AndWhere(dbx.HashExp{"category": kind})
	}
	if err := q.All(&list); err != nil {
		return nil, fmt.Errorf("public: list designs: %w", err)
	}
	return list, nil
}

func (p *plugin) findDesign(id string) (*core.Record, error) {
	record, err := collections.FindRecord(p.app, collections.Templates, id)
	if err == nil && record.GetBool("is_archived") {
		return nil, collections.ErrNotFound
	}
	return record, err
}

// active lists questions or testimonials that are shown.
func (p *plugin) active(collection string) ([]*core.Record, error) {
	list := []*core.Record{}
	if err := p.app.RecordQuery(collection).AndWhere(dbx.HashExp{"is_active": true}).OrderBy("sort_order", "id").All(&list); err != nil {
		return nil, fmt.Errorf("public: list %s: %w", collection, err)
	}
	return list, nil
}

func (p *plugin) published() *dbx.SelectQuery {
	return p.app.RecordQuery(collections.Posts).AndWhere(collections.WherePublic(p.app))
}

// posts returns one page of articles, the newest first, and how many there are.
func (p *plugin) posts(page, perPage int) ([]*core.Record, int, error) {
	var total int
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

func (p *plugin) allPages() ([]*core.Record, error) {
	list := []*core.Record{}
	if err := p.app.RecordQuery(collections.Pages).AndWhere(dbx.HashExp{collections.ColumnStatus: collections.Published}).OrderBy("slug").All(&list); err != nil {
		return nil, fmt.Errorf("public: list pages: %w", err)
	}
	return list, nil
}
