package collections

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/spf13/cast"
)

// How long a session lives: without a request, and at all. Whoever can act for the
// agency signs in daily.
const (
	idleClient     = 7 * 24 * time.Hour
	longestClient  = 30 * 24 * time.Hour
	idleAdmin      = 4 * time.Hour
	longestAdmin   = 24 * time.Hour
	longestForeign = time.Hour // of a superuser in somebody else's account

	// seenEvery is how often a request writes down that the session is used.
	seenEvery = 5 * time.Minute
	// maxSessions is how many an account keeps; the oldest end.
	maxSessions = 100
)

// MethodForeign is how a superuser comes into somebody else's account.
const MethodForeign = "impersonate"

const claimSession = "sid"

// Session is what a token belongs to: it ends by itself, by signing out, by its
// owner elsewhere or by an admin, and its tokens with it.
type Session struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*Session)(nil)

// AsSession reads record, which must be of the sessions collection, as a Session.
func AsSession(record *core.Record) *Session {
	s := &Session{}
	s.SetProxyRecord(record)
	return s
}

// Maker is the superuser who took the session of somebody else; "" for one's own.
func (s *Session) Maker() string { return s.GetString("maker") }

// Alive reports whether the session of holder goes on at now.
func (s *Session) Alive(holder *core.Record, now time.Time) bool {
	idle, longest := idleClient, longestClient
	if IsPowerful(holder) {
		idle, longest = idleAdmin, longestAdmin
	}
	return !s.GetBool("ended") && s.GetString("record") == holder.Id && now.Before(s.GetDateTime("ends").Time()) &&
		now.Sub(s.GetDateTime("began").Time()) < longest && now.Sub(s.GetDateTime("seen").Time()) < idle
}

// IsPowerful reports whether auth may act for the agency.
func IsPowerful(auth *core.Record) bool {
	return auth.IsSuperuser() || auth.Collection().Name == Users && auth.GetString("role") == RoleAdmin
}

// NewSession begins a session of holder by the method; it is not saved. What a
// superuser does in another account names its maker.
func NewSession(app core.App, holder *core.Record, by Actor, method, maker string) (*Session, error) {
	record, err := newRecord(app, Sessions)
	if err != nil {
		return nil, err
	}
	now := Now(app)
	longest := longestClient
	switch {
	case maker != "":
		longest = longestForeign
	case IsPowerful(holder):
		longest = longestAdmin
	}
	record.Id = core.GenerateDefaultRandomId()
	record.Load(map[string]any{
		"collection": holder.Collection().Name, "record": holder.Id, "maker": maker, "method": method, "ip": by.IP, "user_agent": by.UserAgent,
		"began": DateTime(now), "seen": DateTime(now), "ends": DateTime(now.Add(longest)),
	})
	if maker == "" && method != "" {
		record.Set("proved", DateTime(now))
	}
	return AsSession(record), nil
}

// StartSession saves the session and ends what its holder has too many of.
func StartSession(txApp core.App, s *Session) error {
	if err := txApp.Save(s); err != nil {
		return fmt.Errorf("collections: start session: %w", err)
	}
	old := []*core.Record{}
	err := txApp.RecordQuery(Sessions).AndWhere(dbx.HashExp{"record": s.GetString("record")}).OrderBy("began DESC").Offset(maxSessions).Limit(maxSessions).All(&old)
	if err != nil {
		return fmt.Errorf("collections: find old sessions: %w", err)
	}
	for _, r := range old {
		if err := txApp.Delete(r); err != nil {
			return fmt.Errorf("collections: end old session: %w", err)
		}
	}
	return nil
}

// SessionToken is a token of the session for holder that lives for life at most; a
// plain one can be renewed.
func SessionToken(holder *core.Record, s *Session, life time.Duration, renewable bool) (string, error) {
	token, err := security.NewJWT(map[string]any{
		core.TokenClaimType: core.TokenTypeAuth, core.TokenClaimId: holder.Id, core.TokenClaimCollectionId: holder.Collection().Id,
		core.TokenClaimRefreshable: renewable, claimSession: s.Id,
	}, holder.TokenKey()+holder.Collection().AuthToken.Secret, life)
	if err != nil {
		return "", fmt.Errorf("collections: make token: %w", err)
	}
	return token, nil
}

