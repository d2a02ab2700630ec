package collections

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/passwords"
)

// Roles of a user.
const (
	RoleAdmin  = "admin"
	RoleClient = "client"
)

// User is a client or an admin of the agency.
type User struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*User)(nil)

// AsUser reads record, which must be of the users collection, as a User.
func AsUser(record *core.Record) *User {
	u := &User{}
	u.SetProxyRecord(record)
	return u
}

// Name returns the person's or the organisation's name.
func (u *User) Name() string { return u.GetString("name") }

// Phone returns the telephone number as it was typed; may be empty.
func (u *User) Phone() string { return u.GetString("phone") }

// Role returns "admin" or "client".
func (u *User) Role() string { return u.GetString("role") }

// IsAdmin reports whether the user may act for the agency.
func (u *User) IsAdmin() bool { return u.Role() == RoleAdmin }

// Locale returns the language for mails and notifications: "id" or "en".
func (u *User) Locale() string {
	if u.GetString("locale") == "en" {
		return "en"
	}
	return "id"
}

// WantsMail reports whether notifications of the type are mailed, too.
func (u *User) WantsMail(noticeType string) bool {
	return !MailIsOptional(noticeType) || !slices.Contains(u.MailOff(), noticeType)
}

// MailOff returns the types of OptionalMails whose mails the user switched off.
func (u *User) MailOff() []string { return u.GetStringSlice("mail_off") }

// WrongPassword refuses the password in field that a signed-in user gives once more.
func WrongPassword(field string) *Error {
	return Invalid("wrong_password", field, Text{ID: "Kata sandi salah.", EN: "The password is wrong."})
}

// WeakPassword refuses a password that is guessed first; nil for passwords.Fine.
func WeakPassword(verdict passwords.Verdict) error {
	switch verdict {
	case passwords.Common:
		return Invalid("common_password", "password", Text{
			ID: "Kata sandi ini dipakai banyak orang, jadi mudah ditebak. Pakai yang lebih panjang, misalnya empat kata yang tidak berhubungan.",
			EN: "Many people have this password, so it is guessed first. Take a longer one, four unrelated words for instance.",
		})
	case passwords.Own:
		return Invalid("own_password", "password", Text{
			ID: "Kata sandi ini hampir sama dengan nama, e-mail, atau nama agensi. Pakai yang lebih panjang, misalnya empat kata yang tidak berhubungan.",
			EN: "This password is little more than a name, an e-mail address or the agency's name. Take a longer one, four unrelated words for instance.",
		})
	}
	return nil
}
