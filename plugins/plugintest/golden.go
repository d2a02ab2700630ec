package plugintest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Golden compares got with the file at path, or writes it with UPDATE_GOLDEN=1.
func Golden(t testing.TB, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v; if it is new, run \"make golden\"", err)
		return
	}
	if string(want) != got {
		t.Errorf("%s differs from what the program has now; if that is meant, run \"make golden\".\n%s", path, firstDifference(string(want), got))
	}
}

// Goldens is Golden for a folder with one file per subject, so that two branches
// do not meet in one file. A file without a subject is an error, too.
func Goldens(t testing.TB, folder string, got map[string]string) {
	t.Helper()
	for name, content := range got {
		Golden(t, filepath.Join(folder, name+".golden"), content)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := got[strings.TrimSuffix(filepath.Base(file), ".golden")]; ok {
			continue
		}
		if os.Getenv("UPDATE_GOLDEN") == "" {
			t.Errorf("%s is about something that is no longer there; if that is meant, run \"make golden\"", file)
		} else if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		line := func(s []string) string {
			if i < len(s) {
				return s[i]
			}
			return "(nothing)"
		}
		if line(a) != line(b) {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, line(a), line(b))
		}
	}
	return ""
}
