package migrations

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func init() {
	register(func(app core.App) error {
		if err := createAgency(app); err != nil {
			return err
		}
		if err := createCounters(app); err != nil {
			return err
		}
		return createCatalogue(app)
	}, drop("templates", "pricing_tiers", "counters", "agency"))
}

// createAgency makes the collection of one row, and the row.
func createAgency(app core.App) error {
	c := core.NewBaseCollection("agency")
	c.ListRule, c.ViewRule, c.UpdateRule = rule(signedIn), rule(signedIn), rule(isAdmin)
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 200},
		&core.TextField{Name: "address", Max: 1000},
		&core.TextField{Name: "npwp", Max: 30},
		&core.BoolField{Name: "pkp"},
		&core.NumberField{Name: "tax_rate", OnlyInt: true, Min: types.Pointer(0.0), Max: types.Pointer(100.0)},
		&core.TextField{Name: "bank_name", Max: 100},
		&core.TextField{Name: "bank_account", Max: 50},
		&core.TextField{Name: "bank_holder", Max: 200},
		&core.EmailField{Name: "email"},
		&core.TextField{Name: "phone", Max: 30},
		&core.TextField{Name: "support_hours", Max: 200},
	)
	c.Fields.Add(timestamps()...)
	if err := app.Save(c); err != nil {
		return err
	}
	// Written without the record hooks: those of today know tables of tomorrow.
	now := types.NowDateTime().String()
	_, err := app.DB().Insert("agency", dbx.Params{
		"id": core.GenerateDefaultRandomId(), "name": "JasaWeb", "tax_rate": 12,
		"support_hours": "Senin–Jumat 09.00–17.00 WIB", "created": now, "updated": now,
	}).Execute()
	return err
}

// createCounters makes the gap-free numbers of invoices; only the program touches them.
func createCounters(app core.App) error {
	c := core.NewBaseCollection("counters")
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 100},
		&core.NumberField{Name: "value", OnlyInt: true, Min: types.Pointer(0.0)},
	)
	c.AddIndex("idx_counters_name", true, "name", "")
	return app.Save(c)
}

// createCatalogue makes what a visitor can choose from.
func createCatalogue(app core.App) error {
	tiers := core.NewBaseCollection("pricing_tiers")
	tiers.ListRule, tiers.ViewRule = rule("is_active = true || "+isAdmin), rule("is_active = true || "+isAdmin)
	tiers.CreateRule, tiers.UpdateRule, tiers.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin)
	tiers.Fields.Add(
		&core.TextField{Name: "identifier", Required: true, Max: 50, Pattern: `^[a-z0-9]+(-[a-z0-9]+)*$`},
		&core.TextField{Name: "name", Required: true, Max: 255},
		&core.SelectField{Name: "type", Required: true, MaxSelect: 1, Values: []string{"sekolah", "berita", "company"}},
		&core.TextField{Name: "description", Max: 5000},
		&core.JSONField{Name: "features", MaxSize: 20000},
		requiredRupiah("price", 1),
		&core.BoolField{Name: "is_popular"},
		&core.NumberField{Name: "deposit_percent", OnlyInt: true, Required: true, Min: types.Pointer(1.0), Max: types.Pointer(100.0)},
		&core.NumberField{Name: "sort_order", OnlyInt: true},
		&core.BoolField{Name: "is_active"},
		demoFlag(),
	)
	tiers.Fields.Add(timestamps()...)
	tiers.AddIndex("idx_pricing_tiers_identifier", true, "identifier", "")
	tiers.AddIndex("idx_pricing_tiers_active", false, "is_active, sort_order", "")
	if err := app.Save(tiers); err != nil {
		return err
	}

	templates := core.NewBaseCollection("templates")
	templates.ListRule, templates.ViewRule = rule(everybody), rule(everybody)
	templates.CreateRule, templates.UpdateRule, templates.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin)
	templates.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 255},
		&core.SelectField{Name: "category", Required: true, MaxSelect: 1, Values: []string{"sekolah", "berita", "company"}},
		&core.FileField{
			Name: "image", MaxSelect: 1, MaxSize: 5 << 20, Thumbs: []string{"400x0", "800x0", "1200x0"},
			MimeTypes: []string{"image/jpeg", "image/png", "image/webp"},
		},
		&core.URLField{Name: "demo_url"},
		&core.NumberField{Name: "sort_order", OnlyInt: true},
		demoFlag(),
	)
	templates.Fields.Add(timestamps()...)
	templates.AddIndex("idx_templates_category", false, "category, sort_order", "")
	templates.AddIndex("idx_templates_sort", false, "sort_order", "")
	return app.Save(templates)
}

func requiredRupiah(name string, min float64) *core.NumberField {
	f := rupiah(name, min)
	f.Required = true
	return f
}
