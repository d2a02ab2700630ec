package collections

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// RefundNotMade begins the detail of a finding whose refund was decided and could
// not be made. It is the admins' to decide anew.
const RefundNotMade = "refund not made: "

// lateRefund is how long a decided refund may be on its way without anybody
// having to wonder.
const lateRefund = 24 * time.Hour

// Refunds is where the refunds are that were decided and are not made.
type Refunds struct {
	OnTheWay int            // the provider has not made them yet
	Late     int            // of these, decided more than a day ago
	OldestAt types.DateTime // when the oldest of them was decided; zero without one
	Failed   int            // handed back to the admins, who have not decided anew
}

// FindRefunds counts the refunds that are not made.
func FindRefunds(app core.App) (Refunds, error) {
	r := Refunds{}
	decided := []types.DateTime{}
	err := app.RecordQuery(MoneyExceptions).Select("decided_at").
		AndWhere(dbx.HashExp{ColumnState: ExceptionRefunding}).OrderBy("decided_at ASC").Column(&decided)
	if err != nil {
		return r, fmt.Errorf("collections: find refunds on their way: %w", err)
	}
	late := Now(app).Add(-lateRefund)
	for _, at := range decided {
		if at.Time().Before(late) {
			r.Late++
		}
	}
	if r.OnTheWay = len(decided); r.OnTheWay > 0 {
		r.OldestAt = decided[0]
	}
	failed, err := app.CountRecords(MoneyExceptions, dbx.HashExp{ColumnState: ExceptionOpen}, dbx.Like("detail", RefundNotMade).Match(false, true))
	if err != nil {
		return r, fmt.Errorf("collections: count refunds that were not made: %w", err)
	}
	r.Failed = int(failed)
	return r, nil
}
