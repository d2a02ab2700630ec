package view

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Request is one visitor's request for a page.
type Request struct {
	*core.RequestEvent
	Lang  string // id or en
	Theme string // light, dark, or "" for the device's own
	Path  string // without the language's prefix
	site  *Site
}

// The cookies of a visitor's choices. They say nothing about who it is.
const (
	themeCookie = "jw_theme"
	langCookie  = "jw_lang"
	flashCookie = "jw_flash"
)

const english = "en"

// Request reads the visitor's choices. Public pages have their language in the
// address; the pages behind the login take it from the cookie, then from the
// account.
func (s *Site) Request(e *core.RequestEvent) *Request {
	r := &Request{RequestEvent: e, Lang: Languages[0], Path: e.Request.URL.Path, site: s}
	if rest, ok := strings.CutPrefix(r.Path, "/en"); ok && (rest == "" || rest[0] == '/') {
		r.Lang, r.Path = english, "/"+strings.TrimPrefix(rest, "/")
	} else if private(r.Path) {
		r.Lang = r.chosenLang()
	}
	if theme := r.cookie(themeCookie); theme == "light" || theme == "dark" {
		r.Theme = theme
	}
	return r
}

func (r *Request) chosenLang() string {
	lang := r.cookie(langCookie)
	if lang == "" {
		if user := r.User(); user != nil {
			lang = user.Locale()
		}
	}
	if lang == english {
		return english
	}
	return Languages[0]
}

// Prefer makes lang the language where the visitor has chosen none: for pages
// that are opened from a mail, without an account.
func (r *Request) Prefer(lang string) *Request {
	if r.cookie(langCookie) == "" {
		r.Lang = lang
	}
	return r
}

// private reports whether the address has no language of its own.
func private(path string) bool {
	for _, area := range []string{"/portal", "/admin", "/i/", "/api", "/_/", "/assets", "/preferensi"} {
		if path == area || strings.HasPrefix(path, strings.TrimSuffix(area, "/")+"/") {
			return true
		}
	}
	return false
}

// Href returns an own address in lang: /harga is /en/harga in English.
// Addresses behind the login, files and other sites stay as they are.
func Href(lang, path string) string {
	if lang != english || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || private(strings.SplitN(path, "?", 2)[0]) {
		return path
	}
	if path == "/" {
		return "/en"
	}
	if strings.HasPrefix(path, "/?") || strings.HasPrefix(path, "/#") {
		return "/en" + path[1:]
	}
	return "/en" + path
}

func (r *Request) cookie(name string) string {
	c, err := r.Request.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// T returns a text in the visitor's language.
func (r *Request) T(key string, values ...any) string { return r.site.Text(r.Lang, key, values...) }

// N returns the text for n things.
func (r *Request) N(key string, n int) string { return r.site.Count(r.Lang, key, n) }

// Href returns an own address in the visitor's language.
func (r *Request) Href(path string) string { return Href(r.Lang, path) }

// Digits returns an amount in groups without the currency, as it stands in a
// field: 1.500.000.
func (r *Request) Digits(amount int64) string {
	return strings.TrimPrefix(strings.TrimPrefix(r.Money(amount), "Rp"), "IDR ")
}

// Money returns an amount in the visitor's language.
func (r *Request) Money(amount int64) string {
	s, _ := money(r.Lang, amount) // fails for other types only
	return s
}

// Date returns a day in WIB, "" for the zero time.
func (r *Request) Date(at time.Time) string {
	s, _ := date(r.Lang, at) // fails for other types only
	return s
}

// Moment returns a time of day in WIB, "" for the zero time.
func (r *Request) Moment(at time.Time) string {
	s, _ := moment(r.Lang, at)
	return s
}

// User returns who is signed in, or nil. A superuser is nobody here.
func (r *Request) User() *collections.User {
	if r.Auth == nil || r.Auth.Collection().Name != collections.Users {
		return nil
	}
	return collections.AsUser(r.Auth)
}

// SignedIn reports whether the visitor has a session, valid or not. It does not
// look into the database, so that cached pages can ask.
func (r *Request) SignedIn() bool {
	return r.Auth != nil || r.cookie("__Host-jw") != "" || r.cookie("jw") != ""
}

// SeeOther sends the browser to an own address after a form was handled.
func (r *Request) SeeOther(path string) error {
	return r.Redirect(http.StatusSeeOther, r.Href(path))
}

// Flash shows the text of key on the next page.
func (r *Request) Flash(tone Tone, key string) {
	r.setCookie(flashCookie, base64.RawURLEncoding.EncodeToString([]byte(string(tone)+":"+key)), 60)
}

// takeFlash reads the flash and forgets it. Only our own texts are shown: the
// cookie is the visitor's and could hold anything.
func (r *Request) takeFlash() *Flash {
	raw := r.cookie(flashCookie)
	if raw == "" {
		return nil
	}
	r.setCookie(flashCookie, "", -1)
	decoded, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		return nil
	}
	tone, key, _ := strings.Cut(string(decoded), ":")
	if !r.site.Has(key) {
		return nil
	}
	f := NewFlash(Tone(tone), r.T(key))
	if f.Tone != OK && f.Tone != Bad && f.Tone != Warn {
		f.Tone = Info
	}
	return &f
}

// SetLang remembers the language for the pages behind the login.
func (r *Request) SetLang(lang string) {
	if lang == english || lang == Languages[0] {
		r.setCookie(langCookie, lang, 365*24*60*60)
	}
}

// setCookie keeps a choice for the given number of seconds; below 0 forgets it.
func (r *Request) setCookie(name, value string, seconds int) {
	http.SetCookie(r.Response, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: r.IsTLS(),
	})
}

// ForgetSession takes the session's cookies back, also those of a session that
// has ended.
func (r *Request) ForgetSession() {
	r.setCookie("jw", "", -1)
	http.SetCookie(r.Response, &http.Cookie{Name: "__Host-jw", Path: "/", MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
}

// Local returns address if it leads to a page of our own, or else fallback. A
// form must not send people to another site.
func Local(address, fallback string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(address, "/") ||
		strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return fallback
	}
	return address
}

// Preferences remembers the theme or the language and goes back.
func Preferences(r *Request) (*Page, error) {
	switch theme := r.Request.FormValue("theme"); theme {
	case "light", "dark":
		r.setCookie(themeCookie, theme, 365*24*60*60)
	case "auto":
		r.setCookie(themeCookie, "", -1)
	}
	if lang := r.Request.FormValue("lang"); lang != "" {
		r.SetLang(lang)
	}
	return nil, r.Redirect(http.StatusSeeOther, Local(r.Request.FormValue("next"), "/"))
}
