// Package hooks holds the invariants of JasaWeb's data. They hold on every
// write path: the dashboard, PocketBase's record API, batches, our routes and
// plain Go code.
//
//	hooks.MustRegister(app, hooks.Config{Credentials: box, Schema: migrations.Schema(), Serves: migrations.CheckSteps})
package hooks

import (
	"errors"
	"io/fs"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/collections/secret"
)

// Config holds what the invariants need from outside.
type Config struct {
	// Credentials seals the logins of delivered websites. Required.
	Credentials *secret.Box
	// Schema is what the migrations make: one file NAME.golden a collection. Required.
	Schema fs.FS
	// Serves refuses a database on which this program must not start. Required.
	Serves func(db dbx.Builder) error
	// Private are the files and folders of the data directory that belong to this
	// installation and not to its backups: keys, mails.
	Private []string
}

type hooks struct {
	config Config
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register binds every invariant to app.
func Register(app core.App, config Config) error {
	if config.Credentials == nil {
		return errors.New("hooks: Config.Credentials is required")
	}
	if config.Schema == nil {
		return errors.New("hooks: Config.Schema is required")
	}
	if config.Serves == nil {
		return errors.New("hooks: Config.Serves is required")
	}
	if err := collections.SetSchema(app, config.Schema); err != nil {
		return err
	}
	h := &hooks{config: config}
	if err := collections.Describe(app, kinds()...); err != nil {
		return err
	}
	bindKinds(app)
	bindBodies(app)
	bindBatch(app)
	bindFilters(app)
	bindRealtime(app)
	bindDefinitions(app)
	h.bindBackups(app)
	bindConsole(app)
	bindLogs(app)
	if err := bindPictures(app); err != nil {
		return err
	}
	bindChangedColumns(app)
	bindActor(app)
	bindReadOnly(app)
	bindRoles(app)
	bindAdmins(app)
	bindAccounts(app)
	bindLinks(app)
	h.bindCredentials(app)
	bindOrders(app)
	bindStatus(app)
	bindInvoices(app)
	bindDeletion(app)
	bindCatalogue(app)
	bindAgency(app)
	bindContent(app)
	bindRichText(app)
	bindAudit(app)
	bindSignIns(app)
	bindSessions(app)
	bindGuessing(app)
	bindPasswords(app)
	bindAdministration(app)
	return nil
}

// Priorities inside the Execute hooks, outermost first. A plain bind has 0.
const (
	prioritySeal  = -200 // before anything can see a plain secret
	priorityClean = 800  // after everything that may still write HTML
	priorityAudit = 900  // innermost: what is recorded is what is written
)

// inTransaction runs next inside a transaction with e.App swapped, so that all
// that the hook and the save do happens or none of it.
func inTransaction(e *core.RecordEvent, fn func() error) error {
	outer := e.App
	err := outer.RunInTransaction(func(txApp core.App) error {
		e.App = txApp
		return fn()
	})
	e.App = outer
	return err
}

// onRecord binds fn to one record hook under a name that others can unbind.
func onRecord(h *hook.TaggedHook[*core.RecordEvent], id string, priority int, fn func(*core.RecordEvent) error) {
	h.Bind(&hook.Handler[*core.RecordEvent]{Id: "jasaweb." + id, Priority: priority, Func: fn})
}

// onRequest binds fn to one hook of PocketBase's own record API.
func onRequest(h *hook.TaggedHook[*core.RecordRequestEvent], id string, fn func(*core.RecordRequestEvent) error) {
	h.Bind(&hook.Handler[*core.RecordRequestEvent]{Id: "jasaweb." + id, Func: fn})
}
