// Command jasaweb runs an Indonesian website agency: clients order and pay a
// website, watch it being built and receive it.
//
// This file is the composition root: it reads the options and lists the
// plugins. Everything else is in collections, hooks and plugins.
package main

import (
	"embed"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/collections/secret"
	"jasaweb/hooks"
	migrations "jasaweb/pb_migrations"
	"jasaweb/plugins/accounts"
	"jasaweb/plugins/admin"
	"jasaweb/plugins/content"
	"jasaweb/plugins/dashboard"
	"jasaweb/plugins/demo"
	"jasaweb/plugins/documents"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/mail"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/observability"
	"jasaweb/plugins/openapi"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/portal"
	"jasaweb/plugins/postgres"
	"jasaweb/plugins/site"
	"jasaweb/plugins/sqlite"
)

//go:embed all:pb_public
var public embed.FS

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal("jasaweb: ", err)
	}
}

// dataless are the commands that need no data directory, so none is made for them.
var dataless = []string{"midtrans-sandbox", "routes", "db", "import", "export"}

func run() error {
	o := &options{}
	// The database is opened after the options have been read.
	connect := sqlite.Connect
	app := pocketbase.NewWithConfig(pocketbase.Config{DBConnect: func(path string) (*dbx.DB, error) { return connect(path) }})
	app.RootCmd.Short = "Runs an Indonesian website agency: orders, QRIS payments, projects, delivery"
	app.RootCmd.Version = version()
	app.RootCmd.SilenceUsage = true // what is wrong is one line; --help is a word away
	o.bind(app.RootCmd.PersistentFlags())
	err := app.RootCmd.ParseFlags(os.Args[1:])
	if err == nil { // --help is an answer, too, and a wrong option must not hide it
		err = o.load(os.Getenv)
	}
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	store, err := o.store()
	if err != nil {
		return err
	}
	if store != nil {
		connect = store.Connect
		postgres.Register(app, store)
	}
	if err := setup(app, app.RootCmd, o); err != nil {
		return err
	}
	app.RootCmd.AddCommand(sandbox.Command(), postgres.Command(store,
		postgres.Key{File: "credentials.key", Env: "CREDENTIALS_KEY", Value: o.credentialsKey},
		postgres.Key{File: "links.key", Env: "JWT_SECRET", Value: o.jwtSecret}))
	cmd, _, err := app.RootCmd.Find(os.Args[1:])
	if err == nil && slices.Contains(dataless, cmd.Name()) {
		return app.RootCmd.Execute()
	}
	return app.Start()
}

// version is the commit that the binary was built from, and PocketBase's version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, pocketBase := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			commit += " with changes"
		}
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/pocketbase/pocketbase" {
			pocketBase = m.Version
		}
	}
	return commit + ", PocketBase " + pocketBase
}

// setup adds the invariants and every plugin to app. The tests call it too, so
// what they test is what runs.
func setup(app core.App, root *cobra.Command, o *options) error {
	credentials := secret.NewBox(secret.Key(o.credentialsKey, func() string {
		return filepath.Join(app.DataDir(), "credentials.key")
	}))
	signer := links.NewSigner(secret.Key(o.jwtSecret, func() string { return filepath.Join(app.DataDir(), "links.key") }))
	migrations.RefuseNewer(app)
	for _, register := range []func() error{
		func() error { return hooks.Register(app, hooks.Config{Credentials: credentials}) },
		func() error { return accounts.Register(app, accounts.Config{RootCmd: root, AppURL: o.appURL}) },
		func() error { return portal.Register(app, portal.Config{Credentials: credentials}) },
		func() error { return admin.Register(app, admin.Config{Credentials: credentials}) },
		func() error { return content.Register(app) },
		func() error {
			return payments.Register(app, payments.Config{Gateway: midtrans.New(o.midtrans(), func() time.Time { return collections.Now(app) })})
		},
		func() error { return documents.Register(app, documents.Config{Links: signer, AppURL: o.appURL}) },
		func() error { return jobs.Register(app, jobs.Config{}) },
		func() error { return notifications.Register(app, notifications.Config{Links: signer}) },
		func() error { return mail.Register(app, mail.Config{Links: signer, AppURL: o.appURL}) },
		func() error { return demo.Register(app, demo.Config{RootCmd: root, Credentials: credentials}) },
		func() error { return dashboard.Register(app) },
		func() error {
			return site.Register(app, site.Config{
				Public: apis.MustSubFS(public, "pb_public"), URL: o.appURL, Theme: filepath.Join(filepath.Dir(app.DataDir()), "theme"),
			})
		},
		func() error { return observability.Register(app, observability.Config{MetricsToken: o.metricsToken}) },
		func() error { return openapi.Register(app, openapi.Config{RootCmd: root}) },
	} {
		if err := register(); err != nil {
			return fmt.Errorf("set up: %w", err)
		}
	}
	return nil
}

// store is the Postgres database, nil without DATABASE_URL.
func (o *options) store() (*postgres.Store, error) {
	if o.databaseURL == "" {
		return nil, nil
	}
	trace, _ := time.ParseDuration(o.databaseTrace) // checked when they were read
	writers, _ := strconv.Atoi(o.databaseWriters)
	return postgres.New(postgres.Config{
		URL: o.databaseURL, DirectURL: o.databaseDirectURL, Trace: trace, Writers: writers,
		Prepared: o.databasePrepared == "on" || o.databasePrepared == "auto" && o.databaseDirectURL == "",
	})
}

func (o *options) midtrans() midtrans.Config {
	c := midtrans.Config{
		ServerKey: o.midtransServerKey, MerchantID: o.midtransMerchantID, BaseURL: o.midtransBaseURL,
		Production: o.midtransEnv == "production",
	}
	if o.appURL != "" {
		c.NotifyURL = o.appURL + "/api/webhooks/midtrans"
	}
	return c
}
