package portal

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/secret"
)

type showCredentialsInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"255" doc:"The client's own password, once more"`
	}
}

// shownCredentials is the login of a delivered website.
type shownCredentials struct {
	Credentials *collections.Credentials `json:"credentials"`
	ViewedAt    string                   `json:"viewed_at" doc:"When it was shown before, UTC; empty for the first time"`
}

// showCredentials shows the login to a client who gives their password again,
// so that an unlocked screen is not enough. Every view, and every wrong
// password, goes into the audit log.
func (p *plugin) showCredentials(e *core.RequestEvent, in *showCredentialsInput) (*shownCredentials, error) {
	project, err := collections.FindOwnProject(e.App, in.ID, e.Auth.Id)
	if err != nil {
		return nil, err
	}
	if project.Status() != collections.Completed || !project.HasCredentials() {
		return nil, collections.Refuse("no_credentials", "status", collections.Text{
			ID: "Data login baru tersedia setelah website selesai.", EN: "The login is available once the website is completed.",
		})
	}
	entry := collections.AuditEntry{
		By: clientOf(e), Action: collections.AuditCredentialsViewed, Collection: collections.Projects, Record: project.Id,
		Demo: project.GetBool(collections.ColumnDemo),
	}
	wrong := entry
	wrong.Action = collections.AuditCredentialsDenied
	err = collections.GuardSecret(e.App, entry.By, collections.Secret{Account: e.Auth.Id, Field: "password", Wrong: wrong}, func() (collections.Outcome, error) {
		if !e.Auth.ValidatePassword(in.Body.Password) {
			return collections.Guessed, collections.WrongPassword("password")
		}
		return collections.Proven, nil
	})
	if err != nil {
		return nil, err
	}
	out := &shownCredentials{}
	err = e.App.RunInTransaction(func(txApp core.App) error {
		before, err := collections.LastAudit(txApp, entry.Action, entry.Collection, entry.Record)
		if err != nil {
			return err
		}
		out.ViewedAt = before.String()
		out.Credentials, err = project.RevealCredentials(p.config.Credentials)
		if errors.Is(err, secret.ErrOpen) {
			return errUnreadable(err)
		}
		if err != nil {
			return err
		}
		return collections.Audit(txApp, entry)
	})
	return out, err
}

// errUnreadable says that the agency lost the key of the login.
func errUnreadable(cause error) error {
	return &collections.Error{Code: "unreadable_credentials", Reason: collections.ReasonUnavailable, Field: "credentials", Err: cause, Text: collections.Text{
		ID: "Data login ini tidak dapat dibaca lagi. Hubungi kami untuk mendapatkannya kembali.",
		EN: "This login cannot be read any more. Contact us to get it again.",
	}}
}
