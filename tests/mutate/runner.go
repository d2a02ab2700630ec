package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// runner runs the tests of the guards against one change after the other.
type runner struct {
	options
	tree      string
	results   *results
	explained explanations
	guards    []*guard
	mu        sync.Mutex
}

// guard is the test binary of a package and what each of its tests reaches.
type guard struct {
	dir, binary string
	tests       []*reach
}

type reach struct {
	Name    string
	Took    time.Duration
	Mutants map[int]bool
}

// prepare builds the tests of a package and finds out what each reaches. That is
// kept as long as the binary stays the same.
func (r *runner) prepare(path string) error {
	g := &guard{dir: filepath.Join(r.tree, path), binary: filepath.Join(r.work, strings.NewReplacer("./", "", "/", "-").Replace(path)+".test")}
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", g.binary, path)
	build.Dir, build.Stderr = r.tree, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the tests of %s with all changes: %w", path, err)
	}
	raw, err := os.ReadFile(g.binary)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	kept := filepath.Join(r.work, "reach-"+hex.EncodeToString(sum[:8])+".json")
	r.guards = append(r.guards, g)
	if raw, err := os.ReadFile(kept); err == nil && json.Unmarshal(raw, &g.tests) == nil {
		return nil
	}
	if err := r.trace(g, path); err != nil {
		return err
	}
	if raw, err = json.Marshal(g.tests); err != nil {
		return err
	}
	return os.WriteFile(kept, raw, 0o600)
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Example)\w*$`)

// trace runs every test by itself without a change.
func (r *runner) trace(g *guard, path string) error {
	list := exec.Command(g.binary, "-test.list", ".")
	list.Dir = g.dir
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the tests of %s: %w", path, err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if testName.MatchString(name) {
			g.tests = append(g.tests, &reach{Name: name, Mutants: map[int]bool{}})
		}
	}
	fmt.Printf("   %s: what do %d tests reach?\n", path, len(g.tests))
	var failed error
	r.each(len(g.tests), func(i int) {
		t := g.tests[i]
		if err := r.traceOne(g, t); err != nil {
			r.mu.Lock()
			failed = fmt.Errorf("%s fails without any change: %w", t.Name, err)
			r.mu.Unlock()
		}
	})
	return failed
}

func (r *runner) traceOne(g *guard, t *reach) error {
	file, err := os.CreateTemp(r.work, "trace")
	if err != nil {
		return err
	}
	file.Close()
	defer os.Remove(file.Name())
	start := time.Now()
	if _, err := r.test(g, []string{t.Name}, 10*time.Minute, "MUTATE_TRACE="+file.Name()); err != nil {
		return err
	}
	t.Took = time.Since(start)
	raw, err := os.ReadFile(file.Name())
	for line := range strings.FieldsSeq(string(raw)) {
		if n, err := strconv.Atoi(line); err == nil {
			t.Mutants[n] = true
		}
	}
	return err
}

// test runs tests of a guard; slow says that the time ran out.
func (r *runner) test(g *guard, names []string, limit time.Duration, env string) (slow bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.binary, "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast", "-test.count=1")
	cmd.Dir, cmd.Env, cmd.WaitDelay = g.dir, append(os.Environ(), env), 5*time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return ctx.Err() != nil, fmt.Errorf("%w: %s", err, out[max(0, len(out)-2000):])
	}
	return false, nil
}

// each calls fn for 0 to n-1, as many at once as there are jobs.
func (r *runner) each(n int, fn func(int)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, max(r.jobs, 1))
	for i := range n {
		slots <- struct{}{}
		all.Go(func() { fn(i); <-slots })
	}
	all.Wait()
}

// Outcomes of a change.
const (
	caught    = "caught"
	survived  = "survived"
	unreached = "not reached by any test"
)

func (r *runner) runAll(chosen []mutant) tally {
	var t tally
	start, done := time.Now(), 0
	outcomes := make([]string, len(chosen))
	r.each(len(chosen), func(i int) {
		outcome := r.results.get(chosen[i].String())
		if outcome != caught {
			outcome = r.try(chosen[i])
			r.results.put(chosen[i].String(), outcome)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		outcomes[i] = outcome
		if done++; done%20 == 0 {
			fmt.Printf("   %d of %d after %s\n", done, len(chosen), time.Since(start).Round(time.Second))
		}
	})
	for i, m := range chosen {
		t.tried++
		if outcomes[i] == caught {
			continue
		}
		t.left++
		why := r.explained.why(outcomes[i], m.String())
		if why == "" {
			t.unexplained++
			why = "NOT EXPLAINED"
		}
		fmt.Printf("%s:%d %s\n    %s\n    %s\n", m.file, m.line, outcomes[i], m.String(), why)
	}
	fmt.Println("  ", t.String())
	return t
}

// try runs the tests that reach the change, the quickest first.
func (r *runner) try(m mutant) string {
	reached := false
	for _, g := range r.guards {
		tests := []*reach{}
		for _, t := range g.tests {
			if t.Mutants[m.id] {
				tests = append(tests, t)
			}
		}
		slices.SortStableFunc(tests, func(a, b *reach) int { return cmp.Compare(a.Took, b.Took) })
		for size := 4; len(tests) > 0; size *= 4 {
			some := tests[:min(size, len(tests))]
			tests = tests[len(some):]
			reached = true
			names, limit := []string{}, 30*time.Second
			for _, t := range some {
				names, limit = append(names, t.Name), limit+4*t.Took
			}
			if _, err := r.test(g, names, min(limit, r.longest), "MUTATE_ACTIVE="+strconv.Itoa(m.id)); err != nil {
				return caught
			}
		}
	}
	if !reached {
		return unreached
	}
	return survived
}
