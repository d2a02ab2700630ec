package house

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"jasaweb/tests/programtest"
)

// Whoever meets a number in the name of a test finds what it means, and no case
// of the list is without its test.
func TestEveryPaymentCaseIsListedAndTested(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(at("docs/payment-cases.md"))
	if err != nil {
		t.Fatal(err)
	}
	grep := exec.Command("git", "grep", "-hoE", `TestPW[0-9]{2,3}|\bI[1-9][0-9]?:`, "--", "*_test.go")
	grep.Dir = programtest.Root()
	found, err := grep.Output()
	if err != nil {
		t.Fatalf("%v; the tests run in a git checkout", err)
	}
	listed := regexp.MustCompile(`(?m)^\| (?:PW-)?(I?\d+) \|`)
	spoken := regexp.MustCompile(`(?m)^(?:TestPW)?(I?\d+):?$`)
	numbers := func(re *regexp.Regexp, text []byte, more ...string) []string {
		for _, m := range re.FindAllSubmatch(text, -1) {
			more = append(more, string(m[1]))
		}
		slices.Sort(more)
		return slices.Compact(more)
	}
	// A journey walks PW-60, and messages speak of I7 and I9 together.
	if want, got := numbers(listed, list), numbers(spoken, found, "60", "I7", "I9"); !slices.Equal(want, got) {
		t.Errorf("listed %v\ntested %v", want, got)
	}
}
