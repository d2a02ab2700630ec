package accounts

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// authAnswer is what we need of PocketBase's answer to a login.
type authAnswer struct {
	Token  string `json:"token"`
	Record struct {
		ID string `json:"id"`
	} `json:"record"`
}

// authWithPassword asks PocketBase's own password login. It returns badLogin, a
// too-many-requests error, or a failure.
func (p *plugin) authWithPassword(e *core.RequestEvent, email, password string) (*authAnswer, error) {
	w, err := p.ask(e, "/auth-with-password", map[string]string{"identity": email, "password": password, "identityField": "email"}, false)
	if err != nil {
		return nil, err
	}
	switch w.status {
	case http.StatusOK:
		answer := &authAnswer{}
		if err := json.Unmarshal(w.body.Bytes(), answer); err != nil {
			return nil, fmt.Errorf("accounts: read login answer: %w", err)
		}
		return answer, nil
	case http.StatusBadRequest:
		return nil, badLogin
	case http.StatusTooManyRequests:
		return nil, tooManyTries(w)
	case http.StatusUnauthorized:
		return nil, &collections.Error{Code: "mfa_required", Reason: collections.ReasonUnauthenticated, Text: collections.Text{
			ID: "Akun ini memakai verifikasi dua langkah.", EN: "This account uses two-step sign-in.",
		}}
	case http.StatusForbidden:
		return nil, e.ForbiddenError("", nil)
	}
	return nil, fmt.Errorf("accounts: login answered %d", w.status)
}

type passwordInput struct {
	Body struct {
		OldPassword string `json:"old_password" minLength:"1" maxLength:"255"`
		Password    string `json:"password" minLength:"8" maxLength:"71"`
	}
}

// changePassword ends every other session: whoever changes the password because
// somebody knows it must be alone afterwards.
func (p *plugin) changePassword(e *core.RequestEvent, in *passwordInput) (*signedIn, error) {
	u, err := p.sameUser(e, in.Body.OldPassword, "old_password")
	if err != nil {
		return nil, err
	}
	u.SetPassword(in.Body.Password)
	collections.SetActor(u.Record, collections.RequestActor(e))
	if err := e.App.Save(u); err != nil {
		return nil, fmt.Errorf("accounts: change password: %w", err)
	}
	return p.signIn(e, u, "password")
}

// sameUser reads the signed-in user afresh and checks the password that they
// give once more; field is where it stood in the request.
func (p *plugin) sameUser(e *core.RequestEvent, password, field string) (*collections.User, error) {
	u, err := collections.FindUser(e.App, e.Auth.Id)
	if err != nil {
		return nil, fmt.Errorf("accounts: find %s: %w", e.Auth.Id, err)
	}
	secret := collections.Secret{Account: u.Id, Field: field, Wrong: collections.AuditEntry{
		By: collections.RequestActor(e), Action: collections.AuditPasswordWrong, Collection: collections.Users, Record: u.Id, Demo: u.GetBool(collections.ColumnDemo),
	}}
	err = collections.GuardSecret(e.App, secret.Wrong.By, secret, func() (collections.Outcome, error) {
		if !u.ValidatePassword(password) {
			return collections.Guessed, collections.WrongPassword(field)
		}
		return collections.Proven, nil
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
