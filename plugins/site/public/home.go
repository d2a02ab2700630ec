package public

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/slug"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/internal/view"
)

// kinds are the types of websites, in the order in which they are shown.
var kinds = []string{"sekolah", "berita", "company"}

// preview is the browser of the first screen that shows the visitor's name.
type preview struct {
	Kind, Name, Domain string
}

// previewOf draws the visitor's name, or an example. Without a script the form
// comes back here with it.
func previewOf(r *view.Request) preview {
	p := preview{Kind: r.Request.URL.Query().Get("jenis"), Name: nameOf(r)}
	if !slices.Contains(kinds, p.Kind) {
		p.Kind = kinds[0]
	}
	shown := p.Name
	if shown == "" {
		shown = r.T("home.example." + p.Kind)
	}
	p.Domain = domainOf(shown, p.Kind)
	return p
}

// nameOf is what the visitor would call the site, as much of it as fits.
func nameOf(r *view.Request) string {
	return text.Clip(strings.TrimSpace(r.Request.URL.Query().Get("nama")), 60)
}

// suffixes are the domains that fit the kinds. .sch.id is for schools only.
var suffixes = map[string]string{"sekolah": ".sch.id", "berita": ".id", "company": ".co.id"}

// longestDomain is how long the example of a domain gets, without its ending.
const longestDomain = 24

// domainOf makes an address out of a name, as js/home.js does while it is typed:
// as many of its words as fit, without "dan", which nobody types.
func domainOf(name, kind string) string {
	label := ""
	for word := range strings.SplitSeq(slug.Make(name), "-") {
		if word == "dan" {
			continue
		}
		if label != "" && len(label)+len(word) > longestDomain {
			break
		}
		label += word
	}
	label = label[:min(len(label), longestDomain)]
	if label == "" {
		label = "namaanda"
	}
	return label + suffixes[kind]
}

type homeData struct {
	Preview      preview
	Kinds        []kindCard
	Designs      []designCard
	Tiers        []tierCard
	Questions    []question
	Testimonials []testimonial
	Posts        []postCard
	Dispatch     []string // steps from order to handover
}

// kindCard is one kind of website with the price of its cheapest package.
type kindCard struct {
	Kind, Icon string
	Price      int64
}

var kindIcons = map[string]string{"sekolah": "school", "berita": "newspaper", "company": "building-2"}

type question struct {
	Question, Answer string
	Foreign          bool // in Indonesian on an English page
}

type testimonial struct {
	Name, Role, Quote string
	Demo              bool
}

func (p *plugin) home(r *view.Request) (*view.Page, error) {
	d := homeData{Preview: previewOf(r), Dispatch: []string{"order", "pay", "build", "review", "handover"}}
	tiers, err := p.tiers()
	if err != nil {
		return nil, err
	}
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	d.Tiers, d.Kinds = tierCards(r, tiers, agency), kindCards(tiers)
	designs, err := p.designs("")
	if err != nil {
		return nil, err
	}
	d.Designs = firstOfEach(r, designs)
	if d.Questions, err = p.questions(r, 5); err != nil {
		return nil, err
	}
	if d.Testimonials, err = p.testimonials(r); err != nil {
		return nil, err
	}
	posts, _, err := p.posts(1, 3)
	if err != nil {
		return nil, err
	}
	d.Posts = postCards(r, posts)
	return &view.Page{
		Template: "home", Title: r.T("home.title"), Description: r.T("home.description"), Data: d,
		Styles: []string{"public.css"}, Scripts: []string{"js/home.js"}, Structured: p.organisation(r),
	}, nil
}

func kindCards(tiers []*collections.PricingTier) []kindCard {
	list := []kindCard{}
	for _, kind := range kinds {
		card := kindCard{Kind: kind, Icon: kindIcons[kind]}
		for _, t := range tiers {
			if t.Type() == kind && (card.Price == 0 || t.Price() < card.Price) {
				card.Price = t.Price()
			}
		}
		list = append(list, card)
	}
	return list
}

// firstOfEach shows one design of every kind.
func firstOfEach(r *view.Request, designs []*core.Record) []designCard {
	list := []designCard{}
	for _, kind := range kinds {
		n := slices.IndexFunc(designs, func(d *core.Record) bool { return d.GetString("category") == kind })
		if n >= 0 {
			list = append(list, newDesignCard(r, designs[n]))
		}
	}
	return list
}

// questions returns up to limit questions; 0 is all of them.
func (p *plugin) questions(r *view.Request, limit int) ([]question, error) {
	records, err := p.active(collections.FAQs)
	if err != nil {
		return nil, err
	}
	list := []question{}
	for _, record := range records {
		if limit > 0 && len(list) == limit {
			break
		}
		q, foreign := translated(r, record, "question")
		a, _ := translated(r, record, "answer")
		list = append(list, question{Question: q, Answer: a, Foreign: foreign})
	}
	return list, nil
}

func (p *plugin) testimonials(r *view.Request) ([]testimonial, error) {
	records, err := p.active(collections.Testimonials)
	if err != nil {
		return nil, err
	}
	list := []testimonial{}
	for _, record := range records {
		quote, _ := translated(r, record, "quote")
		role, _ := translated(r, record, "role")
		list = append(list, testimonial{Name: record.GetString("name"), Role: role, Quote: quote, Demo: record.GetBool(collections.ColumnDemo)})
	}
	return list, nil
}

// translated returns a column in the visitor's language: its English is in the
// column with _en. Where that is empty it returns the Indonesian and true, so
// that the page can mark the language of the part.
func translated(r *view.Request, record *core.Record, column string) (text string, foreign bool) {
	return collections.Translated(record, column, r.Lang), r.Lang == "en" && record.GetString(column+"_en") == ""
}
