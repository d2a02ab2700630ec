package hooks

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/spf13/cast"

	"jasaweb/collections"
)

// bindSessions gives every token that PocketBase hands out a session, and treats a
// request whose session has ended like one whose token has expired.
func bindSessions(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id: "jasaweb.endedSessions", Func: checkSession,
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1, // as soon as it is known who it is
		})
		return e.Next()
	})
	app.OnRealtimeSubscribeRequest().Bind(&hook.Handler[*core.RealtimeSubscribeRequestEvent]{Id: "jasaweb.session", Func: func(e *core.RealtimeSubscribeRequestEvent) error {
		if s := collections.RequestSession(e.RequestEvent); s != nil {
			e.Client.Set(streamSession, s.Id)
		}
		return e.Next()
	}})
	app.OnRecordAfterDeleteSuccess(collections.Sessions).BindFunc(func(e *core.RecordEvent) error {
		endStreams(e.App, e.Record.Id)
		return e.Next()
	})
	app.OnRecordAfterCreateSuccess(collections.Sessions).BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetBool("ended") {
			endStreams(e.App, e.Record.Id)
		}
		return e.Next()
	})
	onRequest(app.OnRecordDeleteRequest(collections.Sessions), "auditSession", auditEndedSession)
	app.OnRecordUpdateExecute().BindFunc(func(e *core.RecordEvent) error {
		if !e.Record.Collection().IsAuth() {
			return e.Next()
		}
		before := e.Record.Original().TokenKey()
		return inTransaction(e, func() error {
			// A new password or address renews the key further in.
			if err := e.Next(); err != nil || e.Record.TokenKey() == before {
				return err
			}
			return endSessions(e.App, e.Record)
		})
	})
	app.OnRecordDeleteExecute().BindFunc(func(e *core.RecordEvent) error {
		if !e.Record.Collection().IsAuth() {
			return e.Next()
		}
		return inTransaction(e, func() error {
			if err := e.Next(); err != nil {
				return err
			}
			return endSessions(e.App, e.Record)
		})
	})
	app.Cron().MustAdd("sessions.purge", "27 20 * * *", func() { // 03:27 WIB
		if err := collections.PurgeSessions(app); err != nil {
			app.Logger().Error("Ended sessions were not removed", "error", err)
		}
	})
}

func checkSession(e *core.RequestEvent) error {
	if e.Auth == nil {
		return e.Next()
	}
	s, err := collections.SessionOf(e.App, e.Auth, bearer(e))
	if err != nil {
		return e.InternalServerError("", err)
	}
	if s == nil {
		e.Auth = nil
		return e.Next()
	}
	collections.SetRequestSession(e, s)
	if err := collections.SeeSession(e.App, s); err != nil {
		e.App.Logger().Error("The use of a session was not written down", "error", err)
	}
	return e.Next()
}

// bearer is the token of the request, as PocketBase reads it.
func bearer(e *core.RequestEvent) string {
	token := e.Request.Header.Get("Authorization")
	if len(token) > 7 && strings.EqualFold(token[:7], "Bearer ") {
		return token[7:]
	}
	return token
}

const streamSession = "jasaweb.session"

// endStreams closes the realtime streams of an ended session on this node; on
// others they end when PocketBase closes them as idle.
func endStreams(app core.App, session string) {
	broker := app.SubscriptionsBroker()
	for id, client := range broker.Clients() {
		if client.Get(streamSession) == session {
			client.Discard()
			broker.Unregister(id)
		}
	}
}

// auditEndedSession writes down who ends a session by the record API, as the
// dashboard does.
func auditEndedSession(e *core.RecordRequestEvent) error {
	entry := collections.AuditEntry{
		By: collections.RequestActor(e.RequestEvent), Action: collections.AuditSessionEnded,
		Collection: e.Record.GetString("collection"), Record: e.Record.GetString("record"),
	}
	outer := e.App
	err := outer.RunInTransaction(func(txApp core.App) error {
		e.App = txApp
		if err := e.Next(); err != nil {
			return err
		}
		return collections.Audit(txApp, entry)
	})
	e.App = outer
	return err
}

// newSession gives the token of an answer of PocketBase a session: a new one, or
// that of the token which is renewed. Nil: the answer has the token it had.
func newSession(e *core.RecordAuthRequestEvent) (*collections.Session, error) {
	by := collections.ActorAs(e.RequestEvent, e.Record)
	switch {
	case e.AuthMethod != "":
		return startSession(e, by, e.AuthMethod, "", e.Collection.AuthToken.DurationTime())
	case isImpersonation(e):
		return startSession(e, by, collections.MethodForeign, e.Auth.Id, lifeOf(e.Token))
	}
	now := collections.RequestSession(e.RequestEvent)
	if now == nil || !cast.ToBool(claim(e.Token, core.TokenClaimRefreshable)) {
		return nil, nil
	}
	if now.IsNew() { // of an earlier version
		return startSession(e, by, "refresh", "", e.Collection.AuthToken.DurationTime())
	}
	token, err := collections.SessionToken(e.Record, now, e.Collection.AuthToken.DurationTime(), true)
	e.Token = token
	return nil, err
}

func startSession(e *core.RecordAuthRequestEvent, by collections.Actor, method, maker string, life time.Duration) (*collections.Session, error) {
	s, err := collections.NewSession(e.App, e.Record, by, method, maker)
	if err != nil {
		return nil, err
	}
	if maker != "" { // no longer than the superuser asked for, nor than it may be
		life = min(life, s.GetDateTime("ends").Time().Sub(collections.Now(e.App)))
		s.Set("ends", collections.DateTime(collections.Now(e.App).Add(life)))
	}
	if method == "refresh" {
		s.Set("proved", nil)
	}
	e.Token, err = collections.SessionToken(e.Record, s, life, maker == "")
	return s, err
}

// isImpersonation reports whether a superuser takes a token of the record.
func isImpersonation(e *core.RecordAuthRequestEvent) bool {
	return e.AuthMethod == "" && e.Auth != nil && strings.HasSuffix(e.Request.Pattern, "/impersonate/{id}")
}

func claim(token, name string) any {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return nil
	}
	return claims[name]
}

// lifeOf is how long the token still lives.
func lifeOf(token string) time.Duration {
	return time.Until(time.Unix(cast.ToInt64(claim(token, "exp")), 0))
}

// endSessions ends what a record whose keys are changed holds, and what the mirror
// of an admin does.
func endSessions(txApp core.App, record *core.Record) error {
	if err := collections.EndSessionsOf(txApp, record.Id); err != nil {
		return err
	}
	if record.Collection().Name != collections.Users {
		return nil
	}
	mirrors, err := txApp.FindAllRecords(core.CollectionNameSuperusers, dbx.HashExp{"account": record.Id})
	if err != nil {
		return fmt.Errorf("hooks: find superuser of %s: %w", record.Id, err)
	}
	for _, mirror := range mirrors {
		if err := collections.EndSessionsOf(txApp, mirror.Id); err != nil {
			return err
		}
	}
	return nil
}
