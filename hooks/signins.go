package hooks

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/ozzo-validation/v4/is"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
)

// bindSignIns writes down every sign-in, failed ones too, of users and of
// superusers, whichever way it happens, and warns people of new places.
func bindSignIns(app core.App) {
	app.OnRecordAuthRequest().Bind(&hook.Handler[*core.RecordAuthRequestEvent]{Id: "jasaweb.auditLogin", Func: auditLogin})
	bindConfirmations(app)
}

// auditLogin runs the answer of a login in one transaction with its audit row:
// PocketBase sends the token only after the commit.
func auditLogin(e *core.RecordAuthRequestEvent) error {
	entry := collections.AuditEntry{
		By: collections.ActorAs(e.RequestEvent, e.Record), Action: collections.AuditLogin, Collection: e.Collection.Name, Record: e.Record.Id,
		After: map[string]any{"method": e.AuthMethod}, Demo: e.Record.GetBool(collections.ColumnDemo),
	}
	session, err := newSession(e)
	if err != nil {
		return err
	}
	switch {
	case isImpersonation(e):
		entry.By, entry.Action, entry.After = collections.RequestActor(e.RequestEvent), collections.AuditImpersonate, nil
	case e.AuthMethod == "" && session == nil:
		return e.Next() // a session that is renewed
	case e.AuthMethod == "": // … and that an earlier version began
		entry.Action, entry.After = "", nil
	}
	if entry.After != nil {
		entry.After["session"] = session.Id
	}
	outer := e.App
	var answered error
	err = outer.RunInTransaction(func(txApp core.App) error {
		e.App = txApp
		if answered = e.Next(); answered != nil {
			return nil // a second factor is asked for: what it wrote must stay
		}
		if err := collections.StartSession(txApp, session); err != nil {
			return err
		}
		if entry.Action == "" {
			return nil
		}
		if err := warnOfNewPlace(txApp, e.Record, &entry); err != nil {
			return err
		}
		return collections.Audit(txApp, entry)
	})
	e.App = outer
	if err != nil { // PocketBase answers 400 to a bare error, which a login takes for a wrong password
		err = e.InternalServerError("", err)
	}
	return errors.Join(answered, err)
}

// recentSignIns is how far back a place counts as known.
const recentSignIns = 50

// warnOfNewPlace tells a user who has signed in before of a sign-in from another
// network with another browser or in another version.
func warnOfNewPlace(txApp core.App, record *core.Record, entry *collections.AuditEntry) error {
	if record.Collection().Name != collections.Users || entry.Action != collections.AuditLogin {
		return nil
	}
	rows := []*core.Record{}
	err := txApp.RecordQuery(collections.AuditLogs).AndWhere(dbx.HashExp{
		"collection": entry.Collection, "record": entry.Record, "action": collections.AuditLogin,
	}).OrderBy("created DESC").Limit(recentSignIns).All(&rows)
	if err != nil {
		return fmt.Errorf("hooks: find sign-ins of %s: %w", entry.Record, err)
	}
	for _, row := range rows {
		if row.GetString("ip") == entry.By.IP || row.GetString("user_agent") == entry.By.UserAgent && network(row.GetString("ip")) == network(entry.By.IP) {
			return nil
		}
	}
	if len(rows) == 0 {
		return nil // the first sign-in of all
	}
	device := collections.DeviceName(entry.By.UserAgent)
	return collections.Notify(txApp, collections.AsUser(record), collections.NewSignInNotice(collections.Now(txApp), entry.By.IP, device))
}

// network is the part of an address that stays when a provider hands out
// another one: /16 of IPv4, /32 of IPv6.
func network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	bits := 16
	if address = address.Unmap(); address.Is6() {
		bits = 32
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return ip
	}
	return prefix.String()
}

// maskEmail keeps what recognises an address; people also type their password
// into that field, so whatever is no address is dropped.
func maskEmail(s string) string {
	if validation.Validate(s, validation.Required, is.EmailFormat) != nil {
		return masked
	}
	at := strings.LastIndexByte(s, '@')
	return s[:1] + masked + s[at:]
}

// bindConfirmations names the owner as the actor when a link of a mail is used,
// and lets the password of an admin be reset at the account only: the superuser
// follows it.
func bindConfirmations(app core.App) {
	app.OnRecordConfirmPasswordResetRequest().BindFunc(func(e *core.RecordConfirmPasswordResetRequestEvent) error {
		if e.Record.GetString("account") != "" && e.Record.IsSuperuser() {
			return linkedSuperuser("password")
		}
		collections.SetActor(e.Record, collections.ActorAs(e.RequestEvent, e.Record))
		return e.Next()
	})
	app.OnRecordConfirmVerificationRequest().BindFunc(func(e *core.RecordConfirmVerificationRequestEvent) error {
		collections.SetActor(e.Record, collections.ActorAs(e.RequestEvent, e.Record))
		return e.Next()
	})
	app.OnRecordConfirmEmailChangeRequest().BindFunc(func(e *core.RecordConfirmEmailChangeRequestEvent) error {
		collections.SetActor(e.Record, collections.ActorAs(e.RequestEvent, e.Record))
		return e.Next()
	})
	app.OnRecordRequestPasswordResetRequest(core.CollectionNameSuperusers).BindFunc(func(e *core.RecordRequestPasswordResetRequestEvent) error {
		if account := e.Record.GetString("account"); account != "" {
			user, err := collections.FindUser(e.App, account)
			if err != nil {
				return err
			}
			e.Record = user.Record
		}
		return e.Next()
	})
}
