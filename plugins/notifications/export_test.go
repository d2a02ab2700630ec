package notifications

import (
	"time"

	"jasaweb/collections"
)

// StepOf names the reminder that is due.
func StepOf(i *collections.Invoice, now time.Time) string { return string(stepOf(i, now)) }
