package documents

import (
	"errors"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
)

// A pay link lets somebody who is not signed in, the treasurer who got it by
// mail say, see one invoice and pay it. Its token travels in a header.
const linkHeader = "Link-Token"

// byPayLink are the routes at which the holder of a pay link stands in for the
// invoice's owner. All of them are about one invoice, named by {id}.
var byPayLink = []string{
	"GET /api/invoices/{id}",
	"GET /api/invoices/{id}/payment",
	"GET /api/invoices/{id}/qr.svg",
	"GET /api/invoices/{id}/qr.png",
	"POST /api/invoices/{id}/pay",
	"POST /api/invoices/{id}/transfer-proof",
}

// standIn makes the holder of a pay link the owner of its invoice, for the
// routes that pay it and for no other invoice. A token that opens nothing
// changes nothing.
func (p *plugin) standIn(e *core.RequestEvent) error {
	token := e.Request.Header.Get(linkHeader)
	if token == "" || !slices.Contains(byPayLink, e.Request.Pattern) {
		return nil
	}
	_, invoice, err := p.opened(e.App, token, links.Pay)
	if errors.Is(err, links.ErrInvalid) || err == nil && invoice.Id != e.Request.PathValue("id") {
		return nil
	}
	if err != nil {
		return err
	}
	owner, err := collections.FindUser(e.App, invoice.Owner())
	if err != nil {
		return err
	}
	e.Auth = owner.Record
	return nil
}

type payLinkInput struct {
	Token string `header:"Link-Token" maxLength:"1000" doc:"The last part of the address /i/…"`
}

// payLink is what the page of a pay link shows.
type payLink struct {
	Invoice  collections.InvoiceView `json:"invoice"`
	Project  string                  `json:"project" doc:"Name of the website"`
	BilledTo string                  `json:"billed_to"`
	Links    signedLinks             `json:"links"`
}

// openPayLink says what a pay link is for.
func (p *plugin) openPayLink(e *core.RequestEvent, in *payLinkInput) (*payLink, error) {
	link, invoice, err := p.opened(e.App, in.Token, links.Pay)
	if errors.Is(err, links.ErrInvalid) {
		return nil, errPayLink
	}
	if err != nil {
		return nil, err
	}
	project, err := collections.FindProject(e.App, invoice.ProjectID())
	if err != nil {
		return nil, err
	}
	owner, err := collections.FindUser(e.App, invoice.Owner())
	if err != nil {
		return nil, err
	}
	signed, err := p.linksOf(e.App, invoice, collections.Now(e.App), link.Expires) // they never outlive their parent
	if err != nil {
		return nil, err
	}
	return &payLink{Invoice: invoice.View(), Project: project.Name(), BilledTo: owner.Name(), Links: *signed}, nil
}

// errPayLink is no 401: there is nothing to sign in for.
var errPayLink = &collections.Error{Code: "invalid_link", Reason: collections.ReasonGone, Text: collections.Text{
	ID: "Tautan pembayaran ini tidak berlaku lagi. Minta tautan baru, atau masuk ke akun Anda.",
	EN: "This payment link is not valid any more. Ask for a new one, or sign in to your account.",
}}
