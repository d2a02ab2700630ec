package api

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// TestGoldenMetrics keeps the names, types, sentences and labels that dashboards
// and alarms outside of the program refer to.
func TestGoldenMetrics(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/pay", a.Owner.Token, nil).Want(200)
	a.ToReview(t)
	a.New(t, collections.MoneyExceptions, map[string]any{"kind": "orphan", "state": "open", "dedupe_key": "uji"})

	lines := []string{}
	ours := regexp.MustCompile(`^(?:# (?:HELP|TYPE) )?(?:jasaweb|go_sql)_`)
	value := regexp.MustCompile(`("[^"]*")|( \S+$)`)
	for line := range strings.Lines(string(a.Do(t, "GET", "/metrics", a.Tokens["admin"], nil).Want(200).Body)) {
		line = strings.TrimRight(line, "\n")
		if !ours.MatchString(line) {
			continue // of the Go runtime and the system
		}
		if !strings.HasPrefix(line, "#") {
			line = value.ReplaceAllString(line, "")
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	plugintest.Golden(t, "testdata/metrics.golden", strings.Join(lines, "\n")+"\n")
}
