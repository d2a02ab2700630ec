package observability

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// CheckTriggers is the check whose cause goes to the log only.
func CheckTriggers(app core.App) error {
	return (&plugin{app: app}).checkTriggers(context.Background(), nil)
}
