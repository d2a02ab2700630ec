package jobs

import "jasaweb/plugins/internal/rest"

// One job is looked at and put back through PocketBase's record API.
func routes() []rest.Route {
	return []rest.Route{
		rest.Get("/api/admin/jobs", rest.Admin, "How the queue of background work stands", standing),
		rest.Post("/api/admin/jobs/retry", rest.Admin, "Give every dead job of a kind all its attempts again", retryKind, rest.Status(200)),
	}
}
