// Mutate changes the code in one small place after the other and runs the tests
// that reach the place: a change that no test notices is a survivor. It prints
// the survivors with their place and change, and fails when more than one in
// twenty is neither caught nor explained in explained.txt.
//
//	go run ./tests/mutate                      60 changes of each package, the same ones every time
//	go run ./tests/mutate -n 0 ./plugins/accounts   every change of one package (hours)
//	go run ./tests/mutate -match 'breaker.go'  those of one file
//	go run ./tests/mutate -bounds ./plugins/jobs    the named numbers: limits, caps, lifetimes
//
// It works on a copy of the tree. All changes of a package are compiled into one
// test binary, where the environment chooses one, so that a change costs no more
// than the tests that reach it. What was caught once is not tried again (-fresh
// does), so an interrupted run goes on where it was.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// targets are the packages that are mutated, and the packages whose tests guard
// each. Its own come first.
var targets = []target{
	{"./collections/paystate", []string{"./collections/paystate", "./plugins/payments"}},
	{"./hooks", []string{"./hooks", "./plugins/portal", "./plugins/accounts", "./plugins/content", "./plugins/admin"}},
	{"./plugins/payments", []string{"./plugins/payments"}},
	{"./plugins/payments/midtrans", []string{"./plugins/payments/midtrans", "./plugins/payments"}},
	{"./plugins/accounts", []string{"./plugins/accounts"}},
	{"./collections", []string{"./collections", "./plugins/portal", "./plugins/jobs", "./hooks"}},
	{"./plugins/internal/call", []string{"./plugins/internal/call"}},
	{"./plugins/internal/action", []string{"./plugins/internal/action"}},
}

type target struct {
	pkg    string
	guards []string
}

type options struct {
	count   int
	seed    uint64
	jobs    int
	match   *regexp.Regexp
	bounds  bool
	fresh   bool
	work    string
	longest time.Duration
}

func main() {
	log.SetFlags(0)
	o := options{}
	match := ""
	flag.IntVar(&o.count, "n", 60, "changes of each package; 0 means all")
	flag.Uint64Var(&o.seed, "seed", 1, "which ones")
	flag.IntVar(&o.jobs, "j", 2, "test processes at once")
	flag.StringVar(&match, "match", "", "only changes whose description matches")
	flag.BoolVar(&o.bounds, "bounds", false, "only changes of numbers and times that have a name, all of them")
	flag.BoolVar(&o.fresh, "fresh", false, "try again what was caught before")
	flag.StringVar(&o.work, "work", filepath.Join(os.TempDir(), "jasaweb-mutate"), "where the copy and the results are kept")
	flag.DurationVar(&o.longest, "longest", 5*time.Minute, "time limit of one change")
	flag.Parse()
	o.match = regexp.MustCompile(match)
	if err := run(o, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(o options, only []string) error {
	tree := filepath.Join(o.work, "tree")
	if err := copyTree(tree); err != nil {
		return err
	}
	results, err := openResults(filepath.Join(o.work, "results"), o.fresh)
	if err != nil {
		return err
	}
	defer results.file.Close()
	explained, err := readExplained(filepath.Join(tree, "tests", "mutate", "explained.txt"))
	if err != nil {
		return err
	}
	var all tally
	for _, t := range chosenTargets(only) {
		counted, err := o.one(tree, t, results, explained)
		if err != nil {
			return fmt.Errorf("%s: %w", t.pkg, err)
		}
		all.add(counted)
	}
	fmt.Println(all.String())
	if all.tried == 0 || all.unexplained*20 > all.tried {
		return fmt.Errorf("%d of %d changes are neither caught nor explained", all.unexplained, all.tried)
	}
	return nil
}

// one mutates one package.
func (o options) one(tree string, t target, results *results, explained explanations) (tally, error) {
	p, err := load(tree, t.pkg)
	if err != nil {
		return tally{}, err
	}
	mutants, err := p.write()
	defer p.restore()
	if err != nil {
		return tally{}, err
	}
	chosen := o.choose(mutants)
	fmt.Printf("== %s: %d changes, %d of them chosen\n", t.pkg, len(mutants), len(chosen))
	r := &runner{options: o, tree: tree, results: results, explained: explained}
	for _, guard := range t.guards {
		if err := r.prepare(guard); err != nil {
			return tally{}, err
		}
	}
	return r.runAll(chosen), nil
}

// choose takes a sample, which is the same for the same seed.
func (o options) choose(mutants []mutant) []mutant {
	matching := []mutant{}
	for _, m := range mutants {
		if o.match.MatchString(m.String()) && (m.bound || !o.bounds) {
			matching = append(matching, m)
		}
	}
	if o.count == 0 || o.bounds || len(matching) <= o.count {
		return matching
	}
	chosen := []mutant{}
	for _, i := range rand.New(rand.NewPCG(o.seed, 0)).Perm(len(matching))[:o.count] {
		chosen = append(chosen, matching[i])
	}
	return chosen
}

// copyTree brings the copy up to date with the files that git knows or would add.
func copyTree(to string) error {
	out, err := exec.Command("git", "ls-files", "-co", "--exclude-standard", "-z").Output()
	if err != nil {
		return fmt.Errorf("list files (run it at the root of the repository): %w", err)
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, and not yet committed
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, raw, info.Mode().Perm()); err != nil {
			return err
		}
		// The time of the original lets Go's test cache and build cache do their work.
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			return err
		}
	}
	return nil
}

// chosenTargets are all, or the named packages; one that is not in the table is
// guarded by its own tests.
func chosenTargets(only []string) []target {
	if len(only) == 0 {
		return targets
	}
	chosen := []target{}
	for _, name := range only {
		name = "./" + strings.TrimPrefix(filepath.Clean(name), "./")
		i := slices.IndexFunc(targets, func(t target) bool { return t.pkg == name })
		if i < 0 {
			chosen = append(chosen, target{name, []string{name}})
			continue
		}
		chosen = append(chosen, targets[i])
	}
	return chosen
}
