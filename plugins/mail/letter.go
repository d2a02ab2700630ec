package mail

import (
	"embed"
	"fmt"
	html "html/template"
	"net/mail"
	"strings"
	"sync"
	text "text/template"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"jasaweb/collections"
)

// letter is what one mail says. Both forms, HTML and plain text, are made of it.
type letter struct {
	id          string // what the Message-ID is made of: the same for every attempt
	lang        string
	to          mail.Address
	subject     string
	paragraphs  []string
	code        string // to type in somewhere; may be empty
	facts       []fact
	action      link // the button; may be empty
	more        []link
	hint        string // small print below the button; may be empty
	replyTo     string // default: the agency's address
	unsubscribe string // address that switches such mails off; empty if they can not be
	closed      bool   // the account is no more
}

// fact is one line of the table in a letter.
type fact struct{ Label, Value string }

// link is an address with the words that lead there.
type link struct{ Label, URL string }

// sheet is what the templates see: the letter with the agency around it.
type sheet struct {
	Lang, Subject, Preview, Greeting string
	Paragraphs                       []string
	Code                             string
	Facts                            []fact
	Action                           link
	More                             []link
	Hint, Closing, Agency, Reason    string
	Address, Contact                 []string
	Unsubscribe                      link
	SiteURL                          string
}

//go:embed templates
var templateFiles embed.FS

// parseTemplates returns the two templates of the one set.
var parseTemplates = sync.OnceValues(func() (*html.Template, *text.Template) {
	return html.Must(html.ParseFS(templateFiles, "templates/letter.html")), text.Must(text.ParseFS(templateFiles, "templates/letter.txt"))
})

// post sends the letter.
func (p *plugin) post(app core.App, l *letter) error {
	m, err := p.message(app, l)
	if err != nil {
		return err
	}
	return app.NewMailClient().Send(m)
}

// message renders the letter.
func (p *plugin) message(app core.App, l *letter) (*mailer.Message, error) {
	agency, err := collections.FindAgency(app)
	if err != nil {
		return nil, err
	}
	s := p.sheet(app, agency, l)
	htmlTemplate, textTemplate := parseTemplates()
	var h, t strings.Builder
	if err := htmlTemplate.Execute(&h, s); err != nil {
		return nil, fmt.Errorf("mail: write HTML: %w", err)
	}
	if err := textTemplate.Execute(&t, s); err != nil {
		return nil, fmt.Errorf("mail: write text: %w", err)
	}
	m := &mailer.Message{
		From:    mail.Address{Name: agency.Name(), Address: sender(app, agency)},
		To:      []mail.Address{l.to},
		Subject: line(l.subject),
		HTML:    h.String(), Text: t.String(),
		Headers: map[string]string{
			"Message-ID":     p.messageID(app, l.id),
			"Auto-Submitted": "auto-generated", // no holiday notes in answer
		},
	}
	if l.replyTo == "" {
		l.replyTo = agency.Email()
	}
	if address, err := mail.ParseAddress(l.replyTo); err == nil {
		m.Headers["Reply-To"] = (&mail.Address{Address: address.Address}).String()
	}
	if l.unsubscribe != "" { // RFC 8058: mail programs show a button of their own
		m.Headers["List-Unsubscribe"] = "<" + l.unsubscribe + ">"
		m.Headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	}
	return m, nil
}

// noSender is what PocketBase's settings hold until somebody sets an address.
const noSender = "support@example.com"

// sender is the address that mails come from.
func sender(app core.App, agency *collections.AgencyInfo) string {
	if address := app.Settings().Meta.SenderAddress; address != noSender || agency.Email() == "" {
		return address
	}
	return agency.Email()
}

func (p *plugin) sheet(app core.App, agency *collections.AgencyInfo, l *letter) *sheet {
	s := &sheet{
		Lang: l.lang, Subject: line(l.subject), Greeting: wordHello.In(l.lang) + ",", Paragraphs: l.paragraphs, Code: l.code,
		Facts: l.facts, Action: l.action, More: l.more, Hint: l.hint,
		Closing: wordTeam.In(l.lang) + " " + agency.Name(), Agency: agency.Name(),
		Reason: wordReason.In(l.lang) + " " + agency.Name() + ".", SiteURL: p.site(app),
	}
	if l.closed {
		s.Reason = wordReasonPast.In(l.lang) + " " + agency.Name() + "."
	}
	if name := line(l.to.Name); name != "" {
		s.Greeting = wordHello.In(l.lang) + " " + name + ","
	}
	if len(l.paragraphs) > 0 {
		s.Preview = line(l.paragraphs[0])
	}
	for _, part := range strings.Split(agency.Address(), "\n") {
		if part = strings.TrimSpace(part); part != "" {
			s.Address = append(s.Address, part)
		}
	}
	for _, part := range []string{agency.Email(), agency.Phone(), agency.SupportHours()} {
		if part != "" {
			s.Contact = append(s.Contact, part)
		}
	}
	if l.unsubscribe != "" {
		s.Unsubscribe = link{wordUnsubscribe.In(l.lang), l.unsubscribe}
	}
	return s
}

// paragraphs divides a text at its empty lines.
func paragraphs(s string) []string {
	list := []string{}
	for _, part := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
