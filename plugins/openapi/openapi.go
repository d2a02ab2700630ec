// Package openapi shows what the program's HTTP surface is: the routes from the
// one table that also serves them, the record API from the collections. GET
// /api/docs is the OpenAPI 3.1 document, and a page for browsers.
//
//	openapi.MustRegister(app, openapi.Config{RootCmd: app.RootCmd})
package openapi

import (
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// RootCmd gets the command "routes"; nil adds none.
	RootCmd *cobra.Command
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

type plugin struct{ doc document }

// Register adds the command and the routes of the document.
func Register(app core.App, config Config) error {
	p := &plugin{doc: document{app: app}}
	rest.Bind(app, p.routes()...)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		p.doc.router = e.Router
		return e.Next()
	})
	if config.RootCmd != nil {
		config.RootCmd.AddCommand(rest.Command(app))
	}
	return nil
}

// Routes lists every route of the API as "METHOD /path", sorted by path, with
// its access level and summary.
func Routes(app core.App) []string { return lines(app, func(r rest.RouteInfo) bool { return !r.Page }) }

// Pages lists every address that answers with HTML in the same way.
func Pages(app core.App) []string { return lines(app, func(r rest.RouteInfo) bool { return r.Page }) }

// RoutesByPlugin lists routes and pages in the same way, those of each plugin
// under its name: the texts of the golden files.
func RoutesByPlugin(app core.App) map[string][]string {
	plugins := map[string][]string{}
	for _, r := range rest.Routes(app) {
		plugins[r.Plugin] = nil
	}
	for name := range plugins {
		plugins[name] = lines(app, func(r rest.RouteInfo) bool { return r.Plugin == name })
	}
	return plugins
}

func lines(app core.App, wanted func(rest.RouteInfo) bool) []string {
	lines := []string{}
	for _, r := range rest.Routes(app) {
		if !wanted(r) {
			continue
		}
		line := fmt.Sprintf("%-7s%-50s%-10s%s", r.Method, r.Path, r.Access, r.Summary)
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}
