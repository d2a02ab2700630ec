package house

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/notifications"
	"jasaweb/plugins/openapi"
	"jasaweb/tests/programtest"
)

// What a notice leads a client to is served.
func TestPagesThatNoticesLeadToAreServed(t *testing.T) {
	t.Parallel()
	app := programtest.NewApp(t, plugins.Options{})
	served := strings.Join(openapi.Pages(app), "\n")
	c, err := app.FindCollectionByNameOrId(collections.Notifications)
	if err != nil {
		t.Fatal(err)
	}
	for kind, payload := range map[string]map[string]any{
		collections.NoticePayment: {collections.PayloadInvoice: "x1", collections.PayloadProject: "x2"},
		collections.NoticeProject: {collections.PayloadProject: "x1"},
		collections.NoticeAccount: {collections.PayloadAccount: collections.AccountEmail},
	} {
		r := core.NewRecord(c)
		r.Load(map[string]any{"type": kind, "payload": payload})
		pattern := strings.Replace(notifications.Link(collections.AsNotification(r), false), "x1", "{id}", 1)
		if !regexp.MustCompile(`(?m)^GET +` + regexp.QuoteMeta(pattern) + ` `).MatchString(served) {
			t.Errorf("%s leads to %q, which nobody serves", kind, pattern)
		}
	}
	contact := core.NewRecord(c)
	contact.Load(map[string]any{"type": collections.NoticeContact, "payload": map[string]any{collections.PayloadMessage: "x1"}})
	if link := notifications.Link(collections.AsNotification(contact), true); link != "/_/#/collections?collection=contact_messages&record=x1" {
		t.Errorf("a visitor's message leads admins to %q", link)
	}
	if link := notifications.Link(collections.AsNotification(contact), false); link != "" {
		t.Errorf("a visitor's message leads a client to %q", link)
	}
}
