package accounts

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// sessionView is one device or program that is signed in.
type sessionView struct {
	ID        string `json:"id"`
	Began     string `json:"began"`
	Seen      string `json:"seen" doc:"When it was last used, to some minutes"`
	Method    string `json:"method" doc:"password, oauth2, otp, register, refresh, or impersonate for our team"`
	IP        string `json:"ip"`
	Device    string `json:"device" doc:"Browser and system, as far as they are known"`
	Dashboard bool   `json:"dashboard" doc:"Of an admin, in PocketBase's dashboard"`
	Current   bool   `json:"current" doc:"The session of this request"`
}

func (p *plugin) listSessions(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[sessionView], error) {
	holders, err := holders(e)
	if err != nil {
		return nil, err
	}
	now := collections.RequestSession(e)
	where := dbx.HashExp{"record": holders, "ended": false, "ends": dbx.NewExp("[[ends]] > {:now}", dbx.Params{"now": collections.DateTime(collections.Now(e.App)).String()})}
	return rest.List(e, collections.Sessions, in, where, func(r *core.Record) sessionView {
		return sessionView{
			ID: r.Id, Began: r.GetDateTime("began").String(), Seen: r.GetDateTime("seen").String(), Method: r.GetString("method"),
			IP: r.GetString("ip"), Device: collections.DeviceName(r.GetString("user_agent")),
			Dashboard: r.GetString("collection") == core.CollectionNameSuperusers, Current: now != nil && now.Id == r.Id,
		}
	})
}

// holders are the records whose sessions are the signed-in person's: the account,
// and the superuser that mirrors an admin.
func holders(e *core.RequestEvent) ([]any, error) {
	ids := []any{e.Auth.Id}
	mirrors, err := e.App.FindAllRecords(core.CollectionNameSuperusers, dbx.HashExp{"account": e.Auth.Id})
	if err != nil {
		return nil, fmt.Errorf("accounts: find superuser of %s: %w", e.Auth.Id, err)
	}
	for _, mirror := range mirrors {
		ids = append(ids, mirror.Id)
	}
	return ids, nil
}

type sessionID struct {
	ID string `path:"id" maxLength:"50"`
}

// endSession ends one session of the signed-in person, this one or another.
func (p *plugin) endSession(e *core.RequestEvent, in *sessionID) (*rest.None, error) {
	holders, err := holders(e)
	if err != nil {
		return nil, err
	}
	row := &core.Record{}
	err = e.App.RecordQuery(collections.Sessions).AndWhere(dbx.HashExp{"id": in.ID, "record": holders, "ended": false}).Limit(1).One(row)
	if err != nil {
		return nil, fmt.Errorf("accounts: find session: %w", err) // 404 if there is none
	}
	err = e.App.RunInTransaction(func(txApp core.App) error {
		if err := collections.EndSession(txApp, collections.AsSession(row)); err != nil {
			return err
		}
		return collections.Audit(txApp, collections.AuditEntry{
			By: collections.RequestActor(e), Action: collections.AuditSessionEnded, Collection: collections.Users, Record: e.Auth.Id,
			After: map[string]any{"session": row.Id}, Demo: e.Auth.GetBool(collections.ColumnDemo),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: end session: %w", err)
	}
	if now := collections.RequestSession(e); now != nil && now.Id == row.Id {
		clearCookie(e)
	}
	return nil, nil
}

// begin makes a session of u and a token of it.
func begin(e *core.RequestEvent, u *core.Record, method string) (string, error) {
	s, err := collections.NewSession(e.App, u, collections.ActorAs(e, u), method, "")
	if err != nil {
		return "", err
	}
	if method == methodRefresh {
		s.Set("proved", nil)
	}
	if err := e.App.RunInTransaction(func(txApp core.App) error { return collections.StartSession(txApp, s) }); err != nil {
		return "", err
	}
	return collections.SessionToken(u, s, u.Collection().AuthToken.DurationTime(), true)
}

// methodRefresh is how a token of an earlier version comes to a session.
const methodRefresh = "refresh"
