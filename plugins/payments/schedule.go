package payments

import (
	"slices"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/paystate"
)

// When an attempt is asked about. An open one soon after its code was made,
// because people pay at once, and again from its end on; a closed one for money
// that came late. A failure is our own conclusion when the provider never named
// the transaction: its charge may still be on the way.
var (
	afterOpening = []time.Duration{time.Minute, 3 * time.Minute, 10 * time.Minute}
	afterExpiry  = []time.Duration{90 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour}
	afterClosing = []time.Duration{time.Hour, 24 * time.Hour}
	afterFailing = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}
)

// whileOpen is the pace when the schedule of an open attempt has ended: an open
// attempt is never given up.
const whileOpen = 24 * time.Hour

// nextCheck returns when to ask about the attempt next, as it would stand with
// the status; zero for never. Checks that were missed are made up for by one.
func nextCheck(a *collections.PaymentAttempt, status paystate.Status, now time.Time) time.Time {
	due := []time.Time{}
	add := func(from time.Time, delays []time.Duration) {
		for _, d := range delays {
			due = append(due, from.Add(d))
		}
	}
	switch {
	case status.Open():
		opened, expires := a.GetDateTime("created").Time(), a.ExpiresAt().Time()
		if expires.IsZero() {
			expires = opened.Add(lifetime)
		}
		add(opened, afterOpening)
		add(expires, afterExpiry)
		due = append(due, now.Add(whileOpen))
	case status == paystate.Failure && a.TxnID() == "":
		add(a.GetDateTime("closed_at").Time(), afterFailing)
	case !status.Received():
		add(a.GetDateTime("closed_at").Time(), afterClosing)
	}
	slices.SortFunc(due, time.Time.Compare)
	for _, at := range due {
		if at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// plan schedules the checks of an attempt that is about to get the status. A
// status of the same phase keeps the schedule.
func plan(a *collections.PaymentAttempt, to paystate.Status, now time.Time) {
	from := paystate.Status(a.Status())
	if from.Open() == to.Open() && from.Received() == to.Received() {
		return
	}
	if !to.Open() && !to.Received() {
		a.Set("closed_at", collections.DateTime(now))
	}
	a.Set("next_check_at", collections.DateTime(nextCheck(a, to, now)))
}
