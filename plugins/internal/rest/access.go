package rest

import (
	"net/http"
	"strconv"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// Access says who may call a route. The zero value is no level at all and stops
// the start, so that no route can forget its guard.
type Access int

// The access levels.
const (
	_         Access = iota
	Public           // anybody
	SignedIn         // any record of users, and superusers
	Client           // a record of users: the route works on "mine", which a superuser has not
	Admin            // a superuser, or a record of users with role admin
	Superuser        // a superuser only
	Webhook          // another machine: anybody, outside the rate limiter; the handler checks the signature
)

var accessNames = map[Access]string{
	Public: "public", SignedIn: "signed in", Client: "client", Admin: "admin", Superuser: "superuser", Webhook: "webhook",
}

// String returns the level's name in tables.
func (a Access) String() string {
	if name, ok := accessNames[a]; ok {
		return name
	}
	return "Access(" + strconv.Itoa(int(a)) + ")"
}

func (a Access) valid() bool { return accessNames[a] != "" }

// needsAuth reports whether a guest is refused.
func (a Access) needsAuth() bool { return a == SignedIn || a == Client || a == Admin || a == Superuser }

const (
	usersCollection = "users"
	roleAdmin       = "admin"
)

// allow returns 0, or the status that refuses auth.
func (a Access) allow(auth *core.Record) int {
	if !a.needsAuth() {
		return 0
	}
	if auth == nil {
		return http.StatusUnauthorized
	}
	isUser := auth.Collection().Name == usersCollection
	var ok bool
	switch a {
	case SignedIn:
		ok = isUser || auth.IsSuperuser()
	case Client:
		ok = isUser
	case Superuser:
		ok = auth.IsSuperuser()
	case Admin:
		ok = auth.IsSuperuser() || isUser && auth.GetString("role") == roleAdmin
	}
	if !ok {
		return http.StatusForbidden
	}
	return 0
}

// The guard runs after PocketBase's default middlewares (all below -900) and
// before a route's own (0), the body limit right behind it: a stranger is
// refused before a byte of the body is looked at.
const guardPriority = -900

// guard checks the access and is the one place where a route's errors become
// PocketBase's.
func (r *Route) guard() *Middleware {
	access, onError := r.Access, r.onError
	answer := func(e *core.RequestEvent, err error) error {
		if err == nil || onError == nil {
			return err
		}
		return onError(e, err)
	}
	return &Middleware{
		Id:       "jasawebGuard",
		Priority: guardPriority,
		Func: func(e *core.RequestEvent) error {
			if access != Public {
				e.Response.Header().Set("Cache-Control", "no-store")
			}
			if status := access.allow(e.Auth); status != 0 {
				return answer(e, router.NewApiError(status, statusTexts[status].in(Lang(e)), nil))
			}
			return answer(e, Error(e, e.Next()))
		},
	}
}

// bodyLimit takes the place of PocketBase's own limit of 32 MB.
func (r *Route) bodyLimit() *Middleware {
	limit := apis.BodyLimit(r.maxBody)
	limit.Priority = guardPriority + 1
	return limit
}
