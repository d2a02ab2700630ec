package signal

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// Query reads one value per row of a statement with the columns label and value.
func Query(app core.App, statement string) func(context.Context) ([]Value, error) {
	return func(ctx context.Context) ([]Value, error) {
		rows := []struct {
			Label string  `db:"label"`
			Value float64 `db:"value"`
		}{}
		if err := app.ConcurrentDB().NewQuery(statement).WithContext(ctx).All(&rows); err != nil {
			return nil, err
		}
		values := make([]Value, len(rows))
		for n, row := range rows {
			values[n] = Value{Labels: []string{row.Label}, Value: row.Value}
		}
		return values, nil
	}
}
