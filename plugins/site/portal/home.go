package portal

import (
	"net/url"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// home is what needs doing and how the work is getting on.
type home struct {
	Name     string
	Todo     []view.Component
	Projects []view.Component
	News     view.Component
	New      bool // nothing ordered yet
}

func (p *plugin) home(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	projects, err := call.Get[list[projectView]](v, "/api/projects?perPage=20")
	if err != nil {
		return nil, err
	}
	unpaid, err := call.Get[list[invoiceView]](v, "/api/invoices?perPage=50&sort=due_at&filter="+url.QueryEscape("status = 'unpaid' && due_at != ''"))
	if err != nil {
		return nil, err
	}
	data := home{Name: r.User().Name(), New: len(projects.Items) == 0}
	names := map[string]string{}
	for _, project := range projects.Items {
		names[project.ID] = project.Name
	}
	for _, invoice := range unpaid.Items {
		data.Todo = append(data.Todo, payTask(r, invoice, names[invoice.Project]))
	}
	for _, project := range projects.Items {
		if project.Status == string(collections.Review) {
			data.Todo = append(data.Todo, reviewTask(r, project))
		}
	}
	for _, project := range projects.Items {
		data.Projects = append(data.Projects, projectCard(r, project))
	}
	if data.News, err = p.news(r, v); err != nil {
		return nil, err
	}
	return page("portal-home", r.T("portal.home.title"), data), nil
}

func payTask(r *view.Request, i invoiceView, project string) view.Component {
	title, tone := r.T("portal.todo.pay", r.Money(i.Amount), project), view.Warn
	text := r.T("portal.todo.pay.due", r.Date(call.Time(i.DueAt)))
	if overdue(r, i) {
		tone, text = view.Bad, r.T("portal.todo.pay.overdue", r.Date(call.Time(i.DueAt)))
	}
	return view.NewAlert(tone, title, text).With(
		view.NewLink(r.T("portal.pay.now"), "/portal/tagihan/"+i.ID+"/bayar").Primary().Icon("qr-code"),
		view.NewLink(r.T("portal.invoice.see"), "/portal/tagihan/"+i.ID).Quiet())
}

func reviewTask(r *view.Request, project projectView) view.Component {
	return view.NewAlert(view.Info, r.T("portal.todo.review", project.Name), r.T("portal.todo.review.text")).With(
		view.NewLink(r.T("portal.review.open"), "/portal/web/"+project.ID).Primary())
}

// projectCard is a project with the steps of its life.
func projectCard(r *view.Request, project projectView) view.Component {
	card := view.NewCard(project.Name, "").To("/portal/web/" + project.ID).Marked(projectStatus(r, project.Status)).Under()
	if project.Status != string(collections.Cancelled) {
		card = card.Containing(progress(r, project.Status))
	}
	return card
}

// progress shows how far a project is.
func progress(r *view.Request, status string) view.Component {
	current := map[string]int{"pending_payment": 1, "in_progress": 2, "review": 3, "completed": 5}[status]
	return view.NewSteps(current, r.T("portal.step.ordered"), r.T("portal.step.payment"), r.T("portal.step.work"), r.T("portal.step.review"), r.T("portal.step.done"))
}
