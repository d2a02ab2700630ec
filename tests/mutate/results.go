package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
)

// results are the outcomes so far, one line each in a file, by the description
// of the change.
type results struct {
	mu    sync.Mutex
	known map[string]string
	file  *os.File
}

func openResults(path string, fresh bool) (*results, error) {
	flags := os.O_APPEND | os.O_CREATE | os.O_RDWR
	if fresh {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	r := &results{known: map[string]string{}, file: file}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if outcome, what, ok := strings.Cut(lines.Text(), "\t"); ok {
			r.known[what] = outcome
		}
	}
	return r, nil
}

func (r *results) get(what string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[what]
}

func (r *results) put(what, outcome string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[what] != outcome {
		r.known[what] = outcome
		fmt.Fprintf(r.file, "%s\t%s\n", outcome, what)
	}
}

// explanations say why changes may survive.
type explanations []explanation

type explanation struct {
	change  string         // "": see pattern
	pattern *regexp.Regexp // of outcome and change
	why     string
}

// readExplained reads lines of a change each, and under one or several of them,
// indented, the reason. A line that begins with "~ " is a pattern of the outcome
// and the change, for a kind of them that no test is worth.
func readExplained(path string) (explanations, error) {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list, given := explanations{}, 0
	for line := range strings.Lines(string(raw)) {
		text := strings.TrimSpace(line)
		pattern, isPattern := strings.CutPrefix(text, "~ ")
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(line, "\t"):
			for ; given < len(list); given++ {
				list[given].why = text
			}
		case isPattern:
			compiled, err := regexp.Compile(pattern)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			list = append(list, explanation{pattern: compiled})
		default:
			list = append(list, explanation{change: text})
		}
	}
	if given < len(list) {
		return nil, fmt.Errorf("%s: no reason for %q", path, list[given].change)
	}
	return list, nil
}

// why returns the reason, "" if there is none.
func (l explanations) why(outcome, change string) string {
	for _, e := range l {
		if e.pattern == nil && e.change == change || e.pattern != nil && e.pattern.MatchString(outcome+": "+change) {
			return e.why
		}
	}
	return ""
}

type tally struct{ tried, left, unexplained int }

func (t *tally) add(o tally) {
	t.tried += o.tried
	t.left += o.left
	t.unexplained += o.unexplained
}

func (t tally) String() string {
	return fmt.Sprintf("%d changes: %d caught, %d left, %d of them unexplained", t.tried, t.tried-t.left, t.left, t.unexplained)
}
