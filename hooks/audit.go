package hooks

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// masked stands for a secret's value: that it changed is recorded, not to what.
const masked = "***"

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

func audited(e *core.RecordEvent, action string, before, after func(*core.Record, *collections.Kind) map[string]any) error {
	c := e.Record.Collection()
	kind, err := collections.KindOf(e.App, c)
	if err != nil {
		return err
	}
	if !isAudited(c, kind) {
		return e.Next()
	}
	entry := collections.AuditEntry{
		By: collections.ActorOf(e.Record), Action: verb(action, e.Record), Collection: c.Name, Record: e.Record.Id, Demo: e.Record.GetBool(collections.ColumnDemo),
	}
	if account := e.Record.GetString("account"); c.Name == core.CollectionNameSuperusers && account != "" {
		// The mirror of the demo's admin goes with the demo.
		owner, err := collections.FindUser(e.App, account)
		entry.Demo = err == nil && owner.GetBool(collections.ColumnDemo)
	}
	if before != nil {
		entry.Before = before(e.Record, kind)
	}
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		if after != nil {
			entry.After = after(e.Record, kind)
		}
		return collections.Audit(e.App, entry)
	})
}

// isAudited leaves out what says so itself, and PocketBase's own bookkeeping
// except superusers and linked accounts. What people make in the dashboard is in.
func isAudited(c *core.Collection, kind *collections.Kind) bool {
	if c.System {
		return c.Name == core.CollectionNameSuperusers || c.Name == core.CollectionNameExternalAuths
	}
	return kind == nil || kind.Unaudited == ""
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
func snapshot(r *core.Record, kind *collections.Kind) map[string]any {
	values := map[string]any{}
	for _, field := range r.Collection().Fields {
		values[field.GetName()] = auditValue(field, r, kind)
	}
	return values
}

func changesBefore(r *core.Record, kind *collections.Kind) map[string]any {
	return changes(r, r.Original(), kind)
}

func changesAfter(r *core.Record, kind *collections.Kind) map[string]any { return changes(r, r, kind) }

// changes are the values of from in the columns in which r differs from its
// original.
func changes(r, from *core.Record, kind *collections.Kind) map[string]any {
	values := map[string]any{}
	original := r.Original()
	var wiped []string // what is not kept of a person, once the account is closed
	if kind != nil && kind.Personal != nil && r.Collection().IsAuth() && !collections.Reachable(r.Email()) {
		wiped = kind.Personal.Columns
	}
	for _, field := range r.Collection().Fields {
		name := field.GetName()
		if field.Type() == core.FieldTypeAutodate || reflect.DeepEqual(r.GetRaw(name), original.GetRaw(name)) {
			continue
		}
		values[name] = auditValue(field, from, kind)
		if slices.Contains(wiped, name) {
			values[name] = masked
		}
	}
	return values
}

func auditValue(field core.Field, r *core.Record, kind *collections.Kind) any {
	name := field.GetName()
	if field.GetHidden() || field.Type() == core.FieldTypePassword || isVisitors(r, kind, name) {
		return masked
	}
	if s, ok := r.Get(name).(string); ok && len(s) > maxAudited {
		return strings.ToValidUTF8(s[:maxAudited], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return r.Get(name)
}

func isVisitors(r *core.Record, kind *collections.Kind, column string) bool {
	return kind != nil && kind.Visitors != nil && slices.Contains(kind.Visitors(r), column)
}
