package public

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/view"
)

type designCard struct {
	ID, Name, Kind  string
	Image           string // address of the uploaded picture or of our drawing
	Outside         string // address of a real website in this design, or ""
	Summary         string
	Demo            bool
	Uploaded        bool
	First           bool // seen at once, so that its picture must not wait
	Width, Height   int
	SmallerImageSet string // srcset
}

func newDesignCard(r *view.Request, record *core.Record) designCard {
	c := designCard{
		ID: record.Id, Name: record.GetString("name"), Kind: record.GetString("category"), Outside: record.GetString("demo_url"), Width: 640, Height: 400,
	}
	c.Summary = r.T("design." + c.Kind + "." + []string{"a", "b", "c"}[styleOf(record)])
	if words, _ := translated(r, record, "description"); words != "" {
		c.Summary = words
	}
	c.Image = "/template/" + record.Id + "/gambar.svg"
	if file := record.GetString("image"); file != "" {
		base := "/api/files/" + record.Collection().Id + "/" + record.Id + "/" + file
		c.Image, c.Uploaded = base+"?thumb=800x0", true
		c.SmallerImageSet = base + "?thumb=400x0 400w, " + base + "?thumb=800x0 800w, " + base + "?thumb=1200x0 1200w"
	}
	return c
}

type galleryData struct {
	Kind    string
	Choices []galleryChoice
	Designs []designCard
}

type galleryChoice struct {
	Label, Href string
	Current     bool
}

func (p *plugin) gallery(r *view.Request) (*view.Page, error) {
	d := galleryData{Kind: r.Request.URL.Query().Get("jenis")}
	if !slices.Contains(kinds, d.Kind) {
		d.Kind = ""
	}
	d.Choices = append(d.Choices, galleryChoice{r.T("gallery.all"), r.Href("/template"), d.Kind == ""})
	for _, kind := range kinds {
		d.Choices = append(d.Choices, galleryChoice{r.T("type." + kind), r.Href("/template?jenis=" + kind), d.Kind == kind})
	}
	records, err := p.designs(d.Kind)
	if err != nil {
		return nil, err
	}
	for n, record := range records {
		card := newDesignCard(r, record)
		card.First = n == 0
		d.Designs = append(d.Designs, card)
	}
	return &view.Page{
		Template: "gallery", Title: r.T("gallery.title"), Description: r.T("gallery.description"), Data: d, Canonical: "/template",
		Styles: []string{"public.css"}, Structured: []any{p.crumbsLD(r, view.Crumb{Label: r.T("nav.templates"), Href: "/template"})},
	}, nil
}

type designData struct {
	Design designCard
	Tier   *tierCard
	Others []designCard
}

func (p *plugin) design(r *view.Request) (*view.Page, error) {
	record, err := p.findDesign(r.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	d := designData{Design: newDesignCard(r, record)}
	tiers, err := p.tiers()
	if err != nil {
		return nil, err
	}
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	for _, t := range tierCards(r, tiers, agency) {
		if t.Kind == d.Design.Kind && d.Tier == nil {
			d.Tier = &t
		}
	}
	others, err := p.designs(d.Design.Kind)
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if other.Id != record.Id && len(d.Others) < 3 {
			d.Others = append(d.Others, newDesignCard(r, other))
		}
	}
	return &view.Page{
		Template: "design", Title: r.T("design.title", d.Design.Name), Description: r.T("design.description", d.Design.Name, strings.ToLower(r.T("type."+d.Design.Kind)), d.Design.Summary),
		Data: d, Styles: []string{"public.css"}, Crumbs: []view.Crumb{{Label: r.T("nav.templates"), Href: r.Href("/template")}, {Label: d.Design.Name}},
	}, nil
}

// drawing is our picture of a design, for designs without an uploaded one.
func (p *plugin) drawing(r *view.Request) (*view.Page, error) {
	record, err := p.findDesign(r.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	view.Headers(r)
	r.Response.Header().Set("Content-Security-Policy", "default-src 'none'")
	r.Response.Header().Set("Cache-Control", "public, max-age=86400")
	return nil, r.Blob(http.StatusOK, "image/svg+xml", []byte(sketchOf(record)))
}
