package hooks

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindAdmins keeps a superuser beside every admin, with the same e-mail and
// password, because PocketBase's dashboard knows superusers only. users.role is
// the truth; the superuser follows in the same transaction.
func bindAdmins(app core.App) {
	mirror := func(e *core.RecordEvent) error {
		return inTransaction(e, func() error {
			if err := e.Next(); err != nil {
				return err
			}
			return mirrorAdmin(e.App, collections.AsUser(e.Record))
		})
	}
	onRecord(app.OnRecordCreateExecute(collections.Users), "mirrorAdminCreate", 0, mirror)
	onRecord(app.OnRecordUpdateExecute(collections.Users), "mirrorAdminUpdate", 0, mirror)
	onRecord(app.OnRecordUpdateExecute(collections.Users), "lastAdmin", -10, keepLastAdmin)

	onRequest(app.OnRecordUpdateRequest(core.CollectionNameSuperusers), "linkedSuperuser", func(e *core.RecordRequestEvent) error {
		if err := guardLinkedSuperuser(e.Record); err != nil {
			return err
		}
		return e.Next()
	})
	onRequest(app.OnRecordDeleteRequest(core.CollectionNameSuperusers), "linkedSuperuserDelete", func(e *core.RecordRequestEvent) error {
		if e.Record.GetString("account") != "" {
			return linkedSuperuser("id")
		}
		return e.Next()
	})
	onRequest(app.OnRecordCreateRequest(core.CollectionNameSuperusers), "linkedSuperuserCreate", func(e *core.RecordRequestEvent) error {
		if e.Record.GetString("account") != "" {
			return linkedSuperuser("account")
		}
		return e.Next()
	})
}

func mirrorAdmin(txApp core.App, user *collections.User) error {
	superuser, err := txApp.FindFirstRecordByData(core.CollectionNameSuperusers, "account", user.Id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("hooks: find superuser of %s: %w", user.Id, err)
	}
	if !user.IsAdmin() {
		if superuser == nil {
			return nil
		}
		return deleteMirror(txApp, user.Record) // its tokens die with it
	}
	return saveSuperuser(txApp, superuser, user)
}

// saveSuperuser creates or updates the mirror. An unlinked superuser with the
// same e-mail is the break-glass account and is never adopted silently.
func saveSuperuser(txApp core.App, superuser *core.Record, user *collections.User) error {
	other, err := txApp.FindAuthRecordByEmail(core.CollectionNameSuperusers, user.Email())
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("hooks: find superuser by e-mail: %w", err)
	}
	if other != nil && other.GetString("account") != user.Id {
		return collections.Refuse("superuser_exists", "email", collections.Text{
			ID: "E-mail ini sudah dipakai akun superuser yang berdiri sendiri.",
			EN: "A superuser of its own uses this e-mail already.",
		})
	}
	if superuser == nil {
		c, err := txApp.FindCachedCollectionByNameOrId(core.CollectionNameSuperusers)
		if err != nil {
			return fmt.Errorf("hooks: find superusers: %w", err)
		}
		superuser = core.NewRecord(c)
		superuser.Set("account", user.Id)
	}
	hash := user.GetString("password:hash")
	if !superuser.IsNew() && superuser.Email() == user.Email() && superuser.GetString("password:hash") == hash {
		return nil
	}
	superuser.SetEmail(user.Email())
	superuser.SetRaw(core.FieldNamePassword, &core.PasswordFieldValue{Hash: hash})
	superuser.RefreshTokenKey()
	collections.SetActor(superuser, collections.ActorOf(user.Record))
	if err := txApp.Save(superuser); err != nil {
		return fmt.Errorf("hooks: mirror admin %s: %w", user.Id, err)
	}
	return nil
}

// keepLastAdmin refuses to demote the only admin: nobody could promote another.
func keepLastAdmin(e *core.RecordEvent) error {
	demoted := e.Record.Original().GetString("role") == collections.RoleAdmin &&
		e.Record.GetString("role") != collections.RoleAdmin
	if !demoted {
		return e.Next()
	}
	return inTransaction(e, func() error {
		if err := checkLastAdmin(e.App, e.Record.Id, "role"); err != nil {
			return err
		}
		return e.Next()
	})
}

func checkLastAdmin(txApp core.App, id, field string) error {
	others, err := txApp.CountRecords(collections.Users,
		dbx.HashExp{"role": collections.RoleAdmin}, dbx.Not(dbx.HashExp{"id": id}))
	if err != nil {
		return fmt.Errorf("hooks: count admins: %w", err)
	}
	if others == 0 {
		return collections.Refuse("last_admin", field, collections.Text{
			ID: "Ini satu-satunya admin. Jadikan orang lain admin lebih dulu.",
			EN: "This is the only admin. Make somebody else an admin first.",
		})
	}
	return nil
}

// guardLinkedSuperuser lets nobody edit the mirror instead of the account.
func guardLinkedSuperuser(record *core.Record) error {
	original := record.Original()
	if record.GetString("account") != original.GetString("account") {
		return linkedSuperuser("account")
	}
	if record.GetString("account") == "" {
		return nil
	}
	if record.Email() != original.Email() {
		return linkedSuperuser("email")
	}
	if record.GetString("password:hash") != original.GetString("password:hash") {
		return linkedSuperuser("password")
	}
	return nil
}

func linkedSuperuser(field string) error {
	return collections.Invalid("validation_linked_superuser", field, collections.Text{
		ID: "Superuser ini mengikuti akun admin di “users”; ubah di sana.",
		EN: "This superuser mirrors an admin in “users”; edit the user instead.",
	})
}
