//go:build !linux && !darwin && !freebsd

package observability

import "errors"

// freeDisk is not known on this system.
func freeDisk(string) (uint64, error) { return 0, errors.ErrUnsupported }
