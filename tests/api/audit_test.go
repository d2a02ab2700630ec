package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/logger"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// machinery is what the audit log leaves out.
var machinery = []string{
	collections.AuditLogs, collections.Jobs, collections.WebhookInbox, collections.Counters, collections.Sessions, "_mfas", "_otps", "_authOrigins",
}

func leftOut(c *core.Collection) bool {
	return slices.Contains(machinery, c.Name) || strings.HasPrefix(c.Name, "websocket_") || strings.HasPrefix(c.Name, "intel_")
}

// auditRows are the rows about one record, oldest first, without the reading
// machinery's noise.
func auditRows(t *testing.T, a *agency, collection, record string) []*core.Record {
	t.Helper()
	rows, err := a.FindAllRecords(collections.AuditLogs, dbx.HashExp{"collection": collection, "record": record})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// writer is one way to write a record. It returns the record's id; an error or
// "" says that this way is closed.
type writer struct {
	name   string
	actor  collections.ActorKind
	create func(values map[string]any) string
	update func(id string, values map[string]any) bool
	delete func(id string) bool
}

func writers(t *testing.T, a *agency, c *core.Collection) []writer {
	path := "/api/collections/" + c.Name + "/records"
	token := a.Tokens["superuser"]
	byID := func(id string) *core.Record {
		r, err := a.FindRecordById(c.Name, id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	request := func(method, url string, values any) (string, bool) {
		r := a.Do(t, method, url, token, values)
		answer := struct{ ID string }{}
		_ = json.Unmarshal(r.Body, &answer) // a deletion answers nothing
		return answer.ID, r.Status < 300
	}
	batch := func(method, url string, values map[string]any) (string, bool) {
		one := map[string]any{"method": method, "url": url}
		if values != nil {
			one["body"] = values
		}
		r := a.Do(t, "POST", "/api/batch", token, map[string]any{"requests": []any{one}})
		answers := []struct{ Body struct{ ID string } }{}
		_ = json.Unmarshal(r.Body, &answers)
		if r.Status != 200 || len(answers) != 1 {
			return "", false
		}
		return answers[0].Body.ID, true
	}
	return []writer{
		{
			name: "Go", actor: collections.BySystem,
			create: func(values map[string]any) string {
				r := core.NewRecord(c)
				r.Load(values)
				if err := a.Save(r); err != nil {
					t.Logf("%s by Go: %v", c.Name, err)
					return ""
				}
				return r.Id
			},
			update: func(id string, values map[string]any) bool {
				r := byID(id)
				r.Load(values)
				return a.Save(r) == nil
			},
			delete: func(id string) bool { return a.Delete(byID(id)) == nil },
		},
		{
			name: "record API", actor: collections.ByAdmin,
			create: func(values map[string]any) string { id, _ := request("POST", path, values); return id },
			update: func(id string, values map[string]any) bool {
				_, ok := request("PATCH", path+"/"+id, values)
				return ok
			},
			delete: func(id string) bool { _, ok := request("DELETE", path+"/"+id, nil); return ok },
		},
		{
			name: "batch", actor: collections.ByAdmin,
			create: func(values map[string]any) string { id, _ := batch("POST", path, values); return id },
			update: func(id string, values map[string]any) bool { _, ok := batch("PATCH", path+"/"+id, values); return ok },
			delete: func(id string) bool { _, ok := batch("DELETE", path+"/"+id, nil); return ok },
		},
	}
}

// sample draws a record's values from the schema. Every text is unique.
func sample(t *testing.T, a *agency, c *core.Collection) map[string]any {
	t.Helper()
	unique := strings.ToLower(core.GenerateDefaultRandomId())
	values := map[string]any{}
	for _, f := range c.Fields {
		switch f := f.(type) {
		case *core.TextField:
			if !f.System && f.Name != "id" {
				values[f.Name] = unique
				if f.Name == "phone" || strings.Contains(f.Pattern, "0-9") && !strings.Contains(f.Pattern, "a-z") {
					values[f.Name] = "081234567890"
				}
			}
		case *core.EditorField:
			values[f.Name] = "<p>" + unique + "</p>"
		case *core.EmailField:
			values[f.Name] = unique + "@contoh.test"
		case *core.PasswordField:
			values[f.Name], values["passwordConfirm"] = plugintest.Password, plugintest.Password
		case *core.URLField:
			values[f.Name] = "https://contoh.test/" + unique
		case *core.NumberField:
			values[f.Name] = 1
		case *core.DateField:
			values[f.Name] = "2030-01-01 00:00:00.000Z"
		case *core.SelectField:
			values[f.Name] = f.Values[len(f.Values)-1] // a user's last role is client
		case *core.FileField:
			file, err := filesystem.NewFileFromBytes([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"), "a.png")
			if err != nil {
				t.Fatal(err)
			}
			if f.Required {
				values[f.Name] = file
			}
		case *core.RelationField:
			if other, err := a.FindCollectionByNameOrId(f.CollectionId); err == nil {
				if rows, err := a.FindRecordsByFilter(other.Name, "id != ''", "created", 1, 0); err == nil && len(rows) > 0 {
					values[f.Name] = rows[0].Id
				}
			}
		}
	}
	return special(a, c.Name, values)
}

// special are the values that the business asks for.
func special(a *agency, name string, values map[string]any) map[string]any {
	switch name {
	case collections.Projects:
		return map[string]any{"user": a.Owner.Id, "name": "Web Uji", "type": a.Tier.Type(), "tier": a.Tier.Id}
	case collections.Users:
		delete(values, "mail_off")
	case collections.Invoices:
		values["serial"], values["instalments"], values["instalment"] = rand.IntN(90_000_000)+1_000, 99, rand.IntN(90)+3
	case collections.WebhookInbox:
		values["code"] = "200"
	case core.CollectionNameSuperusers:
		delete(values, "account")
	case core.CollectionNameExternalAuths:
		return map[string]any{"collectionRef": a.Owner.Collection().Id, "recordRef": a.Owner.Id, "provider": "google", "providerId": core.GenerateDefaultRandomId()}
	}
	return values
}

// change picks one column that may be written.
func change(c *core.Collection, current *core.Record) map[string]any {
	if c.Name == collections.Users || c.Name == collections.Projects {
		return map[string]any{"name": "Nama lain"}
	}
	for _, f := range c.Fields {
		if f.GetName() == "id" || f.GetSystem() || f.GetHidden() {
			continue
		}
		switch f.(type) {
		case *core.BoolField:
			if f.GetName() != "demo" {
				return map[string]any{f.GetName(): !current.GetBool(f.GetName())}
			}
		case *core.TextField:
			if f.GetName() != "actor_kind" {
				return map[string]any{f.GetName(): current.GetString(f.GetName()) + "1"}
			}
		case *core.DateField:
			return map[string]any{f.GetName(): "2031-02-02 00:00:00.000Z"}
		}
	}
	if c.Name == core.CollectionNameSuperusers {
		return map[string]any{"email": "lain-" + current.Email()}
	}
	return nil
}

// Every write of every collection, whichever way it comes, leaves one row that
// says who, what, before and after; a refused write leaves none.
func TestEveryWriteIsAudited(t *testing.T) {
	a := newAgency(t)
	a.Rest(t)
	all, err := a.FindAllCollections(core.CollectionTypeBase, core.CollectionTypeAuth)
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[string]int{}
	for _, c := range all {
		for _, w := range writers(t, a, c) {
			a.checkWriter(t, c, w, accepted)
		}
	}
	for _, c := range all {
		if !leftOut(c) && c.Name != collections.Agency && accepted[c.Name+" create"] == 0 {
			t.Errorf("%s: no way to create a row was tried with success", c.Name)
		}
	}
	t.Log(accepted)
}

func (a *agency) checkWriter(t *testing.T, c *core.Collection, w writer, accepted map[string]int) {
	t.Helper()
	what := fmt.Sprintf("%s by %s", c.Name, w.name)
	count := func() int {
		rows, err := a.FindAllRecords(collections.AuditLogs, dbx.HashExp{"collection": c.Name})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	before := count()
	id := w.create(sample(t, a, c))
	if id == "" {
		if count() != before {
			t.Errorf("%s: a refused create left a row", what)
		}
		if c.Name == collections.Agency || w.name == "Go" {
			return
		}
		// Try changes on a row that is there.
		rows, err := a.FindRecordsByFilter(c.Name, "id != ''", "created", 1, 0)
		if err != nil || len(rows) == 0 {
			return
		}
		id = rows[0].Id
	} else {
		accepted[c.Name+" create"]++
		a.wantRow(t, what, c, id, w.actor, "create", "payment")
	}
	current, err := a.FindRecordById(c.Name, id)
	if err != nil {
		t.Fatal(what, err)
	}
	rows := len(auditRows(t, a, c.Name, id))
	if values := change(c, current); values != nil {
		if w.update(id, values) {
			accepted[c.Name+" update"]++
			a.wantRow(t, what, c, id, w.actor, "update")
		} else if len(auditRows(t, a, c.Name, id)) != rows {
			t.Errorf("%s: a refused update left a row", what)
		}
	}
	rows = len(auditRows(t, a, c.Name, id))
	if w.delete(id) {
		accepted[c.Name+" delete"]++
		a.wantRow(t, what, c, id, w.actor, "delete")
	} else if len(auditRows(t, a, c.Name, id)) != rows {
		t.Errorf("%s: a refused delete left a row", what)
	}
}

// wantRow expects one row of one of the actions about the record.
func (a *agency) wantRow(t *testing.T, what string, c *core.Collection, id string, by collections.ActorKind, actions ...string) {
	t.Helper()
	found := []*core.Record{}
	for _, row := range auditRows(t, a, c.Name, id) {
		if slices.Contains(actions, row.GetString("action")) {
			found = append(found, row)
		}
	}
	if leftOut(c) {
		if len(found) > 0 {
			t.Errorf("%s: %s is machinery and was written down", what, actions[0])
		}
		return
	}
	if len(found) != 1 {
		t.Errorf("%s: %d rows about the %s", what, len(found), actions[0])
		return
	}
	row := found[0]
	if row.GetString("actor_kind") != string(by) || by == collections.ByAdmin && (row.GetString("actor") == "" || row.GetString("ip") == "") {
		t.Errorf("%s: %s by %q %q from %q", what, actions[0], row.GetString("actor_kind"), row.GetString("actor"), row.GetString("ip"))
	}
	hasBefore, hasAfter := row.GetString("before") != "null" && row.GetString("before") != "", row.GetString("after") != "null" && row.GetString("after") != ""
	if hasBefore != (actions[0] != "create") || hasAfter != (actions[0] != "delete") {
		t.Errorf("%s: %s holds before %q, after %q", what, actions[0], row.GetString("before"), row.GetString("after"))
	}
}

// What superusers do beside records is written down, without secrets.
func TestAdministrationIsAudited(t *testing.T) {
	a := newAgency(t)
	super := a.Tokens["superuser"]
	rows := func(action string) []*core.Record {
		t.Helper()
		found, err := a.FindAllRecords(collections.AuditLogs, dbx.HashExp{"action": action})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := func(action, part string) {
		t.Helper()
		found := rows(action)
		if len(found) != 1 || found[0].GetString("actor_kind") != "admin" || found[0].GetString("actor") == "" ||
			!strings.Contains(found[0].GetString("before")+found[0].GetString("after"), part) {
			t.Errorf("%s: %d rows %v", action, len(found), found)
		}
	}
	a.Do(t, "PATCH", "/api/settings", super, body("meta", body("appName", "Agensi Lain"), "smtp", body("password", "surat-rahasia"))).Want(200)
	want("update_settings", "Agensi Lain")
	a.Do(t, "POST", "/api/collections", super, body("name", "catatan", "type", "base", "fields", []any{body("name", "isi", "type", "text")})).Want(200)
	want("create_collection", "isi text")
	a.Do(t, "PATCH", "/api/collections/catatan", super, body("listRule", "")).Want(200)
	want("update_collection", `"list":null`)
	a.Do(t, "DELETE", "/api/collections/catatan/truncate", super, nil).Want(204)
	want("truncate", "catatan")
	a.Do(t, "DELETE", "/api/collections/catatan", super, nil).Want(204)
	want("delete_collection", "isi text")
	a.Do(t, "POST", "/api/sql", super, body("query", "SELECT 'jejak' AS x")).Want(200)
	want("sql", "jejak")
	a.Do(t, "POST", "/api/sql", a.Tokens["admin"], body("query", "SELECT 1")).WantError(403)
	if len(rows("sql")) != 1 {
		t.Error("a refused caller left a row")
	}
	a.Do(t, "POST", "/api/collections/users/impersonate/"+a.Owner.Id, super, body("duration", 60)).Want(200)
	want(collections.AuditImpersonate, "")
	a.Do(t, "PUT", "/api/admin/users/"+a.Other.Id, super, body("role", "admin")).Want(200)
	want(collections.AuditRoleChange, "admin")
	a.scanForSecrets(t, "surat-rahasia")
}

// A whole life leaves its rows, and no secret of it in any row or log.
func TestLogsAndAuditHoldNoSecret(t *testing.T) {
	a := newAgency(t)
	a.Settings().Logs.MaxDays, a.Settings().Logs.MinLevel = 1, -4
	r := a.Do(t, "POST", "/api/auth/register", "", body("name", "Ibu Sari", "email", "sari@contoh.test", "password", "sandi-pertama-77")).Want(201)
	session := r.Map()["token"].(string)
	r = a.Do(t, "POST", "/api/account/password", session, body("old_password", "sandi-pertama-77", "password", "sandi-kedua-88")).Want(200)
	fresh := r.Map()["token"].(string)
	a.Do(t, "POST", "/api/auth/login", "", body("email", "sari@contoh.test", "password", "sandi-salah-99")).WantError(400)
	a.Do(t, "POST", "/api/auth/login", "", body("email", "sandi-salah-99", "password", "x")).WantError(400)
	link, err := a.Owner.NewPasswordResetToken()
	if err != nil {
		t.Fatal(err)
	}
	a.Do(t, "POST", "/api/auth/password-reset/confirm", "", body("token", link, "password", "sandi-ketiga-66")).Want(204)
	a.ToReview(t) // delivers with the password "rahasia" of the website
	owner, err := a.FindRecordById(collections.Users, a.Owner.Id)
	if err != nil {
		t.Fatal(err)
	}
	token := a.Token(t, owner)
	a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/approve", token, nil).Want(200)
	a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/credentials", token, body("password", "sandi-ketiga-66")).Want(200)
	a.Do(t, "GET", "/api/account/export", token, nil).Want(200)
	if batch, ok := a.Logger().Handler().(*logger.BatchHandler); ok {
		if err := batch.WriteAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Fatal("the log is no batch: what would be scanned?")
	}
	secrets := []string{
		"sandi-pertama-77", "sandi-kedua-88", "sandi-salah-99", "sandi-ketiga-66", session, fresh, link, token, `"rahasia"`, programtest.SandboxKey,
		owner.TokenKey(), owner.GetString("password:hash"),
	}
	a.scanForSecrets(t, secrets...)
}

// scanForSecrets looks through every row of the audit log, of the requests' log
// and of the queue.
func (a *agency) scanForSecrets(t *testing.T, secrets ...string) {
	t.Helper()
	scanned := 0
	look := func(db dbx.Builder, table string) {
		rows := []dbx.NullStringMap{}
		if err := db.Select("*").From(table).All(&rows); err != nil {
			t.Fatal(err)
		}
		scanned += len(rows)
		for _, row := range rows {
			b := &bytes.Buffer{}
			for column, value := range row {
				fmt.Fprintf(b, "%s=%s\n", column, value.String)
			}
			for _, secret := range secrets {
				if strings.Contains(b.String(), secret) {
					t.Errorf("%s holds %q:\n%s", table, secret, b)
				}
			}
		}
	}
	look(a.DB(), collections.AuditLogs)
	look(a.DB(), collections.Jobs)
	look(a.AuxDB(), "_logs")
	if scanned < 5 {
		t.Fatalf("looked at %d rows only", scanned)
	}
}
