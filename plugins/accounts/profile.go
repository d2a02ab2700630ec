package accounts

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/text"
)

// accountView is an account as its owner sees it.
type accountView struct {
	collections.UserView
	Avatar  string   `json:"avatar" doc:"Path of the picture; empty if there is none"`
	MailOff []string `json:"mail_off" doc:"Types of notifications that are not mailed"`
}

type account struct {
	Record accountView `json:"record"`
}

func viewAccount(u *collections.User) *account {
	v := accountView{UserView: u.View(), MailOff: u.MailOff()}
	if file := u.GetString("avatar"); file != "" {
		v.Avatar = "/api/files/" + collections.Users + "/" + u.Id + "/" + file
	}
	return &account{Record: v}
}

func (p *plugin) showAccount(e *core.RequestEvent, _ *rest.None) (*account, error) {
	return viewAccount(collections.AsUser(e.Auth)), nil
}

type profileInput struct {
	Body struct {
		Name    *string   `json:"name,omitempty" minLength:"1" maxLength:"255"`
		Phone   *string   `json:"phone,omitempty" maxLength:"30" doc:"As people write it; kept as +62…; empty for none"`
		Locale  *string   `json:"locale,omitempty" enum:"id,en"`
		MailOff *[]string `json:"mail_off,omitempty" maxItems:"20"`
	}
}

// changeProfile changes what the body names and leaves the rest.
func (p *plugin) changeProfile(e *core.RequestEvent, in *profileInput) (*account, error) {
	return p.changeAccount(e, func(u *collections.User) error {
		if in.Body.Name != nil {
			u.Set("name", strings.TrimSpace(*in.Body.Name))
		}
		if in.Body.Phone != nil {
			phone, err := normalPhone(*in.Body.Phone)
			if err != nil {
				return err
			}
			u.Set("phone", phone)
		}
		if in.Body.Locale != nil {
			u.Set("locale", *in.Body.Locale)
		}
		if in.Body.MailOff != nil {
			u.Set("mail_off", *in.Body.MailOff)
		}
		return nil
	})
}

// changeAccount saves what change does to the signed-in user.
func (p *plugin) changeAccount(e *core.RequestEvent, change func(*collections.User) error) (*account, error) {
	u, err := collections.FindUser(e.App, e.Auth.Id)
	if err != nil {
		return nil, fmt.Errorf("accounts: find %s: %w", e.Auth.Id, err)
	}
	if err := change(u); err != nil {
		return nil, err
	}
	collections.SetActor(u.Record, collections.RequestActor(e))
	if err := e.App.Save(u); err != nil {
		return nil, fmt.Errorf("accounts: change profile: %w", err)
	}
	return viewAccount(u), nil
}

// normalPhone is the one form in which numbers are kept, so that one person is
// found by one number; empty stays empty.
func normalPhone(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	phone, err := text.ParsePhone(s)
	if err != nil {
		return "", &collections.Error{Code: "bad_phone", Reason: collections.ReasonInvalid, Field: "phone", Err: err, Text: collections.Text{
			ID: "Nomor telepon tidak valid. Contoh: 0812-3456-7890.", EN: "This is no telephone number. Example: 0812-3456-7890.",
		}}
	}
	return string(phone), nil
}

// maxAvatar is the largest picture of a person, in bytes of the whole form.
const maxAvatar = 2 << 20

type avatarForm struct {
	Avatar rest.Binary `json:"avatar" doc:"JPEG, PNG or WebP; the form may have 2 MB"`
}

// changeAvatar takes a multipart form; the collection checks what the file holds.
func (p *plugin) changeAvatar(e *core.RequestEvent) error {
	files, err := e.FindUploadedFiles("avatar")
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig || errors.Is(err, apis.ErrRequestEntityTooLarge) {
		return err
	}
	if err != nil || len(files) != 1 {
		return collections.Invalid("validation_required", "avatar", collections.Text{
			ID: "Kirim satu gambar pada kolom “avatar”.", EN: "Send one picture in the field “avatar”.",
		})
	}
	out, err := p.changeAccount(e, func(u *collections.User) error {
		u.Set("avatar", files[0])
		return nil
	})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, out)
}

func (p *plugin) removeAvatar(e *core.RequestEvent, _ *rest.None) (*rest.None, error) {
	_, err := p.changeAccount(e, func(u *collections.User) error {
		u.Set("avatar", nil)
		return nil
	})
	return nil, err
}
