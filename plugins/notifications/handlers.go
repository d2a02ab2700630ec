package notifications

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/page"
	"jasaweb/plugins/internal/rest"
)

// view is a notification.
type view struct {
	ID       string         `json:"id"`
	Type     string         `json:"type" enum:"project_update,payment,reminder,account,contact,system"`
	Title    string         `json:"title"`
	Message  string         `json:"message" doc:"Paragraphs are separated by an empty line"`
	Payload  map[string]any `json:"payload" doc:"Ids of what it is about"`
	Priority string         `json:"priority" enum:"low,medium,high,critical"`
	Link     string         `json:"link" doc:"Page that it is about, of the portal, or of the dashboard for an admin; may be empty"`
	ReadAt   string         `json:"read_at" doc:"UTC; empty while unread"`
	Created  string         `json:"created" doc:"UTC"`
}

// Link is the page that a notification is about, of the portal for a client, or
// of the dashboard for an admin; may be empty.
func Link(n *collections.Notification, admin bool) string {
	if admin {
		return page.OfNoticeForAdmins(n)
	}
	return page.OfNotice(n)
}

func viewOf(record *core.Record, admin bool) view {
	n := collections.AsNotification(record)
	v := view{
		ID: n.Id, Type: n.Type(), Title: n.Title(), Message: n.Message(), Priority: n.GetString("priority"), Payload: map[string]any{},
		Link: Link(n, admin), ReadAt: n.GetDateTime("read_at").String(), Created: n.GetDateTime("created").String(),
	}
	_ = n.UnmarshalJSONField("payload", &v.Payload) // null and an empty field leave the empty map
	if v.Payload == nil {
		v.Payload = map[string]any{}
	}
	return v
}

// inbox is one page of notifications.
type inbox struct {
	rest.Page[view]
	Unread int64 `json:"unread" doc:"Over all pages"`
}

func (p *plugin) list(e *core.RequestEvent, in *rest.ListInput) (*inbox, error) {
	admin := collections.AsUser(e.Auth).IsAdmin()
	page, err := rest.List(e, collections.Notifications, in, dbx.HashExp{"user": e.Auth.Id},
		func(r *core.Record) view { return viewOf(r, admin) })
	if err != nil {
		return nil, err
	}
	unread, err := collections.CountUnread(e.App, e.Auth.Id)
	return &inbox{Page: *page, Unread: unread}, err
}

type readInput struct {
	Body struct {
		IDs []string `json:"ids,omitempty" maxItems:"200" doc:"Which ones"`
		All bool     `json:"all,omitempty" doc:"Every one of mine, instead of ids"`
	}
}

type unreadCount struct {
	Unread int64 `json:"unread" doc:"What is still unread"`
}

var errWhich = collections.Invalid("validation_required", "ids", collections.Text{
	ID: "Sebutkan pemberitahuan yang sudah dibaca, atau semuanya.", EN: "Say which notifications were read, or all.",
})

// read marks own notifications as read. Foreign ones, and those that are read
// already, stay as they are.
func (p *plugin) read(e *core.RequestEvent, in *readInput) (*unreadCount, error) {
	if in.Body.All == (len(in.Body.IDs) > 0) {
		return nil, errWhich
	}
	where := dbx.HashExp{"user": e.Auth.Id, "read_at": ""}
	if !in.Body.All {
		ids := make([]any, len(in.Body.IDs))
		for i, id := range in.Body.IDs {
			ids[i] = id
		}
		where["id"] = ids
	}
	for {
		n, err := markRead(e, where)
		if err != nil {
			return nil, err
		}
		if n < chunk {
			break
		}
	}
	unread, err := collections.CountUnread(e.App, e.Auth.Id)
	return &unreadCount{unread}, err
}

// chunk is how many rows one transaction marks: others write meanwhile.
const chunk = 200

