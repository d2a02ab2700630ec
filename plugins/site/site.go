// Package site serves what visitors see. For now that is the files of pb_public.
//
//	site.MustRegister(app, site.Config{Public: fsys})
package site

import (
	"errors"
	"io/fs"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Config shapes the plugin.
type Config struct {
	// Public holds the files, index.html among them. Required.
	Public fs.FS
}

// policy lets a page load from our own origin only, and no inline code at all.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register serves the files wherever no other route is. A path without a file
// is a 404 and never the index page: a mistyped API address must not answer 200.
func Register(app core.App, config Config) error {
	if config.Public == nil {
		return errors.New("site: Config.Public is required")
	}
	files := apis.Static(config.Public, false)
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{
		Id:       "jasaweb.site",
		Priority: 999, // after every plugin's routes
		Func: func(e *core.ServeEvent) error {
			e.Router.GET("/{path...}", func(e *core.RequestEvent) error {
				h := e.Response.Header()
				h.Set("Content-Security-Policy", policy)
				h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
				return files(e)
			})
			return e.Next()
		},
	})
	return nil
}
