package accounts

import (
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Exports of one account within the time.
const (
	maxExports    = 5
	exportsWithin = time.Hour
)

// accountExport is everything that is kept about a person. The rows are the
// columns of the collections, without hidden ones: secrets, and the login of
// the delivered website, which is shown against the password only.
type accountExport struct {
	ExportedAt string           `json:"exported_at" doc:"UTC"`
	Account    map[string]any   `json:"account"`
	Projects   []map[string]any `json:"projects"`
	Timeline   []map[string]any `json:"timeline" doc:"What happened to the projects"`
	Invoices   []map[string]any `json:"invoices"`
	Payments   []map[string]any `json:"payments" doc:"Money that was booked for the invoices"`
	Proofs     []map[string]any `json:"transfer_proofs"`
	Notices    []map[string]any `json:"notifications"`
	Access     []map[string]any `json:"access" doc:"Sign-ins and what else the audit log holds about the account"`
	Sessions   []map[string]any `json:"sessions" doc:"Where the account is signed in"`
	Providers  []string         `json:"providers" doc:"Other accounts that may sign in, such as google"`
}

// export hands a person all that is known of them.
func (p *plugin) export(e *core.RequestEvent, _ *rest.None) (*accountExport, error) {
	if err := checkExports(e.App, e.Auth.Id); err != nil {
		return nil, err
	}
	out := &accountExport{ExportedAt: collections.DateTime(collections.Now(e.App)).String()}
	err := e.App.RunInTransaction(func(txApp core.App) error { // one moment, and its audit row
		if err := out.collect(txApp, e.Auth); err != nil {
			return err
		}
		return collections.Audit(txApp, collections.AuditEntry{
			By: collections.RequestActor(e), Action: collections.AuditExport, Collection: collections.Users, Record: e.Auth.Id, Demo: e.Auth.GetBool(collections.ColumnDemo),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: export: %w", err)
	}
	e.Response.Header().Set("Content-Disposition", `attachment; filename="akun-jasaweb.json"`)
	return out, nil
}

func (x *accountExport) collect(txApp core.App, auth *core.Record) error {
	x.Account = columns(auth)
	links, err := txApp.FindAllExternalAuthsByRecord(auth)
	if err != nil {
		return err
	}
	for _, link := range links {
		x.Providers = append(x.Providers, link.Provider())
	}
	for _, kind := range collections.Kinds(txApp) {
		if kind.Personal == nil || kind.Name == auth.Collection().Name {
			continue
		}
		into, err := x.part(kind)
		if err != nil {
			return err
		}
		rows, err := personalRows(txApp, kind, auth.Id)
		if err != nil {
			return err
		}
		for _, row := range rows {
			*into = append(*into, columns(row))
		}
	}
	return nil
}

// personalRows are the rows of the account, the oldest first.
func personalRows(txApp core.App, kind *collections.Kind, account string) ([]*core.Record, error) {
	rows := []*core.Record{}
	err := txApp.RecordQuery(kind.Name).AndWhere(kind.Personal.Rows(account)).OrderBy("created ASC", "id ASC").All(&rows)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind.Name, err)
	}
	return rows, nil
}

// part is the list of the export that the kind names. The lists are fields of
// their own, because they are documented.
func (x *accountExport) part(kind *collections.Kind) (*[]map[string]any, error) {
	all := reflect.ValueOf(x).Elem()
	for n := range all.NumField() {
		if list, ok := all.Field(n).Addr().Interface().(*[]map[string]any); ok && all.Type().Field(n).Tag.Get("json") == kind.Personal.Key {
			return list, nil
		}
	}
	return nil, fmt.Errorf("accountExport has no list %q, which %s wants to be in; add the field", kind.Personal.Key, kind.Name)
}

// columns leaves out what is null: the document knows no such values.
func columns(r *core.Record) map[string]any {
	values := r.PublicExport()
	maps.DeleteFunc(values, func(_ string, v any) bool {
		raw, isJSON := v.(types.JSONRaw)
		return v == nil || isJSON && (len(raw) == 0 || raw.String() == "null")
	})
	return values
}

func checkExports(app core.App, user string) error {
	made, err := collections.CountAudit(app, collections.AuditExport, collections.Users, user, exportsWithin, nil)
	if err != nil {
		return err
	}
	if made >= maxExports {
		return &collections.Error{Code: "too_many_exports", Reason: collections.ReasonTooMany, Text: collections.Text{
			ID: "Data sudah beberapa kali diunduh. Coba lagi satu jam lagi.", EN: "The data was downloaded several times. Try again in an hour.",
		}}
	}
	return nil
}
