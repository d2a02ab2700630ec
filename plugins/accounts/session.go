package accounts

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/spf13/cast"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// The session cookie. The __Host- form binds it to our own host; browsers
// accept it over TLS and on loopback only, so plain HTTP in a local network
// gets the second name.
const (
	secureCookie = "__Host-jw"
	plainCookie  = "jw"
)

// session turns the session cookie into the Authorization header that
// PocketBase understands. A request with a header of its own is an API
// client's and is left alone; so is the dashboard.
func (p *plugin) session(e *core.RequestEvent) error {
	r := e.Request
	if r.Header.Get("Authorization") != "" || strings.HasPrefix(r.URL.Path, "/_/") {
		return e.Next()
	}
	token := sessionToken(r)
	if token == "" {
		return e.Next()
	}
	if err := p.sameOrigin(r); err != nil {
		return rest.Error(e, err)
	}
	r.Header.Set("Authorization", token)
	e.Set(fromCookie, token)
	return e.Next()
}

// sameOrigin refuses a write that another site makes the browser send: it would
// carry the cookie. Browsers say so by Sec-Fetch-Site or Origin.
func (p *plugin) sameOrigin(r *http.Request) error {
	if err := p.csrf.Check(r); err != nil {
		return fmt.Errorf("%w: %w", collections.ErrCrossSite, err)
	}
	return nil
}

func sessionToken(r *http.Request) string {
	for _, name := range []string{secureCookie, plainCookie} {
		if c, err := r.Cookie(name); err == nil && c.Value != "" {
			return c.Value
		}
	}
	return ""
}

// renew replaces a session that has used up two thirds of its life, so that
// nobody who comes by regularly has to sign in again.
func (p *plugin) renew(e *core.RequestEvent) error {
	token, ok := e.Get(fromCookie).(string)
	now := collections.RequestSession(e)
	if !ok || now == nil || e.Auth == nil || e.Auth.Collection().Name != collections.Users {
		return e.Next()
	}
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil || !cast.ToBool(claims[core.TokenClaimRefreshable]) { // one of a superuser ends when it was to
		return e.Next()
	}
	life := e.Auth.Collection().AuthToken.DurationTime()
	if time.Until(time.Unix(cast.ToInt64(claims["exp"]), 0)) > life/3 {
		return e.Next()
	}
	var fresh string
	if now.IsNew() {
		fresh, err = begin(e, e.Auth, methodRefresh)
	} else {
		fresh, err = collections.SessionToken(e.Auth, now, life, true)
	}
	if err != nil {
		e.App.Logger().Error("A session was not renewed", "error", err)
		return e.Next()
	}
	p.setCookie(e, e.Auth, fresh)
	return e.Next()
}

// fromCookie is where the request keeps the token that its cookie brought.
const fromCookie = "jasaweb.cookie"

func (p *plugin) setCookie(e *core.RequestEvent, user *core.Record, token string) {
	c := newCookie(e.Request)
	c.Value = token
	c.MaxAge = int(user.Collection().AuthToken.DurationTime().Seconds())
	http.SetCookie(e.Response, c)
}

func clearCookie(e *core.RequestEvent) {
	c := newCookie(e.Request)
	c.MaxAge = -1
	http.SetCookie(e.Response, c)
}

func newCookie(r *http.Request) *http.Cookie {
	c := &http.Cookie{Name: plainCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if secureContext(r) {
		c.Name, c.Secure = secureCookie, true
	}
	return c
}

// secureContext reports whether the browser will accept and return a Secure
// cookie. A forged forwarding header can only make the cookie stricter.
func secureContext(r *http.Request) bool {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
