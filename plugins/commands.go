package plugins

import (
	"errors"
	"io/fs"
	"os"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/spf13/pflag"

	migrations "jasaweb/pb_migrations"
	"jasaweb/plugins/internal/command"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/postgres"
	"jasaweb/plugins/sqlite"
)

// The keys that a node makes for itself lie in the data directory.
const (
	credentialsFile = "credentials.key"
	linksFile       = "links.key"
)

// Run is the program: it reads the options from args and the environment and
// runs the command that args name. public are the files of pb_public. PocketBase
// reads os.Args by itself, so args are those.
func Run(args []string, public fs.FS) error {
	// The database is opened after the options have been read.
	connect := sqlite.Connect
	app := pocketbase.NewWithConfig(pocketbase.Config{DBConnect: func(path string) (*dbx.DB, error) { return connect(path) }})
	root := app.RootCmd
	root.Short = "Runs an Indonesian website agency: orders, QRIS payments, projects, delivery"
	root.Version = version()
	root.SilenceUsage = true // what is wrong is one line; --help is a word away

	o := &Options{}
	o.bind(root.PersistentFlags())
	root.SetUsageTemplate(root.UsageTemplate() + secretsHelp())
	err := root.ParseFlags(args)
	if err == nil { // --help is an answer, too, and a wrong option must not hide it
		err = o.load(os.Getenv)
	}
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	migrations.RefuseNewer(app)
	store, err := o.store()
	if err != nil {
		return err
	}
	if store != nil {
		connect = store.Connect
		postgres.Register(app, store)
	}
	if err := (Program{Options: *o, Public: public, Commands: root}).Register(app); err != nil {
		return err
	}
	root.AddCommand(sandbox.Command(), postgres.Command(store,
		postgres.Key{File: credentialsFile, Env: "CREDENTIALS_KEY", Value: o.CredentialsKey},
		postgres.Key{File: linksFile, Env: "JWT_SECRET", Value: o.JWTSecret}))
	if cmd, _, err := root.Find(args); err == nil && !command.NeedsData(cmd) {
		return root.Execute()
	}
	return app.Start()
}
