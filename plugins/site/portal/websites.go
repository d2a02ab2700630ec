package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jasaweb/collections"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// websites is the list of the client's websites.
type websites struct {
	Cards []view.Component
	Pages view.Pagination
}

// pageNumber returns which page of a list is asked for; nonsense is the first.
func pageNumber(r *view.Request) int {
	n, err := strconv.Atoi(r.Request.URL.Query().Get("page"))
	if err != nil || n < 1 || n > 100_000 {
		return 1
	}
	return n
}

func (p *plugin) websites(r *view.Request) (*view.Page, error) {
	found, err := call.Get[list[projectView]](p.visitor(r), "/api/projects?perPage=12&page="+strconv.Itoa(pageNumber(r)))
	if err != nil {
		return nil, err
	}
	data := websites{Pages: view.NewPagination(found.Page, found.TotalPages, r.Request.URL)}
	for _, project := range found.Items {
		data.Cards = append(data.Cards, projectCard(r, project))
	}
	return page("portal-websites", r.T("portal.websites.title"), data), nil
}

// website is one website with all that the client can do about it.
type website struct {
	Project  collections.ProjectDetail
	Status   view.Status
	Steps    view.Component
	Next     view.Component // what happens now, or what the client has to do
	Timeline view.Component
	Invoices view.Component
	About    view.Component
	Review   *reviewForm
	Vault    *vault
	Cancel   view.Component
}

type reviewForm struct {
	Blocked  view.Component // why it cannot be accepted yet
	Problems view.Problems
	Note     view.Textarea
	Open     bool // the wish list is unfolded
}

func (p *plugin) website(r *view.Request) (*view.Page, error) {
	return p.showWebsite(r, nil, nil)
}

// showWebsite shows the page, after a refusal with the form as it was sent.
func (p *plugin) showWebsite(r *view.Request, refused *call.Error, shown *shownLogin) (*view.Page, error) {
	project, err := call.Get[collections.ProjectDetail](p.visitor(r), "/api/projects/"+id(r))
	if err != nil {
		return nil, err
	}
	data := website{
		Project: project, Status: projectStatus(r, project.Status), Next: nextStep(r, project),
		Timeline: timeline(r, project), About: aboutProject(r, project), Invoices: projectInvoices(r, project),
	}
	switch collections.Status(project.Status) {
	case collections.PendingPayment:
		if !anyPaid(project) {
			data.Cancel = view.NewConfirm(r.T("portal.cancel"), r.T("portal.cancel.question"), "/portal/web/"+project.ID+"/batal", r.T("portal.cancel.do"))
		}
	case collections.Review:
		data.Review = newReviewForm(r, project, refused)
	case collections.Completed:
		data.Vault = newVault(r, project, refused, shown)
	}
	if project.Status != string(collections.Cancelled) {
		data.Steps = progress(r, project.Status)
	}
	answer := page("portal-website", project.Name, data)
	answer.Crumbs = []view.Crumb{{Label: r.T("nav.websites"), Href: "/portal/web"}, {Label: project.Name}}
	if refused != nil {
		answer.Status = refused.Status
		if data.Review == nil && data.Vault == nil {
			flash := view.NewFlash(view.Bad, refused.Message)
			answer.FlashNow = &flash
		}
	}
	return answer, nil
}

func anyPaid(project collections.ProjectDetail) bool {
	return slices.ContainsFunc(project.Invoices, func(i invoiceView) bool { return i.Status == collections.Paid })
}

// firstUnpaid returns the invoice to pay now.
func firstUnpaid(project collections.ProjectDetail) *invoiceView {
	for _, i := range project.Invoices {
		if i.Status == collections.Unpaid && i.DueAt != "" {
			return &i
		}
	}
	return nil
}

