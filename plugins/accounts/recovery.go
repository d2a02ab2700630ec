package accounts

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

type emailInput struct {
	Body struct {
		Email string `json:"email" minLength:"3" maxLength:"255"`
	}
}

// requestPasswordReset answers the same whether or not the account exists. The
// mail is made in the background, so that the time tells nothing either.
func (p *plugin) requestPasswordReset(e *core.RequestEvent, in *emailInput) (*rest.None, error) {
	return p.silently(e, "/request-password-reset", in.Body.Email)
}

// requestVerification sends the verification mail again, if there is an account
// that needs it.
func (p *plugin) requestVerification(e *core.RequestEvent, in *emailInput) (*rest.None, error) {
	return p.silently(e, "/request-verification", in.Body.Email)
}

func (p *plugin) silently(e *core.RequestEvent, path, email string) (*rest.None, error) {
	if err := p.sameOrigin(e.Request); err != nil {
		return nil, err
	}
	w, err := p.ask(e, path, map[string]string{"email": email}, false)
	if err != nil {
		return nil, err
	}
	return nil, w.refusal(map[string]*collections.Error{"email": badEmail("email")})
}

type confirmResetInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"2000" doc:"From the link in the mail"`
		Password string `json:"password" minLength:"8" maxLength:"71"`
	}
}

// confirmPasswordReset sets the new password. The token is bound to what the
// change renews, so it works once; every session ends.
func (p *plugin) confirmPasswordReset(e *core.RequestEvent, in *confirmResetInput) (*rest.None, error) {
	w, err := p.ask(e, "/confirm-password-reset", map[string]string{
		"token": in.Body.Token, "password": in.Body.Password, "passwordConfirm": in.Body.Password,
	}, false)
	if err != nil {
		return nil, err
	}
	return nil, w.refusal(map[string]*collections.Error{"token": badLink})
}

type tokenInput struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"2000" doc:"From the link in the mail"`
	}
}

func (p *plugin) confirmVerification(e *core.RequestEvent, in *tokenInput) (*rest.None, error) {
	w, err := p.ask(e, "/confirm-verification", map[string]string{"token": in.Body.Token}, false)
	if err != nil {
		return nil, err
	}
	return nil, w.refusal(map[string]*collections.Error{"token": badLink})
}

// requestEmailChange sends a link to the new address; nothing changes before it
// is opened.
func (p *plugin) requestEmailChange(e *core.RequestEvent, in *emailInput) (*rest.None, error) {
	w, err := p.ask(e, "/request-email-change", map[string]string{"newEmail": in.Body.Email}, true)
	if err != nil {
		return nil, err
	}
	return nil, w.refusal(map[string]*collections.Error{"newEmail": badEmail("email")})
}

type confirmEmailInput struct {
	Body struct {
		Token    string `json:"token" minLength:"1" maxLength:"2000" doc:"From the link in the mail"`
		Password string `json:"password" minLength:"1" maxLength:"100" doc:"The account's password, once more"`
	}
}

// confirmEmailChange makes the new address the account's. Every session ends.
func (p *plugin) confirmEmailChange(e *core.RequestEvent, in *confirmEmailInput) (*rest.None, error) {
	w, err := p.ask(e, "/confirm-email-change", map[string]string{"token": in.Body.Token, "password": in.Body.Password}, false)
	if err != nil {
		return nil, err
	}
	if refused := w.refusal(map[string]*collections.Error{"token": badLink}); refused == nil || refused == error(badLink) {
		return nil, refused
	}
	return nil, w.refusal(map[string]*collections.Error{"password": collections.WrongPassword("password")})
}

var badLink = collections.Invalid("bad_link", "token", collections.Text{
	ID: "Tautan ini sudah dipakai atau kedaluwarsa. Mintalah tautan baru.",
	EN: "This link was used already or has expired. Ask for a new one.",
})

func badEmail(field string) *collections.Error {
	return collections.Invalid("bad_email", field, collections.Text{
		ID: "Alamat e-mail ini tidak bisa dipakai.", EN: "This e-mail address cannot be used.",
	})
}
