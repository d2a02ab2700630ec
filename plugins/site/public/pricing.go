package public

import (
	"slices"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/view"
)

type tierCard struct {
	ID, Name, Kind, Description string
	Features                    []string
	Price, Tax, Total, Deposit  int64 // rupiah; Tax is the PPN on top, Deposit what work waits for
	Renewal                     int64 // rupiah for a year from the second year on; 0: not told
	DepositPercent              int64
	Popular, Foreign            bool
	Alone                       bool // the only one of its page
}

// tierCards shows the packages at the prices that invoices will ask for: where
// the agency is registered for PPN, it comes on top everywhere.
func tierCards(r *view.Request, tiers []*collections.PricingTier, agency *collections.AgencyInfo) []tierCard {
	list := []tierCard{}
	for _, t := range tiers {
		description, foreign := translated(r, t.ProxyRecord(), "description")
		name, _ := translated(r, t.ProxyRecord(), "name")
		terms := agency.Terms(t)
		card := tierCard{
			ID: t.Id, Name: name, Kind: t.Type(), Description: description, Features: features(r, t), Foreign: foreign,
			Price: t.Price(), DepositPercent: t.DepositPercent(), Deposit: terms.Deposit(), Popular: t.GetBool("is_popular"),
			Renewal: t.GetInt64("renewal_price"), Tax: terms.PPN, Total: terms.Total,
		}
		list = append(list, card)
	}
	return list
}

func features(r *view.Request, t *collections.PricingTier) []string {
	if r.Lang == "en" {
		if list := t.FeaturesEN(); len(list) > 0 {
			return list
		}
	}
	return t.Features()
}

type pricingData struct {
	Tiers     []tierCard
	Questions []question
	Rate      int64  // of PPN in percent of its base; 0 without
	Effective string // of the price
}

func (p *plugin) pricing(r *view.Request) (*view.Page, error) {
	tiers, err := p.tiers()
	if err != nil {
		return nil, err
	}
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	d := pricingData{Tiers: tierCards(r, tiers, agency), Rate: agency.Rate(), Effective: idr.Effective(agency.Rate(), r.Lang)}
	if d.Questions, err = p.questions(r, 0); err != nil {
		return nil, err
	}
	return &view.Page{
		Template: "pricing", Title: r.T("pricing.title"), Description: r.T("pricing.description"), Data: d,
		Styles: []string{"public.css"}, Structured: []any{questionsLD(d.Questions), p.crumbsLD(r, view.Crumb{Label: r.T("nav.pricing"), Href: "/pricing"})},
	}, nil
}

type serviceData struct {
	Kind, Icon     string
	Tier           *tierCard
	Designs        []designCard
	Gets, Excluded []string // keys of texts
}

func (p *plugin) services(r *view.Request) (*view.Page, error) {
	tiers, err := p.tiers()
	if err != nil {
		return nil, err
	}
	return &view.Page{
		Template: "services", Title: r.T("services.title"), Description: r.T("services.description"), Data: kindCards(tiers),
		Styles: []string{"public.css"}, Structured: []any{p.crumbsLD(r, view.Crumb{Label: r.T("nav.services"), Href: "/layanan"})},
	}, nil
}

func (p *plugin) service(r *view.Request) (*view.Page, error) {
	kind := r.Request.PathValue("type")
	if !slices.Contains(kinds, kind) {
		return nil, collections.ErrNotFound
	}
	tiers, err := p.tiers()
	if err != nil {
		return nil, err
	}
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil, err
	}
	d := serviceData{Kind: kind, Icon: kindIcons[kind], Gets: []string{"1", "2", "3", "4"}, Excluded: []string{"1", "2", "3"}}
	for _, t := range tierCards(r, tiers, agency) {
		if t.Kind == kind && d.Tier == nil {
			t.Alone = true
			d.Tier = &t
		}
	}
	designs, err := p.designs(kind)
	if err != nil {
		return nil, err
	}
	for _, design := range designs[:min(3, len(designs))] {
		d.Designs = append(d.Designs, newDesignCard(r, design))
	}
	crumbs := []view.Crumb{{Label: r.T("nav.services"), Href: r.Href("/layanan")}, {Label: r.T("type." + kind)}}
	structured := []any{p.crumbsLD(r, view.Crumb{Label: r.T("nav.services"), Href: "/layanan"}, view.Crumb{Label: r.T("type." + kind), Href: "/layanan/" + kind})}
	if d.Tier != nil {
		structured = append(structured, p.serviceLD(r, kind, *d.Tier))
	}
	return &view.Page{
		Template: "service", Title: r.T("service." + kind + ".title"), Description: r.T("service." + kind + ".lead"), Data: d, Crumbs: crumbs,
		Styles: []string{"public.css"}, Structured: structured, Image: "/og/" + r.Lang + "/layanan/" + kind + ".png",
	}, nil
}
