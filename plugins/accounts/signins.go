package accounts

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/mails"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// signInActions are the rows of the audit log that people see of themselves.
var signInActions = []any{
	collections.AuditLogin, collections.AuditLoginFailed, collections.AuditLogout, collections.AuditImpersonate, collections.AuditSignInDenied,
}

// signInView is one sign-in, or what else happened at the door.
type signInView struct {
	ID        string `json:"id"`
	At        string `json:"at"`
	What      string `json:"what" enum:"login,login_failed,logout,impersonate,deny_sign_in"`
	Method    string `json:"method" doc:"password, oauth2 or otp; empty for anything but a login"`
	IP        string `json:"ip"`
	Device    string `json:"device" doc:"Browser and system, as far as they are known"`
	UserAgent string `json:"user_agent"`
	Here      bool   `json:"here" doc:"The sign-in by which the session of this request began"`
}

func (p *plugin) listSignIns(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[signInView], error) {
	now := collections.RequestSession(e)
	where := dbx.HashExp{"collection": collections.Users, "record": e.Auth.Id, "action": signInActions}
	return rest.List(e, collections.AuditLogs, in, where, func(r *core.Record) signInView {
		after := map[string]any{}
		_ = r.UnmarshalJSONField("after", &after) // null for most of them
		method, _ := after["method"].(string)
		v := signInView{
			ID: r.Id, At: r.GetDateTime("created").String(), What: r.GetString("action"), Method: method,
			IP: r.GetString("ip"), UserAgent: r.GetString("user_agent"), Device: collections.DeviceName(r.GetString("user_agent")),
		}
		v.Here = now != nil && after["session"] == now.Id
		return v
	})
}

type signInID struct {
	ID string `path:"id" maxLength:"50"`
}

// denySignIn is the answer to "was this you?": every session ends, this one too,
// and a mail brings the link to a new password.
func (p *plugin) denySignIn(e *core.RequestEvent, in *signInID) (*rest.None, error) {
	row := &core.Record{}
	err := e.App.RecordQuery(collections.AuditLogs).AndWhere(dbx.HashExp{
		"id": in.ID, "collection": collections.Users, "record": e.Auth.Id, "action": collections.AuditLogin,
	}).Limit(1).One(row)
	if err != nil {
		return nil, fmt.Errorf("accounts: find sign-in: %w", err) // 404 if there is none
	}
	entry := collections.AuditEntry{
		By: collections.RequestActor(e), Action: collections.AuditSignInDenied, Collection: collections.Users, Record: e.Auth.Id,
		After: map[string]any{"sign_in": row.Id}, Demo: e.Auth.GetBool(collections.ColumnDemo),
	}
	if err := p.endSessions(e, entry, func(txApp core.App, u *collections.User) error {
		return mails.SendRecordPasswordReset(txApp, u.Record)
	}); err != nil {
		return nil, fmt.Errorf("accounts: deny sign-in: %w", err)
	}
	clearCookie(e)
	return nil, nil
}

// endSessions makes every token of the signed-in user worthless and writes why;
// also is what belongs to the same transaction.
func (p *plugin) endSessions(e *core.RequestEvent, entry collections.AuditEntry, also func(core.App, *collections.User) error) error {
	return e.App.RunInTransaction(func(txApp core.App) error {
		u, err := collections.FindUser(txApp, e.Auth.Id)
		if err != nil {
			return err
		}
		u.RefreshTokenKey()
		collections.SetActor(u.Record, entry.By)
		if err := txApp.Save(u); err != nil {
			return err
		}
		if also != nil {
			if err := also(txApp, u); err != nil {
				return err
			}
		}
		return collections.Audit(txApp, entry)
	})
}
