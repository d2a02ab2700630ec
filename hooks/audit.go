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
// about themselves, also where admins are told of it. Such a row can be deleted,
// the audit log cannot.
var visitors = map[string][]string{
	collections.ContactMessages: {"name", "email", "phone", "message"},
	collections.Notifications:   {"title", "message", "payload"},
}

func isVisitors(r *core.Record, column string) bool {
	name := r.Collection().Name
	if name == collections.Notifications && r.GetString("type") != collections.NoticeContact {
		return false
	}
	return slices.Contains(visitors[name], column)
}

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
	if !isAudited(c) {
		return e.Next()
	}
	entry := collections.AuditEntry{
		By: collections.ActorOf(e.Record), Action: verb(action, e.Record), Collection: c.Name, Record: e.Record.Id, Demo: e.Record.GetBool("demo"),
	}
	if account := e.Record.GetString("account"); c.Name == core.CollectionNameSuperusers && account != "" {
		// The mirror of the demo's admin goes with the demo.
		owner, err := collections.FindUser(e.App, account)
		entry.Demo = err == nil && owner.GetBool("demo")
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

// isAudited leaves out machinery: queues, connections, derived numbers, and
// PocketBase's own bookkeeping except superusers and linked accounts.
func isAudited(c *core.Collection) bool {
	if c.System {
		return c.Name == core.CollectionNameSuperusers || c.Name == core.CollectionNameExternalAuths
	}
	return !slices.Contains(unaudited, c.Name) && !strings.HasPrefix(c.Name, "websocket_") && !strings.HasPrefix(c.Name, "intel_")
}

// verb is the word for a write that is more than its kind: money that came in,
// and power that changed hands.
func verb(action string, r *core.Record) string {
	switch r.Collection().Name {
	case collections.Ledger:
		if action == "create" && r.GetString("kind") == collections.LedgerPayment {
			return collections.AuditPayment
		}
	case collections.Users:
		if action == "update" && r.GetString("role") != r.Original().GetString("role") {
			return collections.AuditRoleChange
		}
	}
	return action
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
	closed := r.Collection().Name == collections.Users && !collections.Reachable(r.Email())
	for _, field := range r.Collection().Fields {
		name := field.GetName()
		if field.Type() == core.FieldTypeAutodate || reflect.DeepEqual(r.GetRaw(name), original.GetRaw(name)) {
			continue
		}
		values[name] = auditValue(field, from)
		if closed && slices.Contains(personal, name) {
			values[name] = masked
		}
	}
	return values
}

// personal are the columns of users that are not kept once an account is closed.
var personal = []string{"name", "email", "phone", "avatar"}

func auditValue(field core.Field, r *core.Record) any {
	name := field.GetName()
	if field.GetHidden() || field.Type() == core.FieldTypePassword || isVisitors(r, name) {
		return masked
	}
	if s, ok := r.Get(name).(string); ok && len(s) > maxAudited {
		return strings.ToValidUTF8(s[:maxAudited], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return r.Get(name)
}
