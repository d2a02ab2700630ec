package collections

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// NextCount raises the named counter by one and returns it, starting at 1. In
// the caller's transaction the numbers are free of gaps: a rollback gives the
// number back, and a second transaction waits for the first one's row.
func NextCount(txApp core.App, name string) (int, error) {
	_, err := txApp.NonconcurrentDB().NewQuery(insertCounter).
		Bind(dbx.Params{"id": core.GenerateDefaultRandomId(), "name": name}).Execute()
	if err != nil {
		return 0, fmt.Errorf("collections: add counter %s: %w", name, err)
	}
	var value int
	err = txApp.NonconcurrentDB().NewQuery(raiseCounter).
		Bind(dbx.Params{"name": name}).Row(&value)
	if err != nil {
		return 0, fmt.Errorf("collections: raise counter %s: %w", name, err)
	}
	return value, nil
}
