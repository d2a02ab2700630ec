package jobs

import (
	"context"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/signal"
)

func signals(app core.App) []signal.Signal {
	return []signal.Signal{
		{
			Name: "jasaweb_jobs", Unit: "jobs", Group: "jobs", Polarity: signal.Neutral,
			Help: "Jobs by state.", Labels: []string{"state"}, Read: signal.Query(app, byState),
		},
		{
			Name: "jasaweb_jobs_oldest_due_seconds", Unit: "seconds", Group: "jobs", Polarity: signal.HigherIsWorse,
			Help: "Age of the job that has been due for longest.",
			Read: func(ctx context.Context) ([]signal.Value, error) {
				age, err := collections.DueFor(ctx, app)
				return []signal.Value{{Value: age.Seconds()}}, err
			},
		},
	}
}
