package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	smtp "github.com/wneessen/go-mail"

	"jasaweb/collections"
)

const (
	// dialTimeout bounds the wait for a server that does not answer at all.
	dialTimeout = 10 * time.Second
	// sendTimeout bounds one mail, from the greeting to the receipt. PocketBase's
	// own client has no limit: a server that stalls would hold a worker for ever.
	sendTimeout = 60 * time.Second
)

// transport is how every mail leaves the program, PocketBase's own included. It
// takes the place of PocketBase's client: that one can not be interrupted.
func (p *plugin) transport(e *core.MailerEvent) error {
	m, err := p.compose(e.App, e.Message)
	if err != nil {
		return err
	}
	if !e.App.Settings().SMTP.Enabled {
		return p.keep(e.App, m)
	}
	if err := p.gate.enter(collections.Now(e.App)); err != nil {
		return err
	}
	err = sendSMTP(e.App.Settings().SMTP, m)
	if p.gate.leave(collections.Now(e.App), err) {
		p.hurry(e.App)
	}
	return err
}

// compose writes the mail down in its form on the wire.
func (p *plugin) compose(app core.App, in *mailer.Message) (*smtp.Msg, error) {
	m := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	if err := errors.Join(m.FromFormat(line(in.From.Name), in.From.Address), addTo(m, in.To)); err != nil {
		return nil, fmt.Errorf("mail: address: %w", masked(err))
	}
	m.Subject(line(in.Subject))
	m.SetDateWithValue(collections.Now(app))
	id := in.Headers["Message-ID"]
	if id == "" {
		id = p.messageID(app, core.GenerateDefaultRandomId())
	}
	m.SetMessageIDWithValue(strings.Trim(id, "<>"))
	for name, value := range in.Headers {
		if name != "Message-ID" {
			m.SetGenHeaderPreformatted(smtp.Header(name), line(value)) // as it is: folding would break long links
		}
	}
	m.SetBodyString(smtp.TypeTextPlain, in.Text)
	if in.HTML != "" {
		m.AddAlternativeString(smtp.TypeTextHTML, in.HTML)
	}
	return m, nil
}

func addTo(m *smtp.Msg, to []mail.Address) error {
	if len(to) == 0 {
		return errors.New("nobody to send to")
	}
	for _, a := range to {
		if err := m.AddToFormat(line(a.Name), a.Address); err != nil {
			return err
		}
	}
	return nil
}

// messageID names a mail; the same id always gives the same name.
func (p *plugin) messageID(app core.App, id string) string {
	host := "localhost"
	if u, err := url.Parse(p.site(app)); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return "<" + id + "@" + host + ">"
}

// line makes one line of s: clients name projects and themselves, and a line
// break would begin a header of their own.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }), " ")
}

// sendSMTP hands the mail to the server. Nil means that the server took it.
func sendSMTP(s core.SMTPConfig, m *smtp.Msg) error {
	return sendOver(newDialer(s), s, m)
}

func sendOver(d *dialer, s core.SMTPConfig, m *smtp.Msg) error {
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	defer d.close()
	client, err := smtp.NewClient(s.Host, smtpOptions(s, d)...)
	if err != nil {
		return fmt.Errorf("mail: settings: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("mail: connect: %w", masked(err))
	}
	stop := context.AfterFunc(ctx, d.close)
	defer stop()
	err = client.SendWithSMTPClient(conn, m)
	// What fails after the receipt (reset, goodbye) does not undo it.
	if err != nil && !m.IsDelivered() {
		return fmt.Errorf("mail: send: %w", masked(err))
	}
	_ = client.CloseWithSMTPClient(conn) // the goodbye; the mail has arrived
	return nil
}

// smtpOptions translates PocketBase's settings.
func smtpOptions(s core.SMTPConfig, d *dialer) []smtp.Option {
	options := []smtp.Option{
		smtp.WithTimeout(sendTimeout), smtp.WithTLSPolicy(smtp.TLSOpportunistic), smtp.WithDialContextFunc(d.dial),
	}
	if s.TLS {
		options = append(options, smtp.WithSSL())
	}
	if s.Port != 0 {
		options = append(options, smtp.WithPort(s.Port)) // after WithSSL, which has a port of its own
	}
	if s.LocalName != "" {
		options = append(options, smtp.WithHELO(s.LocalName))
	}
	if s.Username != "" || s.Password != "" {
		method := smtp.SMTPAuthPlain
		if s.AuthMethod == mailer.SMTPAuthLogin {
			method = smtp.SMTPAuthLogin
		}
		options = append(options, smtp.WithSMTPAuth(method), smtp.WithUsername(s.Username), smtp.WithPassword(s.Password))
	}
	return options
}

// dialer keeps hold of the connection, so that it is closed on every way out.
type dialer struct {
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	conn    net.Conn
}

func newDialer(s core.SMTPConfig) *dialer {
	plain := &net.Dialer{}
	if !s.TLS {
		return &dialer{connect: plain.DialContext}
	}
	return &dialer{connect: (&tls.Dialer{NetDialer: plain, Config: &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}}).DialContext}
}

func (d *dialer) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	d.conn, err = d.connect(ctx, network, address)
	return d.conn, err
}

func (d *dialer) close() {
	if d.conn != nil {
		d.conn.Close()
	}
}

// addressPattern finds e-mail addresses in what a server says.
var addressPattern = regexp.MustCompile(`[^\s<>"':,;()]+@[^\s<>"':,;()]+`)

// masked is err without the addresses of people, because errors go to the log.
// It still unwraps to err.
func masked(err error) error { return &maskedError{err} }

type maskedError struct{ err error }

func (e *maskedError) Error() string { return addressPattern.ReplaceAllString(e.err.Error(), "***") }
func (e *maskedError) Unwrap() error { return e.err }

// purge forgets old files.
func (p *plugin) purge() {
	if err := p.purgeKept(p.app, collections.Now(p.app)); err != nil {
		p.app.Logger().Warn("mail: purge", "error", err)
	}
}

// bytesOf returns the mail as it goes over the wire.
func bytesOf(m *smtp.Msg) ([]byte, error) {
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return b.Bytes(), nil
}
