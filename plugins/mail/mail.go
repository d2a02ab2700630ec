// Package mail sends what the jobs queue asks for. With SMTP configured in the
// dashboard a mail is sent; without, it is kept as a file in the data
// directory, so that development and demos need no mail server.
//
//	mail.MustRegister(app, mail.Config{})
package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"jasaweb/collections"
)

// Config shapes the plugin.
type Config struct {
	// Dir is where mails are kept while SMTP is off. Default "mail" in the data
	// directory.
	Dir string
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register makes the plugin the handler of mail jobs.
func Register(app core.App, config Config) error {
	p := &plugin{config: config}
	collections.HandleJob(app, collections.JobNotificationMail, p.sendNotification)
	return nil
}

type plugin struct {
	config Config
}

// sendNotification mails one notification to its user. A notification or a user
// that is gone meanwhile needs no mail.
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
	agency, err := collections.FindAgency(app)
	if err != nil {
		return err
	}
	return p.send(app, n.Id, &mailer.Message{
		From:    mail.Address{Name: agency.Name(), Address: app.Settings().Meta.SenderAddress},
		To:      []mail.Address{{Name: user.Name(), Address: user.Email()}},
		Subject: strings.Join(strings.Fields(n.Title()), " "), // clients name projects: a line break would begin a header
		Text:    fmt.Sprintf("%s\n\n%s\n\n%s\n", n.Title(), n.Message(), agency.Name()),
	})
}

// send hands the message to the mail server, or to a file named after id.
func (p *plugin) send(app core.App, id string, m *mailer.Message) error {
	if app.Settings().SMTP.Enabled {
		if err := app.NewMailClient().Send(m); err != nil {
			return fmt.Errorf("mail: send: %w", err)
		}
		return nil
	}
	dir := p.config.Dir
	if dir == "" {
		dir = filepath.Join(app.DataDir(), "mail")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("mail: keep: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\nTo: %s\nSubject: %s\n\n%s", m.From.String(), m.To[0].String(), m.Subject, m.Text)
	if err := os.WriteFile(filepath.Join(dir, id+".txt"), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("mail: keep: %w", err)
	}
	return nil
}
