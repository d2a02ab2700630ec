package migrations

import (
	"github.com/pocketbase/pocketbase/core"
)

// before255 are the collections of the steps before this one, beside users, which
// is PocketBase's and which they made ours.
var before255 = []string{
	"agency", "counters", "pricing_tiers", "templates", "projects", "project_events", "invoices", "payment_attempts",
	"webhook_inbox", "ledger", "money_exceptions", "notifications", "audit_logs", "jobs", "transfer_proofs",
	"posts", "pages", "faqs", "testimonials", "slug_redirects", "contact_messages",
}

// A database that ran those steps before they wrote down what they make gets the
// list here. The name that a collection was made with is in its id, which finds
// one that was renamed since.
func init() {
	register(func(app core.App) error {
		names, err := collectionNames(app)
		if err != nil {
			return err
		}
		ids := map[string]string{}
		for id, name := range names {
			ids[name] = id
		}
		return claim(app, func(made map[string]string) {
			made["_pb_users_auth_"] = "users"
			for _, name := range before255 {
				id := core.NewBaseCollection(name).Id
				if _, ok := names[id]; !ok {
					id = ids[name]
				}
				if id != "" {
					made[id] = name
				}
			}
		})
	}, nil)
}
