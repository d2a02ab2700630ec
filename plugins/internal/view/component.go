package view

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"jasaweb/plugins/internal/text"
)

// Component is a piece of a page. Its template is named after its type.
type Component interface {
	// component returns the name of the template.
	component() string
}

// component renders c. What goes in is escaped by its template, so what comes
// out is HTML.
func (set *templates) component(c Component) (template.HTML, error) {
	if c == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := set.components.ExecuteTemplate(&b, "c-"+c.component(), c); err != nil {
		return "", fmt.Errorf("view: %T: %w", c, err)
	}
	return template.HTML(strings.TrimSpace(b.String())), nil
}

// constructors are the components that templates can make on the spot.
var constructors = template.FuncMap{
	"button":  NewButton,
	"link":    NewLink,
	"icon":    NewIcon,
	"badge":   NewBadge,
	"status":  NewStatus,
	"alert":   NewAlert,
	"empty":   NewEmpty,
	"field":   NewField,
	"area":    NewTextarea,
	"select":  NewSelect,
	"check":   NewCheckbox,
	"details": NewDetails,
	"confirm": NewConfirm,
	"steps":   NewSteps,
	"crumbs":  func(items []Crumb) Crumbs { return NewCrumbs(items...) },
	"copy":    NewCopy,
}

// Tone is the meaning of a colour. It is never the only carrier of a meaning:
// every component with a tone also has words and an icon.
type Tone string

// The tones.
const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Icon returns the icon that goes with the tone.
func (t Tone) Icon() Icon {
	return NewIcon(map[Tone]string{OK: "circle-check", Warn: "triangle-alert", Bad: "circle-alert", Neutral: "clock"}[t])
}

// Icon is a drawing that says nothing to screen readers: words stand beside it.
type Icon struct{ Name string }

// NewIcon shows an icon of icons.txt; an unknown name shows "info".
func NewIcon(name string) Icon { return Icon{name} }

func (Icon) component() string { return "icon" }

// Shapes returns the drawing.
func (i Icon) Shapes() template.HTML {
	if shapes, ok := icons[i.Name]; ok {
		return template.HTML(shapes)
	}
	return template.HTML(icons["info"])
}

// Button sends the form that it is in.
type Button struct {
	Label, IconName       string
	Look                  string // primary, secondary, quiet, danger
	Disabled, Wide, Plain bool
	Data                  map[string]string // data-* attributes for scripts
}

// NewButton makes the primary action of a screen; there should be one.
func NewButton(label string) Button { return Button{Label: label, Look: "primary"} }

func (Button) component() string { return "button" }

// Secondary is for the other actions of a screen.
func (b Button) Secondary() Button { b.Look = "secondary"; return b }

// Quiet is for actions that should not be seen first.
func (b Button) Quiet() Button { b.Look = "quiet"; return b }

// Danger is for what cannot be undone.
func (b Button) Danger() Button { b.Look = "danger"; return b }

// Icon puts an icon before the label.
func (b Button) Icon(name string) Button { b.IconName = name; return b }

// Full makes it as wide as its column.
func (b Button) Full() Button { b.Wide = true; return b }

// Off shows it as not available.
func (b Button) Off() Button { b.Disabled = true; return b }

// Script makes it a button for a script (type=button), found by data-<key>=<value>.
func (b Button) Script(key, value string) Button {
	b.Plain, b.Data = true, map[string]string{key: value}
	return b
}

// Link leads to another page; with a look it is shaped like a button.
type Link struct {
	Tel                         string // the number to call, instead of Href
	Label, Href, IconName, Look string
	External, Wide, Current     bool
}

// NewLink makes a plain link.
func NewLink(label, href string) Link { return Link{Label: label, Href: href} }

// NewPhone makes a link that calls the number. An address that begins with tel:
// would be taken out by the templates, which trust only the web's schemes.
func NewPhone(number string) Link {
	if phone, err := text.ParsePhone(number); err == nil {
		return Link{Label: phone.String(), Tel: string(phone)}
	}
	return Link{Label: number, Tel: strings.NewReplacer(" ", "", "-", "").Replace(number)}
}

func (Link) component() string { return "link" }

