package public

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// form is what every page with a form shows.
type form struct {
	Problems view.Problems
	Fields   []view.Component
	Hidden   map[string]string
	Submit   view.Button
	Others   []view.Component // ways in with an account elsewhere
	Done     bool             // the answer instead of the form
	Lines    []string
}

// reason is what the API refused, put beside the fields it names.
func reason(err error) (*call.Error, bool) { return errors.AsType[*call.Error](err) }

// complaint is what to say about a field that the API refused: in the words of a
// form where the API speaks of characters, since it cannot know that nothing was
// typed.
func complaint(r *view.Request, refused *call.Error, field, typed string) string {
	switch {
	case refused == nil || refused.Field(field) == "":
		return ""
	case typed == "":
		return r.T("field.needed")
	case field == "email" && !strings.Contains(typed, "@"):
		return r.T("field.email.bad")
	}
	return refused.Field(field)
}

// signedIn is the part of the API's answer that pages need.
type signedIn struct {
	Record struct {
		Role string `json:"role"`
	} `json:"record"`
}

// next is where the visitor wanted to go before signing in.
func next(r *view.Request) string { return view.Local(r.Request.FormValue("next"), "") }

func (p *plugin) formPage(r *view.Request, template, key string, f form, status int) *view.Page {
	return &view.Page{
		Template: template, Title: r.T(key + ".title"), Description: r.T(key + ".description"), Data: f, Status: status,
		Styles: []string{"public.css"}, NoIndex: key == "reset" || key == "verify" || key == "newemail" || key == "login" || key == "forgot",
	}
}

func (p *plugin) login(r *view.Request) (*view.Page, error) {
	if r.User() != nil {
		return nil, r.SeeOther(p.landing(r.User().Role(), next(r)))
	}
	return p.loginPage(r, "", nil)
}

// landing is where somebody of the role goes after signing in.
func (p *plugin) landing(role, next string) string {
	switch {
	case next != "":
		return next
	case role == "admin":
		return "/admin"
	}
	return "/portal"
}

func (p *plugin) loginPage(r *view.Request, email string, refused *call.Error) (*view.Page, error) {
	others, err := p.elsewhere(r, next(r))
	if err != nil {
		return nil, err
	}
	f := form{Others: others, Problems: view.NewProblems(refusedElsewhere(r)), Hidden: map[string]string{"next": next(r)}, Submit: view.NewButton(r.T("login.submit")).Full()}
	emailField := view.NewField("email", r.T("field.email")).Type("email").Complete("username").Required().With(email).Limit(255)
	password := view.NewField("password", r.T("field.password")).Type("password").Complete("current-password").Required().Limit(255)
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		f.Problems = view.NewProblems(refused.Message)
	}
	f.Fields = []view.Component{emailField, password}
	return p.formPage(r, "login", "login", f, status), nil
}

func (p *plugin) sendLogin(r *view.Request) (*view.Page, error) {
	email, password := strings.TrimSpace(r.Request.FormValue("email")), r.Request.FormValue("password")
	answer, err := call.Post[signedIn](p.api.As(r.RequestEvent, r.Lang), "/api/auth/login", map[string]any{"email": email, "password": password})
	if refused, ok := reason(err); ok {
		return p.loginPage(r, email, refused)
	}
	if err != nil {
		return nil, err
	}
	r.SetLang(r.Lang)
	return nil, r.SeeOther(p.landing(answer.Record.Role, next(r)))
}

func (p *plugin) logout(r *view.Request) (*view.Page, error) {
	_, err := call.Post[call.None](p.api.As(r.RequestEvent, r.Lang), "/api/auth/logout", nil)
	if refused, ok := reason(err); err != nil && !(ok && refused.Status == http.StatusUnauthorized) {
		return nil, err
	}
	r.ForgetSession()
	r.Flash(view.OK, "login.out")
	return nil, r.SeeOther("/login")
}

// registration is what the visitor typed.
type registration struct{ Name, Email, Phone, Wish, Kind string }

func (p *plugin) register(r *view.Request) (*view.Page, error) {
	query := r.Request.URL.Query()
	typed := registration{Wish: strings.TrimSpace(query.Get("nama")), Kind: query.Get("jenis")}
	if r.User() != nil {
		return nil, r.SeeOther(afterRegister(r, typed))
	}
	return p.registerPage(r, typed, nil)
}

// afterRegister carries the name from the first screen into the order.
func afterRegister(r *view.Request, typed registration) string {
	if to := next(r); to != "" {
		return to
	}
	order := url.Values{}
	for key, value := range map[string]string{
		"name": typed.Wish, "type": typed.Kind, "tier": r.Request.FormValue("paket"), "template": r.Request.FormValue("desain"),
	} {
		if value != "" {
			order.Set(key, value)
		}
	}
	if len(order) == 0 {
		return "/portal"
	}
	return "/portal/pesan-baru?" + order.Encode()
}

func (p *plugin) registerPage(r *view.Request, typed registration, refused *call.Error) (*view.Page, error) {
	others, err := p.elsewhere(r, afterRegister(r, typed))
	if err != nil {
		return nil, err
	}
	f := form{Others: others, Submit: view.NewButton(r.T("register.submit")).Full(), Hidden: map[string]string{
		"next": next(r), "nama": typed.Wish, "jenis": typed.Kind, "paket": r.Request.FormValue("paket"), "desain": r.Request.FormValue("desain"),
	}}
	name := view.NewField("name", r.T("field.name")).Complete("name").Required().With(typed.Name).Limit(255).Help(r.T("field.name.hint")).Wrong(complaint(r, refused, "name", typed.Name))
	email := view.NewField("email", r.T("field.email")).Type("email").Complete("email").Required().With(typed.Email).Limit(255).Help(r.T("field.email.hint")).Wrong(complaint(r, refused, "email", typed.Email))
	phone := view.NewField("phone", r.T("field.phone")).Type("tel").Complete("tel").With(typed.Phone).Limit(20).Help(r.T("field.phone.hint")).Wrong(complaint(r, refused, "phone", typed.Phone))
	password := view.NewField("password", r.T("field.password")).Type("password").Complete("new-password").Required().Limit(71).Help(r.T("field.password.hint")).Wrong(complaint(r, refused, "password", r.Request.FormValue("password")))
	status := http.StatusOK
	if refused != nil {
		status = refused.Status
		f.Problems = view.NewProblems("", name, email, phone, password)
		if len(f.Problems.Items) == 0 {
			f.Problems.General = refused.Message
		}
	}
	f.Fields = []view.Component{name, email, phone, password}
	if typed.Wish != "" {
		f.Lines = []string{r.T("register.wish", typed.Wish)}
	}
	return p.formPage(r, "register", "register", f, status), nil
}

func (p *plugin) sendRegister(r *view.Request) (*view.Page, error) {
	value := func(name string) string { return strings.TrimSpace(r.Request.FormValue(name)) }
	typed := registration{Name: value("name"), Email: value("email"), Phone: value("phone"), Wish: value("nama"), Kind: value("jenis")}
	body := map[string]any{"name": typed.Name, "email": typed.Email, "password": r.Request.FormValue("password"), "locale": r.Lang}
	if typed.Phone != "" {
		body["phone"] = typed.Phone
	}
	_, err := call.Post[signedIn](p.api.As(r.RequestEvent, r.Lang), "/api/auth/register", body)
	if refused, ok := reason(err); ok {
		return p.registerPage(r, typed, refused)
	}
	if err != nil {
		return nil, err
	}
	r.SetLang(r.Lang)
	r.Flash(view.OK, "register.done")
	return nil, r.SeeOther(afterRegister(r, typed))
}
