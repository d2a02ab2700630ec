package public

import (
	"net/http"
	"strings"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

func (p *plugin) contact(r *view.Request) (*view.Page, error) {
	return p.contactPage(r, nil, nil), nil
}

// contactPage shows the form with what was typed.
func (p *plugin) contactPage(r *view.Request, typed map[string]string, refused *call.Error) *view.Page {
	f := form{Submit: view.NewButton(r.T("contact.submit")).Icon("send")}
	wrong := func(field string) string { return complaint(r, refused, field, typed[field]) }
	if user := r.User(); user != nil && typed == nil {
		typed = map[string]string{"name": user.Name(), "email": user.Email()}
	}
	name := view.NewField("name", r.T("field.name")).Complete("name").Required().Limit(200).With(typed["name"]).Wrong(wrong("name"))
	email := view.NewField("email", r.T("field.email")).Type("email").Complete("email").Required().Limit(255).With(typed["email"]).Wrong(wrong("email"))
	phone := view.NewField("phone", r.T("field.phone")).Type("tel").Complete("tel").Limit(20).With(typed["phone"]).Wrong(wrong("phone"))
	message := view.NewTextarea("message", r.T("contact.message")).Required().Limit(5000).Help(r.T("contact.message.hint")).With(typed["message"]).Wrong(wrong("message"))
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		f.Problems = view.NewProblems("", name, email, phone, message)
		if !f.Problems.Any() {
			f.Problems.General = refused.Message
		}
	}
	f.Fields = []view.Component{name, email, phone, message}
	return p.formPage(r, "contact", "contact", f, status)
}

func (p *plugin) sendContact(r *view.Request) (*view.Page, error) {
	typed := map[string]string{}
	body := map[string]any{}
	for _, name := range []string{"name", "email", "phone", "message", "website"} {
		typed[name] = strings.TrimSpace(r.Request.FormValue(name))
		if typed[name] != "" {
			body[name] = typed[name]
		}
	}
	_, err := call.Post[call.None](p.api.As(r.RequestEvent, r.Lang), "/api/contact", body)
	if refused, ok := reason(err); ok {
		return p.contactPage(r, typed, refused), nil
	}
	if err != nil {
		return nil, err
	}
	return p.formPage(r, "contact", "contact", form{Done: true}, http.StatusOK), nil
}
