package jobs

import (
	"testing"
	"time"
)

// The pause doubles from ten seconds and ends at three hours, however often a
// job has failed; up to a quarter is added so that failures do not return in step.
func TestPausesDoubleUpToThreeHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempt int
		least   time.Duration
	}{
		{1, 10 * time.Second}, {2, 20 * time.Second}, {3, 40 * time.Second}, {10, 5120 * time.Second},
		{11, 10240 * time.Second}, // 2 h 50 min 40 s, the last below the cap
		{12, 3 * time.Hour}, {13, 3 * time.Hour}, {40, 3 * time.Hour}, {64, 3 * time.Hour}, {1_000_000, 3 * time.Hour},
	} {
		first, differ := backoff(c.attempt), false
		for range 200 {
			d := backoff(c.attempt)
			if d < c.least || d >= c.least+c.least/4 {
				t.Fatalf("attempt %d: %s, want from %s to a quarter more", c.attempt, d, c.least)
			}
			differ = differ || d != first
		}
		if !differ {
			t.Errorf("attempt %d: always %s", c.attempt, first)
		}
	}
}
