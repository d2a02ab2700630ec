package collections

import (
	"fmt"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Types of a notification.
const (
	NoticeProject = "project_update"
	NoticePayment = "payment"
	NoticeAccount = "account"
	NoticeSystem  = "system"
)

// Priorities of a notification.
const (
	PriorityLow      = "low"
	PriorityMedium   = "medium"
	PriorityHigh     = "high"
	PriorityCritical = "critical"
)

// Notice is what to tell somebody, in both languages.
type Notice struct {
	Type     string
	Title    Text
	Message  Text
	Payload  map[string]any // ids for links; no secrets
	Priority string
}

// The longest title and message that the collection keeps, in characters.
const (
	maxTitle   = 255
	maxMessage = 5000
)

// Notify writes a notification for user in the user's language and enqueues its
// mail; both belong to the caller's transaction. Texts that are too long are
// shortened: a project's long name must not undo the payment that is announced.
func Notify(txApp core.App, user *User, n Notice) error {
	record, err := newRecord(txApp, Notifications)
	if err != nil {
		return err
	}
	lang := user.Locale()
	record.Load(map[string]any{
		"user": user.Id, "type": n.Type, "title": shorten(n.Title.In(lang), maxTitle), "message": shorten(n.Message.In(lang), maxMessage),
		"payload": n.Payload, "priority": n.Priority, "demo": user.GetBool("demo"),
	})
	if err := txApp.Save(record); err != nil {
		return fmt.Errorf("collections: notify %s: %w", user.Id, err)
	}
	return Enqueue(txApp, JobNotificationMail, NotificationMail{Notification: record.Id})
}

// shorten cuts s to the given number of characters, the last one an ellipsis.
func shorten(s string, characters int) string {
	if utf8.RuneCountInString(s) <= characters {
		return s
	}
	return string([]rune(s)[:characters-1]) + "…"
}

// NotifyAdmins tells every admin of the agency.
func NotifyAdmins(txApp core.App, n Notice) error {
	admins := []*User{}
	err := txApp.RecordQuery(Users).AndWhere(dbx.HashExp{"role": RoleAdmin}).All(&admins)
	if err != nil {
		return fmt.Errorf("collections: find admins: %w", err)
	}
	for _, admin := range admins {
		if err := Notify(txApp, admin, n); err != nil {
			return err
		}
	}
	return nil
}

// Notification is what a user was told.
type Notification struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*Notification)(nil)

// UserID returns whom it is for.
func (n *Notification) UserID() string { return n.GetString("user") }

// Title returns the headline, in the user's language.
func (n *Notification) Title() string { return n.GetString("title") }

// Message returns the text, in the user's language; may be empty.
func (n *Notification) Message() string { return n.GetString("message") }

// FindNotification returns the notification with id, else ErrNotFound.
func FindNotification(app core.App, id string) (*Notification, error) {
	record, err := find(app, Notifications, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	n := &Notification{}
	n.SetProxyRecord(record)
	return n, nil
}
