package hooks_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// definition is a collection as the dashboard reads it and sends it back.
type definition map[string]any

func (d definition) fields() []any { return d["fields"].([]any) }

func define(t *testing.T, app *plugintest.App, token, name string) definition {
	t.Helper()
	d := definition{}
	app.Do(t, "GET", "/api/collections/"+name, token, nil).Want(200).JSON(&d)
	return d
}

// A superuser's click once deleted the ledger, opened the rules of users and
// renamed columns; every order was an error from then on.
func TestCollectionsOfTheProgramStayAsTheyAre(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	super := app.Superuser(t)
	all, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	before, tried := app.Hash(t), 0
	for _, c := range all {
		if kind, err := collections.KindOf(app, c); err != nil || kind == nil || !kind.Described() {
			continue // not ours, or of a plugin that this test does not have: closed altogether
		}
		tried++
		path := "/api/collections/" + c.Name
		for _, gone := range []string{path, path + "/truncate"} {
			if r := app.Do(t, "DELETE", gone, super, nil).Want(403); !strings.Contains(string(r.Body), "milik program") {
				t.Errorf("DELETE %s says %s", gone, r.Body)
			}
		}
		app.Do(t, "DELETE", "/api/collections/"+c.Id+"/truncate", super, nil).Want(403)
		app.Do(t, "PATCH", path, super, map[string]any{"name": c.Name + "2"}).WantError(400, "name")
		for _, rule := range []string{"listRule", "viewRule", "createRule", "updateRule", "deleteRule"} {
			for _, open := range []any{"", nil, "@request.auth.id != '' || id = ''"} {
				if old := define(t, app, super, c.Name)[rule]; old == open {
					continue
				}
				app.Do(t, "PATCH", path, super, map[string]any{rule: open}).WantError(400, rule)
			}
		}
		refuseFieldChanges(t, app, super, c)
		if len(c.Indexes) > 0 {
			app.Do(t, "PATCH", path, super, map[string]any{"indexes": []string{}}).Want(400)
		}
		index := "CREATE UNIQUE INDEX idx_own ON " + c.Name + " (id)"
		app.Do(t, "PATCH", path, super, map[string]any{"indexes": append(slices.Clone(c.Indexes), index)}).WantError(400, "indexes")
	}
	if tried < 20 {
		t.Errorf("only %d collections of ours", tried)
	}
	app.Do(t, "PATCH", "/api/collections/users", super, map[string]any{"manageRule": ""}).WantError(400, "manageRule")
	app.Do(t, "PATCH", "/api/collections/users", super, map[string]any{"authRule": "verified = true"}).WantError(400, "authRule")
	if app.Hash(t) != before {
		t.Error("a refused change left traces")
	}
}

func refuseFieldChanges(t *testing.T, app *plugintest.App, super string, c *core.Collection) {
	t.Helper()
	d := define(t, app, super, c.Name)
	for i, raw := range d.fields() {
		field := raw.(map[string]any)
		if field["system"] == true {
			continue
		}
		without := slices.Delete(slices.Clone(d.fields()), i, i+1)
		app.Do(t, "PATCH", "/api/collections/"+c.Name, super, map[string]any{"fields": without}).Want(400)
		for option, value := range map[string]any{"name": "lain", "hidden": field["hidden"] != true, "required": field["required"] != true} {
			changed := maps.Clone(field)
			if _, has := changed[option]; !has {
				continue
			}
			changed[option] = value
			fields := slices.Clone(d.fields())
			fields[i] = changed
			app.Do(t, "PATCH", "/api/collections/"+c.Name, super, map[string]any{"fields": fields}).Want(400)
		}
	}
}

