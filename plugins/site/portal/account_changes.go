package portal

import (
	"net/http"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// changed goes back to the account page, which says so.
func changed(r *view.Request, flash string) (*view.Page, error) {
	r.Flash(view.OK, flash)
	return nil, r.SeeOther("/portal/akun")
}

func (p *plugin) changeProfile(r *view.Request) (*view.Page, error) {
	locale := r.Request.PostFormValue("locale")
	_, err := call.Put[call.None](p.visitor(r), "/api/account", map[string]string{
		"name": r.Request.PostFormValue("name"), "phone": r.Request.PostFormValue("phone"), "locale": locale,
	})
	if refused, ok := refusal(err); ok {
		return p.showAccount(r, accountRefusals{profile: refused})
	}
	if err != nil {
		return nil, err
	}
	if locale != r.User().Locale() {
		r.SetLang(locale) // the language chosen for this browser before must not win over it
	}
	return changed(r, "account.flash.profile")
}

// changeEmail mails a link to the new address; until it is opened nothing changes.
func (p *plugin) changeEmail(r *view.Request) (*view.Page, error) {
	_, err := call.Post[call.None](p.visitor(r), "/api/account/email", map[string]string{"email": r.Request.PostFormValue("email")})
	if refused, ok := refusal(err); ok {
		return p.showAccount(r, accountRefusals{email: refused})
	}
	if err != nil {
		return nil, err
	}
	return changed(r, "account.flash.email")
}

// verifyAgain mails the link that confirms the present address.
func (p *plugin) verifyAgain(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	me, err := call.Get[struct {
		Record collections.UserView `json:"record"`
	}](v, "/api/auth/me")
	if err != nil {
		return nil, err
	}
	if _, err = call.Post[call.None](v, "/api/auth/verification", map[string]string{"email": me.Record.Email}); err != nil {
		return nil, err
	}
	return changed(r, "account.flash.verify")
}

func (p *plugin) changePassword(r *view.Request) (*view.Page, error) {
	_, err := call.Post[call.None](p.visitor(r), "/api/account/password", map[string]string{
		"old_password": r.Request.PostFormValue("old_password"), "password": r.Request.PostFormValue("password"),
	})
	if refused, ok := refusal(err); ok {
		return p.showAccount(r, accountRefusals{password: refused})
	}
	if err != nil {
		return nil, err
	}
	return changed(r, "account.flash.password")
}

// exportData downloads everything that is kept about the client.
func (p *plugin) exportData(r *view.Request) (*view.Page, error) {
	raw, err := p.visitor(r).Raw(http.MethodGet, "/api/account/export", nil)
	if refused, ok := refusal(err); ok {
		return p.showAccount(r, accountRefusals{export: refused})
	}
	if err != nil {
		return nil, err
	}
	h := r.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="akun-jasaweb.json"`)
	h.Set("Cache-Control", "private, no-store")
	return nil, r.Blob(http.StatusOK, "application/json", raw)
}

// closeAccount wipes who the client is, for good.
func (p *plugin) closeAccount(r *view.Request) (*view.Page, error) {
	_, err := call.Post[call.None](p.visitor(r), "/api/account/close", map[string]string{"password": r.Request.PostFormValue("close_password")})
	if refused, ok := refusal(err); ok {
		if about, ok := refused.Fields["password"]; ok {
			refused.Fields["close_password"] = about
		}
		return p.showAccount(r, accountRefusals{closing: refused})
	}
	if err != nil {
		return nil, err
	}
	r.ForgetSession()
	r.Flash(view.OK, "account.flash.closed")
	return nil, r.SeeOther("/login")
}

// leaveEverywhere ends every session of the client, this one included.
func (p *plugin) leaveEverywhere(r *view.Request) (*view.Page, error) {
	if _, err := call.Post[call.None](p.visitor(r), "/api/auth/logout", map[string]bool{"everywhere": true}); err != nil {
		return nil, err
	}
	r.Flash(view.OK, "account.flash.everywhere")
	return nil, r.SeeOther("/login")
}

// denySignIn says that a sign-in was a stranger's, which ends every session.
func (p *plugin) denySignIn(r *view.Request) (*view.Page, error) {
	if _, err := call.Post[call.None](p.visitor(r), "/api/account/sign-ins/"+id(r)+"/deny", nil); err != nil {
		return nil, err
	}
	r.Flash(view.OK, "account.flash.denied")
	return nil, r.SeeOther("/login")
}

// endSession ends one session elsewhere.
func (p *plugin) endSession(r *view.Request) (*view.Page, error) {
	if _, err := call.Post[call.None](p.visitor(r), "/api/account/sessions/"+id(r)+"/end", nil); err != nil {
		return nil, err
	}
	return changed(r, "account.flash.session")
}
