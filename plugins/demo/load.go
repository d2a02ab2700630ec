package demo

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/secret"
)

// Load writes the demo data, all or nothing. Rows that are there already stay
// as they are, edited or not. The plugin must be registered.
func Load(app core.App) error {
	box, ok := app.Store().Get(boxKey).(*secret.Box)
	if !ok {
		return errors.New("demo: the plugin is not registered")
	}
	return app.RunInTransaction(func(txApp core.App) error {
		list, err := rows(txApp)
		if err != nil {
			return err
		}
		for _, row := range list {
			if err := ensure(txApp, row); err != nil {
				return fmt.Errorf("demo: load %s %s: %w", row.collection, row.values[row.key], err)
			}
		}
		return loadHistory(txApp, box)
	})
}

// row is one record, found again by its key column.
type row struct {
	collection string
	key        string
	values     map[string]any
}

func ensure(txApp core.App, r row) error {
	_, err := txApp.FindFirstRecordByData(r.collection, r.key, r.values[r.key])
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	record, err := newRecord(txApp, r.collection, r.values)
	if err != nil {
		return err
	}
	return txApp.Save(record)
}

func newRecord(txApp core.App, collection string, values map[string]any) (*core.Record, error) {
	c, err := txApp.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, fmt.Errorf("demo: find %s: %w", collection, err)
	}
	record := core.NewRecord(c)
	record.Load(values)
	record.Set(collections.ColumnDemo, true)
	return record, nil
}

func rows(txApp core.App) ([]row, error) {
	list := []row{}
	for _, a := range accounts {
		list = append(list, row{collections.Users, "email", map[string]any{
			"email": a.email, "password": a.password, "name": a.name, "role": a.role, "verified": true, "locale": "id",
		}})
	}
	for n, t := range tiers {
		popular := t.popular
		if popular { // a package of the agency's own keeps the mark
			others, err := txApp.FindAllRecords(collections.PricingTiers, marked)
			if err != nil {
				return nil, fmt.Errorf("demo: find popular packages: %w", err)
			}
			popular = len(others) == 0
		}
		list = append(list, row{collections.PricingTiers, "identifier", map[string]any{
			"identifier": t.identifier, "name": t.name, "name_en": t.nameEN, "type": t.kind, "description": t.description, "description_en": t.descriptionEN,
			"features": t.features, "features_en": t.featuresEN, "price": t.price, "renewal_price": renewalPrice, "is_popular": popular,
			"deposit_percent": depositPercent, "sort_order": n + 1, "is_active": true,
		}})
	}
	for n, t := range templates {
		list = append(list, row{collections.Templates, "name", map[string]any{
			"name": t.name, "category": t.kind, "description": t.description, "description_en": t.descriptionEN, "sort_order": n + 1,
		}})
	}
	for n, t := range testimonials {
		list = append(list, row{collections.Testimonials, "name", map[string]any{
			"name": t.name, "role": t.role, "role_en": t.roleEN, "quote": t.quote, "quote_en": t.quoteEN, "sort_order": n + 1, "is_active": true,
		}})
	}
	posts, err := articleRows(collections.Now(txApp))
	return append(list, posts...), err
}