// A field of one's own is welcome where the program can save its rows without it.
func TestFieldsOfOnesOwnComeAndGo(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	super := app.Superuser(t)
	save := func(name string, fields []any) *plugintest.Response {
		return app.Do(t, "PATCH", "/api/collections/"+name, super, map[string]any{"fields": fields})
	}
	for _, name := range []string{collections.Templates, collections.Ledger, collections.Users} {
		d := define(t, app, super, name)
		own := map[string]any{"type": "text", "name": "warna"}
		save(name, append(slices.Clone(d.fields()), map[string]any{"type": "text", "name": "warna", "required": true})).WantError(400, "fields")
		save(name, append(slices.Clone(d.fields()), own)).Want(200)
		added := define(t, app, super, name).fields()
		last := added[len(added)-1].(map[string]any)
		last["name"], last["max"] = "warna_utama", 20
		save(name, added).Want(200)
		last["required"] = true
		save(name, added).WantError(400, "fields")
		save(name, d.fields()).Want(200)
		if got := define(t, app, super, name); len(got.fields()) != len(d.fields()) {
			t.Errorf("%s: %d fields, had %d", name, len(got.fields()), len(d.fields()))
		}
	}
	app.Do(t, "PATCH", "/api/collections/users", super, map[string]any{"authToken": map[string]any{"duration": 3600}}).Want(200)
	app.Do(t, "POST", "/api/collections", super, map[string]any{"name": "catatan", "type": "base", "fields": []any{map[string]any{"type": "text", "name": "isi"}}}).Want(200)
	app.Do(t, "PATCH", "/api/collections/catatan", super, map[string]any{"name": "buku", "listRule": ""}).Want(200)
	app.Do(t, "DELETE", "/api/collections/buku/truncate", super, nil).Want(204)
	app.Do(t, "DELETE", "/api/collections/buku", super, nil).Want(204)
}

// definitions is every collection as it is stored.
func definitions(t *testing.T, app *plugintest.App) string {
	t.Helper()
	all, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The import of definitions is one more way to the same tables.
func TestImportCannotChangeTheProgramsCollections(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	super := app.Superuser(t)
	before := definitions(t, app)
	own := map[string]any{"name": "catatan", "type": "base", "fields": []any{map[string]any{"type": "text", "name": "isi"}}}
	opened := define(t, app, super, collections.Ledger)
	opened["listRule"] = ""
	short := define(t, app, super, collections.Ledger)
	short["fields"] = slices.DeleteFunc(short.fields(), func(f any) bool { return f.(map[string]any)["name"] == "amount" })
	for name, body := range map[string]map[string]any{
		"all others go": {"collections": []any{own}, "deleteMissing": true},
		"a rule opens":  {"collections": []any{opened}},
		"a field goes":  {"collections": []any{short}, "deleteMissing": true},
	} {
		if r := app.Do(t, "PUT", "/api/collections/import", super, body); r.Status != 400 && r.Status != 403 {
			t.Errorf("%s: status %d", name, r.Status)
		}
	}
	if definitions(t, app) != before {
		t.Error("a refused import changed a collection")
	}
	app.Do(t, "PUT", "/api/collections/import", super, map[string]any{"collections": []any{own}}).Want(204)
}

// What is gone is named, by collection, field and index.
func TestMissingPartsOfTheSchemaAreNamed(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	wants := func(want ...string) {
		t.Helper()
		got, err := collections.Missing(app)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("missing %q, %v; want %q", got, err, want)
		}
	}
	wants()
	raw, err := json.Marshal([]string{})
	if err != nil {
		t.Fatal(err)
	}
	// Somebody with the file: no request gets here.
	if _, err := app.DB().NewQuery("UPDATE {{_collections}} SET [[indexes]] = {:none} WHERE [[name]] = 'faqs'").Bind(map[string]any{"none": string(raw)}).Execute(); err != nil {
		t.Fatal(err)
	}
	indexes := slices.Clone(collections.FindTable(app, "faqs").Indexes)
	for i := range indexes {
		indexes[i] = "faqs " + indexes[i]
	}
	slices.Sort(indexes)
	if len(indexes) == 0 || !strings.HasPrefix(indexes[0], "faqs idx_") {
		t.Fatalf("the schema knows the indexes %q", indexes)
	}
	wants(indexes...)
	// The SQL console takes parts of a table away and leaves the definition.
	for _, gone := range []struct{ statement, name string }{
		{"ALTER TABLE {{faqs}} DROP COLUMN [[answer]]", "faqs.answer"}, {"DROP INDEX {{idx_invoices_number}}", "invoices idx_invoices_number"},
	} {
		if _, err := app.DB().NewQuery(gone.statement).Execute(); err != nil {
			t.Fatal(err)
		}
		indexes = append(indexes, gone.name)
		slices.Sort(indexes)
		wants(indexes...)
	}
	if _, err := app.DB().NewQuery("DROP TABLE {{faqs}}").Execute(); err != nil {
		t.Fatal(err)
	}
	wants("faqs", "invoices idx_invoices_number")
}
