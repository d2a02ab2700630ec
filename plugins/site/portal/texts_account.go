package portal

import "jasaweb/plugins/site/view"

// accountTexts are the words of the account page.
var accountTexts = view.Catalog{
	"account.profile":             {ID: "Data Anda", EN: "About you"},
	"account.name":                {ID: "Nama", EN: "Name"},
	"account.phone":               {ID: "Telepon", EN: "Phone"},
	"account.since":               {ID: "Klien sejak", EN: "Client since"},
	"account.password":            {ID: "Ganti kata sandi", EN: "Change the password"},
	"account.password.old":        {ID: "Kata sandi sekarang", EN: "Present password"},
	"account.password.new":        {ID: "Kata sandi baru", EN: "New password"},
	"account.password.hint":       {ID: "Minimal 8 karakter. Perangkat lain dikeluarkan.", EN: "At least 8 characters. Other devices are signed out."},
	"account.password.do":         {ID: "Ganti kata sandi", EN: "Change the password"},
	"account.signins":             {ID: "Siapa yang masuk", EN: "Who signed in"},
	"account.signins.none":        {ID: "Belum ada catatan.", EN: "Nothing on record yet."},
	"account.here":                {ID: "Perangkat ini", EN: "This device"},
	"account.signin.login":        {ID: "Masuk", EN: "Signed in"},
	"account.signin.login_failed": {ID: "Kata sandi salah", EN: "Wrong password"},
	"account.signin.logout":       {ID: "Keluar", EN: "Signed out"},
	"account.signin.impersonate":  {ID: "Dibuka oleh tim kami", EN: "Opened by our team"},
	"account.signin.deny_sign_in": {ID: "Semua perangkat dikeluarkan", EN: "Every device was signed out"},
	"account.deny":                {ID: "Bukan saya", EN: "Not me"},
	"account.deny.question":       {ID: "Semua perangkat dikeluarkan, lalu Anda membuat kata sandi baru.", EN: "Every device is signed out, then you choose a new password."},
	"account.deny.do":             {ID: "Ya, itu bukan saya", EN: "Yes, that was not me"},
	"account.everywhere":          {ID: "Keluar dari semua perangkat", EN: "Sign out everywhere"},
	"account.everywhere.question": {ID: "Anda perlu masuk lagi di setiap perangkat, termasuk ini.", EN: "You will have to sign in again on every device, this one included."},
	"account.everywhere.do":       {ID: "Keluar dari semua", EN: "Sign out everywhere"},
	"account.flash.denied":        {ID: "Semua perangkat dikeluarkan. Tautan untuk kata sandi baru sudah dikirim ke e-mail Anda.", EN: "Every device is signed out. A link to a new password is in your mail."},
	"account.flash.password":      {ID: "Kata sandi diganti.", EN: "The password is changed."},
}
