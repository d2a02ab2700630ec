package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

// jobSweep is the night's work on payments; no arguments.
const jobSweep = "payment.sweep"

const (
	// sweepBack is how far the nightly sweep looks for what notifications and
	// schedule missed: a refund made at the provider, a charge that came late.
	sweepBack = 14 * 24 * time.Hour
	// sweepAgain is how often it looks at older money that the acquirer still
	// gives back: until the end of its window, and sweepBack longer, because the
	// notice of a refund on the last day can be lost, too.
	sweepAgain = 7 * 24 * time.Hour
	// keepBodies is how long the text of a notification is kept. Its row, with
	// the digest by which a repetition is recognised, stays.
	keepBodies = 180 * 24 * time.Hour
	// emptyAtOnce is how many bodies one statement empties.
	emptyAtOnce = 500
)

// enqueueSweep wants the nightly sweep, once for all nodes.
func (p *plugin) enqueueSweep() {
	night := collections.Now(p.app).In(wib.Zone).Format(time.DateOnly)
	if err := collections.Enqueue(p.app, jobSweep, nil, collections.Unique(night)); err != nil {
		p.app.Logger().Error("payments: enqueue nightly sweep", "error", err)
	}
}

// sweep makes the attempts of the last days due, whatever their status, now and
// then those whose money can still go back, and empties old notifications. The reconciler then works through the attempts at
// its own pace.
func (p *plugin) sweep(ctx context.Context, app core.App, _ json.RawMessage) error {
	now := collections.Now(app)
	ago := func(d time.Duration) string { return collections.DateTime(now.Add(-d)).String() }
	_, err := app.NonconcurrentDB().NewQuery(makeDue).Bind(dbx.Params{
		"now": ago(0), "since": ago(sweepBack), "asked": ago(sweepAgain),
		"shopee": ago(windowShopee + sweepBack), "others": ago(windowOnUs + sweepBack),
	}).Execute()
	if err != nil {
		return fmt.Errorf("payments: sweep: %w", err)
	}
	p.enqueueReconcile()
	return emptyBodies(ctx, app, now.Add(-keepBodies))
}

func emptyBodies(ctx context.Context, app core.App, before time.Time) error {
	for ctx.Err() == nil {
		result, err := app.NonconcurrentDB().NewQuery(emptyOldBodies).Bind(dbx.Params{
			"before": collections.DateTime(before).String(), "limit": emptyAtOnce,
		}).Execute()
		if err != nil {
			return fmt.Errorf("payments: empty old notifications: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("payments: empty old notifications: %w", err)
		}
		if n < emptyAtOnce {
			return nil
		}
	}
	return ctx.Err()
}
