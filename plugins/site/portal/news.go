package portal

import (
	"strconv"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// notification is what the client was told.
type notification struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Message  string `json:"message"`
	Priority string `json:"priority"`
	Link     string `json:"link"`
	ReadAt   string `json:"read_at"`
	Created  string `json:"created"`
}

// inbox is one page of notifications.
type inbox struct {
	list[notification]
	Unread int `json:"unread"`
}

// news is the last few notifications; nil when there are none.
func (p *plugin) news(r *view.Request, v *call.Visitor) (view.Component, error) {
	found, err := call.Get[inbox](v, "/api/notifications?perPage=5")
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	events := []view.Event{}
	for _, n := range found.Items {
		events = append(events, view.Event{Title: n.Title, Text: n.Message, At: call.Time(n.Created), Tone: toneOf(n)})
	}
	return view.NewTimeline(events...), nil
}

func toneOf(n notification) view.Tone {
	switch n.Priority {
	case "critical":
		return view.Bad
	case "high":
		return view.Warn
	}
	if n.Type == "payment" {
		return view.OK
	}
	return view.Info
}

// notifications is the client's inbox.
type notifications struct {
	Unread int
	Items  []view.Component
	Pages  view.Pagination
	Mails  *mails
}

// mails is which notifications also come by mail.
type mails struct{ Boxes []view.Component }

type preferences struct {
	Kinds []struct {
		Type     string `json:"type"`
		Label    string `json:"label"`
		Optional bool   `json:"optional"`
		Mail     bool   `json:"mail"`
	} `json:"kinds"`
}

func (p *plugin) notifications(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	found, err := call.Get[inbox](v, "/api/notifications?perPage=20&page="+strconv.Itoa(pageNumber(r)))
	if err != nil {
		return nil, err
	}
	data := notifications{Unread: found.Unread, Pages: view.NewPagination(found.Page, found.TotalPages, r.Request.URL)}
	for _, n := range found.Items {
		card := view.NewCard(n.Title, "").Under()
		if n.Message != "" {
			card.Text = n.Message
		}
		card.Meta = r.Moment(call.Time(n.Created))
		if n.Link != "" {
			card = card.To(n.Link)
		}
		if n.ReadAt == "" {
			card = card.Marked(view.NewBadge(r.T("notifications.new"), view.Info))
		}
		data.Items = append(data.Items, card)
	}
	wishes, err := call.Get[preferences](v, "/api/notifications/preferences")
	if err != nil {
		return nil, err
	}
	data.Mails = &mails{}
	for _, kind := range wishes.Kinds {
		box := view.NewCheckbox("mail-"+kind.Type, kind.Label).On(kind.Mail)
		if !kind.Optional {
			box.Off = true
			box = box.Help(r.T("notifications.always"))
		}
		data.Mails.Boxes = append(data.Mails.Boxes, box)
	}
	return page("portal-notifications", r.T("nav.notifications"), data), nil
}

// readAll marks everything as read.
func (p *plugin) readAll(r *view.Request) (*view.Page, error) {
	if _, err := call.Post[call.None](p.visitor(r), "/api/notifications/read", map[string]bool{"all": true}); err != nil {
		return nil, err
	}
	return nil, r.SeeOther("/portal/notifikasi")
}

// saveMails keeps which notifications also come by mail.
func (p *plugin) saveMails(r *view.Request) (*view.Page, error) {
	v := p.visitor(r)
	wishes, err := call.Get[preferences](v, "/api/notifications/preferences")
	if err != nil {
		return nil, err
	}
	off := []string{}
	for _, kind := range wishes.Kinds {
		if kind.Optional && r.Request.PostFormValue("mail-"+kind.Type) == "" {
			off = append(off, kind.Type)
		}
	}
	if _, err := call.Put[call.None](v, "/api/notifications/preferences", map[string]any{"mail_off": off}); err != nil {
		return nil, err
	}
	r.Flash(view.OK, "notifications.flash.mails")
	return nil, r.SeeOther("/portal/notifikasi")
}
