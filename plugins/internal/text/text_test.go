package text_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/internal/text"
)

// table reads a file of cases: columns between tabs, # starts a heading.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\n"); !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// checked counts the comparisons of a table, so that an emptied file fails.
type checked struct {
	t *testing.T
	n int
}

func (c *checked) equal(what, got, want string) {
	c.t.Helper()
	c.n++
	if got != want {
		c.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (c *checked) atLeast(n int) {
	c.t.Helper()
	if c.n < n {
		c.t.Errorf("%d comparisons, want at least %d", c.n, n)
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestGoldenRupiah(t *testing.T) {
	t.Parallel()
	c := &checked{t: t}
	for _, row := range table(t, "rupiah.tsv") {
		amount, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		c.equal(row[0]+" id", text.Rupiah(amount, "id"), row[1])
		c.equal(row[0]+" en", text.Rupiah(amount, "en"), row[2])
		c.equal(row[0]+" short id", text.RupiahShort(amount, "id"), row[3])
		c.equal(row[0]+" short en", text.RupiahShort(amount, "en"), row[4])
	}
	c.atLeast(140)
}

func TestGoldenDates(t *testing.T) {
	t.Parallel()
	c := &checked{t: t}
	var at time.Time
	for _, row := range table(t, "dates.tsv") {
		lang := "en"
		if row[0] != "en" {
			lang, at = "id", instant(t, row[0])
		}
		what := at.String() + " " + lang
		c.equal(what, text.Date(at, lang), row[1])
		c.equal(what, text.DateShort(at, lang), row[2])
		c.equal(what, text.Weekday(at, lang), row[3])
		c.equal(what, text.Month(at, lang), row[4])
		c.equal(what, text.Moment(at, lang), row[5])
	}
	c.atLeast(130)
}

func TestGoldenRelativeDates(t *testing.T) {
	t.Parallel()
	c := &checked{t: t}
	now := instant(t, "2026-11-22T07:05:00Z")
	for _, row := range table(t, "relative.tsv") {
		at := instant(t, row[0])
		c.equal(row[0], text.Relative(at, now, "id"), row[1])
		c.equal(row[0], text.Relative(at, now, "en"), row[2])
	}
	c.atLeast(50)
}

func TestGoldenPhones(t *testing.T) {
	t.Parallel()
	c := &checked{t: t}
	for _, row := range table(t, "phones.tsv") {
		p, err := text.ParsePhone(row[0])
		if row[1] == "-" {
			c.equal(row[0], string(p), "")
			if err == nil {
				t.Errorf("%q was taken for a number", row[0])
			}
			continue
		}
		if err != nil {
			t.Errorf("%q was refused", row[0])
		}
		c.equal(row[0], string(p), row[1])
		c.equal(row[0], p.String(), row[2])
		c.equal(row[0], p.WhatsApp(), row[3])
		again, err := text.ParsePhone(p.String()) // what is shown can be typed
		c.equal(row[0]+" again", string(again), string(p))
		if err != nil {
			t.Errorf("%q is shown as %q, which is refused", row[0], p)
		}
	}
	c.atLeast(120)
}

func TestUnsetTimesAreEmpty(t *testing.T) {
	t.Parallel()
	var zero time.Time
	for _, lang := range []string{"id", "en"} {
		for _, got := range []string{
			text.Date(zero, lang), text.DateShort(zero, lang), text.Weekday(zero, lang), text.Month(zero, lang),
			text.Clock(zero, lang), text.Moment(zero, lang), text.Relative(zero, time.Now(), lang),
		} {
			if got != "" {
				t.Errorf("an unset time reads %q", got)
			}
		}
	}
}
