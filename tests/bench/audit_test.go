package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// BenchmarkAudit measures what the row of the audit log adds to a write: the same
// write in two programs that differ in the audit hooks alone, in turn, so that
// both meet the same machine.
func BenchmarkAudit(b *testing.B) {
	const rounds = 200
	audited, plain := programtest.NewApp(b, plugins.Options{}), programtest.NewApp(b, plugins.Options{})
	plain.OnRecordCreateExecute().Unbind("jasaweb.auditCreate")
	plain.OnRecordUpdateExecute().Unbind("jasaweb.auditUpdate")
	plain.OnRecordDeleteExecute().Unbind("jasaweb.auditDelete")
	before := [2]int64{auditCount(b, audited), auditCount(b, plain)}
	writes := []string{"create", "update", "delete"}
	took := map[string][2][]time.Duration{}
	for b.Loop() {
		for range rounds {
			for n, app := range []*plugintest.App{audited, plain} {
				for kind, d := range writeQuestion(b, app) {
					times := took[writes[kind]]
					times[n] = append(times[n], d)
					took[writes[kind]] = times
				}
			}
		}
	}
	if rows, none := auditCount(b, audited)-before[0], auditCount(b, plain)-before[1]; rows != int64(b.N*rounds*len(writes)) || none != 0 {
		b.Fatalf("%d rows with the hooks, %d without", rows, none)
	}
	fmt.Printf("\n%-34s %12s %12s %8s\n", "one write, median of "+fmt.Sprint(b.N*rounds), "audited", "without", "ratio")
	for _, kind := range writes {
		with, without := median(took[kind][0]), median(took[kind][1])
		fmt.Printf("%-34s %12v %12v %8.2f\n", kind, with.Round(time.Microsecond), without.Round(time.Microsecond), float64(with)/float64(without))
	}
}

// writeQuestion creates, changes and deletes a question and returns how long
// each took.
func writeQuestion(b *testing.B, app *plugintest.App) [3]time.Duration {
	b.Helper()
	c, err := app.FindCachedCollectionByNameOrId(collections.FAQs)
	if err != nil {
		b.Fatal(err)
	}
	r := core.NewRecord(c)
	r.Load(map[string]any{"question": "Berapa lama pengerjaan?", "answer": "<p>Dua minggu.</p>", "is_active": true})
	var took [3]time.Duration
	for n, write := range []func() error{
		func() error { return app.Save(r) },
		func() error { r.Set("question", "Berapa minggu pengerjaan?"); return app.Save(r) },
		func() error { return app.Delete(r) },
	} {
		start := time.Now()
		if err := write(); err != nil {
			b.Fatal(err)
		}
		took[n] = time.Since(start)
	}
	return took
}

func auditCount(b *testing.B, app core.App) int64 {
	b.Helper()
	n, err := app.CountRecords(collections.AuditLogs)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
