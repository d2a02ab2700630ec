package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// What the documents tell an operator to set or to type must exist.
func TestDocumentsNameWhatExists(t *testing.T) {
	t.Parallel()
	known := []string{}
	for _, row := range (&options{}).table() {
		known = append(known, row.env, row.env+"_FILE")
	}
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) < 3 {
		t.Fatalf("documents: %v, %v", files, err)
	}
	deploy, err := filepath.Glob("docs/deploy/*")
	if err != nil {
		t.Fatal(err)
	}
	option := regexp.MustCompile(`\b(?:MIDTRANS|DATABASE|APP|JWT|CREDENTIALS|REDIS|METRICS)_[A-Z_]+\b`)
	path := regexp.MustCompile(`docs/deploy/[\w.]+|docs/[\w]+\.(?:md|sh)`)
	for _, file := range append(append(files, "README.md"), deploy...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range option.FindAllString(string(text), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s speaks of the option %s, which does not exist", file, name)
			}
		}
		for _, name := range path.FindAllString(string(text), -1) {
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s names %s: %v", file, name, err)
			}
		}
	}
}
