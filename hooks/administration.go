package hooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
)

// bindAdministration writes down what superusers do beside records: settings,
// the schema and its rules, SQL, backups, jobs started by hand.
func bindAdministration(app core.App) {
	app.OnSettingsUpdateRequest().Bind(&hook.Handler[*core.SettingsUpdateRequestEvent]{Id: "jasaweb.auditSettings", Func: auditSettings})
	schema := func(action string) *hook.Handler[*core.CollectionRequestEvent] {
		return &hook.Handler[*core.CollectionRequestEvent]{Id: "jasaweb.auditCollection", Func: func(e *core.CollectionRequestEvent) error {
			return auditSchema(e, action)
		}}
	}
	app.OnCollectionCreateRequest().Bind(schema("create_collection"))
	app.OnCollectionUpdateRequest().Bind(schema("update_collection"))
	app.OnCollectionDeleteRequest().Bind(schema("delete_collection"))
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.auditAdministration", Func: auditAdministration})
		return e.Next()
	})
}

// auditSettings keeps the sections that changed. PocketBase leaves passwords and
// secrets out of the JSON form; that one of them changed is seen in the raw one.
func auditSettings(e *core.SettingsUpdateRequestEvent) error {
	before, err := sections(e.OldSettings)
	if err != nil {
		return err
	}
	if err := e.Next(); err != nil {
		return err
	}
	after, err := sections(e.NewSettings)
	if err != nil {
		return err
	}
	for name, value := range before {
		if reflect.DeepEqual(value, after[name]) {
			delete(before, name)
			delete(after, name)
		}
	}
	if e.OldSettings.SMTP.Password != e.NewSettings.SMTP.Password || e.OldSettings.S3.Secret != e.NewSettings.S3.Secret ||
		e.OldSettings.Backups.S3.Secret != e.NewSettings.Backups.S3.Secret {
		before["secrets"], after["secrets"] = masked, masked
	}
	return collections.Audit(e.App, collections.AuditEntry{
		By: collections.RequestActor(e.RequestEvent), Action: "update_settings", Before: before, After: after,
	})
}

func sections(s *core.Settings) (map[string]any, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("hooks: read settings: %w", err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("hooks: read settings: %w", err)
	}
	return values, nil
}

// auditSchema keeps who may do what and which fields there are, not the options
// of signing in: those hold the keys of every token.
func auditSchema(e *core.CollectionRequestEvent, action string) error {
	entry := collections.AuditEntry{By: collections.RequestActor(e.RequestEvent), Action: action, Collection: e.Collection.Name}
	if action != "create_collection" {
		old, err := e.App.FindCollectionByNameOrId(e.Collection.Id)
		if err != nil {
			return fmt.Errorf("hooks: find collection: %w", err)
		}
		entry.Collection, entry.Before = old.Name, outline(old)
	}
	if err := e.Next(); err != nil {
		return err
	}
	if action != "delete_collection" {
		entry.After = outline(e.Collection)
	}
	return collections.Audit(e.App, entry)
}

func outline(c *core.Collection) map[string]any {
	fields := []string{}
	for _, f := range c.Fields {
		fields = append(fields, f.GetName()+" "+f.Type())
	}
	values := map[string]any{
		"name": c.Name, "fields": fields, "indexes": c.Indexes,
		"list": c.ListRule, "view": c.ViewRule, "create": c.CreateRule, "update": c.UpdateRule, "delete": c.DeleteRule,
	}
	if c.IsAuth() {
		providers := []string{}
		for _, p := range c.OAuth2.Providers {
			providers = append(providers, p.Name)
		}
		values["manage"], values["auth"], values["oauth2"] = c.ManageRule, c.AuthRule, providers
	}
	return values
}

// auditAdministration writes the row before the request runs: SQL or a restored
// backup could otherwise hide that it was there.
func auditAdministration(e *core.RequestEvent) error {
	action := administrative(e.Request.Method, strings.TrimSuffix(e.Request.URL.Path, "/"))
	if action == "" {
		return e.Next()
	}
	by := e.Auth
	if by == nil { // a backup is downloaded by a link
		by, _ = e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	}
	if by == nil || !by.IsSuperuser() {
		return e.Next() // refused further on
	}
	after := map[string]any{"request": e.Request.Method + " " + e.Request.URL.Path}
	form := struct { // as PocketBase's console takes it
		Query string `form:"query" json:"query"`
	}{}
	if action == "sql" {
		if err := e.BindBody(&form); err != nil {
			return e.BadRequestError("", err)
		}
		after["query"] = form.Query
	}
	if err := collections.Audit(e.App, collections.AuditEntry{By: collections.ActorAs(e, by), Action: action, After: after}); err != nil {
		return err
	}
	if action == "sql" {
		if err := checkConsole(e, by, form.Query); err != nil {
			return err
		}
	}
	return e.Next()
}

// administrative names a request of the dashboard that no other hook sees; empty
// for every other one.
func administrative(method, path string) string {
	switch {
	case path == "/api/sql":
		return "sql"
	case strings.HasPrefix(path, "/api/backups/") && method == http.MethodGet:
		return collections.AuditExport
	case path == "/api/backups" && method == http.MethodGet:
		return ""
	case path == "/api/backups" || strings.HasPrefix(path, "/api/backups/"):
		return "backup"
	case strings.HasPrefix(path, "/api/crons/") && method == http.MethodPost:
		return "run_cron"
	case path == "/api/collections/import":
		return "import"
	case strings.HasPrefix(path, "/api/collections/") && strings.HasSuffix(path, "/truncate"):
		return "truncate"
	}
	return ""
}
