// Package mail writes and sends every mail of the program: the notifications and
// PocketBase's own (verification, password reset, …), in the reader's language,
// as HTML and as plain text. With SMTP configured in the dashboard mails are
// sent; without, they are kept as files in the data directory, so that
// development and demos need no mail server.
//
//	mail.MustRegister(app, mail.Config{Links: links.NewSigner(key)})
//
// Every mail is a job, so one that a mail server refuses is tried again for about
// five days. A process that is killed after the server took a mail, and before
// the job is written down as done, sends that mail again; it has the same
// Message-ID, by which servers drop it.
package mail

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/rest"
)

// Config shapes the plugin.
type Config struct {
	// Links signs the links in mails. Required.
	Links *links.Signer
	// AppURL is the public address of the site, before every link. Default: the
	// application URL of PocketBase's settings.
	AppURL string
	// Dir is where mails are kept while SMTP is off. Default "mail" in the data
	// directory.
	Dir string
}

// attempts is how often a mail is tried: the worker's pauses add up to five days.
const attempts = 50

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register makes the plugin the handler of mail jobs and the way on which every
// mail leaves the program.
func Register(app core.App, config Config) error {
	if config.Links == nil {
		return errors.New("mail: Config.Links is required")
	}
	p := &plugin{app: app, config: config}
	collections.HandleJob(app, collections.JobNotificationMail, p.sendNotification, collections.Attempts(attempts))
	collections.HandleJob(app, collections.JobFarewellMail, p.sendFarewell, collections.Attempts(attempts))
	collections.HandleJob(app, jobAccountMail, p.sendAccountMail, collections.Attempts(attempts))
	p.bindAccountMails()
	app.OnMailerSend().Bind(&hook.Handler[*core.MailerEvent]{
		Id: "jasaweb.mail", Priority: 9999, // after whoever wants to change the mail
		Func: p.transport,
	})
	app.Cron().MustAdd("mail.purge", "37 20 * * *", p.purge) // 03:37 WIB
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		p.router = e.Router
		return e.Next()
	})
	return nil
}

type plugin struct {
	app    core.App
	config Config
	router *router.Router[*core.RequestEvent] // tells which pages exist; nil outside a server
	gate   gate
}

// site is the public address of the site, without a slash at its end.
func (p *plugin) site(app core.App) string { return rest.SiteURL(app, p.config.AppURL) }

// has reports whether the site has the page, named as its route is.
func (p *plugin) has(path string) bool { return p.router != nil && p.router.HasRoute("GET", path) }