// nextStep says what happens now. A page must never leave people guessing.
func nextStep(r *view.Request, project collections.ProjectDetail) view.Component {
	due := firstUnpaid(project)
	key := "portal.next." + project.Status
	switch collections.Status(project.Status) {
	case collections.PendingPayment:
		if due != nil {
			return view.NewAlert(view.Warn, r.T(key, r.Money(due.Amount)), r.T(key+".text")).With(
				view.NewLink(r.T("portal.pay.now"), "/portal/tagihan/"+due.ID+"/bayar").Primary().Icon("qr-code"))
		}
		return view.NewAlert(view.Info, r.T("portal.next.checking"), "")
	case collections.InProgress:
		text := r.T(key + ".text")
		if at := call.Time(project.DueAt); !at.IsZero() {
			text = r.T(key+".due", r.Date(at))
		}
		return view.NewAlert(view.Info, r.T(key), text)
	case collections.Review:
		return nil // the form below says it
	case collections.Completed:
		text := r.T(key + ".text")
		if until := call.Time(project.SupportUntil); !until.IsZero() {
			text = r.T(key+".support", r.Date(until))
		}
		return view.NewAlert(view.OK, r.T(key), text)
	}
	return view.NewAlert(view.Neutral, r.T("portal.next.cancelled"), project.StatusNote).With(
		view.NewLink(r.T("portal.order.again"), "/portal/pesan-baru").Secondary())
}

// timeline tells what happened, newest first.
func timeline(r *view.Request, project collections.ProjectDetail) view.Component {
	tones := map[string]view.Tone{"pending_payment": view.Warn, "in_progress": view.Info, "review": view.Info, "completed": view.OK}
	events := []view.Event{}
	for _, line := range slices.Backward(project.Timeline) {
		title := r.T("portal.event.ordered")
		if line.Kind == collections.EventStatus {
			title = collections.Status(line.To).Label(r.Lang)
			if line.From == "review" && line.To == "in_progress" {
				title = r.T("portal.event.revise")
			}
		}
		events = append(events, view.Event{
			Title: title, Text: line.Note, Who: r.T("portal.actor." + line.ActorKind), At: call.Time(line.Created), Tone: tones[line.To],
		})
	}
	return view.NewTimeline(events...)
}

func aboutProject(r *view.Request, project collections.ProjectDetail) view.Component {
	entries := []view.Entry{{Term: r.T("portal.website.kind"), Text: r.T("type." + project.Type)}}
	if project.URL != "" {
		entries = append(entries, view.Entry{Term: r.T("portal.website.address"), Part: view.NewLink(strings.TrimPrefix(project.URL, "https://"), project.URL).Outside()})
	}
	entries = append(entries, view.Entry{Term: r.T("portal.website.ordered"), Text: r.Date(call.Time(project.Created))})
	if at := call.Time(project.DueAt); !at.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("portal.website.due"), Text: r.Date(at)})
	}
	if at := call.Time(project.SupportUntil); !at.IsZero() {
		entries = append(entries, view.Entry{Term: r.T("portal.website.support"), Text: r.Date(at)})
	}
	return view.NewDetails(entries...)
}

func projectInvoices(r *view.Request, project collections.ProjectDetail) view.Component {
	entries := []view.Entry{}
	for _, i := range project.Invoices {
		entries = append(entries, view.Entry{
			Term: r.Money(i.Amount),
			Part: view.NewRow(view.NewLink(i.Number, "/portal/tagihan/"+i.ID), invoiceStatus(r, i)),
		})
	}
	return view.NewDetails(entries...)
}

func newReviewForm(r *view.Request, project collections.ProjectDetail, refused *call.Error) *reviewForm {
	note := view.NewTextarea("note", r.T("portal.revise.note")).Help(r.T("portal.revise.hint")).Limit(2000).Required().
		With(r.Request.PostFormValue("note"))
	wrong := ""
	if refused != nil {
		wrong = refused.Field("note") + refused.Field("status_note")
	}
	form := &reviewForm{Note: note.Wrong(wrong), Open: wrong != ""}
	if refused != nil {
		form.Problems = view.NewProblems(general(refused, "note", "status_note"), form.Note)
	}
	if due := firstUnpaid(project); due != nil {
		form.Blocked = view.NewAlert(view.Warn, r.T("portal.approve.unpaid", r.Money(due.Amount)), r.T("portal.approve.unpaid.text")).With(
			view.NewLink(r.T("portal.pay.now"), "/portal/tagihan/"+due.ID+"/bayar").Primary().Icon("qr-code"))
	}
	return form
}

