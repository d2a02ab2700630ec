package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// A batch runs in one transaction: what it carries is small. Files go one by one.
func init() {
	register(func(app core.App) error {
		s := app.Settings()
		if s.Batch.MaxBodySize <= 0 { // the dashboard's word goes first
			s.Batch.MaxBodySize = 2 << 20
		}
		return app.Save(s)
	}, nil)
}
