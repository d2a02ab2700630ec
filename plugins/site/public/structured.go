package public

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/view"
)

// object is one JSON-LD object of schema.org.
type object map[string]any

// organisation describes the agency and the site, on the landing page.
func (p *plugin) organisation(r *view.Request) []any {
	origin := p.site.Origin(r)
	agency, err := collections.FindAgency(p.app)
	if err != nil {
		return nil // the layout reads the same row and reports it
	}
	o := object{
		"@context": "https://schema.org", "@type": "Organization", "@id": origin + "/#agency", "name": agency.Name(), "url": origin + "/",
		"description": r.T("home.description"), "areaServed": "ID",
	}
	for column, property := range map[string]string{"email": "email", "phone": "telephone", "address": "address"} {
		if value := agency.GetString(column); value != "" {
			o[property] = value
		}
	}
	return []any{o, object{
		"@context": "https://schema.org", "@type": "WebSite", "name": agency.Name(), "url": origin + "/", "inLanguage": []string{"id", "en"},
		"publisher": object{"@id": origin + "/#agency"},
	}}
}

func (p *plugin) crumbsLD(r *view.Request, crumbs ...view.Crumb) object {
	items := []object{}
	for n, c := range append([]view.Crumb{{Label: r.T("crumbs.home"), Href: "/"}}, crumbs...) {
		items = append(items, object{"@type": "ListItem", "position": n + 1, "name": c.Label, "item": p.site.Origin(r) + r.Href(c.Href)})
	}
	return object{"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}
}

func questionsLD(questions []question) object {
	items := []object{}
	for _, q := range questions {
		items = append(items, object{"@type": "Question", "name": q.Question, "acceptedAnswer": object{"@type": "Answer", "text": q.Answer}})
	}
	return object{"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": items}
}

func (p *plugin) serviceLD(r *view.Request, kind string, t tierCard) object {
	origin := p.site.Origin(r)
	return object{
		"@context": "https://schema.org", "@type": "Service", "name": r.T("type." + kind), "description": r.T("service." + kind + ".lead"),
		"areaServed": "ID", "provider": object{"@id": origin + "/#agency"}, "url": origin + r.Href("/layanan/"+kind),
		"offers": object{"@type": "Offer", "price": t.Total, "priceCurrency": "IDR", "url": origin + r.Href("/pricing")},
	}
}

func (p *plugin) articleLD(r *view.Request, post postCard, record *core.Record) object {
	origin := p.site.Origin(r)
	lang := r.Lang
	if post.Foreign {
		lang = "id"
	}
	return object{
		"@context": "https://schema.org", "@type": "BlogPosting", "headline": post.Title, "description": post.Excerpt, "inLanguage": lang,
		"datePublished": post.At.UTC().Format("2006-01-02T15:04:05Z"), "dateModified": record.GetDateTime("updated").Time().UTC().Format("2006-01-02T15:04:05Z"),
		"mainEntityOfPage": origin + r.Href("/blog/"+post.Slug), "image": origin + "/og/" + r.Lang + "/blog/" + post.Slug + ".png",
		"author": object{"@id": origin + "/#agency"}, "publisher": object{"@id": origin + "/#agency"},
	}
}
