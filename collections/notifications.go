package collections

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Types of a notification.
const (
	NoticeProject  = "project_update"
	NoticePayment  = "payment"
	NoticeReminder = "reminder"
	NoticeAccount  = "account"
	NoticeContact  = "contact" // a visitor wrote to the agency
	NoticeSystem   = "system"
)

// OptionalMails are the types whose mails a user may switch off. What is about
// money that moved, or about the safety of an account, always arrives.
var OptionalMails = []string{NoticeProject, NoticeReminder, NoticeContact}

// MailIsOptional reports whether users may switch off the mails of the type.
func MailIsOptional(noticeType string) bool { return slices.Contains(OptionalMails, noticeType) }

// Priorities of a notification.
const (
	PriorityLow      = "low"
	PriorityMedium   = "medium"
	PriorityHigh     = "high"
	PriorityCritical = "critical"
)

// Keys of a notification's payload: what it is about, what its mail shows and what
// it leads to.
const (
	PayloadInvoice = "invoice"         // an invoice's id
	PayloadProject = "project"         // a project's id
	PayloadAccount = "account"         // one of the Account constants
	PayloadMessage = "contact_message" // a visitor's message's id
	PayloadReplyTo = "reply_to"        // the address that an answer to the mail goes to
	PayloadOrder   = "order_id"        // an order id at the payment provider
	PayloadStatus  = "status"          // a project's new status
	PayloadBroken  = "payments"        // ids of payments whose books do not add up
)

// Notice is what to tell somebody, in both languages.
type Notice struct {
	Type     string
	Title    Text
	Message  Text           // paragraphs are separated by an empty line
	Payload  map[string]any // ids for links; no secrets
	Priority string
	// Key makes the notice the only one with it that a user ever gets: a second
	// one is not written and not mailed. Empty: no such limit.
	Key string
	// AlsoTo is another address that the mail goes to, beside the user's own.
	AlsoTo string
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
	if n.Key != "" {
		// A failing insert would abort the caller's transaction on Postgres, so
		// look first; the unique index decides the race that is left.
		told, err := txApp.CountRecords(Notifications, dbx.HashExp{"user": user.Id, "dedupe_key": n.Key})
		if err != nil {
			return fmt.Errorf("collections: look up notification %s: %w", n.Key, err)
		}
		if told > 0 {
			return nil
		}
	}
	record, err := newRecord(txApp, Notifications)
	if err != nil {
		return err
	}
	demo, err := n.isDemo(txApp, user)
	if err != nil {
		return err
	}
	lang := user.Locale()
	record.Load(map[string]any{
		"user": user.Id, "type": n.Type, "title": shorten(n.Title.In(lang), maxTitle), "message": shorten(n.Message.In(lang), maxMessage),
		"payload": n.Payload, "priority": n.Priority, "dedupe_key": n.Key, ColumnDemo: demo,
	})
	if err := txApp.Save(record); err != nil {
		return fmt.Errorf("collections: notify %s: %w", user.Id, err)
	}
	if n.AlsoTo != "" {
		if err := Enqueue(txApp, JobNotificationMail, NotificationMail{Notification: record.Id, To: n.AlsoTo}); err != nil {
			return err
		}
	}
	return Enqueue(txApp, JobNotificationMail, NotificationMail{Notification: record.Id})
}

// isDemo reports whether the notice goes with the demo: it is for somebody of the
// demo, or it tells an admin about something of it.
func (n Notice) isDemo(txApp core.App, user *User) (bool, error) {
	if user.GetBool(ColumnDemo) {
		return true, nil
	}
	for key, collection := range map[string]string{PayloadInvoice: Invoices, PayloadProject: Projects} {
		if id, ok := n.Payload[key].(string); ok {
			return isDemo(txApp, collection, id)
		}
	}
	return false, nil
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

// CountUnread returns how many notifications the user has not read yet.
func CountUnread(app core.App, userID string) (int64, error) {
	n, err := app.CountRecords(Notifications, dbx.HashExp{"user": userID, "read_at": ""})
	if err != nil {
		return 0, fmt.Errorf("collections: count unread notifications of %s: %w", userID, err)
	}
	return n, nil
}

// Notification is what a user was told.
type Notification struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*Notification)(nil)

// AsNotification reads record, which must be of the notifications collection.
func AsNotification(record *core.Record) *Notification {
	n := &Notification{}
	n.SetProxyRecord(record)
	return n
}

// UserID returns whom it is for.
func (n *Notification) UserID() string { return n.GetString("user") }

// Type returns what it is about: one of the Notice constants.
func (n *Notification) Type() string { return n.GetString("type") }

// Title returns the headline, in the user's language.
func (n *Notification) Title() string { return n.GetString("title") }

// Message returns the text, in the user's language; may be empty.
func (n *Notification) Message() string { return n.GetString("message") }

// Detail returns the text of the payload under key; empty if there is none.
func (n *Notification) Detail(key string) string {
	payload := map[string]any{}
	if err := n.UnmarshalJSONField("payload", &payload); err != nil {
		return ""
	}
	s, _ := payload[key].(string)
	return s
}

// FindNotification returns the notification with id, else ErrNotFound.
func FindNotification(app core.App, id string) (*Notification, error) {
	record, err := find(app, Notifications, dbx.HashExp{"id": id})
	if err != nil {
		return nil, err
	}
	return AsNotification(record), nil
}

// Reachable reports whether mail to address can arrive at all. Closed accounts
// have an address below the reserved domain "invalid" (RFC 2606).
func Reachable(address string) bool {
	_, domain, ok := strings.Cut(strings.ToLower(address), "@")
	return ok && domain != "invalid" && !strings.HasSuffix(domain, ".invalid")
}
