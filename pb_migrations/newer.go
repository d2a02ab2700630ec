package migrations

import (
	"fmt"
	"regexp"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// stepName is what the files of our steps are called; PocketBase's own have
// other numbers, and a later release of it may drop old ones.
var stepName = regexp.MustCompile(`^1764\d{6}_\w+\.go$`)

// RefuseNewer stops the start of this program on a database that a newer one has
// migrated: PocketBase itself passes over steps that it does not know, and an old
// program would write rows that miss what the new one relies on.
func RefuseNewer(app core.App) {
	app.OnBootstrap().Bind(&hook.Handler[*core.BootstrapEvent]{Id: "jasaweb.refuseNewer", Func: func(e *core.BootstrapEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		return CheckSteps(e.App.DB())
	}})
}

// CheckSteps refuses a database that a newer program has migrated.
func CheckSteps(db dbx.Builder) error {
	known := map[string]bool{}
	for _, step := range core.AppMigrations.Items() {
		known[step.File] = true
	}
	applied := []string{}
	if err := db.Select("file").From(core.DefaultMigrationsTable).OrderBy("file").Column(&applied); err != nil {
		return fmt.Errorf("migrations: read which have run: %w", err)
	}
	for _, file := range applied {
		if stepName.MatchString(file) && !known[file] {
			return fmt.Errorf("the database was migrated by a newer JasaWeb: this one does not know the step %s; "+
				"start the newer version again, or restore a backup from before the upgrade", file)
		}
	}
	return nil
}
