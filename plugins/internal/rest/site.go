package rest

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// SiteURL is the public address of the site, without a slash at its end, for
// whoever writes links outside of a request (mails, documents): the configured
// one or, without, that of PocketBase's settings.
func SiteURL(app core.App, configured string) string {
	if configured == "" {
		configured = app.Settings().Meta.AppURL
	}
	return strings.TrimRight(configured, "/")
}

// Origin is the public address of the site, without a slash at its end, for
// answers to a visitor: the configured one or, without, the one that the visitor
// used.
func Origin(e *core.RequestEvent, configured string) string {
	if configured != "" {
		return strings.TrimRight(configured, "/")
	}
	scheme := "http"
	if e.IsTLS() {
		scheme = "https"
	}
	return scheme + "://" + e.Request.Host
}
