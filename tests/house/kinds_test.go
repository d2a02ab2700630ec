package house

import (
	"slices"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// Every collection that our migrations make has a plugin that says what it is.
func TestEveryCollectionIsDescribed(t *testing.T) {
	t.Parallel()
	undescribed, err := collections.CheckKinds(programtest.NewApp(t, plugins.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range undescribed {
		t.Errorf("no plugin describes %s, so every record path to it is closed: add a collections.Kind to the Kinds of the plugin that owns it", name)
	}
}

// What the plugins say of their collections is what the migrations made: the
// rules, and every column and relation that is named.
func TestDescriptionsFitTheSchema(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	kinds := collections.Kinds(app)
	if len(kinds) < 20 {
		t.Fatalf("%d kinds", len(kinds))
	}
	keys := map[string]string{}
	for _, k := range kinds {
		c, err := app.FindCollectionByNameOrId(k.Name)
		if err != nil {
			t.Fatal(err)
		}
		checkRules(t, k, c)
		checkColumns(t, app, k, c)
		if p := k.Personal; p != nil {
			if keys[p.Key] != "" {
				t.Errorf("%s and %s are both %q in the account's export", keys[p.Key], k.Name, p.Key)
			}
			keys[p.Key] = k.Name
			if _, err := app.CountRecords(k.Name, p.Rows("x")); err != nil {
				t.Errorf("%s: the rows of an account: %v", k.Name, err)
			}
		}
		for _, trigger := range k.Triggers() {
			var n int
			err := app.DB().Select("count(*)").From("sqlite_master").Where(dbx.HashExp{"type": "trigger", "name": trigger}).Row(&n)
			if err != nil || n != 1 {
				t.Errorf("%s: the trigger %s is missing: %v", k.Name, trigger, err)
			}
		}
	}
}

func checkRules(t *testing.T, k *collections.Kind, c *core.Collection) {
	t.Helper()
	text := func(rule *string) string {
		if rule == nil {
			return "superusers"
		}
		return "“" + *rule + "”"
	}
	for action, rules := range map[string]struct {
		said collections.Access
		has  *string
	}{
		"list": {k.API.List, c.ListRule}, "view": {k.API.View, c.ViewRule}, "create": {k.API.Create, c.CreateRule},
		"update": {k.API.Update, c.UpdateRule}, "delete": {k.API.Delete, c.DeleteRule}, "manage": {k.API.Manage, c.ManageRule},
	} {
		if said, has := text(rules.said.Rule()), text(rules.has); said != has {
			t.Errorf("%s: %s is for %s in its Kind, for %s in the schema", k.Name, action, said, has)
		}
	}
}

func checkColumns(t *testing.T, app *plugintest.App, k *collections.Kind, c *core.Collection) {
	t.Helper()
	named := slices.Concat(k.ReadOnly, k.Writable)
	if k.Personal != nil {
		named = append(named, k.Personal.Columns...)
	}
	if k.Visitors != nil {
		r := core.NewRecord(c)
		r.Set("type", collections.NoticeContact)
		visitors := k.Visitors(r)
		if len(visitors) == 0 {
			t.Errorf("%s: Visitors names no column", k.Name)
		}
		named = append(named, visitors...)
	}
	for _, name := range named {
		if c.Fields.GetByName(name) == nil {
			t.Errorf("%s has no column %s", k.Name, name)
		}
	}
	if len(k.ReadOnly) > 0 && len(k.Writable) > 0 {
		t.Errorf("%s: ReadOnly says nothing where Writable says which columns can be changed", k.Name)
	}
	if _, flag := c.Fields.GetByName("demo").(*core.BoolField); flag != k.Demo.Flagged() {
		t.Errorf("%s: has the column demo: %t, its Kind removes rows by it: %t", k.Name, flag, k.Demo.Flagged())
	}
	relations := slices.Clone(k.Demo.Needs)
	if k.Demo.Removal == collections.RemoveWithOwner {
		relations = append(relations, k.Demo.Owner)
	}
	for _, name := range relations {
		relation, ok := c.Fields.GetByName(name).(*core.RelationField)
		if !ok {
			t.Errorf("%s has no relation %s", k.Name, name)
			continue
		}
		if target, err := app.FindCollectionByNameOrId(relation.CollectionId); err != nil || target.Fields.GetByName("demo") == nil {
			t.Errorf("%s.%s names rows that are never of the demo: %v", k.Name, name, err)
		}
	}
	if (k.Demo.Removal == collections.RemoveByCode) != (k.Demo.Remove != nil) {
		t.Errorf("%s: Demo.Remove goes with RemoveByCode", k.Name)
	}
	for _, name := range k.Demo.After {
		if collections.FindKind(app, name) == nil {
			t.Errorf("%s: Demo.After names %s, which nobody describes", k.Name, name)
		}
	}
}
