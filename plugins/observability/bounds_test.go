package observability_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/observability"
)

// A job may be half an hour late before the node counts as not ready.
func TestReadyToTheLastMomentOfALateJob(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	due := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(due)
	if err := collections.Enqueue(app, "uji", nil); err != nil {
		t.Fatal(err)
	}
	app.SetNow(due.Add(30 * time.Minute))
	app.Do(t, "GET", "/api/ready", "", nil).Want(200)
	app.SetNow(due.Add(30*time.Minute + time.Millisecond))
	app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "jobs")
}

// 200 MiB of the disk must be free.
func TestReadyToTheLastByteOfTheDisk(t *testing.T) {
	t.Parallel()
	const least = 200 << 20
	for free, ready := range map[uint64]bool{0: false, least - 1: false, least: true} {
		if err := observability.EnoughDisk(observability.Config{}, free); (err == nil) != ready {
			t.Errorf("%d bytes free: %v", free, err)
		}
	}
	if err := observability.EnoughDisk(observability.Config{MinFreeDisk: 5}, 5); err != nil {
		t.Error(err)
	}
}

// The database has two seconds to answer all the checks: a load balancer asks again
// soon, and its questions must not pile up.
func TestTheDatabaseHasTwoSeconds(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	db, ok := app.ConcurrentDB().(*dbx.DB)
	if !ok {
		t.Fatalf("%T", app.ConcurrentDB())
	}
	var mu sync.Mutex
	asked := map[string]time.Time{}
	db.QueryLogFunc = func(ctx context.Context, _ time.Duration, query string, _ *sql.Rows, _ error) {
		for _, about := range []string{"SELECT 1", "_migrations", "trigger", "{{jobs}}"} {
			if until, ok := ctx.Deadline(); ok && strings.Contains(query, about) {
				mu.Lock()
				asked[about] = until
				mu.Unlock()
			}
		}
	}
	before := time.Now()
	app.Do(t, "GET", "/api/ready", "", nil).Want(200)
	after := time.Now()
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 4 {
		t.Errorf("only these questions have a time limit: %v", asked)
	}
	for query, until := range asked {
		if until.Before(before.Add(2*time.Second)) || until.After(after.Add(2*time.Second)) {
			t.Errorf("%s after the question ends %s", until.Sub(before), query)
		}
	}
}

// A schema that was whole is taken for whole for thirty seconds, unless the clock
// is put back.
func TestReadyLooksAtTheSchemaEveryThirtySeconds(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	now := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app.SetNow(now)
	app.Do(t, "GET", "/api/ready", "", nil).Want(200)
	if _, err := app.DB().NewQuery("DROP TABLE {{testimonials}}").Execute(); err != nil {
		t.Fatal(err)
	}
	app.SetNow(now.Add(30*time.Second - 1))
	app.Do(t, "GET", "/api/ready", "", nil).Want(200)
	app.SetNow(now.Add(30 * time.Second))
	app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "schema")
	app.SetNow(now.Add(-1))
	app.Do(t, "GET", "/api/ready", "", nil).WantError(503, "schema")
}

// A caller's name for a request has 8 to 64 letters.
func TestANameHasALength(t *testing.T) {
	t.Parallel()
	app := newApp(t, observability.Config{})
	for n, taken := range map[int]bool{7: false, 8: true, 64: true, 65: false} {
		given := strings.Repeat("n", n)
		r := app.Request(t, "GET", "/api/health", "", nil)
		r.Header.Set("X-Request-Id", given)
		answer := httptest.NewRecorder()
		app.Handler.ServeHTTP(answer, r)
		if got := answer.Header().Get("X-Request-Id"); (got == given) != taken || !taken && len(got) != 20 {
			t.Errorf("%d letters became %q", n, got)
		}
	}
}