// move sends one of the client's decisions to the API and comes back.
func (p *plugin) move(r *view.Request, verb, flash string, body any) (*view.Page, error) {
	_, err := call.Post[collections.ProjectDetail](p.visitor(r), "/api/projects/"+id(r)+"/"+verb, body)
	if refused, ok := refusal(err); ok {
		return p.showWebsite(r, refused, nil)
	}
	if err != nil {
		return nil, err
	}
	r.Flash(view.OK, flash)
	return nil, r.SeeOther("/portal/web/" + id(r))
}

func (p *plugin) approve(r *view.Request) (*view.Page, error) {
	return p.move(r, "approve", "portal.flash.approved", nil)
}

func (p *plugin) revise(r *view.Request) (*view.Page, error) {
	return p.move(r, "revise", "portal.flash.revised", map[string]string{"note": strings.TrimSpace(r.Request.PostFormValue("note"))})
}

func (p *plugin) cancel(r *view.Request) (*view.Page, error) {
	return p.move(r, "cancel", "portal.flash.cancelled", nil)
}

// vault keeps the login of a delivered website shut until the client gives
// their password.
type vault struct {
	Password view.Field
	Problems view.Problems
	Viewed   string
	Login    view.Component // nil while it is shut
	Missing  bool
}

// shownLogin is the login, for this one answer.
type shownLogin struct {
	Credentials collections.Credentials `json:"credentials"`
	ViewedAt    string                  `json:"viewed_at"`
}

func newVault(r *view.Request, project collections.ProjectDetail, refused *call.Error, shown *shownLogin) *vault {
	v := &vault{
		Missing:  project.Credentials == nil,
		Password: view.NewField("password", r.T("portal.vault.password")).Type("password").Complete("current-password").Required(),
	}
	if refused != nil {
		v.Password = v.Password.Wrong(refused.Field("password"))
		v.Problems = view.NewProblems(general(refused, "password"), v.Password)
	}
	if at := call.Time(project.ViewedAt); !at.IsZero() {
		v.Viewed = r.T("portal.vault.viewed", r.Moment(at))
	}
	if shown != nil {
		c := shown.Credentials
		v.Login = view.NewDetails(
			view.Entry{Term: r.T("portal.vault.address"), Part: view.NewLink(strings.TrimPrefix(c.AdminURL, "https://"), c.AdminURL).Outside()},
			view.Entry{Term: r.T("portal.vault.username"), Part: view.NewCopy(c.Username, r.T("portal.vault.username"))},
			view.Entry{Term: r.T("portal.vault.secret"), Part: view.NewCopy(c.Password, r.T("portal.vault.secret"))},
		)
	}
	return v
}

// showLogin opens the vault in this answer only: nothing keeps it, and going
// back to the page shuts it.
func (p *plugin) showLogin(r *view.Request) (*view.Page, error) {
	shown, err := call.Post[shownLogin](p.visitor(r), "/api/projects/"+url.PathEscape(r.Request.PathValue("id"))+"/credentials",
		map[string]string{"password": r.Request.PostFormValue("password")})
	if refused, ok := refusal(err); ok {
		return p.showWebsite(r, refused, nil)
	}
	if err != nil {
		return nil, err
	}
	answer, err := p.showWebsite(r, nil, &shown)
	if answer != nil {
		r.Response.Header().Set("Cache-Control", "no-store")
		answer.Status = http.StatusOK
	}
	return answer, err
}
