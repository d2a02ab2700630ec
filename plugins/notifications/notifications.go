// Package notifications is the inbox of a user: what they were told, what of it
// they have read, which kinds are mailed as well, and the reminders of invoices
// that fall due.
//
//	notifications.MustRegister(app, notifications.Config{Links: links.NewSigner(key)})
package notifications

import (
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/rest"
	site "jasaweb/plugins/internal/view"
	"jasaweb/plugins/notifications/kinds"
)

// Config shapes the plugin.
type Config struct {
	// Links checks the links that switch mails off. Required.
	Links *links.Signer
}

// How long notifications stay: read ones, and any.
const (
	keepRead = 90 * 24 * time.Hour
	keepAny  = 365 * 24 * time.Hour
)

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds the routes, the daily reminders and the nightly purge to app.
func Register(app core.App, config Config) error {
	if config.Links == nil {
		return errors.New("notifications: Config.Links is required")
	}
	if err := collections.Describe(app, kinds.All()...); err != nil {
		return err
	}
	p := &plugin{app: app, config: config, pages: site.For(app)}
	if err := p.pages.Pages(templates, texts); err != nil {
		return fmt.Errorf("notifications: %w", err)
	}
	rest.Bind(app, p.routes()...)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "jasaweb.hideUnsubscribeToken",
			Priority: apis.DefaultActivityLoggerMiddlewarePriority - 2, // before anything that logs the address
			Func:     hideToken,
		})
		return e.Next()
	})
	collections.HandleJob(app, jobRemind, p.remind)
	// Every hour of the working day, so that a server that was down at eight
	// still reminds; the job's key lets one through.
	app.Cron().MustAdd("notifications.remind", "5 1-12 * * *", p.enqueueReminders) // 08:05–19:05 WIB
	app.Cron().MustAdd("notifications.purge", "47 20 * * *", p.purge)              // 03:47 WIB
	return nil
}

type plugin struct {
	app    core.App
	config Config
	pages  *site.Site
}

// purge deletes old notifications. It may run on every node.
func (p *plugin) purge() {
	now := collections.Now(p.app)
	_, err := p.app.NonconcurrentDB().NewQuery(purge).Bind(dbx.Params{
		"read": collections.DateTime(now.Add(-keepRead)).String(), "any": collections.DateTime(now.Add(-keepAny)).String(),
	}).Execute()
	if err != nil { // the next night tries again
		p.app.Logger().Warn("notifications: purge", "error", err)
	}
}
