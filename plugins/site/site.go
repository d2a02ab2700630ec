// Package site serves what people see: the public site, the client portal and
// the agency's guided pages. Its parts are packages of their own; all of them
// draw with the design system in view.
//
//	site.MustRegister(app) // after view.Open
package site

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/view"
	"jasaweb/plugins/site/desk"
	"jasaweb/plugins/site/portal"
	"jasaweb/plugins/site/public"
)

// MustRegister is Register that panics.
func MustRegister(app core.App) {
	if err := Register(app); err != nil {
		panic(err)
	}
}

// Register adds all pages, and serves files wherever no other route is.
func Register(app core.App) error {
	pages, api := view.For(app), call.New(app)
	pages.Bind(
		view.Get("/admin/gaya", rest.Admin, "Every component in every state", view.StylePage),
		view.Post("/preferensi", rest.Public, "Choose theme or language", view.Preferences),
	)
	if err := errors.Join(public.Register(app, pages, api), portal.Register(pages, api), desk.Register(pages, api)); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	serveFiles(app, pages)
	return nil
}

// serveFiles answers wherever no other route is. A path without a file is a 404
// and never the index page: a mistyped API address must not answer 200.
func serveFiles(app core.App, pages *view.Site) {
	static := apis.Static(pages.Files(), false)
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{
		Id:       "jasaweb.site",
		Priority: 999, // after every plugin's routes
		Func: func(e *core.ServeEvent) error {
			for _, warning := range pages.Warnings() {
				log.Print(warning)
			}
			e.Router.GET(view.AssetPath+"{path...}", pages.Assets().Serve)
			e.Router.GET("/{path...}", func(e *core.RequestEvent) error {
				r := pages.Request(e)
				view.Headers(r)
				err := static(e)
				if err != nil && e.Request.URL.Path == "/favicon.ico" { // browsers look there when what they show names no icon
					return sendIcon(e, pages)
				}
				if err == nil || !wantsPage(e.Request) {
					return err
				}
				return pages.WriteError(r, http.StatusNotFound, "", err)
			})
			return e.Next()
		},
	})
}

func sendIcon(e *core.RequestEvent, pages *view.Site) error {
	href, err := pages.Assets().Href("icon.svg")
	if err != nil {
		return err
	}
	return e.Redirect(http.StatusFound, href)
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
