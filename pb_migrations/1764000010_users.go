package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

func init() {
	register(func(app core.App) error {
		if err := extendUsers(app); err != nil {
			return err
		}
		return linkSuperusers(app)
	}, nil)
}

// extendUsers gives PocketBase's users their place in the agency.
func extendUsers(app core.App) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	users.Fields.GetByName("name").(*core.TextField).Required = true
	users.Fields.Add(
		&core.TextField{Name: "phone", Max: 20, Pattern: `^\+?[0-9][0-9 \-]{6,18}$`},
		&core.SelectField{Name: "role", Values: []string{"admin", "client"}, MaxSelect: 1, Required: true},
		&core.SelectField{Name: "locale", Values: []string{"id", "en"}, MaxSelect: 1},
		demoFlag(),
	)
	// An avatar is shown on our own origin: an SVG could carry a script.
	users.Fields.GetByName("avatar").(*core.FileField).MimeTypes = []string{"image/jpeg", "image/png", "image/webp"}
	users.ListRule = rule("id = @request.auth.id || " + isAdmin)
	users.ViewRule = rule("id = @request.auth.id || " + isAdmin)
	users.CreateRule = rule("@request.body.role:isset = false && @request.body.demo:isset = false")
	users.UpdateRule = rule("(id = @request.auth.id && @request.body.role:isset = false && @request.body.demo:isset = false) || " + isAdmin)
	users.DeleteRule = nil // an account is closed or deleted through a route, which keeps its invoices
	users.ManageRule = rule(isAdmin)
	users.AuthAlert.Enabled = false // mails about sign-ins are ours to send
	// Sari@ and sari@ are one person; PocketBase's login follows the index.
	users.AddIndex("idx_email__pb_users_auth_", true, "email COLLATE NOCASE", "email != ''")
	users.AddIndex("idx_users_role_created", false, "role, created", "")
	users.AddIndex("idx_users_created", false, "created, id", "")
	return app.Save(users)
}

// linkSuperusers lets a superuser mirror the admin whose account it belongs to.
func linkSuperusers(app core.App) error {
	superusers, err := app.FindCollectionByNameOrId("_superusers")
	if err != nil {
		return err
	}
	account, err := relation(app, "account", "users", false)
	if err != nil {
		return err
	}
	account.CascadeDelete = true
	superusers.Fields.Add(account)
	superusers.AddIndex("idx_superusers_account", true, "account", "account != ''")
	return app.Save(superusers)
}
