// Package plugins is what JasaWeb consists of: the list of the plugins, the
// options of a deployment and the commands. Nobody but main and the tests of
// the whole program imports it.
//
// The life of the program:
//
//  1. Run reads the options (options.go): flag, environment, file, default. A
//     wrong one ends the start with one line.
//  2. The database is chosen: SQLite files, or Postgres with DATABASE_URL.
//  3. Program.Register opens what plugins add pages to (the site, the dashboard's
//     extension) and lets the hooks and every plugin bind what they do. They
//     check their Config, and ask no database and start no goroutine yet.
//  4. A command that needs no data (plugins/internal/command) runs now.
//  5. PocketBase opens the database and runs the migrations (OnBootstrap).
//  6. serve builds the router: the plugins' routes, then the site's (OnServe);
//     background work starts there.
//  7. SIGTERM or Ctrl-C: each plugin stops what it started (OnTerminate), then
//     the database is closed.
package plugins

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/collections/secret"
	"jasaweb/hooks"
	migrations "jasaweb/pb_migrations"
	"jasaweb/plugins/accounts"
	"jasaweb/plugins/admin"
	"jasaweb/plugins/content"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/documents"
	"jasaweb/plugins/internal/ui"
	"jasaweb/plugins/internal/view"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/mail"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/observability"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/portal"
	"jasaweb/plugins/site"
)

// Program is JasaWeb as a value: main starts it, and so do the tests.
type Program struct {
	// Options are what the deployment decides; the zero value is a local SQLite
	// site that takes no payments.
	Options Options
	// Public are the files of pb_public. Required.
	Public fs.FS
	// Commands gets the plugins' commands; nil adds none.
	Commands *cobra.Command
}

// Register adds the invariants and every plugin to app.
func (p Program) Register(app core.App) error {
	o := &p.Options
	inData := func(name string) func() string { return func() string { return filepath.Join(app.DataDir(), name) } }
	credentials := secret.NewBox(secret.Key(o.CredentialsKey, inData(credentialsFile)))
	signer := links.NewSigner(secret.Key(o.JWTSecret, inData(linksFile)))
	theme := filepath.Join(filepath.Dir(app.DataDir()), "theme")
	for _, register := range []func() error{
		func() error {
			return hooks.Register(app, hooks.Config{
				Credentials: credentials, Schema: migrations.Schema(), Serves: migrations.CheckSteps,
				Private: []string{credentialsFile, linksFile, mail.Folder},
			})
		},
		func() error { return view.Open(app, view.Config{Public: p.Public, URL: o.AppURL, Theme: theme}) },
		func() error { ui.Bind(app); return nil },
		func() error { return accounts.Register(app, accounts.Config{RootCmd: p.Commands, AppURL: o.AppURL}) },
		func() error {
			return portal.Register(app, portal.Config{Credentials: credentials, RootCmd: p.Commands})
		},
		func() error { return admin.Register(app, admin.Config{Credentials: credentials}) },
		func() error { return content.Register(app) },
		func() error {
			gateway := midtrans.New(o.midtrans(), func() time.Time { return collections.Now(app) })
			return payments.Register(app, payments.Config{Gateway: gateway})
		},
		func() error { return documents.Register(app, documents.Config{Links: signer, AppURL: o.AppURL}) },
		func() error { return jobs.Register(app, jobs.Config{}) },
		func() error { return notifications.Register(app, notifications.Config{Links: signer}) },
		func() error { return mail.Register(app, mail.Config{Links: signer, AppURL: o.AppURL}) },
		func() error { return demo.Register(app, demo.Config{RootCmd: p.Commands, Credentials: credentials}) },
		func() error { return site.Register(app) },
		func() error {
			return observability.Register(app, observability.Config{
				MetricsToken: o.MetricsToken, Version: Release, Proxy: o.TrustedProxy, AppURL: o.AppURL,
			})
		},
		func() error { return openapi.Register(app, openapi.Config{RootCmd: p.Commands}) },
	} {
		if err := register(); err != nil {
			return fmt.Errorf("set up: %w", err)
		}
	}
	return nil
}
