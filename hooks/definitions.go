package hooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"jasaweb/collections"
)

// bindDefinitions keeps what the migrations made as it is: a click in the
// dashboard that deletes the ledger, renames a column or opens a rule would stop
// every order. Fields of one's own may be added to a collection of ours, changed
// and taken away again. Before the program serves, the migrations are at work.
func bindDefinitions(app core.App) {
	serving := &atomic.Bool{}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		serving.Store(true)
		return e.Next()
	})
	app.OnCollectionUpdate().Bind(&hook.Handler[*core.CollectionEvent]{Id: "jasaweb.definitions", Func: func(e *core.CollectionEvent) error {
		if !serving.Load() {
			return e.Next()
		}
		if err := checkDefinition(e.App, e.Collection); err != nil {
			return err
		}
		return e.Next()
	}})
	app.OnCollectionDelete().Bind(&hook.Handler[*core.CollectionEvent]{Id: "jasaweb.definitions", Func: func(e *core.CollectionEvent) error {
		if !serving.Load() {
			return e.Next()
		}
		if err := refuseOurs(e.App, e.Collection); err != nil {
			return err
		}
		return e.Next()
	}})
	app.OnCollectionDeleteRequest().Bind(&hook.Handler[*core.CollectionRequestEvent]{Id: "jasaweb.definitions", Func: func(e *core.CollectionRequestEvent) error {
		if err := refuseOurs(e.App, e.Collection); err != nil { // here, so that the words reach the dashboard
			return err
		}
		return e.Next()
	}})
}

// refuseOurs refuses what would take away a collection of ours or all its rows.
func refuseOurs(app core.App, c *core.Collection) error {
	k, err := collections.KindOf(app, c)
	if err != nil || k == nil {
		return err
	}
	return router.NewApiError(http.StatusForbidden,
		"Koleksi "+k.Name+" milik program: tidak bisa dihapus atau dikosongkan. The collection "+k.Name+" belongs to the program: it cannot be deleted or emptied.", nil)
}

// refuseEmptying refuses to delete all rows of a collection of ours at once.
func refuseEmptying(e *core.RequestEvent) error {
	if e.Request.Method == http.MethodDelete && strings.HasSuffix(strings.TrimSuffix(e.Request.URL.Path, "/"), "/truncate") {
		if c, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection")); err == nil {
			if err := refuseOurs(e.App, c); err != nil {
				return err
			}
		}
	}
	return e.Next()
}

// checkDefinition compares a collection that is about to be saved with the stored
// one.
func checkDefinition(app core.App, c *core.Collection) error {
	old, err := app.FindCollectionByNameOrId(c.Id)
	if err != nil {
		return fmt.Errorf("hooks: find collection %s: %w", c.Name, err)
	}
	k, err := collections.KindOf(app, old)
	if err != nil || k == nil {
		return err
	}
	if c.Name != old.Name || c.Type != old.Type {
		return fixed("name", collections.Text{ID: "Nama koleksi milik program tidak bisa diubah.", EN: "The name of a collection of the program cannot be changed."})
	}
	if column := changedRule(old, c); column != "" {
		return fixed(column, collections.Text{ID: "Aturan akses koleksi milik program tidak bisa diubah.", EN: "The access rules of a collection of the program cannot be changed."})
	}
	t := collections.FindTable(app, k.Name)
	if t == nil { // made by a plugin of a test, or before the schema knew of it: all of it is ours
		t = &collections.Table{Name: k.Name, Fields: old.Fields.FieldNames()}
	}
	if err := checkFields(t, old, c); err != nil {
		return err
	}
	return checkIndexes(t, old, c)
}

func fixed(column string, text collections.Text) error {
	return collections.Invalid("program_collection", column, text)
}

// changedRule names the rule that differs, "" if none does.
func changedRule(old, c *core.Collection) string {
	same := func(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	for _, rule := range []struct {
		column   string
		old, now *string
	}{
		{"listRule", old.ListRule, c.ListRule}, {"viewRule", old.ViewRule, c.ViewRule}, {"createRule", old.CreateRule, c.CreateRule},
		{"updateRule", old.UpdateRule, c.UpdateRule}, {"deleteRule", old.DeleteRule, c.DeleteRule},
		{"manageRule", old.ManageRule, c.ManageRule}, {"authRule", old.AuthRule, c.AuthRule},
	} {
		if !same(rule.old, rule.now) {
			return rule.column
		}
	}
	return ""
}

// checkFields refuses a change of a field that the program made, and a field
// without which its own rows could not be saved any more.
func checkFields(t *collections.Table, old, c *core.Collection) error {
	for _, field := range old.Fields {
		if !slices.Contains(t.Fields, field.GetName()) {
			continue
		}
		now := c.Fields.GetById(field.GetId())
		before, err := json.Marshal(field)
		if err != nil {
			return fmt.Errorf("hooks: read field %s: %w", field.GetName(), err)
		}
		after, err := json.Marshal(now)
		if err != nil {
			return fmt.Errorf("hooks: read field %s: %w", field.GetName(), err)
		}
		if now == nil || string(before) != string(after) {
			return fixed("fields", collections.Text{
				ID: "Kolom " + field.GetName() + " milik program: tidak bisa diubah atau dihapus. Kolom tambahan sendiri boleh.",
				EN: "The field " + field.GetName() + " belongs to the program: it cannot be changed or deleted. Fields of your own may be added.",
			})
		}
	}
	for _, field := range c.Fields {
		options := struct {
			Required bool `json:"required"`
		}{}
		raw, err := json.Marshal(field)
		if err == nil {
			err = json.Unmarshal(raw, &options)
		}
		if err != nil {
			return fmt.Errorf("hooks: read field %s: %w", field.GetName(), err)
		}
		if options.Required && !slices.Contains(t.Fields, field.GetName()) {
			return fixed("fields", collections.Text{
				ID: "Kolom tambahan " + field.GetName() + " tidak boleh wajib diisi: program tidak mengisinya.",
				EN: "The added field " + field.GetName() + " must not be required: the program does not fill it in.",
			})
		}
	}
	return nil
}

// checkIndexes keeps the program's indexes, and keeps out new unique ones, which
// its own rows might break.
func checkIndexes(t *collections.Table, old, c *core.Collection) error {
	text := collections.Text{
		ID: "Indeks milik program harus tetap ada, dan indeks tambahan tidak boleh unik.",
		EN: "The indexes of the program must stay, and an added one must not be unique.",
	}
	parse := func(statement string) dbutils.Index { return dbutils.ParseIndex(statement) }
	for _, statement := range old.Indexes {
		if slices.Contains(t.Indexes, parse(statement).IndexName) && !slices.Contains(c.Indexes, statement) {
			return fixed("indexes", text)
		}
	}
	for _, statement := range c.Indexes {
		if !slices.Contains(old.Indexes, statement) && parse(statement).Unique {
			return fixed("indexes", text)
		}
	}
	return nil
}
