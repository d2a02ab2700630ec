package hooks

import (
	"database/sql"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/sqlc-dev/meyer/ast"

	"jasaweb/collections"
)

// bindConsole keeps the SQL that superusers write from undoing what the program
// relies on: the console's, and that of views and indexes in the dashboard, whose
// texts PocketBase hands to the database as they are.
func bindConsole(app core.App) {
	check := func(e *core.CollectionEvent) error {
		if err := checkView(e.Collection); err != nil {
			return err
		}
		if err := checkIndexTexts(e.Collection); err != nil {
			return err
		}
		return e.Next()
	}
	// Before PocketBase runs the query of a view to learn its columns.
	app.OnCollectionCreate().Bind(&hook.Handler[*core.CollectionEvent]{Id: "jasaweb.statements", Priority: math.MinInt, Func: check})
	app.OnCollectionUpdate().Bind(&hook.Handler[*core.CollectionEvent]{Id: "jasaweb.statements", Priority: math.MinInt, Func: check})
	app.OnCollectionValidate().Bind(&hook.Handler[*core.CollectionEvent]{Id: "jasaweb.statements", Priority: math.MinInt, Func: check})
}

// checkView refuses a view whose text ends its brackets and goes on.
func checkView(c *core.Collection) error {
	if !c.IsView() {
		return nil
	}
	read, err := parse("CREATE VIEW x AS SELECT * FROM (" + strings.Trim(strings.TrimSpace(c.ViewQuery), ";") + ")")
	if err == nil && len(read) != 1 {
		err = refusedSQL("lebih dari satu perintah", "more than one statement")
	}
	return under("viewQuery", err)
}

// checkIndexTexts refuses an index whose text goes on after it.
func checkIndexTexts(c *core.Collection) error {
	for _, text := range c.Indexes {
		index := dbutils.ParseIndex(text)
		index.TableName = c.Name // as PocketBase makes it
		if !index.IsValid() {
			continue // PocketBase refuses it in its own words
		}
		read, err := parse(index.Build())
		if err == nil && len(read) != 1 {
			err = refusedSQL("lebih dari satu perintah", "more than one statement")
		}
		if err == nil {
			if _, ok := read[0].(*ast.CreateIndexStmt); !ok {
				err = refusedSQL("yang bukan CREATE INDEX", "what is not CREATE INDEX")
			}
		}
		if err != nil {
			return under("indexes", err)
		}
	}
	return nil
}

// under puts a refusal under another input of the form.
func under(field string, err error) error {
	if refused, ok := errors.AsType[*collections.Error](err); ok {
		moved := *refused
		moved.Field = field
		return &moved
	}
	return err
}

// checkConsole writes the statement into the process's log, which whoever rewrites
// the database does not reach, and refuses what the console must not do.
func checkConsole(e *core.RequestEvent, by *core.Record, query string) error {
	log.Printf("SQL console: superuser %s from %s: %q", by.Id, e.RealIP(), query)
	s := &statements{
		ours: func(table string) bool { return isOurs(e.App, table) },
		closed: func(table string) (why collections.Text) {
			switch name := strings.ToLower(table); {
			case strings.HasPrefix(name, "sqlite_"), name == "_collections", name == "_params", name == "_migrations":
				return collections.Text{ID: "yang mencatat apa yang ada", EN: "which says what there is"}
			case slices.ContainsFunc(collections.Kinds(e.App), func(k *collections.Kind) bool { return k.AppendOnly && strings.EqualFold(k.Name, table) }):
				return collections.Text{ID: "yang hanya bertambah (append-only)", EN: "which is append-only"}
			}
			return why
		},
		indexed: func(index string) (string, error) { return tableOfIndex(e.App, index) },
	}
	if err := s.check(query); err != nil {
		if refused, ok := errors.AsType[*collections.Error](err); ok {
			return e.BadRequestError(refused.Text.ID+" "+refused.Text.EN, refused)
		}
		return err
	}
	return nil
}

// isOurs reports whether the program or PocketBase made the table. SQLite does not
// tell capitals from small letters.
func isOurs(app core.App, table string) bool {
	name := strings.ToLower(table)
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, "sqlite_") {
		return true
	}
	if collections.FindTable(app, name) != nil || collections.FindKind(app, name) != nil {
		return true
	}
	c, err := app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return false
	}
	kind, err := collections.KindOf(app, c)
	return err != nil || kind != nil || c.System
}

func tableOfIndex(app core.App, index string) (string, error) {
	table := ""
	err := app.DB().NewQuery(findTableOfIndex).Bind(dbx.Params{"index": strings.ToLower(index)}).Row(&table)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("hooks: find the table of index %s: %w", index, err)
	}
	return table, nil
}
