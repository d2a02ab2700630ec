package migrations_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/plugintest"
)

// Every collection with its five rules; "superusers" is a nil rule, "everybody"
// an empty one.
func TestGoldenRules(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, c := range allCollections(t, plugintest.New(t)) {
		got[c.Name] = rules(c)
	}
	plugintest.Goldens(t, "testdata/rules", got)
}

func allCollections(t *testing.T, app core.App) []*core.Collection {
	t.Helper()
	all, err := app.FindAllCollections()
	if err != nil || len(all) < 20 {
		t.Fatalf("%d collections, %v", len(all), err)
	}
	return all
}

func rules(c *core.Collection) string {
	text := func(rule *string) string {
		switch {
		case rule == nil:
			return "superusers"
		case *rule == "":
			return "everybody"
		}
		return *rule
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  list    %s\n  view    %s\n  create  %s\n  update  %s\n  delete  %s\n",
		c.Name, text(c.ListRule), text(c.ViewRule), text(c.CreateRule), text(c.UpdateRule), text(c.DeleteRule))
	if c.IsAuth() {
		fmt.Fprintf(&b, "  manage  %s\n", text(c.ManageRule))
	}
	hidden := []string{}
	for _, f := range c.Fields {
		if f.GetHidden() {
			hidden = append(hidden, f.GetName())
		}
	}
	if len(hidden) > 0 {
		fmt.Fprintf(&b, "  hidden  %s\n", strings.Join(hidden, ", "))
	}
	return b.String()
}

// Every collection as all the steps leave it: its fields with their options, its
// indexes and triggers. A helper that is changed for a new step, and with it what
// an old one makes on a fresh database, shows here.
func TestGoldenSchema(t *testing.T) {
	t.Parallel()
	app := production(t)
	got := map[string]string{}
	for _, c := range allCollections(t, app) {
		got[c.Name] = schema(t, app, c)
	}
	plugintest.Goldens(t, "schema", got)
}

func schema(t *testing.T, app core.App, c *core.Collection) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s, id %s)\n", c.Name, c.Type, c.Id)
	for _, f := range c.Fields {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		options := map[string]any{}
		if err := json.Unmarshal(raw, &options); err != nil {
			t.Fatal(err)
		}
		for _, told := range []string{"id", "name", "type"} {
			delete(options, told)
		}
		if raw, err = json.Marshal(options); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "  field   %s %s %s\n", f.GetName(), f.Type(), raw)
	}
	for _, index := range slices.Sorted(slices.Values(c.Indexes)) {
		fmt.Fprintf(&b, "  index   %s\n", strings.Join(strings.Fields(index), " "))
	}
	triggers := []string{}
	err := app.DB().Select("sql").From("sqlite_master").Where(dbx.HashExp{"type": "trigger", "tbl_name": c.Name}).OrderBy("name").Column(&triggers)
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range triggers {
		fmt.Fprintf(&b, "  trigger %s\n", trigger)
	}
	return b.String()
}
