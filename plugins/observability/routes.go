package observability

import (
	"net/http"

	"github.com/pocketbase/pocketbase/apis"

	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	// Asked every few seconds, they would fill the activity log.
	quiet := rest.Use(apis.SkipSuccessActivityLog())
	return []rest.Route{
		rest.Get("/api/ready", rest.Public, "Whether this node can serve", p.ready, rest.Errors(http.StatusServiceUnavailable), quiet),
		// A scraper is another machine: scrape checks its token.
		rest.Raw(http.MethodGet, "/metrics", rest.Webhook, "Measurements for Prometheus", p.scrape,
			rest.Answers[string]("text/plain"), rest.Errors(http.StatusUnauthorized, http.StatusForbidden), quiet),
		rest.Raw(http.MethodGet, "/debug/pprof/{profile...}", rest.Superuser, "Profiles of the running program", p.profile),
	}
}
