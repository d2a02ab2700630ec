package public

import "jasaweb/plugins/internal/view"

// demoData is a design shown as a website. What it tells is made up, and says so.
type demoData struct {
	ID, Design, Name, Domain, Kind, Style string
	Tiles                                 []string
	Stories                               []string
}

func (p *plugin) demo(r *view.Request) (*view.Page, error) {
	record, err := p.findDesign(r.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	kind := record.GetString("category")
	d := demoData{
		ID: record.Id, Design: record.GetString("name"), Kind: kind, Style: []string{"a", "b", "c"}[styleOf(record)],
		Name: nameOf(r), Tiles: []string{"a", "b", "c"}, Stories: []string{"1", "2", "3"},
	}
	if d.Name == "" {
		d.Name = r.T("home.example." + kind)
	}
	d.Domain = domainOf(d.Name, kind)
	return &view.Page{
		Template: "demo", Title: r.T("demo.title", d.Design), Description: r.T("design.note"), Data: d, Bare: true, NoIndex: true, Styles: []string{"demo.css"},
	}, nil
}
