package view

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func ownSheet(t *testing.T) string {
	t.Helper()
	raw, err := fs.ReadFile(public, "site.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestOurOwnColoursCanBeRead(t *testing.T) {
	t.Parallel()
	all := tokens(ownSheet(t))
	for _, p := range pairs {
		if all[p.front] == [2]string{} || all[p.back] == [2]string{} {
			t.Errorf("--%s or --%s is no token", p.front, p.back)
		}
	}
	if faint := Faint(ownSheet(t), ""); len(faint) > 0 {
		t.Error(strings.Join(faint, "\n"))
	}
	if c := contrast("#000", "#FFFFFF"); c != 21 {
		t.Errorf("black on white = %.2f", c)
	}
}

func TestAThemeOverridesTokensAndTemplates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "templates"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"theme.css":            ":root { --primary: light-dark(#7A1F5C, #FFB3E1); --ink-3: #AAAAAA; --on-primary: light-dark(#fff, #3A0F2B) }",
		"templates/style.html": `<h1>Gaya sendiri</h1>`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	app, site := newSite(t, Config{Theme: dir})
	body := string(app.Do(t, "GET", "/gaya", "", nil).Want(200).Body)
	if !strings.Contains(body, "Gaya sendiri") || !strings.Contains(body, site.Assets().Theme()) {
		t.Error(body)
	}
	if css := string(app.Do(t, "GET", site.Assets().Theme(), "", nil).Want(200).Body); !strings.Contains(css, "#7A1F5C") {
		t.Error(css)
	}
	warnings := strings.Join(site.Warnings(), "\n")
	if !strings.Contains(warnings, "--ink-3 on --bg") || !strings.Contains(warnings, "light scheme") || strings.Contains(warnings, "--primary") {
		t.Error(warnings)
	}
}

func TestABrokenThemeStopsTheStart(t *testing.T) {
	t.Parallel()
	app, _ := newSite(t, Config{})
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "templates"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "templates", "layout.html"), []byte(`{{define "layout"}}{{if}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	site, err := New(app, Config{Public: public, Theme: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := site.CompileAll(); err == nil {
		t.Error("accepted")
	}
}
