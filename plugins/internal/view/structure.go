package view

import (
	"html/template"
	"net/url"
	"strconv"
	"time"
)

// Card is a box with a title. All of it is optional.
type Card struct {
	Title, Text, Href, Meta string
	Badge                   Component
	Body                    []Component
	Actions                 []Component
	Level                   int // of the heading: 2 or 3
}

// NewCard makes a card.
func NewCard(title, text string) Card { return Card{Title: title, Text: text, Level: 2} }

func (Card) component() string { return "card" }

// To makes the title a link.
func (c Card) To(href string) Card { c.Href = href; return c }

// Marked puts a badge beside the title.
func (c Card) Marked(badge Component) Card { c.Badge = badge; return c }

// Containing puts components into it.
func (c Card) Containing(body ...Component) Card { c.Body = body; return c }

// Doing adds actions at its end.
func (c Card) Doing(actions ...Component) Card { c.Actions = actions; return c }

// Under puts it one level of headings down.
func (c Card) Under() Card { c.Level = 3; return c }

// Step is one step of several.
type Step struct {
	Label, Text string
	State       string // done, now, next
}

// Steps shows how far something is.
type Steps struct{ Items []Step }

// NewSteps makes the steps from their labels; current counts from 0, and a
// current behind the last label means that all is done.
func NewSteps(current int, labels ...string) Steps {
	s := Steps{}
	for n, label := range labels {
		state := "next"
		switch {
		case n < current:
			state = "done"
		case n == current:
			state = "now"
		}
		s.Items = append(s.Items, Step{Label: label, State: state})
	}
	return s
}

func (Steps) component() string { return "steps" }

// Event is one line of a timeline.
type Event struct {
	Title, Text, Who string
	At               time.Time
	Tone             Tone
}

// Timeline is what happened, in the order given.
type Timeline struct{ Items []Event }

// NewTimeline makes it.
func NewTimeline(items ...Event) Timeline { return Timeline{items} }

func (Timeline) component() string { return "timeline" }

// Cell is one cell of a table: a text or a component, and for amounts Number.
type Cell struct {
	Text   string
	Part   Component
	Number bool
}

// Words makes a cell of text.
func Words(text string) Cell { return Cell{Text: text} }

// Number makes a cell that is aligned like an amount.
func Number(text string) Cell { return Cell{Text: text, Number: true} }

// Part makes a cell of a component.
func Part(c Component) Cell { return Cell{Part: c} }

// Column is the head of a column.
type Column struct {
	Label  string
	Number bool
}

// Table is a table that becomes a list of cards on a phone. Its first column is
// the head of each row.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
}

// NewTable makes a table; caption says what it is and is read to those who do
// not see it.
func NewTable(caption string, columns ...Column) Table {
	return Table{Caption: caption, Columns: columns}
}

func (Table) component() string { return "table" }

// Row adds a row.
func (t Table) Row(cells ...Cell) Table { t.Rows = append(t.Rows, cells); return t }

// Entry is a term with its value.
type Entry struct {
	Term, Text string
	Part       Component
	Strong     bool
}

// Details is a list of terms with values.
type Details struct{ Items []Entry }

// NewDetails makes it.
func NewDetails(items ...Entry) Details { return Details{items} }

func (Details) component() string { return "details" }

// Pagination leads through the pages of a list.
type Pagination struct {
	Page, Pages int
	address     url.URL
}

// NewPagination makes it for page (from 1) of pages; address is that of the
// list, and its other parameters stay.
func NewPagination(page, pages int, address *url.URL) Pagination {
	return Pagination{Page: page, Pages: pages, address: *address}
}

func (Pagination) component() string { return "pagination" }

// Href returns the address of page n.
func (p Pagination) Href(n int) string {
	query := p.address.Query()
	query.Del("page")
	if n > 1 {
		query.Set("page", strconv.Itoa(n))
	}
	address := url.URL{Path: p.address.Path, RawQuery: query.Encode()}
	return address.String()
}

// Crumb is one step of the way to a page.
type Crumb struct{ Label, Href string }

// Crumbs is the way to a page; the last one is the page itself.
type Crumbs struct{ Items []Crumb }

// NewCrumbs makes it.
func NewCrumbs(items ...Crumb) Crumbs { return Crumbs{items} }

func (Crumbs) component() string { return "crumbs" }

// Stat is a number that matters.
type Stat struct {
	Label, Value, Note string
	Tone               Tone
}

// NewStat makes it.
func NewStat(label, value, note string) Stat { return Stat{Label: label, Value: value, Note: note} }

func (Stat) component() string { return "stat" }

// Flash is a message about what has just been done.
type Flash struct {
	Tone Tone
	Text string
}

// NewFlash makes it.
func NewFlash(tone Tone, text string) Flash { return Flash{tone, text} }

func (Flash) component() string { return "flash" }

// Countdown is the time that is left. The script counts by the server's clock;
// without it the end is shown as a time.
type Countdown struct {
	Now, End time.Time
	Label    string
}

// NewCountdown makes it.
func NewCountdown(label string, now, end time.Time) Countdown { return Countdown{now, end, label} }

func (Countdown) component() string { return "countdown" }

// Left returns the time left as minutes:seconds.
func (c Countdown) Left() string {
	left := max(0, int(c.End.Sub(c.Now).Seconds()))
	return strconv.Itoa(left/60) + ":" + strconv.Itoa(100 + left%60)[1:]
}

// Prose is text of the CMS, sanitised when it was saved.
type Prose struct{ HTML template.HTML }

// NewProse frames sanitised HTML.
func NewProse(sanitised string) Prose { return Prose{template.HTML(sanitised)} }

func (Prose) component() string { return "prose" }

// Stack is components one below the other, Row side by side.
type Stack struct {
	Items []Component
	Row   bool
}

// NewStack puts components one below the other.
func NewStack(items ...Component) Stack { return Stack{Items: items} }

// NewRow puts components side by side as far as there is room.
func NewRow(items ...Component) Stack { return Stack{Items: items, Row: true} }

func (Stack) component() string { return "stack" }
