package public

import (
	"net/http"
	"strings"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// The forms of this file end what a mail began. Our own routes check the token of
// the mail: PocketBase's say in English, beside the password, that a link is old.
const doors = "/api/auth/"

// oldLink is what to say about a form as a whole: mostly that its link is old.
func oldLink(r *view.Request, refused *call.Error) string {
	if refused.Field("token") != "" {
		return r.T("mail.expired")
	}
	return refused.Message
}

func (p *plugin) forgot(r *view.Request) (*view.Page, error) {
	return p.forgotPage(r, "", nil), nil
}

func (p *plugin) forgotPage(r *view.Request, email string, refused *call.Error) *view.Page {
	f := form{Submit: view.NewButton(r.T("forgot.submit")).Full()}
	field := view.NewField("email", r.T("field.email")).Type("email").Complete("email").Required().With(email).Limit(255)
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		field = field.Wrong(complaint(r, refused, "email", email))
		f.Problems = view.NewProblems("", field)
		if !f.Problems.Any() {
			f.Problems.General = refused.Message
		}
	}
	f.Fields = []view.Component{field}
	return p.formPage(r, "forgot", "forgot", f, status)
}

// sendForgot says the same whether the account exists or not.
func (p *plugin) sendForgot(r *view.Request) (*view.Page, error) {
	email := strings.TrimSpace(r.Request.FormValue("email"))
	_, err := call.Post[call.None](p.api.As(r.RequestEvent, r.Lang), doors+"password-reset", map[string]any{"email": email})
	if refused, ok := reason(err); ok {
		return p.forgotPage(r, email, refused), nil
	}
	if err != nil {
		return nil, err
	}
	return p.formPage(r, "forgot", "forgot", form{Done: true}, http.StatusOK), nil
}

// hideToken keeps the key of a mail out of the log of requests and out of what
// the next site would learn.
func hideToken(r *view.Request) string {
	token := r.Request.FormValue("token")
	query := r.Request.URL.Query()
	if query.Has("token") {
		query.Del("token")
		r.Request.URL.RawQuery = query.Encode()
		r.Request.RequestURI = r.Request.URL.RequestURI()
	}
	r.Response.Header().Set("Cache-Control", "no-store")
	return token
}

func (p *plugin) reset(r *view.Request) (*view.Page, error) {
	return p.resetPage(r, hideToken(r), nil), nil
}

func (p *plugin) resetPage(r *view.Request, token string, refused *call.Error) *view.Page {
	f := form{Submit: view.NewButton(r.T("reset.submit")).Full(), Hidden: map[string]string{"token": token}}
	password := view.NewField("password", r.T("field.password.new")).Type("password").Complete("new-password").Required().Limit(71).Help(r.T("field.password.hint"))
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		password = password.Wrong(complaint(r, refused, "password", r.Request.FormValue("password")))
		f.Problems = view.NewProblems("", password)
		if !f.Problems.Any() {
			f.Problems.General = oldLink(r, refused)
		}
	}
	f.Fields = []view.Component{password}
	return p.formPage(r, "reset", "reset", f, status)
}

func (p *plugin) sendReset(r *view.Request) (*view.Page, error) {
	token, password := hideToken(r), r.Request.FormValue("password")
	return p.confirm(r, "password-reset/confirm", map[string]any{"token": token, "password": password}, "reset.done",
		func(refused *call.Error) *view.Page { return p.resetPage(r, token, refused) })
}

// confirm sends the key of a mail and goes to the login.
func (p *plugin) confirm(r *view.Request, action string, body map[string]any, done string, again func(*call.Error) *view.Page) (*view.Page, error) {
	_, err := call.Post[call.None](p.api.As(r.RequestEvent, r.Lang), doors+action, body)
	if refused, ok := reason(err); ok {
		return again(refused), nil
	}
	if err != nil {
		return nil, err
	}
	r.Flash(view.OK, done)
	return nil, r.SeeOther("/login")
}

// verify asks before it confirms: programs that read mails open every link.
func (p *plugin) verify(r *view.Request) (*view.Page, error) {
	return p.verifyPage(r, hideToken(r), nil), nil
}

func (p *plugin) verifyPage(r *view.Request, token string, refused *call.Error) *view.Page {
	f := form{Submit: view.NewButton(r.T("verify.submit")).Full(), Hidden: map[string]string{"token": token}}
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		f.Problems = view.NewProblems(oldLink(r, refused))
	}
	return p.formPage(r, "reset", "verify", f, status)
}

func (p *plugin) sendVerify(r *view.Request) (*view.Page, error) {
	token := hideToken(r)
	return p.confirm(r, "verification/confirm", map[string]any{"token": token}, "verify.done",
		func(refused *call.Error) *view.Page { return p.verifyPage(r, token, refused) })
}

func (p *plugin) newEmail(r *view.Request) (*view.Page, error) {
	return p.newEmailPage(r, hideToken(r), nil), nil
}

func (p *plugin) newEmailPage(r *view.Request, token string, refused *call.Error) *view.Page {
	f := form{Submit: view.NewButton(r.T("newemail.submit")).Full(), Hidden: map[string]string{"token": token}}
	password := view.NewField("password", r.T("field.password")).Type("password").Complete("current-password").Required().Limit(255)
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		password = password.Wrong(complaint(r, refused, "password", r.Request.FormValue("password")))
		f.Problems = view.NewProblems("", password)
		if !f.Problems.Any() {
			f.Problems.General = oldLink(r, refused)
		}
	}
	f.Fields = []view.Component{password}
	return p.formPage(r, "reset", "newemail", f, status)
}

func (p *plugin) sendNewEmail(r *view.Request) (*view.Page, error) {
	token, password := hideToken(r), r.Request.FormValue("password")
	return p.confirm(r, "email-change/confirm", map[string]any{"token": token, "password": password}, "newemail.done",
		func(refused *call.Error) *view.Page { return p.newEmailPage(r, token, refused) })
}
