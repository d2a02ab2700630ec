//go:build linux || darwin || freebsd

package observability

import "syscall"

// freeDisk returns how many bytes this process may still write below dir.
func freeDisk(dir string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize), nil
}
