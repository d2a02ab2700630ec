package documents

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/page"
	"jasaweb/plugins/internal/rest"
)

const tokenKey = "jasaweb.linkToken"

// hideToken takes the token of a signed link out of the request's address before
// PocketBase's activity log, which writes addresses down whether the request
// succeeds or is refused: whoever reads the log must not be able to use the link.
func hideToken(e *core.RequestEvent) error {
	u := e.Request.URL
	if !strings.HasPrefix(u.Path, "/api/invoices/") {
		return e.Next()
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err == nil && !query.Has("token") {
		return e.Next()
	}
	e.Set(tokenKey, query.Get("token"))
	query.Del("token")
	hidden := *u
	hidden.RawQuery = query.Encode() // what cannot be parsed is dropped: it may hold the token
	e.Request.URL = &hidden
	return e.Next()
}

// errLink refuses a guest. It is the same for an invoice that does not exist.
var errLink = &collections.Error{Code: "invalid_link", Reason: collections.ReasonUnauthenticated, Text: collections.Text{
	ID: "Tautan ini tidak berlaku lagi. Silakan masuk, atau minta tautan baru.",
	EN: "This link is not valid any more. Please sign in, or ask for a new link.",
}}

// open returns the invoice of the request if the session may see it, or if the
// address holds a token for it. A refusal does not tell whether there is one.
func (p *plugin) open(e *core.RequestEvent, purpose links.Purpose) (*collections.Invoice, error) {
	id := e.Request.PathValue("id")
	invoice, err := visible(e, id)
	if !errors.Is(err, collections.ErrNotFound) {
		return invoice, err
	}
	refusal := collections.ErrNotFound
	if e.Auth == nil {
		refusal = errLink
	}
	token, _ := e.Get(tokenKey).(string)
	if token == "" {
		return nil, refusal
	}
	_, invoice, err = p.opened(e.App, token, purpose)
	if errors.Is(err, links.ErrInvalid) || err == nil && invoice.Id != id {
		return nil, refusal
	}
	return invoice, err
}

// opened returns a link and the invoice that it opens, links.ErrInvalid if it opens
// none: also one of an earlier generation, and one of an invoice that is cancelled.
func (p *plugin) opened(app core.App, token string, purpose links.Purpose) (links.Link, *collections.Invoice, error) {
	l, err := p.config.Links.Open(token, purpose, collections.Now(app))
	if err != nil {
		return l, nil, err
	}
	invoice, err := collections.FindInvoice(app, l.ID)
	if errors.Is(err, collections.ErrNotFound) {
		return l, nil, links.ErrInvalid
	}
	if err != nil {
		return l, nil, err
	}
	generation, err := collections.LinkGeneration(app, invoice)
	if err == nil && (generation != l.Generation || invoice.Status() == collections.InvoiceCancelled) {
		err = links.ErrInvalid
	}
	return l, invoice, err
}

// visible returns the invoice if the session may see it: its owner's, an
// admin's or a superuser's. Everybody else gets ErrNotFound.
func visible(e *core.RequestEvent, id string) (*collections.Invoice, error) {
	switch {
	case e.Auth == nil:
		return nil, collections.ErrNotFound
	case e.Auth.IsSuperuser():
		return collections.FindInvoice(e.App, id)
	case e.Auth.Collection().Name != collections.Users:
		return nil, collections.ErrNotFound
	case collections.AsUser(e.Auth).IsAdmin():
		return collections.FindInvoice(e.App, id)
	}
	return collections.FindOwnInvoice(e.App, id, e.Auth.Id)
}

type byID struct {
	ID string `path:"id" maxLength:"50"`
}

// signedLinks is the answer to a request for links.
type signedLinks struct {
	URL        string `json:"url" doc:"Opens the invoice as PDF"`
	ReceiptURL string `json:"receipt_url,omitempty" doc:"Opens the receipt; only of a paid invoice"`
	PayURL     string `json:"pay_url,omitempty" doc:"Opens the page on which anybody can pay it; only of an unpaid invoice"`
	ExpiresAt  string `json:"expires_at" doc:"Until when the links are good, UTC"`
}

// link makes new links and ends those that there were.
func (p *plugin) link(e *core.RequestEvent, in *byID) (*signedLinks, error) {
	if _, err := visible(e, in.ID); err != nil {
		return nil, err
	}
	var made *signedLinks
	err := e.App.RunInTransaction(func(txApp core.App) error {
		invoice, err := collections.FindInvoice(txApp, in.ID)
		if err != nil {
			return err
		}
		invoice.EndLinks()
		collections.SetActor(invoice.Record, collections.RequestActor(e))
		if err := txApp.Save(invoice); err != nil {
			return fmt.Errorf("documents: end the links of %s: %w", invoice.Number(), err)
		}
		now := collections.Now(txApp)
		made, err = p.linksOf(txApp, invoice, now, links.Until(now, invoice.DueAt().Time()))
		return err
	})
	return made, err
}

// linksOf signs the links of an invoice that end when expires says.
func (p *plugin) linksOf(app core.App, invoice *collections.Invoice, now, expires time.Time) (*signedLinks, error) {
	generation, err := collections.LinkGeneration(app, invoice)
	if err != nil {
		return nil, err
	}
	out := &signedLinks{ExpiresAt: collections.DateTime(expires).String()}
	sign := func(to *string, purpose links.Purpose) (err error) {
		*to, err = page.Signed(p.config.Links, p.site(app), links.Link{
			Purpose: purpose, ID: invoice.Id, Generation: generation, Expires: expires,
		}, now)
		return err
	}
	err = sign(&out.URL, links.Invoice)
	switch {
	case err != nil:
	case invoice.Status() == collections.Paid:
		err = sign(&out.ReceiptURL, links.Receipt)
	case invoice.Status() == collections.Unpaid:
		err = sign(&out.PayURL, links.Pay)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// site is the public address of the site, without a slash at its end.
func (p *plugin) site(app core.App) string { return rest.SiteURL(app, p.config.AppURL) }

// lang returns the language of the document: what the address asks for, else
// what the browser prefers.
func lang(e *core.RequestEvent) string {
	if asked := e.Request.URL.Query().Get("lang"); asked == "id" || asked == "en" {
		return asked
	}
	return rest.Lang(e)
}
