package accounts

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// signedIn is the answer to a successful register or login.
type signedIn struct {
	Token  string               `json:"token" doc:"For the Authorization header; browsers have the cookie"`
	Record collections.UserView `json:"record"`
}

type me struct {
	Record collections.UserView `json:"record"`
}

type registerInput struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"255"`
		Email    string `json:"email" minLength:"3" maxLength:"255"`
		Password string `json:"password" minLength:"8" maxLength:"71"`
		Phone    string `json:"phone,omitempty" maxLength:"30"`
		Locale   string `json:"locale,omitempty" enum:"id,en"`
	}
}

// register opens a client account and signs it in.
func (p *plugin) register(e *core.RequestEvent, in *registerInput) (*signedIn, error) {
	if err := p.sameOrigin(e.Request); err != nil {
		return nil, err
	}
	c, err := e.App.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return nil, fmt.Errorf("accounts: register: %w", err)
	}
	phone, err := normalPhone(in.Body.Phone)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{
		"name": in.Body.Name, "email": in.Body.Email, "password": in.Body.Password,
		"phone": phone, "locale": in.Body.Locale, "role": collections.RoleClient,
	})
	by := collections.RequestActor(e)
	collections.SetActor(record, by)
	err = e.App.RunInTransaction(func(txApp core.App) error {
		if err := txApp.Save(record); err != nil {
			return err
		}
		by.ID = record.Id
		return collections.Audit(txApp, collections.AuditEntry{
			By: by, Action: collections.AuditLogin, Collection: collections.Users, Record: record.Id, After: map[string]any{"method": "register"},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: register: %w", err)
	}
	return p.signIn(e, collections.AsUser(record), "register")
}

func (p *plugin) signIn(e *core.RequestEvent, u *collections.User, method string) (*signedIn, error) {
	token, err := begin(e, u.Record, method)
	if err != nil {
		return nil, fmt.Errorf("accounts: sign in: %w", err)
	}
	p.setCookie(e, u.Record, token)
	return &signedIn{Token: token, Record: u.View()}, nil
}

type loginInput struct {
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"255"`
		Password string `json:"password" minLength:"1" maxLength:"255"`
	}
}

// login asks PocketBase's own password login in process, so that its hooks,
// rate limit and equal timing for unknown e-mails apply, and adds the cookie.
func (p *plugin) login(e *core.RequestEvent, in *loginInput) (*signedIn, error) {
	if err := p.sameOrigin(e.Request); err != nil {
		return nil, err
	}
	answer, err := p.authWithPassword(e, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	u, err := collections.FindUser(e.App, answer.Record.ID)
	if err != nil {
		return nil, fmt.Errorf("accounts: login: %w", err)
	}
	p.setCookie(e, u.Record, answer.Token)
	return &signedIn{Token: answer.Token, Record: u.View()}, nil
}

type logoutInput struct {
	Body *struct {
		Everywhere bool `json:"everywhere,omitempty" doc:"Revoke every token of this account"`
	}
}

// logout ends this session; everywhere makes every token worthless.
func (p *plugin) logout(e *core.RequestEvent, in *logoutInput) (*rest.None, error) {
	entry := collections.AuditEntry{
		By: collections.RequestActor(e), Action: collections.AuditLogout, Collection: collections.Users, Record: e.Auth.Id, Demo: e.Auth.GetBool(collections.ColumnDemo),
	}
	var err error
	if in.Body != nil && in.Body.Everywhere {
		entry.After = map[string]any{"everywhere": true}
		err = p.endSessions(e, entry, nil)
	} else {
		err = e.App.RunInTransaction(func(txApp core.App) error {
			if now := collections.RequestSession(e); now != nil {
				if err := collections.EndSession(txApp, now); err != nil {
					return err
				}
			}
			return collections.Audit(txApp, entry)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("accounts: logout: %w", err)
	}
	clearCookie(e)
	return nil, nil
}

func (p *plugin) me(e *core.RequestEvent, _ *rest.None) (*me, error) {
	return &me{Record: collections.AsUser(e.Auth).View()}, nil
}

// badLogin is the one answer to an unknown e-mail and a wrong password.
var badLogin = &collections.Error{Code: "bad_login", Reason: collections.ReasonInvalid, Text: collections.Text{
	ID: "E-mail atau kata sandi salah.", EN: "The e-mail or the password is wrong.",
}}
