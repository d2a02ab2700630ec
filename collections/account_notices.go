package collections

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/wib"
)

// What happened to an account, for PayloadAccount.
const (
	AccountWelcome  = "welcome"
	AccountInvited  = "invited" // somebody else opened it
	AccountPassword = "password_changed"
	AccountEmail    = "email_changed"
	AccountSignIn   = "new_sign_in"
)

func accountNotice(event string, title, message Text) Notice {
	return Notice{
		Type: NoticeAccount, Title: title, Message: message, Priority: PriorityHigh,
		Payload: map[string]any{PayloadAccount: event},
	}
}

// NewWelcomeNotice greets somebody who has opened an account.
func NewWelcomeNotice() Notice {
	n := accountNotice(AccountWelcome,
		Text{ID: "Selamat datang, akun Anda sudah siap", EN: "Welcome, your account is ready"},
		Text{
			ID: "Di portal, Anda bisa memesan website, membayar tagihan, dan mengikuti pengerjaannya dari awal sampai selesai.",
			EN: "In the portal you can order a website, pay your invoices and follow the work from start to finish.",
		})
	n.Priority = PriorityLow
	return n
}

// NewInvitedNotice greets somebody for whom the agency has opened an account.
func NewInvitedNotice() Notice {
	return accountNotice(AccountInvited,
		Text{ID: "Kami membuatkan akun untuk Anda", EN: "We have opened an account for you"},
		Text{
			ID: "Dengan akun ini Anda bisa masuk ke portal kami. Buat kata sandi Anda sendiri lebih dulu.",
			EN: "With this account you can sign in to our portal. Please choose a password of your own first.",
		})
}

// NewPasswordNotice warns that the password was changed.
func NewPasswordNotice(at time.Time) Notice {
	return accountNotice(AccountPassword,
		Text{ID: "Kata sandi Anda diganti", EN: "Your password was changed"},
		Text{
			ID: "Kata sandi akun Anda diganti pada " + wib.FormatTime(at, "id") + ". Semua perangkat lain sudah dikeluarkan.\n\n" +
				"Jika bukan Anda yang menggantinya, segera atur ulang kata sandi, lalu hubungi kami.",
			EN: "The password of your account was changed on " + wib.FormatTime(at, "en") + ". All other devices have been signed out.\n\n" +
				"If it was not you, reset the password at once and contact us.",
		})
}

// NewEmailNotice warns that the e-mail address was changed; it goes to both
// addresses, because the one who lost the account reads the old one.
func NewEmailNotice(before, after string) Notice {
	n := accountNotice(AccountEmail,
		Text{ID: "Alamat e-mail akun Anda diganti", EN: "The e-mail address of your account was changed"},
		Text{
			ID: "Alamat e-mail akun Anda diganti dari " + before + " menjadi " + after + ". Mulai sekarang, masuklah dengan alamat yang baru.\n\n" +
				"Jika bukan Anda yang menggantinya, segera hubungi kami.",
			EN: "The e-mail address of your account was changed from " + before + " to " + after + ". From now on, please sign in with the new address.\n\n" +
				"If it was not you, contact us at once.",
		})
	n.AlsoTo = before
	return n
}

// NewSignInNotice warns of a sign-in from a place that was not seen before.
// Device is what the browser says of itself; may be empty.
func NewSignInNotice(at time.Time, ip, device string) Notice {
	place := Text{ID: "alamat IP " + ip, EN: "IP address " + ip}
	if device = truncate(device, 200); device != "" {
		place.ID, place.EN = place.ID+", "+device, place.EN+", "+device
	}
	return accountNotice(AccountSignIn,
		Text{ID: "Ada yang masuk ke akun Anda dari tempat baru", EN: "Somebody signed in to your account from a new place"},
		Text{
			ID: "Akun Anda dibuka pada " + wib.FormatTime(at, "id") + " (" + place.ID + ").\n\n" +
				"Jika itu Anda, tidak ada yang perlu dilakukan. Jika bukan, segera atur ulang kata sandi.",
			EN: "Your account was opened on " + wib.FormatTime(at, "en") + " (" + place.EN + ").\n\n" +
				"If it was you, there is nothing to do. If not, reset the password at once.",
		})
}

// Farewell queues the last mail to a client who closes the account. Call it
// before the name and the address are wiped: the job carries them.
func Farewell(txApp core.App, user *User) error {
	return Enqueue(txApp, JobFarewellMail, FarewellMail{User: user.Id, To: user.Email(), Name: user.Name(), Lang: user.Locale()})
}