func markRead(e *core.RequestEvent, where dbx.HashExp) (n int, err error) {
	err = e.App.RunInTransaction(func(txApp core.App) error {
		rows := []*core.Record{}
		if err := txApp.RecordQuery(collections.Notifications).AndWhere(where).Limit(chunk).All(&rows); err != nil {
			return fmt.Errorf("notifications: find unread: %w", err)
		}
		n = len(rows)
		now := collections.DateTime(collections.Now(txApp))
		for _, row := range rows {
			row.Set("read_at", now)
			collections.SetActor(row, collections.RequestActor(e))
			if err := txApp.Save(row); err != nil {
				return fmt.Errorf("notifications: mark %s read: %w", row.Id, err)
			}
		}
		return nil
	})
	return n, err
}

// preferences is which kinds of notification are mailed.
type preferences struct {
	MailOff []string     `json:"mail_off" doc:"Types whose mails are switched off"`
	Kinds   []preference `json:"kinds" doc:"Every type that this account can get"`
}

type preference struct {
	Type     string `json:"type"`
	Label    string `json:"label"`
	Optional bool   `json:"optional" doc:"Whether its mails may be switched off"`
	Mail     bool   `json:"mail" doc:"Whether they are sent"`
}

var labels = map[string]collections.Text{
	collections.NoticePayment:  {ID: "Pesanan, tagihan, pembayaran, dan pengembalian dana", EN: "Orders, invoices, payments and refunds"},
	collections.NoticeAccount:  {ID: "Keamanan akun", EN: "Safety of the account"},
	collections.NoticeProject:  {ID: "Perkembangan proyek", EN: "Progress of projects"},
	collections.NoticeReminder: {ID: "Pengingat jatuh tempo", EN: "Reminders of invoices that fall due"},
	collections.NoticeContact:  {ID: "Pesan dari pengunjung", EN: "Messages from visitors"},
	collections.NoticeSystem:   {ID: "Peringatan sistem", EN: "Warnings of the system"},
}

func preferencesOf(user *collections.User, lang string) *preferences {
	types := []string{collections.NoticePayment, collections.NoticeAccount, collections.NoticeProject, collections.NoticeReminder}
	if user.IsAdmin() {
		types = append(types, collections.NoticeContact, collections.NoticeSystem)
	}
	out := &preferences{MailOff: append([]string{}, user.MailOff()...)}
	for _, t := range types {
		out.Kinds = append(out.Kinds, preference{
			Type: t, Label: labels[t].In(lang), Optional: collections.MailIsOptional(t), Mail: user.WantsMail(t),
		})
	}
	return out
}

func (p *plugin) preferences(e *core.RequestEvent, _ *rest.None) (*preferences, error) {
	return preferencesOf(collections.AsUser(e.Auth), rest.Lang(e)), nil
}

type preferencesInput struct {
	Body struct {
		MailOff []string `json:"mail_off" maxItems:"10" doc:"Types whose mails I do not want; only optional ones"`
	}
}

func (p *plugin) setPreferences(e *core.RequestEvent, in *preferencesInput) (*preferences, error) {
	for _, t := range in.Body.MailOff {
		if !collections.MailIsOptional(t) {
			return nil, collections.Invalid("validation_not_optional", "mail_off", collections.Text{
				ID: "Hanya e-mail tentang proyek, pengingat, dan pesan pengunjung yang bisa dimatikan.",
				EN: "Only mails about projects, reminders and messages of visitors can be switched off.",
			})
		}
	}
	user, err := saveMailOff(e, e.Auth.Id, func([]string) []string { return in.Body.MailOff })
	if err != nil {
		return nil, err
	}
	return preferencesOf(user, rest.Lang(e)), nil
}

// saveMailOff changes which mails the user does not want.
func saveMailOff(e *core.RequestEvent, id string, change func(old []string) []string) (user *collections.User, err error) {
	err = e.App.RunInTransaction(func(txApp core.App) error {
		if user, err = collections.FindUser(txApp, id); err != nil {
			return err
		}
		next := change(user.MailOff())
		slices.Sort(next)
		user.Set("mail_off", slices.Compact(next))
		actor := collections.RequestActor(e)
		if actor.ID == "" { // whoever holds the link of a mail acts for its reader
			actor.ID = id
		}
		collections.SetActor(user.Record, actor)
		if err := txApp.Save(user); err != nil {
			return fmt.Errorf("notifications: save preferences: %w", err)
		}
		return nil
	})
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errLink // the account is gone, or never was
	}
	return user, err
}
