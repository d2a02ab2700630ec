package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// A session is what a token belongs to, so that one of them can end. The holder is
// text: users and superusers both have sessions.
func init() {
	register(func(app core.App) error {
		own := "record = @request.auth.id"
		c := core.NewBaseCollection("sessions")
		c.ListRule, c.ViewRule, c.DeleteRule = rule("("+own+") || "+isAdmin), rule("("+own+") || "+isAdmin), rule("("+own+") || "+isAdmin)
		c.Fields.Add(
			&core.TextField{Name: "collection", Required: true, Max: 100},
			&core.TextField{Name: "record", Required: true, Max: 50},
			&core.TextField{Name: "maker", Max: 50}, // the superuser who took it over
			&core.TextField{Name: "method", Max: 50},
			&core.TextField{Name: "ip", Max: 50},
			&core.TextField{Name: "user_agent", Max: 255},
			&core.DateField{Name: "began", Required: true},
			&core.DateField{Name: "seen", Required: true},
			&core.DateField{Name: "ends", Required: true},
			&core.DateField{Name: "proved"},
			&core.BoolField{Name: "ended"},
		)
		c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true})
		c.AddIndex("idx_sessions_record", false, "record, began", "")
		c.AddIndex("idx_sessions_maker", false, "maker", "maker != ''")
		c.AddIndex("idx_sessions_ends", false, "ends", "")
		return app.Save(c)
	}, drop("sessions"))
}
