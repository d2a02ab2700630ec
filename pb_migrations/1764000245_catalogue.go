package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// catalogueWords are the columns that say more about packages and designs, and
// say it in English too.
func catalogueWords() map[string][]core.Field {
	return map[string][]core.Field{
		"pricing_tiers": {
			&core.TextField{Name: "name_en", Max: 255},
			&core.TextField{Name: "description_en", Max: 5000},
			&core.JSONField{Name: "features_en", MaxSize: 20000},
			rupiah("renewal_price", 0), // for a year of hosting and domain from the second year on; 0: not told
		},
		"templates": {
			&core.TextField{Name: "description", Max: 2000},
			&core.TextField{Name: "description_en", Max: 2000},
			// A design that projects use is not deleted; it leaves the gallery.
			&core.BoolField{Name: "is_archived"},
		},
	}
}

func init() {
	register(func(app core.App) error {
		for name, fields := range catalogueWords() {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			c.Fields.Add(fields...)
			if name == "templates" {
				edited(c, "is_archived = false")
				c.AddIndex("idx_templates_shown", false, "is_archived, sort_order, id", "")
			}
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		for name, fields := range catalogueWords() {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			if name == "templates" {
				c.ListRule, c.ViewRule = rule(everybody), rule(everybody)
				c.RemoveIndex("idx_templates_shown")
			}
			for _, field := range fields {
				c.Fields.RemoveByName(field.GetName())
			}
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	})
}
