package content

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/text"
)

type contactInput struct {
	Body struct {
		Name    string `json:"name" minLength:"1" maxLength:"255"`
		Email   string `json:"email" format:"email" minLength:"3" maxLength:"255"`
		Phone   string `json:"phone,omitempty" maxLength:"30" doc:"0812…, +62 812… or a foreign number with +"`
		Type    string `json:"type,omitempty" enum:"sekolah,berita,company" doc:"The kind of website it is about"`
		Message string `json:"message" minLength:"1" maxLength:"5000"`
		Website string `json:"website,omitempty" maxLength:"500" doc:"Leave it empty: people do not see this field"`
	}
}

type contactAnswer struct {
	Message string `json:"message"`
}

// repeatWindow is how long the same words from the same address count as one
// message.
const repeatWindow = 24 * time.Hour

// receive keeps a visitor's message and tells the admins, or does neither.
// Whoever fills in the field that people do not see gets the same answer.
func receive(e *core.RequestEvent, in *contactInput) (*contactAnswer, error) {
	thanks := collections.Text{
		ID: "Terima kasih. Pesan Anda sudah kami terima; kami membalas lewat e-mail pada jam kerja.",
		EN: "Thank you. We have received your message and will answer by e-mail during working hours.",
	}
	answer := &contactAnswer{Message: thanks.In(rest.Lang(e))}
	if in.Body.Website != "" {
		return answer, nil
	}
	phone, err := contactPhone(in.Body.Phone)
	if err != nil {
		return nil, err
	}
	values := map[string]any{
		"name": strings.TrimSpace(in.Body.Name), "email": strings.TrimSpace(in.Body.Email), "phone": string(phone), "type": in.Body.Type,
		"message": strings.TrimSpace(in.Body.Message), "locale": rest.Lang(e), "state": "new",
	}
	err = e.App.RunInTransaction(func(txApp core.App) error {
		repeated, err := countRepeat(txApp, values)
		if err != nil || repeated {
			return err
		}
		return keepMessage(e, txApp, values)
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func contactPhone(typed string) (text.Phone, error) {
	if strings.TrimSpace(typed) == "" {
		return "", nil
	}
	phone, err := text.ParsePhone(typed)
	if err != nil {
		return "", collections.Invalid("validation_invalid_phone", "phone", collections.Text{
			ID: "Tulis nomor telepon seperti 0812-3456-7890.", EN: "Write a telephone number like 0812-3456-7890, or +65 … from abroad.",
		})
	}
	return phone, nil
}

// countRepeat notices a form that was sent twice, and a program that sends the
// same again and again: the admins are told once a day.
func countRepeat(txApp core.App, values map[string]any) (bool, error) {
	since := collections.DateTime(collections.Now(txApp).Add(-repeatWindow))
	same := []*core.Record{}
	err := txApp.RecordQuery(collections.ContactMessages).
		AndWhere(dbx.HashExp{"email": values["email"], "message": values["message"]}).
		AndWhere(dbx.NewExp("[[created]] >= {:since}", dbx.Params{"since": since.String()})).
		OrderBy("created DESC").Limit(1).All(&same)
	if err != nil {
		return false, fmt.Errorf("content: look for the same message: %w", err)
	}
	if len(same) == 0 {
		return false, nil
	}
	same[0].Set("repeats", same[0].GetInt("repeats")+1)
	if err := txApp.Save(same[0]); err != nil {
		return false, fmt.Errorf("content: count a repeated message: %w", err)
	}
	return true, nil
}

func keepMessage(e *core.RequestEvent, txApp core.App, values map[string]any) error {
	c, err := txApp.FindCachedCollectionByNameOrId(collections.ContactMessages)
	if err != nil {
		return fmt.Errorf("content: find messages: %w", err)
	}
	message := core.NewRecord(c)
	message.Load(values)
	collections.SetActor(message, collections.RequestActor(e))
	if err := txApp.Save(message); err != nil {
		return fmt.Errorf("content: keep message: %w", err)
	}
	name, words := message.GetString("name"), message.GetString("message")
	reach := message.GetString("email")
	if phone := text.Phone(message.GetString("phone")); phone != "" {
		reach += ", " + phone.String()
	}
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type:     collections.NoticeContact,
		Title:    collections.Text{ID: "Pesan baru dari " + name, EN: "New message from " + name},
		Message:  collections.Text{ID: words + "\n\nBalas ke: " + reach, EN: words + "\n\nReply to: " + reach},
		Payload:  map[string]any{collections.PayloadMessage: message.Id, collections.PayloadReplyTo: message.GetString("email")},
		Priority: collections.PriorityHigh,
	})
}
