package hooks

import (
	"reflect"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// access is what PocketBase's record API may do to a collection, superusers,
// dashboard and batches included. Routes and jobs write through Go instead.
type access struct {
	create bool
	delete bool
	// fixed columns cannot change; writable ones are the only ones that can
	// when the list is not empty.
	fixed    []string
	writable []string
	closed   bool // nothing can change
}

var recordAccess = map[string]access{
	collections.Projects: {create: true, delete: true, fixed: []string{"user", "tier"}},
	collections.Invoices: {delete: true, fixed: []string{
		"project", "user", "serial", "number", "amount", "dpp", "ppn", "tax_rate", "due_at_start", "status",
		"refund_state", "paid_at", "midtrans_order_id", "instalment", "instalments",
	}},
	collections.PaymentAttempts: {closed: true},
	collections.WebhookInbox:    {closed: true},
	collections.Ledger:          {closed: true},
	collections.MoneyExceptions: {closed: true},
	collections.TransferProofs:  {writable: []string{"state"}},
	collections.ProjectEvents:   {closed: true},
	collections.AuditLogs:       {closed: true},
	collections.Counters:        {closed: true},
	collections.Notifications:   {delete: true, writable: []string{"read_at"}},
	collections.Jobs:            {writable: []string{"state"}},
	collections.Agency:          {},
	collections.SlugRedirects:   {delete: true, fixed: []string{"collection", "slug", "record"}},
	collections.ContactMessages: {delete: true, writable: []string{"state", "note"}},
}

var readOnlyText = collections.Text{
	ID: "Kolom ini tidak bisa diubah langsung; nilainya diatur oleh sistem.",
	EN: "This column cannot be edited; the system maintains it.",
}

func readOnly(field string) error {
	return collections.Invalid("validation_read_only", field, readOnlyText)
}

// bindReadOnly guards money, history and queues against edits by hand.
func bindReadOnly(app core.App) {
	for name, a := range recordAccess {
		onRequest(app.OnRecordCreateRequest(name), "readOnlyCreate."+name, func(e *core.RecordRequestEvent) error {
			if !a.create || a.closed {
				return readOnly("id")
			}
			return e.Next()
		})
		onRequest(app.OnRecordUpdateRequest(name), "readOnlyUpdate."+name, func(e *core.RecordRequestEvent) error {
			if err := a.checkUpdate(e.Record); err != nil {
				return err
			}
			return e.Next()
		})
		onRequest(app.OnRecordDeleteRequest(name), "readOnlyDelete."+name, func(e *core.RecordRequestEvent) error {
			if (!a.delete || a.closed) && !e.Record.GetBool("demo") {
				return readOnly("id")
			}
			return e.Next()
		})
	}
}

// checkUpdate returns an error about the first column that may not change.
func (a access) checkUpdate(record *core.Record) error {
	original := record.Original()
	for _, field := range record.Collection().Fields {
		name := field.GetName()
		if field.Type() == core.FieldTypeAutodate || sameValue(record.Get(name), original.Get(name)) {
			continue
		}
		if a.closed || slices.Contains(a.fixed, name) || (len(a.writable) > 0 && !slices.Contains(a.writable, name)) {
			return readOnly(name)
		}
	}
	if record.Collection().Name == collections.Jobs && record.GetString("state") != original.GetString("state") &&
		record.GetString("state") != collections.JobQueued {
		return collections.Invalid("validation_read_only", "state", collections.Text{
			ID: "Tugas hanya bisa dikembalikan ke antrean (queued).", EN: "A job can only be put back to queued.",
		})
	}
	return nil
}

func sameValue(a, b any) bool { return reflect.DeepEqual(a, b) }
