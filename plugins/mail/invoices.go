package mail

import (
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/collections/links"
	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/page"
)

// addInvoice adds the invoice as it stands now: what it says, and the way to pay
// it or to its receipt. A reminder of an invoice that is not open any more is
// idle: nil.
func (p *plugin) addInvoice(app core.App, l *letter, n *collections.Notification, user *collections.User) (*letter, error) {
	invoice, err := collections.FindInvoice(app, n.Detail(collections.PayloadInvoice))
	if errors.Is(err, collections.ErrNotFound) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if n.Type() == collections.NoticeReminder && invoice.Status() != collections.Unpaid {
		return nil, nil
	}
	if l.facts, err = invoiceFacts(app, l.lang, invoice); err != nil {
		return nil, err
	}
	if user.IsAdmin() {
		l.action = p.dashboard(app, l.lang, n)
		return l, nil
	}
	switch invoice.Status() {
	case collections.Unpaid:
		l.action, err = p.payLink(app, l.lang, invoice)
	case collections.Paid:
		l.action, err = p.document(app, actionReceipt.In(l.lang), links.Receipt, invoice)
	}
	if err != nil {
		return nil, err
	}
	if page := p.projectPage(app, l.lang, invoice.ProjectID()); page.URL != "" {
		l.more = append(l.more, page)
	}
	return l, nil
}

// invoiceFacts is the table about one invoice.
func invoiceFacts(app core.App, lang string, i *collections.Invoice) ([]fact, error) {
	number := i.Number()
	if i.Instalments() > 1 {
		number += " (" + fmt.Sprintf(wordPart.In(lang), i.Instalment(), i.Instalments()) + ")"
	}
	facts := []fact{{wordInvoice.In(lang), number}}
	project, err := collections.FindProject(app, i.ProjectID())
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		facts = append(facts, fact{wordProject.In(lang), project.Name()})
	}
	facts = append(facts, fact{wordAmount.In(lang), idr.FormatIn(i.Amount(), lang)})
	switch {
	case i.Status() == collections.Paid:
		facts = append(facts, fact{wordPaidOn.In(lang), wib.FormatTime(i.PaidAt().Time(), lang)})
	case i.Status() == collections.Unpaid && !i.DueAt().IsZero():
		facts = append(facts, fact{wordDue.In(lang), wib.FormatDate(i.DueAt().Time(), lang)})
	}
	return facts, nil
}

// invoiceLine is one of several unpaid invoices.
func invoiceLine(lang string, i *collections.Invoice) fact {
	due := wordDueLater.In(lang)
	if !i.DueAt().IsZero() {
		due = wordBy.In(lang) + " " + wib.FormatDate(i.DueAt().Time(), lang)
	}
	return fact{wordInvoice.In(lang) + " " + i.Number(), idr.FormatIn(i.Amount(), lang) + ", " + due}
}

// payLink leads to where the invoice can be paid: the page that needs no sign-in
// if the site has it, else the portal, else the invoice itself.
func (p *plugin) payLink(app core.App, lang string, i *collections.Invoice) (link, error) {
	owed, err := collections.Owed(app, i)
	if err != nil {
		return link{}, err
	}
	label := actionPay.In(lang) + " " + idr.FormatIn(owed, lang)
	switch {
	case p.has("/i/{token}"):
		return p.document(app, label, links.Pay, i)
	case p.has(page.Invoice):
		return link{label, p.site(app) + page.Of(page.Invoice, i.Id)}, nil
	}
	return p.document(app, actionInvoice.In(lang), links.Invoice, i)
}

// document is a signed link: it opens without a sign-in.
func (p *plugin) document(app core.App, label string, purpose links.Purpose, i *collections.Invoice) (link, error) {
	generation, err := collections.LinkGeneration(app, i)
	if err != nil {
		return link{}, err
	}
	now := collections.Now(app)
	address, err := page.Signed(p.config.Links, p.site(app), links.Link{
		Purpose: purpose, ID: i.Id, Generation: generation, Expires: links.Until(now, i.DueAt().Time()),
	}, now)
	return link{label, address}, err
}
