package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of times in /proc (USER_HZ), the same on every Linux.
const clockTick = time.Second / 100

// CPU is the processor time that the server and its processes have used, those
// that have ended included. It reads /proc, so it needs Linux.
func (s *Server) CPU() (time.Duration, error) {
	raw, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0, fmt.Errorf("pgtest: processor time: %w", err)
	}
	postmaster, _, _ := strings.Cut(string(raw), "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	total := time.Duration(0)
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended; the postmaster counts it
		}
		// The second field is a name in brackets that may hold spaces.
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			return 0, fmt.Errorf("pgtest: %s has %d fields", path, len(fields))
		}
		own, ended := fields[11:13], fields[13:15] // user and system time, its own and of children that have ended
		if filepath.Base(filepath.Dir(path)) == postmaster {
			own = append(own, ended...)
		} else if fields[1] != postmaster {
			continue
		}
		for _, ticks := range own {
			n, err := strconv.ParseInt(ticks, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("pgtest: %s: %w", path, err)
			}
			total += time.Duration(n) * clockTick
		}
	}
	return total, nil
}
