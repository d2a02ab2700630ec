// Package accounts opens, closes and recognises accounts: register, login and
// logout, forgotten passwords and new addresses, the list of sign-ins, the
// session cookie of browsers, and the first admin.
//
//	accounts.MustRegister(app, accounts.Config{RootCmd: app.RootCmd})
package accounts

import (
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// RootCmd gets the command "admin"; nil adds none.
	RootCmd *cobra.Command
	// AppURL is the public address of the site, to which sign-in providers send
	// browsers back; empty takes the one in PocketBase's settings.
	AppURL string
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds the routes and the session middleware to app.
func Register(app core.App, config Config) error {
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	p := &plugin{app: app, config: config}
	if config.RootCmd != nil {
		config.RootCmd.AddCommand(p.adminCommand())
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		p.server = e.Server
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "jasaweb.session",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority - 1, // before PocketBase reads the header
			Func:     p.session,
		})
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "jasaweb.renewal",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2, // after the hooks have looked at the session
			Func:     p.renew,
		})
		return e.Next()
	})
	bindOAuth2Rules(app)
	rest.Bind(app, p.routes()...)
	return nil
}

type plugin struct {
	app    core.App
	config Config
	server *http.Server // answers our in-process requests; set when serving starts
	csrf   http.CrossOriginProtection
}
