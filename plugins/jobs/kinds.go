package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Kinds are the collections of this plugin: the queue.
func Kinds() []collections.Kind {
	return []collections.Kind{{
		Name:      collections.Jobs,
		API:       collections.API{List: collections.Admins, View: collections.Admins, Update: collections.Admins},
		Writable:  []string{"state"},
		Unaudited: "machinery: what it does has rows of its own",
		Demo:      collections.Demo{Removal: collections.RemoveByCode, Remove: forgetJobs},
	}}
}

// checkRetry lets the record API put a job back into the queue, and nothing else.
func checkRetry(e *core.RecordRequestEvent) error {
	state := e.Record.GetString(collections.ColumnState)
	if state != e.Record.Original().GetString(collections.ColumnState) && state != collections.JobQueued {
		return collections.Invalid("validation_read_only", "state", collections.Text{
			ID: "Tugas hanya bisa dikembalikan ke antrean (queued).", EN: "A job can only be put back to queued.",
		})
	}
	return e.Next()
}

// forgetJobs takes back the work about what is gone, such as its mails.
func forgetJobs(txApp core.App, removed map[string]bool) (int, error) {
	jobs, err := txApp.FindAllRecords(collections.Jobs)
	if err != nil {
		return 0, fmt.Errorf("jobs: find jobs: %w", err)
	}
	forgotten := 0
	for _, job := range jobs {
		args := map[string]any{}
		if json.Unmarshal([]byte(job.GetString("args")), &args) != nil {
			continue // no arguments, or none with names
		}
		for _, value := range args {
			if id, ok := value.(string); ok && removed[id] {
				if err := txApp.Delete(job); err != nil {
					return forgotten, fmt.Errorf("jobs: remove job %s: %w", job.Id, err)
				}
				forgotten++
				break
			}
		}
	}
	return forgotten, nil
}
