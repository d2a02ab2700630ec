package accounts

import (
	"jasaweb/collections"
)

// Kinds are the collections of this plugin: the accounts themselves, and where they
// are signed in.
func Kinds() []collections.Kind {
	self := collections.Access("id = @request.auth.id")
	// Nobody makes himself an admin, or a part of the demo.
	plain := collections.Access("@request.body.role:isset = false && @request.body.demo:isset = false")
	sessions := collections.Access("record = @request.auth.id").OrAdmins()
	return []collections.Kind{{
		Name: collections.Users,
		API: collections.API{
			List: self + " || " + collections.Admins, View: self + " || " + collections.Admins,
			Create: plain, Update: (self + " && " + plain).OrAdmins(), Delete: collections.Superusers, Manage: collections.Admins,
		},
		ReadOnly: []string{collections.ColumnLinks},
		Personal: &collections.Personal{
			Key: "account", Rows: collections.RowsOf("id"),
			Columns: []string{"name", "email", "phone", "avatar"},
		},
		Demo: collections.Demo{Removal: collections.RemoveEach},
	}, {
		Name:      collections.Sessions,
		API:       collections.API{List: sessions, View: sessions, Delete: sessions},
		Unaudited: "signing in and ending a session are written down themselves",
		Personal:  &collections.Personal{Key: "sessions", Rows: collections.RowsOf("record"), Forget: true},
	}}
}
