package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every change to the fixture makes its program say something else, so each of
// them compiles, is chosen by its number and does what its description says.
func TestChangesChangeTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, err := os.ReadFile("testdata/fixture.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module fixture\n\ngo 1.27\n", "main.go": string(source)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := load(dir, ".")
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := p.write()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", "program", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	say := func(n int) string {
		cmd := exec.Command(filepath.Join(dir, "program"))
		cmd.Env = append(os.Environ(), "MUTATE_ACTIVE="+strconv.Itoa(n))
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	original, all := say(0), []string{}
	for _, m := range mutants {
		if m.bound != strings.HasPrefix(m.from, "lifetime") {
			t.Errorf("%s: a named number? %t", m, m.bound)
		}
		if m.fn == "main" {
			continue
		}
		all = append(all, m.String())
		if got := say(m.id); got == original {
			t.Errorf("%s: the program says the same: %s", m, got)
		}
	}
	for _, want := range []string{
		"main.go over: n > 3 => n >= 3", "main.go over: n > 3 => n <= 3", "main.go over: 3 => (3) + 1", "main.go over: 3 => (3) - 1",
		"main.go both: a && b => a || b",
		"main.go expired: now.Before(until) => !now.After(until)",
		"main.go after: lifetime => (lifetime) * 2", "main.go after: lifetime => (lifetime) / 2",
		"main.go set: b.n = 7 => (left out)", "main.go set: b.n++ => (left out)",
		`main.go fails: return errors.New("failed") => return nil`, "main.go say: ok => !(ok)", "main.go less: a - b => a + b",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("no change %q among\n%s", want, strings.Join(all, "\n"))
		}
	}
	p.restore()
	if now, err := os.ReadFile(filepath.Join(dir, "main.go")); err != nil || string(now) != string(source) {
		t.Errorf("the package is not as it was: %v", err)
	}
}

func TestReasonsHoldForTheChangesAboveThem(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "explained.txt")
	write := func(text string) (explanations, error) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return readExplained(file)
	}
	list, err := write("# head\na => b\nc => d\n\tone reason\n\n~ ^not reached.*e => \n\tanother\n")
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[[2]string]string{
		{survived, "a => b"}: "one reason", {unreached, "c => d"}: "one reason", {survived, "a => bb"}: "", {survived, ""}: "",
		{unreached, "e => f"}: "another", {survived, "e => f"}: "",
	} {
		if got := list.why(change[0], change[1]); got != want {
			t.Errorf("%v: %q, want %q", change, got, want)
		}
	}
	for _, wrong := range []string{"a => b\n\tone reason\nc => d\n", "~ (\n\twhy\n"} {
		if _, err := write(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestSampleIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	mutants := []mutant{}
	for n := range 100 {
		mutants = append(mutants, mutant{id: n, from: strconv.Itoa(n)})
	}
	sample := func(count int, seed uint64) []mutant {
		return options{count: count, seed: seed, match: regexp.MustCompile("")}.choose(mutants)
	}
	if a, b := sample(10, 1), sample(10, 1); len(a) != 10 || !slices.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
	if slices.Equal(sample(10, 1), sample(10, 2)) {
		t.Error("two seeds give one sample")
	}
	if n := len(sample(0, 1)); n != 100 {
		t.Errorf("%d of all", n)
	}
}
