package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// readExplained reads why changes may survive: lines of a description, and under
// each, indented, the reason. Reasons hold for all descriptions above them up to
// the reason before.
func readExplained(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	why := map[string]string{}
	open := []string{}
	for line := range strings.Lines(string(raw)) {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case strings.HasPrefix(line, "\t"):
			for _, what := range open {
				why[what] = text
			}
			open = nil
		default:
			open = append(open, text)
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%s: no reason for %s", path, open[0])
	}
	return why, nil
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
