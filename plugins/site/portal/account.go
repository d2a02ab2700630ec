package portal

import (
	"jasaweb/collections"
	"jasaweb/plugins/site/call"
	"jasaweb/plugins/site/view"
)

// account is who the client is to us, and how to keep strangers out.
type account struct {
	Profile  view.Component
	Problems view.Problems
	Old, New view.Field
	SignIns  []signInRow
	Everyone view.Component
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

type signInRow struct {
	Title, Where, At string
	Here             bool
	Deny             view.Component // nil: nothing to disown
}

func (p *plugin) account(r *view.Request) (*view.Page, error) { return p.showAccount(r, nil) }

func (p *plugin) showAccount(r *view.Request, refused *call.Error) (*view.Page, error) {
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
	data := account{
		Profile:  profile(r, me.Record),
		Old:      view.NewField("old_password", r.T("account.password.old")).Type("password").Complete("current-password").Required(),
		New:      view.NewField("password", r.T("account.password.new")).Type("password").Complete("new-password").Help(r.T("account.password.hint")).Required(),
		Everyone: view.NewConfirm(r.T("account.everywhere"), r.T("account.everywhere.question"), "/portal/akun/keluar-semua", r.T("account.everywhere.do")),
	}
	for _, s := range found.Items {
		row := signInRow{Title: r.T("account.signin." + s.What), Where: s.Device + ", " + s.IP, At: r.Moment(call.Time(s.At)), Here: s.Here}
		if s.What == "login" && !s.Here {
			row.Deny = view.NewConfirm(r.T("account.deny"), r.T("account.deny.question"), "/portal/akun/bukan-saya/"+s.ID, r.T("account.deny.do"))
		}
		data.SignIns = append(data.SignIns, row)
	}
	answer := page("portal-account", r.T("nav.account"), data)
	if refused != nil {
		data.Old = data.Old.Wrong(refused.Field("old_password"))
		data.New = data.New.Wrong(refused.Field("password"))
		data.Problems = view.NewProblems(general(refused, "old_password", "password"), data.Old, data.New)
		answer.Data, answer.Status = data, refused.Status
	}
	return answer, nil
}

func profile(r *view.Request, u collections.UserView) view.Component {
	entries := []view.Entry{{Term: r.T("account.name"), Text: u.Name}, {Term: "E-mail", Text: u.Email}}
	if u.Phone != "" {
		entries = append(entries, view.Entry{Term: r.T("account.phone"), Text: u.Phone})
	}
	return view.NewDetails(append(entries, view.Entry{Term: r.T("account.since"), Text: r.Date(call.Time(u.Created))})...)
}

func (p *plugin) changePassword(r *view.Request) (*view.Page, error) {
	_, err := call.Post[call.None](p.visitor(r), "/api/account/password", map[string]string{
		"old_password": r.Request.PostFormValue("old_password"), "password": r.Request.PostFormValue("password"),
	})
	if refused, ok := refusal(err); ok {
		return p.showAccount(r, refused)
	}
	if err != nil {
		return nil, err
	}
	r.Flash(view.OK, "account.flash.password")
	return nil, r.SeeOther("/portal/akun")
}

// leaveEverywhere ends every session of the client, this one included.
func (p *plugin) leaveEverywhere(r *view.Request) (*view.Page, error) {
	if _, err := call.Post[call.None](p.visitor(r), "/api/auth/logout", map[string]bool{"everywhere": true}); err != nil {
		return nil, err
	}
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
