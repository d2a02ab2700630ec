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
	"log"
	"net/http"
	"os"
	"path/filepath"
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

// Config shapes the plugin.
type Config struct {
	// Public holds the files of pb_public. Required.
	Public fs.FS
	// Theme is a folder that overrides tokens (theme.css), templates
	// (templates/*.html) and files (public/); it need not exist.
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
	if config.Theme != "" {
		config.Public = layered{os.DirFS(filepath.Join(config.Theme, "public")), config.Public}
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
	compile := pages.Compile
	if _, err := os.Stat(config.Theme); err == nil {
		compile = pages.CompileAll // somebody else's templates are checked before they are needed
	}
	if err := compile(); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	serveFiles(app, pages, config.Public)
	return nil
}

// layered is files of ours with those of the theme before them: an icon or a
// style sheet that takes the place of ours, a file that proves to somebody whose
// site this is. Lists of folders are those of ours.
type layered struct{ theme, own fs.FS }

// Open returns the theme's file or ours.
func (l layered) Open(name string) (fs.File, error) {
	if f, err := l.theme.Open(name); err == nil {
		if info, err := f.Stat(); err == nil && !info.IsDir() {
			return f, nil
		}
		f.Close()
	}
	return l.own.Open(name)
}

// serveFiles answers wherever no other route is. A path without a file is a 404
// and never the index page: a mistyped API address must not answer 200.
func serveFiles(app core.App, pages *view.Site, files fs.FS) {
	static := apis.Static(files, false)
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
