package observability

import (
	"context"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// tally is a table counted by one column of few values.
type tally struct{ name, help, label, query string }

var tallies = []tally{
	{"jasaweb_jobs", "Jobs by state.", "state",
		`SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{jobs}} GROUP BY [[state]]`},
	{"jasaweb_invoices", "Invoices by status.", "status",
		`SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{invoices}} GROUP BY [[status]]`},
	{"jasaweb_payment_attempts", "QR codes by status.", "status",
		`SELECT [[status]] AS [[label]], COUNT(*) AS [[value]] FROM {{payment_attempts}} GROUP BY [[status]]`},
	{"jasaweb_money_exceptions", "Findings about money by state.", "state",
		`SELECT [[state]] AS [[label]], COUNT(*) AS [[value]] FROM {{money_exceptions}} GROUP BY [[state]]`},
	{"jasaweb_ledger_rupiah", "Booked rupiah by kind of entry.", "kind",
		`SELECT [[kind]] AS [[label]], SUM([[amount]]) AS [[value]] FROM {{ledger}} GROUP BY [[kind]]`},
}

// dueSince is when the job that waits for longest became due; empty when none is.
const dueSince = `
SELECT COALESCE(MIN([[run_at]]), '') FROM {{jobs}}
WHERE [[state]] IN ('queued', 'running') AND [[run_at]] <= {:now} AND [[lease]] <= {:now}`

// oldestDueJob returns for how long the oldest due job has been waiting.
func oldestDueJob(ctx context.Context, app core.App) (time.Duration, error) {
	now := collections.Now(app)
	var since string
	err := app.ConcurrentDB().NewQuery(dueSince).WithContext(ctx).Bind(dbx.Params{"now": collections.DateTime(now).String()}).Row(&since)
	if err != nil {
		return 0, fmt.Errorf("observability: oldest due job: %w", err)
	}
	if since == "" {
		return 0, nil
	}
	at, err := parseTime(since)
	if err != nil {
		return 0, fmt.Errorf("observability: oldest due job: %w", err)
	}
	return max(0, now.Sub(at)), nil
}

// applied are the names of the migrations that ran.
const applied = `SELECT [[file]] FROM {{_migrations}}`
