package hooks

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// kinds are the collections that the invariants themselves keep: the audit log
// and the numbers without a gap.
func kinds() []collections.Kind {
	return []collections.Kind{
		{
			Name: collections.AuditLogs, API: collections.API{List: collections.Admins, View: collections.Admins},
			Unaudited: "it is the log", AppendOnly: true,
			Personal: &collections.Personal{Key: "access", Rows: func(account string) dbx.Expression {
				return dbx.HashExp{"collection": collections.Users, "record": account}
			}},
			Demo: collections.Demo{Removal: collections.RemoveLast},
		},
		{
			Name: collections.Counters, API: collections.API{List: collections.Superusers, View: collections.Superusers},
			Unaudited: "a number follows from the rows that have it",
			Demo:      collections.Demo{Removal: collections.RemoveByCode, Remove: removeDemoCounters},
		},
	}
}

// removeDemoCounters forgets how far the demo has counted; nobody is told of it.
func removeDemoCounters(txApp core.App, _ map[string]bool) (int, error) {
	_, err := txApp.NonconcurrentDB().NewQuery(countersOfDemo).Bind(dbx.Params{"prefix": collections.DemoCounters + "%"}).Execute()
	if err != nil {
		return 0, fmt.Errorf("hooks: remove counters of the demo: %w", err)
	}
	return 0, nil
}
