package desk

import (
	"slices"
	"strings"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// projects is the list of all projects.
type projects struct {
	Status view.Select
	Search view.Field
	Table  view.Component
	Pages  view.Pagination
}

func (p *plugin) projects(r *view.Request) (*view.Page, error) {
	v, q := p.visitor(r), r.Request.URL.Query()
	status, search := q.Get("status"), strings.TrimSpace(q.Get("q"))
	if !slices.Contains(collections.Statuses, collections.Status(status)) {
		status = ""
	}
	if len(search) > 100 {
		search = ""
	}
	filter := ""
	if status != "" {
		filter = "status = " + quoted(status)
	}
	if search != "" {
		if filter != "" {
			filter += " && "
		}
		filter += "name ~ " + quoted(search)
	}
	found, err := call.Get[list[projectView]](v, address("/api/admin/projects", "page", pageNumber(r), "perPage", "20", "filter", filter))
	if err != nil {
		return nil, err
	}
	owners := []string{}
	for _, project := range found.Items {
		owners = append(owners, project.User)
	}
	names, err := p.clients(v, owners)
	if err != nil {
		return nil, err
	}
	choices := []view.Choice{{Label: r.T("invoices.all")}}
	for _, s := range collections.Statuses {
		choices = append(choices, view.Choice{Value: string(s), Label: s.Label(r.Lang)})
	}
	data := projects{
		Status: view.NewSelect("status", r.T("invoice.state"), choices...).With(status),
		Search: view.NewField("q", r.T("desk.projects.search")).Type("search").With(search).Limit(100),
		Pages:  view.NewPagination(found.Page, found.TotalPages, r.Request.URL),
	}
	if len(found.Items) > 0 {
		table := view.NewTable(r.T("nav.projects"), view.Column{Label: r.T("desk.project.name")}, view.Column{Label: r.T("desk.client")},
			view.Column{Label: r.T("invoice.state")}, view.Column{Label: r.T("desk.project.due")})
		for _, project := range found.Items {
			table = table.Row(view.Part(view.NewLink(project.Name, "/admin/proyek/"+project.ID)), view.Words(names[project.User].Name),
				view.Part(projectStatus(r, project.Status)), view.Words(r.Date(call.Time(project.DueAt))))
		}
		data.Table = table
	}
	return page("desk-projects", r.T("nav.projects"), data), nil
}

// projectPage is one project with the form that moves it on.
type projectPage struct {
	Project  collections.ProjectDetail
	Status   view.Status
	Client   view.Component
	Invoices view.Component
	Timeline view.Component
	Problems view.Problems
	Stale    view.Component // somebody was faster
	Move     *view.Select   // nil: it is final
	Fields   []view.Component
	Version  string
}

func (p *plugin) project(r *view.Request) (*view.Page, error) { return p.showProject(r, nil) }

// projectForm is what the admin typed, or what the project has.
type projectForm struct{ status, note, name, url, due, support, login, user, secret string }

func formOf(project collections.ProjectDetail) projectForm {
	f := projectForm{name: project.Name, url: project.URL, due: day(project.DueAt), support: day(project.SupportUntil)}
	if c := project.Credentials; c != nil {
		f.login, f.user, f.secret = c.AdminURL, c.Username, c.Password
	}
	return f
}

func typed(r *view.Request) projectForm {
	get := func(name string) string { return strings.TrimSpace(r.Request.PostFormValue(name)) }
	return projectForm{
		status: get("status"), note: get("note"), name: get("name"), url: get("url"), due: get("due_at"), support: get("support_until"),
		login: get("login_url"), user: get("login_user"), secret: r.Request.PostFormValue("login_secret"),
	}
}

// day is the value of a date field: the day in WIB.
func day(s string) string {
	at := call.Time(s)
	if at.IsZero() {
		return ""
	}
	return at.In(wib.Zone).Format(time.DateOnly)
}

func (p *plugin) showProject(r *view.Request, refused *call.Error) (*view.Page, error) {
	v := p.visitor(r)
	project, err := call.Get[collections.ProjectDetail](v, "/api/admin/projects/"+id(r))
	if err != nil {
		return nil, err
	}
	clients, err := p.clients(v, []string{project.User})
	if err != nil {
		return nil, err
	}
	data := projectPage{
		Project: project, Status: projectStatus(r, project.Status), Version: project.Updated,
		Client: clientDetails(r, clients[project.User]), Invoices: projectInvoices(r, project), Timeline: timeline(r, project),
	}
	form := formOf(project)
	if refused != nil {
		form = typed(r)
	}
	data.fill(r, form, refused)
	answer := page("desk-project", project.Name, data)
	answer.Crumbs = []view.Crumb{{Label: r.T("nav.projects"), Href: "/admin/proyek"}, {Label: project.Name}}
	if refused != nil {
		answer.Status = refused.Status
	}
	return answer, nil
}

// moves are where an admin may move a project from here.
var moves = map[string][]collections.Status{
	"pending_payment": {collections.InProgress, collections.Cancelled},
	"in_progress":     {collections.Review, collections.Cancelled},
	"review":          {collections.Completed, collections.Cancelled},
}

// startable reports whether an admin may start the work: nothing that it waits for
// is open. What is paid starts it by itself.
func startable(project collections.ProjectDetail) bool {
	return !slices.ContainsFunc(project.Invoices, func(i collections.InvoiceView) bool {
		return i.DueAtStart && i.Status == collections.Unpaid
	})
}

func (data *projectPage) fill(r *view.Request, f projectForm, refused *call.Error) {
	if targets := moves[data.Project.Status]; len(targets) > 0 {
		choices := []view.Choice{{Value: "", Label: r.T("desk.move.stay"), Hint: collections.Status(data.Project.Status).Label(r.Lang)}}
		for _, s := range targets {
			if s == collections.InProgress && !startable(data.Project) {
				continue
			}
			choices = append(choices, view.Choice{Value: string(s), Label: s.Label(r.Lang), Hint: r.T("desk.move." + string(s))})
		}
		move := view.NewRadios("status", r.T("desk.move"), choices...).With(f.status).Wrong(refused.Field("status"))
		data.Move = &move
	}
	note := view.NewTextarea("note", r.T("desk.note")).Help(r.T("desk.note.hint")).Limit(2000).With(f.note).Wrong(refused.Field("note") + refused.Field("status_note"))
	note.Rows = 3
	name := view.NewField("name", r.T("desk.project.name")).Limit(255).With(f.name).Required().Wrong(refused.Field("name"))
	address := view.NewField("url", r.T("desk.project.url")).Type("url").Help(r.T("desk.project.url.hint")).Limit(255).With(f.url).Wrong(refused.Field("url"))
	due := view.NewField("due_at", r.T("desk.project.due")).Type("date").With(f.due).Wrong(refused.Field("due_at"))
	support := view.NewField("support_until", r.T("desk.project.support")).Type("date").With(f.support).Wrong(refused.Field("support_until"))
	login := view.NewField("login_url", r.T("portal.vault.address")).Type("url").Limit(500).With(f.login).Wrong(refused.Field("credentials"))
	user := view.NewField("login_user", r.T("portal.vault.username")).Limit(500).With(f.user).Complete("off")
	secret := view.NewField("login_secret", r.T("portal.vault.secret")).Limit(500).With(f.secret).Complete("off")
	data.Fields = []view.Component{note, name, address, due, support, login, user, secret}
	if refused == nil {
		return
	}
	general := ""
	fields := []view.Control{note, name, address, due, support, login}
	if data.Move != nil {
		fields = append([]view.Control{*data.Move}, fields...)
	}
	if refused.Field("version") != "" {
		data.Stale = view.NewAlert(view.Warn, r.T("desk.stale"), refused.Field("version")).Announced()
		return
	}
	data.Problems = view.NewProblems("", fields...)
	if !data.Problems.Any() {
		general = refused.Message
	}
	data.Problems.General = general
}

// saveProject sends what changed, with the version that the admin saw: when a
// colleague was faster, nothing is saved and the form says who changed what.
func (p *plugin) saveProject(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	project, err := call.Get[collections.ProjectDetail](v, "/api/admin/projects/"+id(r))
	if err != nil {
		return nil, err
	}
	f := typed(r)
	body := changes(formOf(project), f)
	body["version"] = r.Request.PostFormValue("version")
	_, err = call.Put[collections.ProjectDetail](v, "/api/admin/projects/"+id(r), body)
	if refused, ok := refusal(err); ok {
		return p.showProject(r, refused)
	}
	if err != nil {
		return nil, err
	}
	if f.status != "" {
		r.Flash(view.OK, "desk.flash.moved")
	} else {
		r.Flash(view.OK, "desk.flash.saved")
	}
	return nil, r.SeeOther("/admin/proyek/" + id(r))
}

// changes are what the form has other than the project. A login that nobody
// touched is not sent: it would be sealed anew and look changed.
func changes(before, f projectForm) map[string]any {
	body := map[string]any{}
	if f.status != "" {
		body["status"] = f.status
	}
	if f.note != "" {
		body["note"] = f.note
	}
	if f.name != before.name {
		body["name"] = f.name
	}
	if f.url != before.url {
		body["url"] = f.url
	}
	for field, days := range map[string][2]string{"due_at": {before.due, f.due}, "support_until": {before.support, f.support}} {
		if at, err := time.ParseInLocation(time.DateOnly, days[1], wib.Zone); err == nil && days[0] != days[1] {
			body[field] = at.Format(time.RFC3339)
		}
	}
	if f.login != before.login || f.user != before.user || f.secret != before.secret {
		body["credentials"] = collections.Credentials{AdminURL: f.login, Username: f.user, Password: f.secret}
	}
	return body
}

func clientDetails(r *view.Request, u userView) view.Component {
	entries := []view.Entry{{Term: r.T("desk.client"), Text: u.Name}, {Term: "E-mail", Part: view.NewLink(u.Email, "mailto:"+u.Email)}}
	if u.Phone != "" {
		entries = append(entries, view.Entry{Term: r.T("desk.phone"), Part: view.NewPhone(u.Phone)})
	}
	return view.NewDetails(entries...)
}

func projectInvoices(r *view.Request, project collections.ProjectDetail) view.Component {
	entries := []view.Entry{}
	for _, i := range project.Invoices {
		entries = append(entries, view.Entry{
			Term: r.Money(i.Amount), Part: view.NewRow(view.NewLink(i.Number, "/admin/tagihan/"+i.ID), invoiceStatus(r, invoiceView{InvoiceView: i})),
		})
	}
	return view.NewDetails(entries...)
}

func timeline(r *view.Request, project collections.ProjectDetail) view.Component {
	events := []view.Event{}
	for _, line := range slices.Backward(project.Timeline) {
		title := collections.Status(line.To).Label(r.Lang)
		if line.Kind != collections.EventStatus {
			title = r.T("portal.event." + line.Kind)
		}
		events = append(events, view.Event{Title: title, Text: line.Note, Who: r.T("desk.actor." + line.ActorKind), At: call.Time(line.Created)})
	}
	return view.NewTimeline(events...)
}
