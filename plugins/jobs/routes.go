package jobs

import (
	"slices"

	"jasaweb/plugins/internal/action"
	"jasaweb/plugins/internal/rest"
)

// One job is looked at and put back through PocketBase's record API.
func routes() []rest.Route {
	return slices.Concat([]rest.Route{
		rest.Get("/api/admin/jobs", rest.Admin, "How the queue of background work stands", standing),
	}, retry.Routes())
}

// retry has no way back: what is in the queue runs at once.
var retry = action.Action[retryInput, *retried]{
	Name: "jobs.retry", Method: "POST", Path: "/api/admin/jobs/retry", Summary: "Give every dead job of a kind all its attempts again",
	DryRun: countDead, Do: retryKind,
}
