package observability

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// CheckTriggers is the check whose cause goes to the log only.
func CheckTriggers(app core.App) error {
	return (&plugin{app: app}).checkTriggers(context.Background(), nil)
}

// EnoughDisk is the check of the disk with so many bytes free.
func EnoughDisk(config Config, free uint64) error {
	return (&plugin{config: config.withDefaults()}).enoughDisk(free)
}

// BehindProxy lets tests ask what the warning at the start depends on.
var BehindProxy = behindProxy
