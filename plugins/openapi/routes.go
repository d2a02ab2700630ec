package openapi

import (
	"net/http"

	"github.com/pocketbase/pocketbase/apis"

	"jasaweb/plugins/internal/rest"
)

func (p *plugin) routes() []rest.Route {
	return []rest.Route{
		rest.Raw(http.MethodGet, "/api/docs", rest.Public, "This document; a page for browsers", p.docs,
			rest.Answers[map[string]any]("application/json"), rest.Answers[string]("text/html"), rest.Use(apis.Gzip())),
		rest.Raw(http.MethodGet, "/api/docs/openapi.json", rest.Public, "This document", p.document,
			rest.Answers[map[string]any]("application/json"), rest.Use(apis.Gzip())),
		rest.Raw(http.MethodGet, "/api/docs/{file}", rest.Public, "The files of the page", p.file, rest.Answers[rest.Binary]("*/*")),
	}
}
