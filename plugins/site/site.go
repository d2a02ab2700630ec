// Package site serves what people see: the public site, the client portal and
// the agency's guided pages. Its parts are packages of their own; all of them
// draw with the design system in view.
//
//	site.MustRegister(app, site.Config{Public: fsys})
package site

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/site/call"
	"jasaweb/plugins/site/desk"
	"jasaweb/plugins/site/portal"
	"jasaweb/plugins/site/public"
	"jasaweb/plugins/site/view"
)

// Config shapes the plugin.
type Config struct {
	// Public holds the files of pb_public. Required.
	Public fs.FS
	// Theme is a folder that overrides tokens and templates; it need not exist.
	Theme string
	// URL is the site's public address; "" takes the one that a visitor used.
	URL string
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register adds all pages, and serves files wherever no other route is.
func Register(app core.App, config Config) error {
	if config.Public == nil {
		return errors.New("site: Config.Public is required")
	}
	pages, err := view.New(app, view.Config{Public: config.Public, Theme: config.Theme, URL: config.URL})
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	pages.Bind(
		view.Get("/admin/gaya", rest.Admin, "Every component in every state", view.StylePage),
		view.Post("/preferensi", rest.Public, "Choose theme or language", view.Preferences),
	)
	api := call.New(app)
	if err := errors.Join(public.Register(app, pages, api), portal.Register(pages, api), desk.Register(pages, api)); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	if err := pages.Compile(); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	serveFiles(app, pages, config.Public)
	return nil
}

// serveFiles answers wherever no other route is. A path without a file is a 404
// and never the index page: a mistyped API address must not answer 200.
func serveFiles(app core.App, pages *view.Site, files fs.FS) {
	static := apis.Static(files, false)
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{
		Id:       "jasaweb.site",
		Priority: 999, // after every plugin's routes
		Func: func(e *core.ServeEvent) error {
			e.Router.GET(view.AssetPath+"{path...}", pages.Assets().Serve)
			e.Router.GET("/{path...}", func(e *core.RequestEvent) error {
				r := pages.Request(e)
				view.Headers(r)
				err := static(e)
				if err == nil || !wantsPage(e.Request) {
					return err
				}
				return pages.WriteError(r, http.StatusNotFound, "", err)
			})
			return e.Next()
		},
	})
}

// wantsPage reports whether a person asked, and not a program for the API.
func wantsPage(r *http.Request) bool {
	for _, machine := range []string{"/api/", "/_/", "/assets/"} {
		if strings.HasPrefix(r.URL.Path, machine) {
			return false
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
