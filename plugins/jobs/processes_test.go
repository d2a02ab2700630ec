package jobs_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/jobs"
	"jasaweb/plugins/plugintest"
)

// The tests of this file let several processes work on one SQLite file: this
// test binary runs itself again as a worker, and some are killed with SIGKILL
// wherever they happen to be.

// Kinds of the workers. The argument of each job is its number.
const (
	kindGood   = "good"   // takes a moment
	kindSlow   = "slow"   // takes long enough for other workers to come in between
	kindFlaky  = "flaky"  // panics or fails one time of three
	kindFails  = "fails"  // fails always
	kindPoison = "poison" // kills its process
	kindOnce   = "once"   // has a unique key
)

const failsAttempts, poisonAttempts = 4, 3

// world is what all processes know.
type world struct {
	dir   string    // the data directory
	start time.Time // when the fast clock began
	speed int       // how many seconds of the program's time pass in one
}

func (w *world) now() time.Time {
	return w.start.Add(time.Since(w.start) * time.Duration(w.speed)).UTC()
}

// effect is one run of a handler that reached its end.
type effect struct {
	kind string
	n    int
	at   time.Time // of the fast clock, at the beginning
}

// record appends to the file of effects: one short write is atomic.
func (w *world) record(kind string, n int, at time.Time) error {
	f, err := os.OpenFile(filepath.Join(w.dir, "..", "effects"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %d %d\n", kind, n, at.UnixNano())
	return errors.Join(err, f.Close())
}

func (w *world) effects(t *testing.T) map[string][]effect {
	t.Helper()
	f, err := os.Open(filepath.Join(w.dir, "..", "effects"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string][]effect{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e effect
		var at int64
		if _, err := fmt.Sscan(lines.Text(), &e.kind, &e.n, &at); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		e.at = time.Unix(0, at)
		key := fmt.Sprint(e.kind, e.n)
		all[key] = append(all[key], e)
	}
	return all
}

// register adds the worker and its handlers.
func (w *world) register(app *plugintest.App) {
	app.SetClock(w.now)
	jobs.MustRegister(app, jobs.Config{Poll: 20 * time.Millisecond, MaxAttempts: 40})
	handle := func(kind string, fn func(n int) error, opts ...collections.KindOption) {
		collections.HandleJob(app, kind, func(_ context.Context, _ core.App, args json.RawMessage) error {
			at := w.now()
			n, err := strconv.Atoi(string(args))
			if err != nil {
				return err
			}
			time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
			failure := fn(n)
			if failure != nil && kind != kindFails {
				return failure
			}
			return errors.Join(failure, w.record(kind, n, at))
		}, opts...)
	}
	works := func(int) error { return nil }
	handle(kindGood, works)
	handle(kindOnce, works)
	handle(kindSlow, func(int) error { time.Sleep(50 * time.Millisecond); return nil })
	handle(kindFlaky, func(int) error {
		switch rand.IntN(6) {
		case 0:
			panic("now and then it panics")
		case 1:
			return errors.New("now and then it fails")
		}
		return nil
	})
	handle(kindFails, func(int) error { return errors.New("never works") }, collections.Attempts(failsAttempts))
	handle(kindPoison, func(int) error {
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		time.Sleep(time.Minute)
		return err
	}, collections.Attempts(poisonAttempts))
}

// TestWorkerProcess is the worker; it does nothing in the run of the tests.
func TestWorkerProcess(t *testing.T) {
	dir := os.Getenv("JOBS_WORKER_DIR")
	if dir == "" {
		return
	}
	start, err1 := strconv.ParseInt(os.Getenv("JOBS_WORKER_START"), 10, 64)
	speed, err2 := strconv.Atoi(os.Getenv("JOBS_WORKER_SPEED"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, start: time.Unix(0, start), speed: speed}
	app := plugintest.Open(t, dir, w.register)
	if err := w.record("ready", 0, w.now()); err != nil {
		t.Fatal(err)
	}
	for n := range uniqueJobs { // as a cron of every node does
		if err := collections.Enqueue(app, kindOnce, n, collections.Unique(fmt.Sprint("period:", n))); err != nil {
			t.Error(err)
		}
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
}

const uniqueJobs = 20

// worker is a process that can be killed.
type worker struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   strings.Builder
}

func (w *world) spawn(t *testing.T) *worker {
	t.Helper()
	p := &worker{cmd: exec.Command(os.Args[0], "-test.run=^TestWorkerProcess$", "-test.count=1")}
	p.cmd.Env = append(os.Environ(), "JOBS_WORKER_DIR="+w.dir, fmt.Sprint("JOBS_WORKER_START=", w.start.UnixNano()), fmt.Sprint("JOBS_WORKER_SPEED=", w.speed))
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdin = stdin
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// end lets the worker stop gracefully.
func (p *worker) end(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a worker ended badly: %v\n%s", err, p.out.String())
	}
}

// newWorld is a database with jobs in it, and nobody at work.
func newWorld(t *testing.T, speed int, counts map[string]int) (*world, *plugintest.App) {
	t.Helper()
	if os.Getenv("TEST_DATABASE") == "postgres" {
		t.Skip("this is about several processes on one SQLite file")
	}
	w := &world{start: time.Now(), speed: speed}
	app := plugintest.New(t, func(app *plugintest.App) { app.SetClock(w.now) })
	w.dir = app.DataDir()
	for kind, count := range counts {
		for n := range count {
			if err := collections.Enqueue(app, kind, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w, app
}

// left counts the jobs that have not ended.
func left(t *testing.T, app core.App) int64 {
	t.Helper()
	n, err := app.CountRecords(collections.Jobs, dbx.In("state", collections.JobQueued, collections.JobRunning))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two processes that nobody kills do every job exactly once.
func TestTwoProcessesDoEachJobOnce(t *testing.T) {
	t.Parallel()
	w, app := newWorld(t, 60, nil)
	workers := []*worker{w.spawn(t), w.spawn(t)}
	deadline := time.Now().Add(90 * time.Second)
	for len(w.effects(t)["ready0"]) < len(workers) { // one alone would be done before the other starts
		if time.Now().After(deadline) {
			t.Fatal("the workers do not start")
		}
		time.Sleep(20 * time.Millisecond)
	}
	err := app.RunInTransaction(func(txApp core.App) error {
		for n := range 150 {
			if err := collections.Enqueue(txApp, kindSlow, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for count := int64(0); left(t, app) > 0 || count != 150+uniqueJobs; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs are left", left(t, app))
		}
		count, _ = app.CountRecords(collections.Jobs)
	}
	for _, p := range workers {
		p.end(t)
	}
	effects := w.effects(t)
	for kind, count := range map[string]int{kindSlow: 150, kindOnce: uniqueJobs} {
		for n := range count {
			if got := len(effects[fmt.Sprint(kind, n)]); got != 1 {
				t.Errorf("%s %d was done %d times", kind, n, got)
			}
		}
	}
	nodes := []string{}
	if err := app.DB().NewQuery("SELECT DISTINCT [[node]] FROM {{jobs}}").Column(&nodes); err != nil || len(nodes) != 2 {
		t.Errorf("worked: nodes %v, %v", nodes, err)
	}
}

// Two processes that are killed anywhere, again and again, lose nothing, leave
// nothing stuck, keep unique keys unique, and a job that kills its process does
// not do so forever. JOBS_KILLS is the number of kills.
func TestKilledProcessesLoseNoJob(t *testing.T) {
	t.Parallel()
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("JOBS_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("JOBS_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("JOBS_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	counts := map[string]int{kindGood: 400, kindFlaky: 30, kindFails: 5, kindPoison: 2}
	w, app := newWorld(t, 600, counts)
	workers := []*worker{w.spawn(t), w.spawn(t)}
	deadline := time.Now().Add(3 * time.Minute)
	for killed := 0; killed < kills || left(t, app) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs are left", left(t, app))
		}
		time.Sleep(time.Duration(50+random.IntN(900)) * time.Millisecond)
		n := random.IntN(len(workers))
		if killed < kills {
			killed++
			_ = workers[n].cmd.Process.Kill() // or the poison did it
			_ = workers[n].cmd.Wait()
			workers[n] = w.spawn(t)
			if err := collections.Enqueue(app, kindGood, counts[kindGood]); err != nil { // work goes on coming
				t.Fatal(err)
			}
			counts[kindGood]++
		}
		for i, p := range workers { // whom the poison killed
			if exited(p) {
				_ = p.cmd.Wait()
				workers[i] = w.spawn(t)
			}
		}
	}
	for _, p := range workers {
		p.end(t)
	}
	w.check(t, app, counts)
}

// exited reports whether the process is a zombie, which a signal still reaches.
func exited(p *worker) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return true
	}
	after := string(stat[strings.LastIndexByte(string(stat), ')')+1:])
	return strings.HasPrefix(after, " Z")
}

// check holds the end of all jobs against what was promised.
func (w *world) check(t *testing.T, app core.App, counts map[string]int) {
	t.Helper()
	effects := w.effects(t)
	for _, kind := range []string{kindGood, kindFlaky} {
		for n := range counts[kind] {
			if len(effects[fmt.Sprint(kind, n)]) == 0 {
				t.Errorf("%s %d was never done", kind, n)
			}
		}
	}
	for n := range uniqueJobs {
		if len(effects[fmt.Sprint(kindOnce, n)]) == 0 {
			t.Errorf("once %d was never done", n)
		}
	}
	want := map[string]string{
		kindGood: collections.JobDone, kindFlaky: collections.JobDone, kindOnce: collections.JobDone,
		kindFails: collections.JobDead, kindPoison: collections.JobDead,
	}
	records, err := app.FindAllRecords(collections.Jobs)
	if err != nil {
		t.Fatal(err)
	}
	total := uniqueJobs
	for _, n := range counts {
		total += n
	}
	if len(records) != total {
		t.Errorf("%d jobs, want %d: a key was not unique, or a job vanished", len(records), total)
	}
	for _, r := range records {
		kind := r.GetString("kind")
		if r.GetString("state") != want[kind] {
			t.Errorf("%s %s ended %s after %d attempts: %s", kind, r.GetString("args"), r.GetString("state"), r.GetInt("attempt"), r.GetString("error"))
		}
		if kind == kindPoison && !strings.Contains(r.GetString("error"), "died on every attempt") {
			t.Errorf("poison: %q", r.GetString("error"))
		}
	}
	// Retries keep their pauses: 10 s, 20 s, 40 s of the program's time at least.
	for n := range counts[kindFails] {
		tries := effects[fmt.Sprint(kindFails, n)]
		for i := 1; i < len(tries); i++ {
			if pause := tries[i].at.Sub(tries[i-1].at); pause < 10*time.Second<<(i-1) {
				t.Errorf("fails %d: pause %d was %s", n, i, pause)
			}
		}
	}
}

// One worker does due jobs in the order of their time, a retry when it is due.
func TestJobsRunInTheOrderOfTheirTime(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	order := []string{}
	start := time.Date(2030, 11, 23, 3, 0, 0, 0, time.UTC)
	app := plugintest.New(t, func(app *plugintest.App) {
		jobs.MustRegister(app, jobs.Config{Workers: 1, Poll: 10 * time.Millisecond})
		collections.HandleJob(app, "note", func(_ context.Context, _ core.App, args json.RawMessage) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, string(args))
			return nil
		})
	})
	for _, minute := range rand.Perm(20) {
		app.New(t, collections.Jobs, map[string]any{
			"kind": "note", "args": minute, "state": "queued", "run_at": collections.DateTime(start.Add(time.Duration(minute) * time.Minute)),
		})
	}
	app.SetNow(start.Add(9 * time.Minute)) // half of them are due
	wait := func(n int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			done := len(order)
			mu.Unlock()
			if done == n {
				return
			}
			if time.Now().After(deadline) || done > n {
				t.Fatalf("%d jobs ran, want %d", done, n)
			}
		}
	}
	wait(10)
	app.SetNow(start.Add(time.Hour))
	wait(20)
	for n, got := range order {
		if got != strconv.Itoa(n) {
			t.Fatalf("order %v", order)
		}
	}
}
