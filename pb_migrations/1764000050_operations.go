package migrations

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func init() {
	register(func(app core.App) error {
		for _, create := range []func(core.App) error{createNotifications, createAuditLogs, createJobs} {
			if err := create(app); err != nil {
				return err
			}
		}
		return nil
	}, drop("jobs", "audit_logs", "notifications"))
}

func createNotifications(app core.App) error {
	user, err := relation(app, "user", "users", true)
	if err != nil {
		return err
	}
	user.CascadeDelete = true
	own := "@request.auth.id != '' && user = @request.auth.id"
	c := core.NewBaseCollection("notifications")
	c.ListRule, c.ViewRule = rule(own), rule(own)
	c.Fields.Add(
		user,
		&core.SelectField{Name: "type", Required: true, MaxSelect: 1, Values: []string{"project_update", "payment", "account", "system"}},
		&core.TextField{Name: "title", Required: true, Max: 255},
		&core.TextField{Name: "message", Max: 5000},
		&core.JSONField{Name: "payload", MaxSize: 10000},
		&core.SelectField{Name: "priority", Required: true, MaxSelect: 1, Values: []string{"low", "medium", "high", "critical"}},
		&core.DateField{Name: "read_at"},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_notifications_user_created", false, "user, created, id", "")
	return app.Save(c)
}

func createAuditLogs(app core.App) error {
	c := core.NewBaseCollection("audit_logs")
	c.ListRule, c.ViewRule = rule(isAdmin), rule(isAdmin)
	c.Fields.Add(
		&core.TextField{Name: "actor", Max: 50}, // text: see project_events
		&core.TextField{Name: "actor_kind", Required: true, Max: 20},
		&core.TextField{Name: "action", Required: true, Max: 50},
		&core.TextField{Name: "collection", Max: 100},
		&core.TextField{Name: "record", Max: 50},
		&core.JSONField{Name: "before", MaxSize: 200000},
		&core.JSONField{Name: "after", MaxSize: 200000},
		&core.TextField{Name: "ip", Max: 50},
		&core.TextField{Name: "user_agent", Max: 255},
		demoFlag(),
	)
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true})
	c.AddIndex("idx_audit_logs_record", false, "collection, record, created", "")
	c.AddIndex("idx_audit_logs_actor", false, "actor, created", "")
	c.AddIndex("idx_audit_logs_created", false, "created", "")
	if err := app.Save(c); err != nil {
		return err
	}
	return appendOnly(app, "audit_logs")
}

func createJobs(app core.App) error {
	c := core.NewBaseCollection("jobs")
	c.ListRule, c.ViewRule, c.UpdateRule = rule(isAdmin), rule(isAdmin), rule(isAdmin)
	c.Fields.Add(
		&core.TextField{Name: "kind", Required: true, Max: 100},
		&core.JSONField{Name: "args", MaxSize: 100000},
		&core.SelectField{Name: "state", Required: true, MaxSelect: 1, Values: []string{"queued", "running", "done", "dead"}},
		&core.DateField{Name: "run_at", Required: true},
		&core.NumberField{Name: "attempt", OnlyInt: true, Min: types.Pointer(0.0)},
		&core.TextField{Name: "unique_key", Max: 200},
		&core.TextField{Name: "error", Max: 5000},
		&core.TextField{Name: "node", Max: 100},
		&core.DateField{Name: "lease"},
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_jobs_due", false, "run_at", "state IN ('queued','running')")
	c.AddIndex("idx_jobs_unique", true, "kind, unique_key", "unique_key != ''")
	c.AddIndex("idx_jobs_state", false, "state, created", "")
	return app.Save(c)
}
