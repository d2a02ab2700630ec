package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// optionalMails are the types of notification whose mails a user may switch off.
var optionalMails = []string{"project_update", "reminder", "contact"}

func init() {
	register(func(app core.App) error {
		if err := extendNotifications(app); err != nil {
			return err
		}
		users, err := app.FindCollectionByNameOrId("users")
		if err != nil {
			return err
		}
		users.Fields.Add(&core.SelectField{Name: "mail_off", Values: optionalMails, MaxSelect: len(optionalMails)})
		return app.Save(users)
	}, func(app core.App) error {
		for name, field := range map[string]string{"users": "mail_off", "notifications": "dedupe_key"} {
			c, err := app.FindCollectionByNameOrId(name)
			if err != nil {
				return err
			}
			for _, index := range []string{"idx_notifications_key", "idx_notifications_unread", "idx_notifications_created"} {
				c.RemoveIndex(index)
			}
			c.Fields.RemoveByName(field)
			if kind, ok := c.Fields.GetByName("type").(*core.SelectField); ok {
				kind.Values = slices.DeleteFunc(kind.Values, func(v string) bool { return v == "reminder" || v == "contact" })
			}
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// extendNotifications adds two types, the key that keeps a notification from
// being written twice, and what counting, and deleting the old ones, looks for.
func extendNotifications(app core.App) error {
	c, err := app.FindCollectionByNameOrId("notifications")
	if err != nil {
		return err
	}
	kind := c.Fields.GetByName("type").(*core.SelectField)
	kind.Values = append(kind.Values, "reminder", "contact")
	c.Fields.Add(&core.TextField{Name: "dedupe_key", Max: 200, Hidden: true})
	c.AddIndex("idx_notifications_key", true, "user, dedupe_key", "dedupe_key != ''")
	c.AddIndex("idx_notifications_unread", false, "user, read_at, id", "")
	c.AddIndex("idx_notifications_created", false, "created, id", "")
	return app.Save(c)
}
