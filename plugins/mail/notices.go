package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/links"
	"jasaweb/plugins/internal/page"
)

// unsubscribeFor is how long the link to switch mails off stays good.
const unsubscribeFor = 365 * 24 * time.Hour

// sendNotification mails one notification to its user. A notification or a user
// that is gone meanwhile needs no mail, nor does a reminder of what is paid.
func (p *plugin) sendNotification(_ context.Context, app core.App, raw json.RawMessage) error {
	args := collections.NotificationMail{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("mail: read arguments: %w", err)
	}
	n, err := collections.FindNotification(app, args.Notification)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	user, err := collections.FindUser(app, n.UserID())
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if to := recipient(user, args.To); !collections.Reachable(to) || !user.WantsMail(n.Type()) {
		return nil
	}
	l, err := p.writeNotice(app, n, user)
	if err != nil || l == nil {
		return err
	}
	if args.To != "" { // a second address: another mail, with a name of its own
		l.id, l.to.Address = l.id+".2", args.To
	}
	if !user.GetBool(collections.ColumnDemo) {
		return p.post(app, l)
	}
	// Nobody reads the mails of the example data; a server would send them back.
	return p.postToFile(app, l)
}

func recipient(user *collections.User, other string) string {
	if other != "" {
		return other
	}
	return user.Email()
}

// postToFile keeps the letter as a file, with or without a mail server.
func (p *plugin) postToFile(app core.App, l *letter) error {
	in, err := p.message(app, l)
	if err != nil {
		return err
	}
	m, err := p.compose(app, in)
	if err != nil {
		return err
	}
	return p.keep(app, m)
}

// writeNotice makes the letter of a notification; nil if it has become idle.
func (p *plugin) writeNotice(app core.App, n *collections.Notification, user *collections.User) (*letter, error) {
	l := &letter{
		id: n.Id, lang: user.Locale(), to: mail.Address{Name: user.Name(), Address: user.Email()},
		subject: n.Title(), paragraphs: paragraphs(n.Message()), replyTo: n.Detail(collections.PayloadReplyTo),
	}
	if collections.MailIsOptional(n.Type()) {
		now := collections.Now(app)
		address, err := page.Signed(p.config.Links, p.site(app), links.Link{
			Purpose: links.Unsubscribe, ID: user.Id + "/" + n.Type(), Expires: now.Add(unsubscribeFor),
		}, now)
		if err != nil {
			return nil, err
		}
		l.unsubscribe = address
	}
	switch {
	case n.Detail(collections.PayloadAccount) != "":
		return l, p.addAccount(app, l, n.Detail(collections.PayloadAccount), user)
	case n.Detail(collections.PayloadInvoice) != "":
		return p.addInvoice(app, l, n, user)
	case n.Detail(collections.PayloadProject) != "":
		return l, p.addProject(app, l, n, user)
	}
	if user.IsAdmin() {
		l.action = p.dashboard(app, l.lang, n)
	}
	return l, nil
}

// addAccount adds the way to what happened to the account.
func (p *plugin) addAccount(app core.App, l *letter, event string, user *collections.User) error {
	var err error
	switch event {
	case collections.AccountWelcome:
		if user.Verified() {
			l.action = p.portal(app, l.lang)
			return nil
		}
		if portal := p.portal(app, l.lang); portal.URL != "" {
			l.more = append(l.more, portal)
		}
		l.action.Label = actionVerify.In(l.lang)
		l.hint = fmt.Sprintf(hintVerify.In(l.lang), span(user.Collection().VerificationToken.DurationTime(), l.lang))
		l.action.URL, err = p.verification(app, user.Record)
	case collections.AccountInvited:
		l.action.Label = actionFirst.In(l.lang)
		l.hint = fmt.Sprintf(hintInvite.In(l.lang), span(user.Collection().PasswordResetToken.DurationTime(), l.lang))
		l.action.URL, err = p.passwordReset(app, user.Record)
	case collections.AccountPassword, collections.AccountSignIn:
		if p.has(page.ForgotPassword) {
			l.action = link{actionReset.In(l.lang), p.site(app) + page.ForgotPassword}
		}
	}
	return err
}

// addProject adds the project and, while something is to pay, its invoices.
func (p *plugin) addProject(app core.App, l *letter, n *collections.Notification, user *collections.User) error {
	project, err := collections.FindProject(app, n.Detail(collections.PayloadProject))
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	l.facts = append(l.facts, fact{wordProject.In(l.lang), project.Name()})
	if user.IsAdmin() {
		l.action = p.dashboard(app, l.lang, n)
		return nil
	}
	l.action = p.projectPage(app, l.lang, project.Id)
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil {
		return err
	}
	var next *collections.Invoice
	for _, i := range invoices {
		if i.Status() != collections.Unpaid {
			continue
		}
		l.facts = append(l.facts, invoiceLine(l.lang, i))
		if next == nil && !i.DueAt().IsZero() {
			next = i
		}
	}
	if next == nil || n.Type() != collections.NoticePayment { // other news is about the website first
		return nil
	}
	more := l.action
	if l.action, err = p.payLink(app, l.lang, next); err != nil {
		return err
	}
	if more.URL != "" {
		l.more = append(l.more, more)
	}
	return nil
}

// portal leads to the portal, or home while there is none.
func (p *plugin) portal(app core.App, lang string) link {
	if p.has(page.Portal) {
		return link{actionPortal.In(lang), p.site(app) + page.Portal}
	}
	return link{}
}

func (p *plugin) projectPage(app core.App, lang, id string) link {
	if p.has(page.Project) {
		return link{actionProject.In(lang), p.site(app) + page.Of(page.Project, id)}
	}
	return link{}
}

// dashboard leads an admin to what the notification is about.
func (p *plugin) dashboard(app core.App, lang string, n *collections.Notification) link {
	return link{actionDashboard.In(lang), p.site(app) + page.OfNoticeForAdmins(n)}
}
