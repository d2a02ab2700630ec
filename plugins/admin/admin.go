// Package admin is the agency's side of the API: users and projects. Everything
// else that an admin edits, PocketBase's dashboard edits better.
//
//	admin.MustRegister(app, admin.Config{Credentials: box})
package admin

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// Credentials opens the logins of delivered websites. Required.
	Credentials *secret.Box
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
		return errors.New("admin: Config.Credentials is required")
	}
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	p := &plugin{config: config}
	rest.Bind(app, p.routes()...)
	return nil
}

type plugin struct {
	config Config
}

type byID struct {
	ID string `path:"id" maxLength:"50"`
}
