package portal

import (
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Get("/api/projects", rest.Client, "My projects", p.listProjects),
		rest.Post("/api/projects", rest.Client, "Order a website", p.order, rest.Status(201)),
		rest.Get("/api/projects/{id}", rest.Client, "A project of mine, with invoices and timeline", p.project),
		rest.Post("/api/projects/{id}/approve", rest.Client, "Accept the finished website", p.approve),
		rest.Post("/api/projects/{id}/revise", rest.Client, "Ask for changes", p.revise),
		rest.Post("/api/projects/{id}/cancel", rest.Client, "Cancel before paying", p.cancel),
		rest.Post("/api/projects/{id}/credentials", rest.Client, "See the login of my website, with my password once more", p.showCredentials),
		rest.Get("/api/agency", rest.Public, "Who we are, and the account for bank transfers", p.agency),
		rest.Get("/api/invoices", rest.Client, "My invoices", p.listInvoices),
		rest.Get("/api/invoices/{id}", rest.Client, "An invoice of mine", p.invoice),
		rest.Get("/api/pricing", rest.Public, "Packages on sale", p.listPricing),
		rest.Get("/api/templates", rest.Public, "Designs to choose from", p.listTemplates),
	}
}
