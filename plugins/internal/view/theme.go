package view

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readTheme adds the theme's style sheet and looks whether its colours can be read.
func (s *Site) readTheme() error {
	if s.config.Theme == "" {
		return nil
	}
	theme, err := os.ReadFile(filepath.Join(s.config.Theme, "theme.css"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("view: theme: %w", err)
	}
	s.assets.theme = s.assets.put("theme.css", theme)
	own, err := fs.ReadFile(s.config.Public, "site.css")
	if err != nil {
		return fmt.Errorf("view: %w", err)
	}
	s.warnings = Faint(string(own), string(theme))
	return nil
}

// Warnings are what is wrong with the theme without keeping the site from starting.
func (s *Site) Warnings() []string { return s.warnings }

// pairs are the tokens that stand on one another, with the contrast that WCAG 2.2
// AA asks for: 4.5 for text, 3 for what shows the shape of a control.
var pairs = []struct {
	front, back string
	least       float64
}{
	{"ink", "bg", 4.5}, {"ink", "surface", 4.5}, {"ink", "sunk", 4.5},
	{"ink-2", "bg", 4.5}, {"ink-2", "surface", 4.5}, {"ink-2", "sunk", 4.5},
	{"ink-3", "bg", 4.5}, {"ink-3", "surface", 4.5}, {"ink-3", "sunk", 4.5},
	{"primary", "bg", 4.5}, {"primary", "surface", 4.5}, {"primary", "sunk", 4.5}, {"on-primary", "primary", 4.5}, {"on-primary", "primary-hover", 4.5},
	{"on-accent", "accent", 4.5},
	{"info", "info-bg", 4.5}, {"ok", "ok-bg", 4.5}, {"warn", "warn-bg", 4.5}, {"bad", "bad-bg", 4.5}, {"bad", "surface", 4.5}, {"bad", "bg", 4.5},
	{"ink", "info-bg", 4.5}, {"ink", "ok-bg", 4.5}, {"ink", "warn-bg", 4.5}, {"ink", "bad-bg", 4.5},
	{"line-strong", "surface", 3}, {"line-strong", "bg", 3}, {"focus", "bg", 3}, {"focus", "surface", 3},
}

var (
	token     = regexp.MustCompile(`--([a-z0-9-]+):\s*([^;}]+)`)
	lightDark = regexp.MustCompile(`^light-dark\(\s*([^,]+?)\s*,\s*(.+?)\s*\)$`)
	fallback  = regexp.MustCompile(`(?s)@supports not .*`)
)

// tokens reads the colour tokens of style sheets, light and dark; later ones win.
// A value that is no colour of the form #rgb or #rrggbb is left out.
func tokens(sheets ...string) map[string][2]string {
	all := map[string][2]string{}
	for _, sheet := range sheets {
		for _, m := range token.FindAllStringSubmatch(fallback.ReplaceAllString(sheet, ""), -1) {
			value := strings.TrimSpace(m[2])
			both := [2]string{value, value}
			if two := lightDark.FindStringSubmatch(value); two != nil {
				both = [2]string{two[1], two[2]}
			}
			if _, ok := luminance(both[0]); !ok {
				continue
			}
			if _, ok := luminance(both[1]); ok {
				all[m[1]] = both
			}
		}
	}
	return all
}

// Faint lists the pairs of tokens whose contrast is under WCAG 2.2 AA when the
// theme is put on our own style sheet.
func Faint(own, theme string) []string {
	all := tokens(own, theme)
	list := []string{}
	for _, p := range pairs {
		front, back := all[p.front], all[p.back]
		for n, scheme := range []string{"light", "dark"} {
			if c := contrast(front[n], back[n]); c < p.least {
				list = append(list, fmt.Sprintf("theme: --%s on --%s has a contrast of %.2f in the %s scheme, below %.1f: some people cannot read it", p.front, p.back, c, scheme, p.least))
			}
		}
	}
	slices.Sort(list)
	return list
}

// contrast is WCAG's ratio of two colours, 1 to 21; 0 when one is no colour.
func contrast(a, b string) float64 {
	la, okA := luminance(a)
	lb, okB := luminance(b)
	if !okA || !okB {
		return 0
	}
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is WCAG's relative luminance of #rgb or #rrggbb.
func luminance(hex string) (float64, bool) {
	digits, ok := strings.CutPrefix(hex, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if !ok || len(digits) != 6 || err != nil {
		return 0, false
	}
	linear := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n), true
}
