package notifications

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/rest"
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

var errLink = &collections.Error{Code: "invalid_link", Status: http.StatusNotFound, Text: collections.Text{
	ID: "Tautan ini tidak berlaku lagi. Atur e-mail Anda di portal, di bagian Akun.",
	EN: "This link is not valid any more. Choose your mails in the portal, under Account.",
}}

// opened returns whose mails of which type the link of the request switches off.
func (p *plugin) opened(e *core.RequestEvent) (userID, noticeType string, err error) {
	token, _ := e.Get(tokenKey).(string)
	subject, err := p.config.Links.Open(token, links.Unsubscribe, collections.Now(e.App))
	if errors.Is(err, links.ErrInvalid) {
		return "", "", errLink
	}
	if err != nil {
		return "", "", err
	}
	userID, noticeType, _ = strings.Cut(subject, "/")
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

//go:embed unsubscribe.html unsubscribe.css
var pageFiles embed.FS

var (
	pageTemplate = template.Must(template.ParseFS(pageFiles, "unsubscribe.html"))
	pageStyle    = string(must(pageFiles.ReadFile("unsubscribe.css")))
	// The page's style is part of it, and nothing else is allowed.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + hash(pageStyle) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// page answers a person: with the question when there is a token, with what was
// done when there is none, or with what went wrong.
func (p *plugin) page(e *core.RequestEvent, noticeType, token string, failed error) error {
	lang, status := rest.Lang(e), http.StatusOK
	view := map[string]any{"Lang": lang, "Style": template.CSS(pageStyle), "Token": token, "Path": unsubscribePath}
	kind := labels[noticeType].In(lang)
	switch {
	case failed != nil:
		known := (*collections.Error)(nil)
		if !errors.As(failed, &known) || !strings.Contains(e.Request.Header.Get("Accept"), "text/html") {
			return failed
		}
		status = known.Status
		view["Token"] = ""
		view["Title"], view["Text"] = words["failed"].In(lang), known.Text.In(lang)
	case token != "":
		view["Title"], view["Text"], view["Button"] = words["ask"].In(lang), fmt.Sprintf(words["kind"].In(lang), kind), words["button"].In(lang)
	default:
		view["Title"], view["Text"] = words["done"].In(lang), fmt.Sprintf(words["back"].In(lang), kind)
	}
	var b strings.Builder
	if err := pageTemplate.Execute(&b, view); err != nil {
		return fmt.Errorf("notifications: draw page: %w", err)
	}
	h := e.Response.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Vary", "Accept-Language")
	return e.HTML(status, b.String())
}

var words = map[string]collections.Text{
	"ask":    {ID: "Berhenti menerima e-mail ini?", EN: "Stop these e-mails?"},
	"kind":   {ID: "Kami tidak akan mengirim e-mail lagi tentang: %s. Pemberitahuan di portal tetap ada.", EN: "We will send no more e-mails about: %s. The notifications in the portal stay."},
	"button": {ID: "Ya, berhenti", EN: "Yes, stop"},
	"done":   {ID: "Selesai", EN: "Done"},
	"back":   {ID: "Anda tidak akan menerima e-mail lagi tentang: %s. Anda bisa menyalakannya kembali di portal, di bagian Akun.", EN: "You will get no more e-mails about: %s. You can switch them on again in the portal, under Account."},
	"failed": {ID: "Tautan tidak berlaku", EN: "The link is not valid"},
}
