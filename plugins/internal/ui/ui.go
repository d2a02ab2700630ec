// Package ui collects the plugins' pages for PocketBase's dashboard into one
// extension.
//
//	//go:embed ui
//	var pages embed.FS
//
//	ui.Register(app, ui.Page{
//		Path: "#/business", Icon: "ri-line-chart-line", Label: "Business",
//		FS: apis.MustSubFS(pages, "ui"), // with page.js: export function page(route) {…}
//	})
//
// It is one extension and not one per plugin, because a fault in any of them
// takes all later ones with it: the only script that runs at the dashboard's
// start is main.js, and it catches everything.
package ui

import (
	_ "embed"
	"encoding/json/v2"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Page is one page of the dashboard. Its files are served below
// /_/extensions/jasaweb/<name>/, where Path is "#/<name>".
type Page struct {
	Path  string // "#/business"; it must not begin like a page of PocketBase
	Icon  string // a class of Remix Icon: "ri-line-chart-line"
	Label string // the header link
	FS    fs.FS  // page.js and what it imports or shows
}

// Bind adds the extension to the dashboard, also when no plugin has a page.
func Bind(app core.App) { extensionOf(app) }

// Register adds a page. It panics on a malformed one or a path that is taken,
// which are bugs that must not wait for somebody to open the dashboard.
func Register(app core.App, page Page) {
	x := extensionOf(app)
	if err := x.add(page); err != nil {
		panic(err)
	}
}

// FS returns the extension's files as the dashboard gets them.
func FS(app core.App) fs.FS { return extensionOf(app) }

const (
	extensionName = "jasaweb"
	storeKey      = "jasaweb.ui"
	entry         = "main.js" // the name that PocketBase looks for
)

//go:embed main.js
var mainJS string

// extension is written while the plugins register and only read once the app
// serves, hence no lock.
type extension struct {
	pages []Page
}

func extensionOf(app core.App) *extension {
	return app.Store().GetOrSet(storeKey, func() any {
		x := &extension{}
		app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: storeKey, Func: x.serve})
		return x
	}).(*extension)
}

var pagePath = regexp.MustCompile(`^#/[a-z][a-z0-9-]*$`)

// reserved are the pages of PocketBase, whose routes ours would replace.
var reserved = []string{"auth", "collections", "login", "logs", "pbinstall", "request-password-reset", "settings"}

func (x *extension) add(page Page) error {
	if !pagePath.MatchString(page.Path) || page.Icon == "" || page.Label == "" || page.FS == nil {
		return fmt.Errorf("ui: malformed page %q", page.Path)
	}
	if slices.Contains(reserved, page.name()) {
		return fmt.Errorf("ui: %s is a page of PocketBase", page.Path)
	}
	if slices.ContainsFunc(x.pages, func(p Page) bool { return p.Path == page.Path }) {
		return fmt.Errorf("ui: %s is registered twice", page.Path)
	}
	if _, err := fs.Stat(page.FS, "page.js"); err != nil {
		return fmt.Errorf("ui: page %s: %w", page.Path, err)
	}
	x.pages = append(x.pages, page)
	return nil
}

func (p Page) name() string { return strings.TrimPrefix(p.Path, "#/") }

func (x *extension) serve(se *core.ServeEvent) error {
	se.UIExtensions = append(se.UIExtensions, core.UIExtension{Name: extensionName, FS: x})
	// PocketBase lets browsers keep these for 14 days under an unversioned URL:
	// after an upgrade old scripts would call new routes.
	se.Router.BindFunc(func(e *core.RequestEvent) error {
		if strings.HasPrefix(e.Request.URL.Path, "/_/extensions") {
			e.Response.Header().Set("Cache-Control", "no-cache")
		}
		return e.Next()
	})
	return se.Next()
}

// script is main.js with the list of pages in front.
func (x *extension) script() ([]byte, error) {
	type entry struct {
		Name  string `json:"name"`
		Path  string `json:"path"`
		Icon  string `json:"icon"`
		Label string `json:"label"`
	}
	list := make([]entry, len(x.pages))
	for i, p := range x.pages {
		list[i] = entry{p.name(), p.Path, p.Icon, p.Label}
	}
	pages, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("ui: list the pages: %w", err)
	}
	return fmt.Appendf(nil, "const pages = %s;\n%s", pages, mainJS), nil
}