// SessionOf is the session of a token of holder that is known to be genuine; nil if
// it has ended. A token that our own code made without one, or an earlier version,
// has a session that is not kept: it is only written down when it ends.
func SessionOf(app core.App, holder *core.Record, token string) (*Session, error) {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return nil, nil //nolint:nilerr // no token, no session
	}
	id := cast.ToString(claims[claimSession])
	kept := id != ""
	if !kept {
		sum := sha256.Sum256([]byte(token))
		id = hex.EncodeToString(sum[:])[:15]
	}
	rows := []*core.Record{}
	if err := app.RecordQuery(Sessions).AndWhere(dbx.HashExp{"id": id}).Limit(1).All(&rows); err != nil {
		return nil, fmt.Errorf("collections: find session: %w", err)
	}
	if len(rows) == 1 {
		if s := AsSession(rows[0]); s.Alive(holder, Now(app)) {
			return s, nil
		}
		return nil, nil
	}
	if kept {
		return nil, nil
	}
	return looseSession(app, holder, id, claims)
}

// looseSession stands for a token without one. It was made when its life began.
func looseSession(app core.App, holder *core.Record, id string, claims map[string]any) (*Session, error) {
	s, err := NewSession(app, holder, Actor{}, "", "")
	if err != nil {
		return nil, err
	}
	s.Id = id
	ends := time.Unix(cast.ToInt64(claims["exp"]), 0)
	s.Set("ends", DateTime(ends))
	if cast.ToBool(claims[core.TokenClaimRefreshable]) {
		s.Set("proved", DateTime(ends.Add(-holder.Collection().AuthToken.DurationTime())))
	}
	return s, nil
}

// EndSession ends one session and so its tokens.
func EndSession(txApp core.App, s *Session) error {
	if s.IsNew() {
		s.Set("ended", true)
		if err := txApp.Save(s); err != nil {
			return fmt.Errorf("collections: end session: %w", err)
		}
		return nil
	}
	if err := txApp.Delete(s); err != nil {
		return fmt.Errorf("collections: end session: %w", err)
	}
	return nil
}

// EndSessionsOf ends every session of the record, and those that it has taken.
func EndSessionsOf(txApp core.App, record string) error {
	rows := []*core.Record{}
	err := txApp.RecordQuery(Sessions).AndWhere(dbx.Or(dbx.HashExp{"record": record}, dbx.HashExp{"maker": record})).All(&rows)
	if err != nil {
		return fmt.Errorf("collections: find sessions of %s: %w", record, err)
	}
	for _, r := range rows {
		if err := txApp.Delete(r); err != nil {
			return fmt.Errorf("collections: end sessions of %s: %w", record, err)
		}
	}
	return nil
}

// SeeSession writes down that the session is used, now and then.
func SeeSession(app core.App, s *Session) error {
	now := Now(app)
	if s.IsNew() || now.Sub(s.GetDateTime("seen").Time()) < seenEvery {
		return nil
	}
	_, err := app.NonconcurrentDB().Update(Sessions, dbx.Params{"seen": DateTime(now).String()}, dbx.HashExp{"id": s.Id}).Execute()
	if err != nil {
		return fmt.Errorf("collections: see session: %w", err)
	}
	return nil
}

// PurgeSessions forgets the sessions that are over by themselves.
func PurgeSessions(app core.App) error {
	now := Now(app)
	_, err := app.NonconcurrentDB().Delete(Sessions, dbx.Or(
		dbx.NewExp("[[ends]] < {:now}", dbx.Params{"now": DateTime(now).String()}),
		dbx.NewExp("[[seen]] < {:idle}", dbx.Params{"idle": DateTime(now.Add(-idleClient)).String()}),
	)).Execute()
	if err != nil {
		return fmt.Errorf("collections: purge sessions: %w", err)
	}
	return nil
}

const requestSession = "jasaweb.session"

// RequestSession is the session of the request, nil for a guest.
func RequestSession(e *core.RequestEvent) *Session {
	s, _ := e.Get(requestSession).(*Session)
	return s
}

// SetRequestSession notes the session of the request.
func SetRequestSession(e *core.RequestEvent, s *Session) { e.Set(requestSession, s) }
