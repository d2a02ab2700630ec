// Package dashboard adds the agency's pages to PocketBase's dashboard: one
// extension, assembled from what the plugins contribute.
//
//	dashboard.MustRegister(app)
package dashboard

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/ui"
)

// MustRegister is Register that panics.
func MustRegister(app core.App) {
	if err := Register(app); err != nil {
		panic(err)
	}
}

// Register serves the extension.
func Register(app core.App) error {
	ui.Bind(app)
	return nil
}
