package hooks

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// unaudited are the collections whose rows are machinery or history themselves.
var unaudited = []string{collections.AuditLogs, collections.Jobs, collections.WebhookInbox, collections.Counters}

// masked stands for a secret's value: that it changed is recorded, not to what.
const masked = "***"

// visitors are the columns that hold what somebody without an account told us
// about themselves. Such a row can be deleted, the audit log cannot.
var visitors = map[string][]string{collections.ContactMessages: {"name", "email", "phone", "message"}}

// maxAudited is how many bytes of a long text a row of the audit log keeps.
const maxAudited = 10_000

// bindAudit writes one row for every create, update and delete, in the
// transaction of the write itself.
func bindAudit(app core.App) {
	onRecord(app.OnRecordCreateExecute(), "auditCreate", priorityAudit, func(e *core.RecordEvent) error {
		return audited(e, "create", nil, snapshot)
	})
	onRecord(app.OnRecordUpdateExecute(), "auditUpdate", priorityAudit, func(e *core.RecordEvent) error {
		return audited(e, "update", changesBefore, changesAfter)
	})
	onRecord(app.OnRecordDeleteExecute(), "auditDelete", priorityAudit, func(e *core.RecordEvent) error {
		return audited(e, "delete", snapshot, nil)
	})
}

func audited(e *core.RecordEvent, action string, before, after func(*core.Record) map[string]any) error {
	c := e.Record.Collection()
	if slices.Contains(unaudited, c.Name) || (c.System && c.Name != core.CollectionNameSuperusers) {
		return e.Next()
	}
	entry := collections.AuditEntry{
		By: collections.ActorOf(e.Record), Action: action, Collection: c.Name, Record: e.Record.Id, Demo: e.Record.GetBool("demo"),
	}
	if before != nil {
		entry.Before = before(e.Record)
	}
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		if after != nil {
			entry.After = after(e.Record)
		}
		return collections.Audit(e.App, entry)
	})
}

// snapshot is the whole record, secrets masked.
func snapshot(r *core.Record) map[string]any {
	values := map[string]any{}
	for _, field := range r.Collection().Fields {
		values[field.GetName()] = auditValue(field, r)
	}
	return values
}

func changesBefore(r *core.Record) map[string]any { return changes(r, r.Original()) }
func changesAfter(r *core.Record) map[string]any  { return changes(r, r) }

// changes are the values of from in the columns in which r differs from its
// original.
func changes(r, from *core.Record) map[string]any {
	values := map[string]any{}
	original := r.Original()
	for _, field := range r.Collection().Fields {
		name := field.GetName()
		if field.Type() == core.FieldTypeAutodate || reflect.DeepEqual(r.GetRaw(name), original.GetRaw(name)) {
			continue
		}
		values[name] = auditValue(field, from)
	}
	return values
}

func auditValue(field core.Field, r *core.Record) any {
	name := field.GetName()
	if field.GetHidden() || field.Type() == core.FieldTypePassword || slices.Contains(visitors[r.Collection().Name], name) {
		return masked
	}
	if s, ok := r.Get(name).(string); ok && len(s) > maxAudited {
		return strings.ToValidUTF8(s[:maxAudited], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return r.Get(name)
}
