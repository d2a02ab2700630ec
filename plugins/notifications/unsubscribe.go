package notifications

import (
	"embed"
	"errors"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/rest"
	site "jasaweb/plugins/internal/view"
)

const (
	unsubscribePath = "/api/notifications/unsubscribe"
	tokenKey        = "jasaweb.unsubscribeToken"
)

// hideToken takes the token out of the request's address before PocketBase's
// activity log writes the address down.
func hideToken(e *core.RequestEvent) error {
	if e.Request.URL.Path != unsubscribePath {
		return e.Next()
	}
	e.Set(tokenKey, e.Request.URL.Query().Get("token"))
	e.Request.URL = &url.URL{Path: unsubscribePath}
	return e.Next()
}

var errLink = &collections.Error{Code: "invalid_link", Reason: collections.ReasonNotFound, Text: collections.Text{
	ID: "Tautan ini tidak berlaku lagi. Atur e-mail Anda di portal, di bagian Akun.",
	EN: "This link is not valid any more. Choose your mails in the portal, under Account.",
}}

// opened returns whose mails of which type the link of the request switches off.
func (p *plugin) opened(e *core.RequestEvent) (userID, noticeType string, err error) {
	token, _ := e.Get(tokenKey).(string)
	link, err := p.config.Links.Open(token, links.Unsubscribe, collections.Now(e.App))
	if errors.Is(err, links.ErrInvalid) {
		return "", "", errLink
	}
	if err != nil {
		return "", "", err
	}
	userID, noticeType, _ = strings.Cut(link.ID, "/")
	if !collections.MailIsOptional(noticeType) {
		return "", "", errLink
	}
	return userID, noticeType, nil
}

// askUnsubscribe shows what the link will do. Programs that look into mails
// open every link, so opening it must not change anything.
func (p *plugin) askUnsubscribe(e *core.RequestEvent) error {
	_, noticeType, err := p.opened(e)
	token, _ := e.Get(tokenKey).(string)
	return p.page(e, noticeType, token, err)
}

// unsubscribe is the button of that page, and the one of mail programs. They
// send no cookie and no origin; the token is all there is.
func (p *plugin) unsubscribe(e *core.RequestEvent) error {
	userID, noticeType, err := p.opened(e)
	if err == nil {
		_, err = saveMailOff(e, userID, func(old []string) []string { return append(old, noticeType) })
	}
	return p.page(e, noticeType, "", err)
}

//go:embed templates
var templates embed.FS

var texts = site.Catalog{
	"unsubscribe.ask":    {ID: "Berhenti menerima e-mail ini?", EN: "Stop these e-mails?"},
	"unsubscribe.kind":   {ID: "Kami tidak akan mengirim e-mail lagi tentang: %s. Pemberitahuan di portal tetap ada.", EN: "We will send no more e-mails about: %s. The notifications in the portal stay."},
	"unsubscribe.button": {ID: "Ya, berhenti", EN: "Yes, stop"},
	"unsubscribe.done":   {ID: "Selesai", EN: "Done"},
	"unsubscribe.back":   {ID: "Anda tidak akan menerima e-mail lagi tentang: %s. Anda bisa menyalakannya kembali di portal, di bagian Akun.", EN: "You will get no more e-mails about: %s. You can switch them on again in the portal, under Account."},
	"unsubscribe.failed": {ID: "Tautan tidak berlaku", EN: "The link is not valid"},
}

// question is what the page shows; without an Action there is nothing to press.
type question struct{ Text, Action string }

// page answers a person: with the question when there is a token, with what was
// done when there is none, or with what went wrong.
func (p *plugin) page(e *core.RequestEvent, noticeType, token string, failed error) error {
	r := p.pages.Request(e).Prefer(rest.Lang(e))
	kind := labels[noticeType].In(r.Lang)
	page := &site.Page{Template: "unsubscribe", Area: site.AreaLink}
	known, refused := errors.AsType[*collections.Error](failed)
	switch {
	case failed != nil:
		if !refused || !strings.Contains(e.Request.Header.Get("Accept"), "text/html") {
			return failed
		}
		page.Status, page.Title, page.Data = rest.StatusOf(known), r.T("unsubscribe.failed"), question{Text: known.Text.In(r.Lang)}
	case token != "":
		address := &url.URL{Path: unsubscribePath, RawQuery: url.Values{"token": {token}}.Encode()}
		page.Title = r.T("unsubscribe.ask")
		page.Data = question{Text: r.T("unsubscribe.kind", kind), Action: address.String()}
		// The choice of a language comes back to this page, which is nothing without
		// its token; the log is written from the request as it was.
		hidden := e.Request.URL
		e.Request.URL = address
		defer func() { e.Request.URL = hidden }()
	default:
		page.Title, page.Data = r.T("unsubscribe.done"), question{Text: r.T("unsubscribe.back", kind)}
	}
	e.Response.Header().Set("Cache-Control", "private, no-store")
	e.Response.Header().Add("Vary", "Accept-Language")
	return p.pages.Write(r, page)
}
