package hooks_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/hooks"
	"jasaweb/plugins/plugintest"
)

// newBare is an application with the invariants alone: no plugin describes
// anything.
func newBare(t *testing.T, more ...func(*plugintest.App)) *plugintest.App {
	t.Helper()
	return plugintest.NewBare(t, append([]func(*plugintest.App){
		func(app *plugintest.App) {
			hooks.MustRegister(app, app.Hooks())
		},
	}, more...)...)
}

// renamed gives a collection of ours another name, as the dashboard of an earlier
// release let people do: before the program serves.
func renamed(t *testing.T, from, to string) func(*plugintest.App) {
	return func(app *plugintest.App) {
		app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Priority: -999, Func: func(e *core.ServeEvent) error {
			c, err := app.FindCollectionByNameOrId(from)
			if err != nil {
				t.Fatal(err)
			}
			c.Name = to
			if err := app.Save(c); err != nil {
				t.Fatal(err)
			}
			return e.Next()
		}})
	}
}

// What our migrations made and no plugin describes is refused to everybody on
// every path, and changes nothing.
func TestUndescribedCollectionIsClosed(t *testing.T) {
	t.Parallel()
	app := newBare(t, renamed(t, collections.FAQs, "questions")) // a new name makes it nobody else's
	admin := app.NewUser(t, collections.RoleAdmin)
	superuser := app.Superuser(t)
	faqs, err := app.FindCollectionByNameOrId("questions")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := app.FindAllRecords(faqs)
	if err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	before := app.Hash(t)
	for who, token := range map[string]string{"guest": "", "admin": admin.Token, "superuser": superuser} {
		for _, name := range []string{"questions", faqs.Id, collections.Posts, collections.Users} {
			base := "/api/collections/" + name + "/records"
			for _, request := range [][2]string{
				{"GET", base}, {"GET", base + "?filter=id='x'"}, {"GET", base + "/" + rows[0].Id}, {"POST", base}, {"PATCH", base + "/" + rows[0].Id},
				{"DELETE", base + "/" + rows[0].Id}, {"GET", "/api/files/" + name + "/" + rows[0].Id + "/a.png"},
				{"DELETE", "/api/collections/" + name + "/truncate"}, {"POST", "/api/collections/" + name + "/auth-with-password"},
			} {
				r := app.Do(t, request[0], request[1], token, map[string]any{}).Want(403)
				if !strings.Contains(string(r.Body), "tertutup") {
					t.Errorf("%s: %s %s says %s", who, request[0], request[1], r.Body)
				}
			}
		}
	}
	for _, request := range []map[string]any{
		{"method": "POST", "url": "/api/collections/questions/records", "body": map[string]any{"question": "a", "answer": "b"}},
		{"method": "PATCH", "url": "/api/collections/questions/records/" + rows[0].Id, "body": map[string]any{"question": "a"}},
		{"method": "DELETE", "url": "/api/collections/questions/records/" + rows[0].Id},
		{"method": "PUT", "url": "/api/collections/questions/records", "body": map[string]any{"id": rows[0].Id, "question": "a"}},
	} {
		r := app.Do(t, "POST", "/api/batch", superuser, map[string]any{"requests": []any{request}}).Want(400)
		if !strings.Contains(string(r.Body), "tertutup") {
			t.Errorf("batch %s says %s", request["method"], r.Body)
		}
	}
	if app.Hash(t) != before {
		t.Error("a refused request left traces")
	}
	app.Do(t, "GET", "/api/collections/questions", superuser, nil).Want(200) // what it consists of can be looked at
}

// What people make in the dashboard keeps PocketBase's own rules, also under the
// name of one of ours that is called something else by now; only a relation into
// one that is closed opens nothing.
func TestCollectionsOfPeopleKeepTheirRules(t *testing.T) {
	t.Parallel()
	app := newBare(t, renamed(t, collections.FAQs, "questions"))
	superuser := app.Superuser(t)
	faqs, err := app.FindCollectionByNameOrId("questions")
	if err != nil {
		t.Fatal(err)
	}
	question, err := app.FindFirstRecordByFilter(faqs, "id != ''")
	if err != nil {
		t.Fatal(err)
	}
	app.Do(t, "POST", "/api/collections", superuser, map[string]any{
		"name": collections.FAQs, "type": "base", "listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": "",
		"fields": []any{
			map[string]any{"name": "text", "type": "text"},
			map[string]any{"name": "about", "type": "relation", "collectionId": faqs.Id, "maxSelect": 1},
		},
	}).Want(200)
	base := "/api/collections/faqs/records"
	id := app.Do(t, "POST", base, "", map[string]any{"text": "halo", "about": question.Id}).Want(200).Map()["id"].(string)
	app.Do(t, "PATCH", base+"/"+id, "", map[string]any{"text": "hai"}).Want(200)
	app.Do(t, "GET", base+"/"+id, "", nil).Want(200)
	app.Do(t, "GET", base, "", nil).Want(200)
	if r := app.Do(t, "GET", base+"/"+id+"?expand=about", superuser, nil).Want(200); strings.Contains(string(r.Body), question.GetString("question")) {
		t.Errorf("a relation opens what is closed: %s", r.Body)
	}
	if n, err := app.CountRecords(collections.AuditLogs, dbx.HashExp{"collection": "faqs", "record": id}); err != nil || n != 2 {
		t.Errorf("%d rows in the audit log, %v; want the creation and the change", n, err)
	}
	app.Do(t, "DELETE", base+"/"+id, "", nil).Want(204)
}

// A described collection that is called something else keeps its guards.
func TestRenamedCollectionKeepsItsGuards(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t, renamed(t, collections.Counters, "numbers"))
	superuser := app.Superuser(t)
	app.Do(t, "POST", "/api/collections/numbers/records", superuser, map[string]any{"name": "x"}).WantError(400, "id")
	app.Do(t, "GET", "/api/collections/numbers/records", superuser, nil).Want(200)
}

func TestDescriptionsAreCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	app := newBare(t)
	if err := collections.Describe(app, collections.Kind{Name: collections.Posts}); err == nil || !strings.Contains(err.Error(), "after the start") {
		t.Errorf("a late description: %v", err)
	}
	fresh := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	posts := collections.Kind{Name: collections.Posts}
	if err := collections.Describe(fresh, posts); err != nil {
		t.Fatal(err)
	}
	if err := collections.Describe(fresh, posts); err == nil || !strings.Contains(err.Error(), "posts is described twice") {
		t.Errorf("the second description: %v", err)
	}
	for _, name := range []string{"tulisan", core.CollectionNameSuperusers} { // nobody's, and PocketBase's
		err := plugintest.StartError(t, func(app *plugintest.App) {
			hooks.MustRegister(app, app.Hooks())
			if err := collections.Describe(app, collections.Kind{Name: name}); err != nil {
				t.Fatal(err)
			}
		})
		if err == nil || !strings.Contains(err.Error(), name+" is described, but no migration makes it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
