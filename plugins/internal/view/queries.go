package view

import (
	"context"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/cache"
)

// maxNotices is how many pages of the CMS the footer has room for.
const maxNotices = 8

// notices returns the links to the pages of the CMS, the oldest first: terms and
// privacy were there before what was added later.
func (s *Site) notices(ctx context.Context, lang string) ([]NavItem, error) {
	return cache.Get(ctx, s.cache, "notices "+lang, []string{collections.Pages}, func(context.Context) ([]NavItem, int, error) {
		records := []*core.Record{}
		err := s.app.RecordQuery(collections.Pages).AndWhere(dbx.HashExp{collections.ColumnStatus: collections.Published}).OrderBy("created", "slug").Limit(maxNotices).All(&records)
		if err != nil {
			return nil, 0, fmt.Errorf("view: list pages: %w", err)
		}
		items := []NavItem{}
		for _, r := range records {
			items = append(items, NavItem{Label: collections.Translated(r, "title", lang), Href: Href(lang, "/halaman/"+r.GetString("slug"))})
		}
		return items, 64 * len(items), nil
	})
}

// Notice returns the link to the page of the CMS with that slug, or nil.
func (d *Document) Notice(slug string) *NavItem {
	for _, item := range d.Notices {
		if item.Href == Href(d.Lang, "/halaman/"+slug) {
			return &item
		}
	}
	return nil
}
