// Package documents draws the invoice and the receipt (kuitansi) of a client as
// PDF, and opens them to their owner, to the agency, and to whoever holds a
// signed link.
//
//	documents.MustRegister(app, documents.Config{Links: links.NewSigner(key)})
package documents

import (
	"errors"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections/links"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// Links signs and checks the links. Required.
	Links *links.Signer
	// AppURL is the public address of the site, printed on invoices and before
	// every link. Default: the application URL of PocketBase's settings.
	AppURL string
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds the routes to app.
func Register(app core.App, config Config) error {
	if config.Links == nil {
		return errors.New("documents: Config.Links is required")
	}
	p := &plugin{config: config}
	rest.Bind(app, p.routes()...)
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "jasawebHideLinkToken",
			Priority: apis.DefaultActivityLoggerMiddlewarePriority - 2, // before anything that logs the address
			Func:     hideToken,
		})
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "jasawebPayLink",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1, // a session does not get in the way of the link
			Func: func(e *core.RequestEvent) error {
				if err := p.standIn(e); err != nil {
					return rest.Error(e, err)
				}
				return e.Next() // whose errors are answered by whoever serves the route
			},
		})
		return se.Next()
	})
	return nil
}

type plugin struct {
	config Config
}
