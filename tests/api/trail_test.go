package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// readTrail returns the rows of the audit log that were not read before, without
// what differs from run to run, in the order of their text: what one step does,
// several workers do at once.
func (l *life) readTrail(t *testing.T) []string {
	t.Helper()
	l.learnLabels(t)
	rows, err := l.FindAllRecords(collections.AuditLogs)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, row := range rows {
		if !l.seen[row.Id] {
			l.seen[row.Id] = true
			lines = append(lines, l.byColumn(row, l.printRow(t, row))...)
		}
	}
	slices.Sort(lines)
	return lines
}

// byColumn splits the update of a payment attempt into one row for each column:
// the answer to the charge and the job that follows it fill in the same columns,
// whoever comes first.
func (l *life) byColumn(row *core.Record, printed string) []string {
	if row.GetString("collection") != collections.PaymentAttempts || row.GetString("action") != "update" {
		return []string{printed}
	}
	head, columns, _ := strings.Cut(printed, "\n")
	rows := []string{}
	for column := range strings.Lines(columns) {
		rows = append(rows, head+"\n"+column)
	}
	return rows
}

// learnLabels remembers the names of records as they were first called.
func (l *life) learnLabels(t *testing.T) {
	t.Helper()
	for collection, column := range map[string]string{
		collections.Users: "name", collections.Projects: "name", collections.Invoices: "number", collections.PricingTiers: "identifier",
	} {
		rows, err := l.FindAllRecords(collection)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if l.labels[row.Id] == "" {
				l.labels[row.Id] = "<" + row.GetString(column) + ">"
			}
		}
	}
}

// printRow says who did what to which record from where, and below it the
// columns: one value for what was made or deleted, two for what changed.
func (l *life) printRow(t *testing.T, row *core.Record) string {
	t.Helper()
	who := row.GetString("actor_kind")
	if id := row.GetString("actor"); id != "" {
		who += " " + id
	}
	s := fmt.Sprintf("%s | %s | %s %s", who, row.GetString("action"), row.GetString("collection"), row.GetString("record"))
	if ip, agent := row.GetString("ip"), row.GetString("user_agent"); ip+agent != "" {
		s += " | " + ip + ", " + collections.DeviceName(agent)
	}
	s += "\n"
	before, after := columnsOf(t, row, "before"), columnsOf(t, row, "after")
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		old, hadOld := before[name]
		now, hasNow := after[name]
		text := old + now
		if hadOld && hasNow {
			text = old + " → " + now
		}
		if empty := []string{"", `""`, "null", "0", "false", "[]", `{"lon":0,"lat":0}`}; hadOld != hasNow && slices.Contains(empty, text) {
			continue
		}
		if l.isWords(row.GetString("collection"), name) {
			text = "(words)"
		}
		s += "    " + name + ": " + text + "\n"
	}
	return l.plain(s)
}

// isWords reports whether the column is in the language of the user.
func (l *life) isWords(collection, column string) bool {
	return collection == collections.Notifications && slices.Contains([]string{"title", "message"}, column) ||
		collection == collections.Users && column == "locale"
}

func columnsOf(t *testing.T, row *core.Record, field string) map[string]string {
	t.Helper()
	raw := map[string]json.RawMessage{}
	if err := row.UnmarshalJSONField(field, &raw); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for name, value := range raw {
		values[name] = string(value)
	}
	return values
}

var (
	systemTime = regexp.MustCompile(`202\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z`) // the life is in 2030
	fileSuffix = regexp.MustCompile(`_[a-z0-9]{10}\.(png|jpg)`)
	orderID    = regexp.MustCompile(`JW1-[0-9A-Z]+-[0-9A-Z]+`)
	qrCode     = regexp.MustCompile(`(qr_string: .*")0002[^"]+`)
	uuid       = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// plain replaces what is drawn by lot, and ids by names.
func (l *life) plain(s string) string {
	for id, label := range l.labels {
		s = strings.ReplaceAll(s, id, label)
	}
	s = strings.ReplaceAll(s, l.site, "https://jasaweb.test")
	s = recordID.ReplaceAllString(s, "<id>")
	s = systemTime.ReplaceAllString(s, "<now>")
	s = fileSuffix.ReplaceAllString(s, "_<lot>.$1")
	s = orderID.ReplaceAllString(s, "<order>")
	s = qrCode.ReplaceAllString(s, "$1<code>")
	return uuid.ReplaceAllString(s, "<uuid>")
}