// Primary shapes it like the primary button.
func (l Link) Primary() Link { l.Look = "primary"; return l }

// Secondary shapes it like a secondary button.
func (l Link) Secondary() Link { l.Look = "secondary"; return l }

// Quiet shapes it like a quiet button.
func (l Link) Quiet() Link { l.Look = "quiet"; return l }

// Icon puts an icon before the label.
func (l Link) Icon(name string) Link { l.IconName = name; return l }

// Full makes it as wide as its column.
func (l Link) Full() Link { l.Wide = true; return l }

// Outside marks a link to another site; the icon says so.
func (l Link) Outside() Link { l.External = true; return l }

// Badge is a word about the state of something.
type Badge struct {
	Label string
	Tone  Tone
}

// NewBadge makes a badge.
func NewBadge(label string, tone Tone) Badge { return Badge{label, tone} }

func (Badge) component() string { return "badge" }

// Status is the badge of a project's or invoice's status.
type Status struct{ Badge }

// tones of the statuses of projects, invoices, refunds and posts.
var tones = map[string]Tone{
	"pending_payment": Warn, "in_progress": Info, "review": Info, "completed": OK, "cancelled": Neutral,
	"unpaid": Warn, "paid": OK, "overdue": Bad, "partial": Info, "full": Neutral, "draft": Neutral, "published": OK,
	"expired": Neutral, "failed": Bad, "pending": Warn,
}

// NewStatus makes the badge of a machine status with its label for people.
func NewStatus(status, label string) Status {
	tone, ok := tones[status]
	if !ok {
		tone = Neutral
	}
	return Status{NewBadge(label, tone)}
}

func (Status) component() string { return "badge" }

// Alert is a message within a page.
type Alert struct {
	Tone        Tone
	Title, Text string
	Actions     []Component
	Live        bool // read out when it appears
}

// NewAlert makes a message; text may be empty.
func NewAlert(tone Tone, title, text string) Alert {
	return Alert{Tone: tone, Title: title, Text: text}
}

func (Alert) component() string { return "alert" }

// With adds what the reader can do about it.
func (a Alert) With(actions ...Component) Alert { a.Actions = actions; return a }

// Announced makes screen readers read it without being asked.
func (a Alert) Announced() Alert { a.Live = true; return a }

// Empty stands where a list would be.
type Empty struct {
	Title, Text, IconName string
	Action                Component
}

// NewEmpty says why there is nothing, and what to do next.
func NewEmpty(title, text string) Empty { return Empty{Title: title, Text: text, IconName: "inbox"} }

func (Empty) component() string { return "empty" }

// With adds the next action.
func (e Empty) With(action Component) Empty { e.Action = action; return e }

// Copy is a text with a button that copies it; without a script it is selectable.
type Copy struct{ Text, Label string }

// NewCopy makes it; label says what is copied.
func NewCopy(text, label string) Copy { return Copy{text, label} }

func (Copy) component() string { return "copy" }

// Confirm asks again before something that cannot be undone: the danger is
// behind one click to open and one to do, and it needs no script.
type Confirm struct {
	Label, Question, Action string // Action is the address that the form posts to
	Button                  Button
	Fields                  []Component
	Open                    bool // unfolded, as after a refusal
}

// NewConfirm makes it from the label that opens it, the question, the address
// and the label that does it.
func NewConfirm(label, question, action, do string) Confirm {
	return Confirm{Label: label, Question: question, Action: action, Button: NewButton(do).Danger()}
}

func (Confirm) component() string { return "confirm" }

// With adds fields, such as the reason.
func (c Confirm) With(fields ...Component) Confirm { c.Fields = fields; return c }

// Opened sets whether it is unfolded.
func (c Confirm) Opened(open bool) Confirm { c.Open = open; return c }

// QR is a code to scan.
type QR struct {
	SVG     template.HTML // drawn by us: it is put in as it is
	Label   string        // what it is, for those who do not see it
	Caption string
	Dimmed  bool // expired: shown so that nobody scans it
}

// NewQR frames a code that we have drawn ourselves.
func NewQR(svg template.HTML, label, caption string) QR {
	return QR{SVG: svg, Label: label, Caption: caption}
}

func (QR) component() string { return "qr" }
