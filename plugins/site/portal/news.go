package portal

import (
	"jasaweb/plugins/site/call"
	"jasaweb/plugins/site/view"
)

// notification is what the client was told.
type notification struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Message  string         `json:"message"`
	Payload  map[string]any `json:"payload"`
	Priority string         `json:"priority"`
	ReadAt   string         `json:"read_at"`
	Created  string         `json:"created"`
}

// news is the last few notifications; nil when there are none.
func (p *plugin) news(r *view.Request, v *call.Visitor) (view.Component, error) {
	found, err := call.Get[list[notification]](v, "/api/collections/notifications/records?perPage=5&sort=-created")
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
