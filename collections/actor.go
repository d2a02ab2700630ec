package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

// ActorKind says in which capacity somebody writes.
type ActorKind string

// The capacities. A write that names nobody is the program's own.
const (
	BySystem  ActorKind = "system"
	ByPayment ActorKind = "payment" // the payment of an invoice
	ByClient  ActorKind = "client"
	ByAdmin   ActorKind = "admin" // users.role admin, or a superuser
)

// Actor is who stands behind a write. It rides on the record as transient
// data, because that is the one thing every write path shares: PocketBase's
// record API saves with an empty context.
type Actor struct {
	Kind      ActorKind
	ID        string // users or _superusers id; empty for the program
	IP        string
	UserAgent string
}

const actorKey = "@actor"

// SetActor notes who is behind the next save or delete of record. Clients can
// not forge it: request data is loaded into schema fields only.
func SetActor(record *core.Record, actor Actor) { record.SetRaw(actorKey, actor) }

// ActorOf returns who is behind the write of record, the program by default.
func ActorOf(record *core.Record) Actor {
	if a, ok := record.GetRaw(actorKey).(Actor); ok {
		return a
	}
	return Actor{Kind: BySystem}
}

// RequestActor is the actor of an HTTP request. A guest is a client without an
// id: registering writes a record before anybody is signed in.
func RequestActor(e *core.RequestEvent) Actor { return ActorAs(e, e.Auth) }

// ActorAs is the actor of a request by which somebody just proves to be auth, by
// a password or the link of a mail; nil is a guest.
func ActorAs(e *core.RequestEvent, auth *core.Record) Actor {
	a := Actor{Kind: ByClient, IP: e.RealIP(), UserAgent: truncate(e.Request.UserAgent(), 250)}
	if auth == nil {
		return a
	}
	a.ID = auth.Id
	if auth.IsSuperuser() {
		a.Kind = ByAdmin
		// A mirrored superuser acts as the account it mirrors.
		if account := auth.GetString("account"); account != "" {
			a.ID = account
		}
	} else if auth.GetString("role") == RoleAdmin {
		a.Kind = ByAdmin
	}
	return a
}

func truncate(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && s[bytes]&0xC0 == 0x80 { // do not cut a rune in half
		bytes--
	}
	return s[:bytes]
}
