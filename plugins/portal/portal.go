// Package portal is the client's side of the API: ordering a website, own
// projects and invoices, approving, asking for changes, cancelling; and the
// public catalogue that an order chooses from.
//
//	portal.MustRegister(app, portal.Config{Credentials: box})
package portal

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// Credentials opens the logins of delivered websites. Required.
	Credentials *secret.Box
	// RootCmd gets the command "credentials"; nil leaves it out.
	RootCmd *cobra.Command
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds the routes to app.
func Register(app core.App, config Config) error {
	if config.Credentials == nil {
		return errors.New("portal: Config.Credentials is required")
	}
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	p := &plugin{config: config}
	rest.Bind(app, p.routes()...)
	p.bindKey(app)
	if config.RootCmd != nil {
		config.RootCmd.AddCommand(p.keyCommand(app))
	}
	return nil
}

type plugin struct {
	config Config
}
