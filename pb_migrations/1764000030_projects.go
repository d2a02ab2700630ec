package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func init() {
	register(func(app core.App) error {
		for _, create := range []func(core.App) error{createProjects, createProjectEvents, createInvoices} {
			if err := create(app); err != nil {
				return err
			}
		}
		return nil
	}, drop("invoices", "project_events", "projects"))
}

func createProjects(app core.App) error {
	user, err := relation(app, "user", "users", true)
	if err != nil {
		return err
	}
	tier, err := relation(app, "tier", "pricing_tiers", false)
	if err != nil {
		return err
	}
	template, err := relation(app, "template", "templates", false)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("projects")
	c.ListRule, c.ViewRule, c.UpdateRule = rule(ownOrAll), rule(ownOrAll), rule(isAdmin)
	c.Fields.Add(
		user,
		&core.TextField{Name: "name", Required: true, Max: 255},
		&core.SelectField{Name: "type", Required: true, MaxSelect: 1, Values: []string{"sekolah", "berita", "company"}},
		&core.SelectField{
			Name: "status", Required: true, MaxSelect: 1,
			Values: []string{"pending_payment", "in_progress", "review", "completed", "cancelled"},
		},
		&core.TextField{Name: "status_note", Max: 2000},
		&core.URLField{Name: "url"},
		// Encrypted by a hook; hidden, so no record API and no realtime message
		// carries it to anybody but a superuser.
		&core.JSONField{Name: "credentials", Hidden: true, MaxSize: 10000},
		tier, template,
		&core.TextField{Name: "brief", Max: 10000},
		&core.DateField{Name: "due_at"},
		&core.DateField{Name: "support_until"},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	// With the id, which breaks ties, the index is the order of the list itself.
	c.AddIndex("idx_projects_user_created", false, "user, created, id", "")
	c.AddIndex("idx_projects_status_created", false, "status, created", "")
	c.AddIndex("idx_projects_created", false, "created, id", "")
	return app.Save(c)
}

func createProjectEvents(app core.App) error {
	project, err := relation(app, "project", "projects", true)
	if err != nil {
		return err
	}
	c := core.NewBaseCollection("project_events")
	ownProject := "(@request.auth.id != '' && project.user = @request.auth.id) || " + isAdmin
	c.ListRule, c.ViewRule = rule(ownProject), rule(ownProject)
	c.Fields.Add(
		project,
		&core.TextField{Name: "kind", Required: true, Max: 50},
		&core.TextField{Name: "from", Max: 50},
		&core.TextField{Name: "to", Max: 50},
		// Text, not a relation: deleting an account must not have to touch a
		// table that cannot be touched.
		&core.TextField{Name: "actor", Max: 50},
		&core.TextField{Name: "actor_kind", Required: true, Max: 20},
		&core.TextField{Name: "note", Max: 2000},
		demoFlag(),
	)
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true})
	c.AddIndex("idx_project_events_project", false, "project, created", "")
	if err := app.Save(c); err != nil {
		return err
	}
	return appendOnly(app, "project_events")
}

func createInvoices(app core.App) error {
	project, err := relation(app, "project", "projects", true)
	if err != nil {
		return err
	}
	user, err := relation(app, "user", "users", true)
	if err != nil {
		return err
	}
	one := types.Pointer(1.0)
	c := core.NewBaseCollection("invoices")
	c.ListRule, c.ViewRule, c.UpdateRule = rule(ownOrAll), rule(ownOrAll), rule(isAdmin)
	c.Fields.Add(
		project, user,
		&core.TextField{Name: "number", Required: true, Max: 50},
		// The number over all years, which the provider's order ids contain.
		&core.NumberField{Name: "serial", OnlyInt: true, Required: true, Min: one, Max: types.Pointer(99999999.0)},
		requiredRupiah("amount", 1),
		rupiah("dpp", 0), rupiah("ppn", 0),
		&core.NumberField{Name: "tax_rate", OnlyInt: true, Min: types.Pointer(0.0), Max: types.Pointer(100.0)},
		&core.BoolField{Name: "due_at_start"},
		&core.SelectField{Name: "status", Required: true, MaxSelect: 1, Values: []string{"unpaid", "paid", "cancelled"}},
		&core.SelectField{Name: "refund_state", Required: true, MaxSelect: 1, Values: []string{"none", "partial", "full"}},
		&core.TextField{Name: "midtrans_order_id", Max: 50},
		&core.TextField{Name: "qris_url", Max: 500},
		&core.DateField{Name: "due_at"},
		&core.DateField{Name: "paid_at"},
		&core.NumberField{Name: "instalment", OnlyInt: true, Required: true, Min: one},
		&core.NumberField{Name: "instalments", OnlyInt: true, Required: true, Min: one},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_invoices_number", true, "number", "")
	c.AddIndex("idx_invoices_serial", true, "serial", "")
	c.AddIndex("idx_invoices_project", false, "project, instalment", "")
	c.AddIndex("idx_invoices_user_created", false, "user, created, id", "")
	c.AddIndex("idx_invoices_status_due", false, "status, due_at", "")
	c.AddIndex("idx_invoices_created", false, "created, id", "")
	return app.Save(c)
}
