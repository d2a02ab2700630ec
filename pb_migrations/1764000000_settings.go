// Package migrations builds JasaWeb's schema step by step, as code that can be
// read in a review. Steps spell names out: they describe the past and must not
// change when the vocabulary of today does.
package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// Switches of PocketBase that JasaWeb relies on. They are set once; afterwards
// the dashboard owns them.
func init() {
	register(func(app core.App) error {
		s := app.Settings()
		s.Meta.AppName = "JasaWeb"
		s.Meta.SenderName = "JasaWeb"
		s.Meta.AccentColor = "#0b6b4f"
		s.Batch.Enabled = true
		s.Batch.MaxRequests = 50
		s.Batch.Timeout = 5
		s.RateLimits.Enabled = true
		s.RateLimits.Rules = []core.RateLimitRule{
			{Label: "*:authWithPassword", MaxRequests: 10, Duration: 60},
			{Label: "*:auth", MaxRequests: 30, Duration: 60},
			{Label: "*:create", MaxRequests: 60, Duration: 60},
			{Label: "POST /api/auth/register", MaxRequests: 20, Duration: 600},
			{Label: "users:create", MaxRequests: 20, Duration: 600},
			{Label: "POST /api/projects", MaxRequests: 30, Duration: 60},
			{Label: "/api/batch", MaxRequests: 30, Duration: 10},
			{Label: "/api/", MaxRequests: 600, Duration: 10},
		}
		return app.Save(s)
	}, nil)
}
