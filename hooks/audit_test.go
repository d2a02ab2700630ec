package hooks_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// The audit log keeps 10,000 bytes of a text: all of one that has as many, the
// beginning and the length of a longer one, never half a letter.
func TestAuditKeepsTenThousandBytesOfAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := strings.Repeat("a", 10_000)
	for brief, want := range map[string]string{
		full:            full,
		full[1:] + "é":  full[1:] + "… (10001 bytes)",
		full[2:] + "é":  full[2:] + "é",
		full[2:] + "𝄞x": full[2:] + "… (10003 bytes)",
	} {
		p := w.reload(t)
		p.Set("brief", brief)
		if err := w.Save(p); err != nil {
			t.Fatal(err)
		}
		rows, err := w.FindRecordsByFilter(collections.AuditLogs, "collection = 'projects' && record = {:id} && action = 'update'", "-created,-@rowid", 1, 0,
			dbx.Params{"id": p.Id})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		after := map[string]any{}
		if err := rows[0].UnmarshalJSONField("after", &after); err != nil {
			t.Fatal(err)
		}
		if after["brief"] != want {
			got, _ := after["brief"].(string)
			t.Errorf("of %d bytes the log keeps %d that end with %q", len(brief), len(got), got[max(0, len(got)-20):])
		}
	}
}
