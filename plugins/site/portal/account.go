package portal

import (
	"strings"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/internal/view"
)

// account is who the client is to us, and how to keep strangers out.
type account struct {
	Facts                             view.Component
	Unverified                        bool
	Profile, Email, Password, Closing accountForm
	Export                            view.Problems
	Sessions                          []sessionRow
	SignIns                           []signInRow
	Everyone                          view.Component
	Forgot                            view.Link
	Close                             view.Confirm
}

// accountForm is one of the forms of the page, with what is wrong in it.
type accountForm struct {
	Problems view.Problems
	Fields   []view.Component
}

// signIn is one line of who signed in.
type signIn struct {
	ID     string `json:"id"`
	At     string `json:"at"`
	What   string `json:"what"`
	IP     string `json:"ip"`
	Device string `json:"device"`
	Here   bool   `json:"here"`
}

// session is one device that is signed in.
type session struct {
	ID        string `json:"id"`
	Began     string `json:"began"`
	Seen      string `json:"seen"`
	Method    string `json:"method"`
	IP        string `json:"ip"`
	Device    string `json:"device"`
	Dashboard bool   `json:"dashboard"`
	Current   bool   `json:"current"`
}

type sessionRow struct {
	Title, Where, Seen string
	Current            bool
	End                view.Component // nil: this one, which signs out
}

type signInRow struct {
	Title, Where, At string
	Deny             view.Component // nil: nothing to disown
}

// accountRefusals are what the API refused, by the form that was sent.
type accountRefusals struct{ profile, email, password, export, closing *call.Error }

// any returns the one that there is.
func (a accountRefusals) any() *call.Error {
	for _, refused := range []*call.Error{a.profile, a.email, a.password, a.export, a.closing} {
		if refused != nil {
			return refused
		}
	}
	return nil
}

func (p *plugin) account(r *view.Request) (*view.Page, error) {
	return p.showAccount(r, accountRefusals{})
}

func (p *plugin) showAccount(r *view.Request, refused accountRefusals) (*view.Page, error) {
	v := p.visitor(r)
	me, err := call.Get[struct {
		Record collections.UserView `json:"record"`
	}](v, "/api/auth/me")
	if err != nil {
		return nil, err
	}
	found, err := call.Get[list[signIn]](v, "/api/account/sign-ins?perPage=10")
	if err != nil {
		return nil, err
	}
	open, err := call.Get[list[session]](v, "/api/account/sessions?perPage=50&sort=-seen")
	if err != nil {
		return nil, err
	}
	data := account{
		Facts:      accountFacts(r, me.Record),
		Unverified: !me.Record.Verified,
		Profile:    profileForm(r, me.Record, refused.profile),
		Email: newForm(refused.email, view.NewField("email", r.T("account.email.new")).Type("email").Complete("email").Limit(255).Required().
			With(r.Request.PostFormValue("email")).Help(r.T("account.email.hint"))),
		Password: newForm(refused.password,
			view.NewField("old_password", r.T("account.password.old")).Type("password").Complete("current-password").Required(),
			view.NewField("password", r.T("account.password.new")).Type("password").Complete("new-password").Help(r.T("account.password.hint")).Limit(71).Required()),
		Closing:  newForm(refused.closing, closingField(r)),
		Export:   view.NewProblems(general(refused.export)),
		Everyone: view.NewConfirm(r.T("account.everywhere"), r.T("account.everywhere.question"), "/portal/akun/keluar-semua", r.T("account.everywhere.do")),
		Forgot:   view.NewLink(r.T("account.forgot"), r.Href("/lupa-sandi")),
	}
	data.Close = view.NewConfirm(r.T("account.close.open"), r.T("account.close.question"), "/portal/akun/tutup", r.T("account.close.do")).
		With(data.Closing.Fields...).Opened(data.Closing.Problems.Any())
	for _, s := range found.Items {
		data.SignIns = append(data.SignIns, signInLine(r, s))
	}
	for _, s := range open.Items {
		data.Sessions = append(data.Sessions, sessionLine(r, s))
	}
	answer := page("portal-account", r.T("nav.account"), data)
	if wrong := refused.any(); wrong != nil {
		answer.Status = wrong.Status
	}
	return answer, nil
}

// newForm puts beside each field what the API refused about it.
func newForm(refused *call.Error, fields ...view.Field) accountForm {
	f := accountForm{}
	names, controls := []string{}, []view.Control{}
	for _, field := range fields {
		field = field.Wrong(refused.Field(field.Name))
		names, controls = append(names, field.Name), append(controls, field)
		f.Fields = append(f.Fields, field)
	}
	f.Problems = view.NewProblems(general(refused, names...), controls...)
	return f
}

func accountFacts(r *view.Request, u collections.UserView) view.Component {
	return view.NewDetails(view.Entry{Term: "E-mail", Text: u.Email}, view.Entry{Term: r.T("account.since"), Text: r.Date(call.Time(u.Created))})
}

// profileForm shows what is kept, or what was typed and refused.
func profileForm(r *view.Request, u collections.UserView, refused *call.Error) accountForm {
	name, phone := u.Name, ""
	if u.Phone != "" {
		phone = text.Phone(u.Phone).String()
	}
	if refused != nil {
		name, phone = r.Request.PostFormValue("name"), r.Request.PostFormValue("phone")
	}
	f := newForm(refused,
		view.NewField("name", r.T("account.name")).Complete("name").Limit(255).Required().With(name),
		view.NewField("phone", r.T("account.phone")).Type("tel").Complete("tel").Limit(30).With(phone).Help(r.T("account.phone.hint")))
	f.Fields = append(f.Fields, view.NewSelect("locale", r.T("account.locale"),
		view.Choice{Value: "id", Label: "Bahasa Indonesia"}, view.Choice{Value: "en", Label: "English"}).Required().With(u.Locale).Help(r.T("account.locale.hint")))
	return f
}

// closingField has a name of its own: the page has another new password.
func closingField(r *view.Request) view.Field {
	return view.NewField("close_password", r.T("account.close.password")).Type("password").Complete("current-password").Required()
}

func signInLine(r *view.Request, s signIn) signInRow {
	row := signInRow{Title: r.T("account.signin." + s.What), Where: strings.Trim(s.Device+", "+s.IP, ", "), At: r.Moment(call.Time(s.At))}
	if s.What == "login" && !s.Here {
		row.Deny = view.NewConfirm(r.T("account.deny"), r.T("account.deny.question"), "/portal/akun/bukan-saya/"+s.ID, r.T("account.deny.do"))
	}
	return row
}

func sessionLine(r *view.Request, s session) sessionRow {
	row := sessionRow{Title: s.Device, Where: s.IP, Seen: r.T("account.session.seen", r.Moment(call.Time(s.Seen))), Current: s.Current}
	switch {
	case s.Method == collections.MethodForeign:
		row.Title = r.T("account.signin.impersonate")
	case s.Dashboard:
		row.Title = strings.Trim(r.T("account.session.dashboard")+" · "+s.Device, " ·")
	case s.Device == "":
		row.Title = r.T("account.session.unknown")
	}
	if !s.Current {
		row.End = view.NewConfirm(r.T("account.session.end"), r.T("account.session.question"), "/portal/akun/sesi/"+s.ID, r.T("account.session.do"))
	}
	return row
}
