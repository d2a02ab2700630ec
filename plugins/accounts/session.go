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
	p.renew(e, token)
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
func (p *plugin) renew(e *core.RequestEvent, token string) {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return
	}
	users, err := e.App.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return
	}
	left := time.Until(time.Unix(cast.ToInt64(claims["exp"]), 0))
	if left > users.AuthToken.DurationTime()/3 {
		return
	}
	record, err := e.App.FindAuthRecordByToken(token, core.TokenTypeAuth)
	if err != nil || record.Collection().Name != collections.Users {
		return // expired or forged: PocketBase will see a guest
	}
	if fresh, err := record.NewAuthToken(); err == nil {
		p.setCookie(e, record, fresh)
	}
}

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
