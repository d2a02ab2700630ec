package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindRoles keeps the role of a user in the hands of admins. The collection's
// rules say the same; this holds where rules do not.
func bindRoles(app core.App) {
	onRecord(app.OnRecordCreate(collections.Users), "defaultRole", 0, func(e *core.RecordEvent) error {
		if e.Record.GetString("role") == "" {
			e.Record.Set("role", collections.RoleClient)
		}
		if e.Record.GetString("locale") == "" {
			e.Record.Set("locale", "id")
		}
		// The rules show a user to the user and to admins only; without this an
		// admin could not even search by e-mail.
		e.Record.SetEmailVisibility(true)
		return e.Next()
	})
	onRequest(app.OnRecordCreateRequest(collections.Users), "guardRoleCreate", func(e *core.RecordRequestEvent) error {
		role := e.Record.GetString("role")
		if role != "" && role != collections.RoleClient && collections.RequestActor(e.RequestEvent).Kind != collections.ByAdmin {
			return roleForbidden()
		}
		return e.Next()
	})
	onRequest(app.OnRecordUpdateRequest(collections.Users), "guardRoleUpdate", func(e *core.RecordRequestEvent) error {
		changed := e.Record.GetString("role") != e.Record.Original().GetString("role")
		if changed && collections.RequestActor(e.RequestEvent).Kind != collections.ByAdmin {
			return roleForbidden()
		}
		return e.Next()
	})
}

func roleForbidden() error {
	return collections.Invalid("validation_role_forbidden", "role", collections.Text{
		ID: "Hanya admin yang bisa mengubah peran.", EN: "Only an admin can change a role.",
	})
}
