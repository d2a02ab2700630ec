package payments

import (
	"jasaweb/collections"
)

// Kinds are the collections of this plugin: what is owed, what was tried, heard
// and booked, and what people have to decide about.
func Kinds() []collections.Kind {
	forAdmins := collections.API{List: collections.Admins, View: collections.Admins}
	own := collections.API{List: collections.OwnOrAdmins, View: collections.OwnOrAdmins, Update: collections.Admins}
	invoices := own
	invoices.Delete = collections.Superusers // a hook lets rows of the demo go and no other
	history := collections.Demo{Removal: collections.RemoveAll}
	return []collections.Kind{
		{
			Name: collections.Invoices, API: invoices,
			Writable: []string{"due_at"}, // until it is paid
			Personal: &collections.Personal{Key: "invoices", Rows: collections.RowsOf("user")},
			Demo:     history,
		},
		{Name: collections.PaymentAttempts, API: forAdmins, Demo: history},
		{
			Name: collections.WebhookInbox, API: forAdmins, Unaudited: "it is what was heard, word for word",
			Demo: collections.Demo{Removal: collections.RemoveWithOwner, Owner: "attempt"},
		},
		{
			Name: collections.Ledger, API: forAdmins, AppendOnly: true,
			Personal: &collections.Personal{Key: "payments", Rows: collections.RowsThrough("invoice", collections.Invoices)},
			Demo:     history,
		},
		{Name: collections.MoneyExceptions, API: forAdmins, Demo: history},
		{Name: collections.ForeignOrders, API: collections.API{
			List: collections.Admins, View: collections.Admins, Create: collections.Admins, Delete: collections.Admins,
		}},
		{
			Name: collections.TransferProofs, API: own, Writable: []string{"state"},
			Personal: &collections.Personal{Key: "transfer_proofs", Rows: collections.RowsOf("user")},
			Demo:     collections.Demo{Removal: collections.RemoveEach}, // with their files
		},
	}
}
