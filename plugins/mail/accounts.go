package mail

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/mail"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/page"
)

// jobAccountMail sends one of PocketBase's mails; args accountMail. The secret
// link is made when it is sent: admins see what is in the queue.
const jobAccountMail = "account.mail"

type accountMail struct {
	ID         string `json:"id"` // names the mail
	Kind       string `json:"kind"`
	Collection string `json:"collection"`
	Record     string `json:"record"`
	NewEmail   string `json:"new_email,omitempty"` // of kindEmail
	Info       string `json:"info,omitempty"`      // of kindAlert
}

// The kinds of PocketBase's mails.
const (
	kindVerification = "verification"
	kindPassword     = "password_reset"
	kindEmail        = "email_change"
	kindCode         = "code"
	kindAlert        = "sign_in_alert"
)

// bindAccountMails puts PocketBase's mails into our clothes and into the queue.
// A one-time code goes out at once: it is good for minutes, and it must not be
// written down where admins can read it.
func (p *plugin) bindAccountMails() {
	bind := func(kind string) func(*core.MailerRecordEvent) error {
		return func(e *core.MailerRecordEvent) error { return p.takeOver(e, kind) }
	}
	p.app.OnMailerRecordVerificationSend().BindFunc(bind(kindVerification))
	p.app.OnMailerRecordPasswordResetSend().BindFunc(bind(kindPassword))
	p.app.OnMailerRecordEmailChangeSend().BindFunc(bind(kindEmail))
	p.app.OnMailerRecordAuthAlertSend().BindFunc(bind(kindAlert))
	p.app.OnMailerRecordOTPSend().BindFunc(bind(kindCode))
}

func (p *plugin) takeOver(e *core.MailerRecordEvent, kind string) error {
	args := accountMail{ID: core.GenerateDefaultRandomId(), Kind: kind, Collection: e.Record.Collection().Name, Record: e.Record.Id}
	args.NewEmail, _ = e.Meta["newEmail"].(string)
	info, _ := e.Meta["info"].(string)
	args.Info = html.UnescapeString(info) // PocketBase escapes it; so do our templates
	// The dashboard's test mail is about a record that does not exist, and
	// whoever pressed the button waits for the answer.
	if kind != kindCode && !e.Record.IsNew() {
		return collections.Enqueue(e.App, jobAccountMail, args)
	}
	l, err := p.writeAccountMail(e.App, &args, e.Record)
	if err != nil {
		return err
	}
	l.code, _ = e.Meta["password"].(string)
	message, err := p.message(e.App, l)
	if err != nil {
		return err
	}
	*e.Message = *message
	return e.Next()
}

// sendAccountMail is the job. A record that is gone needs no mail.
func (p *plugin) sendAccountMail(_ context.Context, app core.App, raw json.RawMessage) error {
	args := &accountMail{}
	if err := json.Unmarshal(raw, args); err != nil {
		return fmt.Errorf("mail: read arguments: %w", err)
	}
	record, err := app.FindRecordById(args.Collection, args.Record)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail: find %s %s: %w", args.Collection, args.Record, err)
	}
	if args.Kind == kindVerification && record.Verified() {
		return nil
	}
	l, err := p.writeAccountMail(app, args, record)
	if err != nil || !collections.Reachable(l.to.Address) {
		return err
	}
	return p.post(app, l)
}

func (p *plugin) writeAccountMail(app core.App, args *accountMail, record *core.Record) (*letter, error) {
	lang, err := localeOf(app, record)
	if err != nil {
		return nil, err
	}
	l := &letter{id: args.ID, lang: lang, to: mail.Address{Name: record.GetString("name"), Address: record.Email()}}
	c := record.Collection()
	text := accountTexts[args.Kind]
	l.subject, l.paragraphs = text.subject.In(lang), paragraphs(text.message.In(lang))
	switch args.Kind {
	case kindVerification:
		l.action.Label, l.hint = actionVerify.In(lang), fmt.Sprintf(hintVerify.In(lang), span(c.VerificationToken.DurationTime(), lang))
		l.action.URL, err = p.verification(app, record)
	case kindPassword:
		l.action.Label, l.hint = actionPassword.In(lang), fmt.Sprintf(hintVerify.In(lang), span(c.PasswordResetToken.DurationTime(), lang))
		l.action.URL, err = p.passwordReset(app, record)
	case kindEmail:
		l.to.Address = args.NewEmail
		l.action.Label, l.hint = actionVerify.In(lang), fmt.Sprintf(hintVerify.In(lang), span(c.EmailChangeToken.DurationTime(), lang))
		l.action.URL, err = p.emailChange(app, record, args.NewEmail)
	case kindCode:
		l.hint = fmt.Sprintf(hintCode.In(lang), span(c.OTP.DurationTime(), lang))
	case kindAlert:
		l.paragraphs = append(l.paragraphs[:1:1], append([]string{args.Info}, l.paragraphs[1:]...)...)
	}
	return l, err
}

// localeOf is the language of an account; a superuser reads what the admin reads
// whom it mirrors.
func localeOf(app core.App, record *core.Record) (string, error) {
	if record.Collection().Name == collections.Users {
		return collections.AsUser(record).Locale(), nil
	}
	account := record.GetString("account")
	if account == "" {
		return "id", nil
	}
	user, err := collections.FindUser(app, account)
	if errors.Is(err, collections.ErrNotFound) {
		return "id", nil
	}
	if err != nil {
		return "", err
	}
	return user.Locale(), nil
}

// The addresses to confirm something: our page if the site has it, else the one
// of PocketBase's dashboard.

func (p *plugin) verification(app core.App, record *core.Record) (string, error) {
	token, err := record.NewVerificationToken()
	if err != nil {
		return "", fmt.Errorf("mail: verification link: %w", err)
	}
	return p.confirmation(app, record, "/verifikasi", "confirm-verification", token), nil
}

func (p *plugin) passwordReset(app core.App, record *core.Record) (string, error) {
	token, err := record.NewPasswordResetToken()
	if err != nil {
		return "", fmt.Errorf("mail: password link: %w", err)
	}
	return p.confirmation(app, record, page.NewPassword, "confirm-password-reset", token), nil
}

func (p *plugin) emailChange(app core.App, record *core.Record, newEmail string) (string, error) {
	token, err := record.NewEmailChangeToken(newEmail)
	if err != nil {
		return "", fmt.Errorf("mail: e-mail link: %w", err)
	}
	return p.confirmation(app, record, "/email-baru", "confirm-email-change", token), nil
}

func (p *plugin) confirmation(app core.App, record *core.Record, page, step, token string) string {
	if record.Collection().Name == collections.Users && p.has(page) {
		return p.site(app) + page + "?token=" + token
	}
	return p.site(app) + "/_/#/auth/" + step + "/" + token
}

// sendFarewell is the job of the last mail to a closed account.
func (p *plugin) sendFarewell(_ context.Context, app core.App, raw json.RawMessage) error {
	args := collections.FarewellMail{}
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("mail: read arguments: %w", err)
	}
	if !collections.Reachable(args.To) {
		return nil
	}
	return p.post(app, &letter{
		id: args.User + ".farewell", lang: args.Lang, to: mail.Address{Name: args.Name, Address: args.To},
		subject: farewell.subject.In(args.Lang), paragraphs: paragraphs(farewell.message.In(args.Lang)),
		closed: true,
	})
}
