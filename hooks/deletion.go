package hooks

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindDeletion keeps what others or the law rely on. Rows of the demo data go.
func bindDeletion(app core.App) {
	onRecord(app.OnRecordDeleteExecute(collections.Users), "keepUser", 0, func(e *core.RecordEvent) error {
		return inTransaction(e, func() error {
			if err := checkUserDeletion(e.App, collections.AsUser(e.Record)); err != nil {
				return err
			}
			// Before the account, while the audit log can tell whose mirror it is.
			if err := deleteMirror(e.App, e.Record); err != nil {
				return err
			}
			return e.Next()
		})
	})
	keep := func(e *core.RecordEvent) error {
		if !e.Record.GetBool(collections.ColumnDemo) {
			return collections.Refuse("not_deletable", "id", collections.Text{
				ID: "Proyek dan tagihan tidak dihapus; batalkan saja.",
				EN: "Projects and invoices are not deleted; cancel them instead.",
			})
		}
		return e.Next()
	}
	onRecord(app.OnRecordDeleteExecute(collections.Projects), "keepProject", 0, keep)
	onRecord(app.OnRecordDeleteExecute(collections.Invoices), "keepInvoice", 0, keep)
}

func deleteMirror(txApp core.App, user *core.Record) error {
	mirrors, err := txApp.FindAllRecords(core.CollectionNameSuperusers, dbx.HashExp{"account": user.Id})
	if err != nil {
		return fmt.Errorf("hooks: find superuser of %s: %w", user.Id, err)
	}
	for _, mirror := range mirrors {
		collections.SetActor(mirror, collections.ActorOf(user))
		if err := txApp.Delete(mirror); err != nil {
			return fmt.Errorf("hooks: delete superuser of %s: %w", user.Id, err)
		}
	}
	return nil
}

func checkUserDeletion(txApp core.App, user *collections.User) error {
	projects, err := txApp.CountRecords(collections.Projects, dbx.HashExp{"user": user.Id})
	if err != nil {
		return fmt.Errorf("hooks: count projects of %s: %w", user.Id, err)
	}
	if projects > 0 {
		return collections.Refuse("user_has_projects", "id", collections.Text{
			ID: "Pengguna ini punya proyek, jadi tidak bisa dihapus.",
			EN: "This user has projects and cannot be deleted.",
		})
	}
	if user.IsAdmin() {
		return checkLastAdmin(txApp, user.Id, "id")
	}
	return nil
}
