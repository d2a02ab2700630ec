package collections

import (
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

const clockKey = "jasaweb.clock"

// SetClock replaces the clock of app; tests use it to stand still or to jump.
func SetClock(app core.App, now func() time.Time) { app.Store().Set(clockKey, now) }

// Now is the business clock of app, in UTC: the system's unless a test set one.
func Now(app core.App) time.Time {
	if now, ok := app.Store().Get(clockKey).(func() time.Time); ok {
		return now().UTC()
	}
	return time.Now().UTC()
}

// DateTime converts t to the form that PocketBase stores (UTC, milliseconds).
func DateTime(t time.Time) types.DateTime {
	if t.IsZero() {
		return types.DateTime{}
	}
	dt, _ := types.ParseDateTime(t.UTC()) // fails for unknown types only
	return dt
}
