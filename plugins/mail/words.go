package mail

import (
	"fmt"
	"time"

	"jasaweb/collections"
)

type words = collections.Text

// The words around every letter, and in its table and buttons.
var (
	wordHello       = words{ID: "Halo", EN: "Hello"}
	wordTeam        = words{ID: "Tim", EN: "The team of"}
	wordReason      = words{ID: "Anda menerima e-mail ini karena memiliki akun di", EN: "You receive this e-mail because you have an account with"}
	wordReasonPast  = words{ID: "Anda menerima e-mail ini karena pernah memiliki akun di", EN: "You receive this e-mail because you had an account with"}
	wordUnsubscribe = words{ID: "Berhenti menerima e-mail seperti ini", EN: "Stop receiving e-mails like this"}

	wordInvoice  = words{ID: "Tagihan", EN: "Invoice"}
	wordPart     = words{ID: "%d dari %d", EN: "%d of %d"}
	wordProject  = words{ID: "Proyek", EN: "Project"}
	wordAmount   = words{ID: "Jumlah", EN: "Amount"}
	wordDue      = words{ID: "Jatuh tempo", EN: "Due"}
	wordDueLater = words{ID: "saat website siap diperiksa", EN: "when the website is ready for review"}
	wordPaidOn   = words{ID: "Dibayar", EN: "Paid"}
	wordBy       = words{ID: "jatuh tempo", EN: "due"}

	actionPay       = words{ID: "Bayar", EN: "Pay"} // followed by the amount
	actionInvoice   = words{ID: "Lihat tagihan (PDF)", EN: "See the invoice (PDF)"}
	actionReceipt   = words{ID: "Unduh kuitansi", EN: "Download the receipt"}
	actionProject   = words{ID: "Buka halaman proyek", EN: "Open the project's page"}
	actionPortal    = words{ID: "Buka portal", EN: "Open the portal"}
	actionDashboard = words{ID: "Buka dasbor", EN: "Open the dashboard"}
	actionVerify    = words{ID: "Konfirmasi alamat e-mail", EN: "Confirm the e-mail address"}
	actionPassword  = words{ID: "Buat kata sandi baru", EN: "Choose a new password"}
	actionFirst     = words{ID: "Buat kata sandi", EN: "Choose a password"}
	actionReset     = words{ID: "Atur ulang kata sandi", EN: "Reset the password"}

	hintVerify = words{ID: "Tautan ini berlaku %s.", EN: "The link is good for %s."}
	hintInvite = words{
		ID: "Tautan ini berlaku %s. Setelah itu, minta tautan baru lewat “Lupa kata sandi” di halaman masuk.",
		EN: "The link is good for %s. After that, ask for a new one with “Forgot password” on the sign-in page.",
	}
)

// span writes how long something is good: 30 menit, 3 hari.
func span(d time.Duration, lang string) string {
	n, unit, english := int(d.Minutes()), "menit", "minute"
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		n, unit, english = int(d.Hours()/24), "hari", "day"
	case d >= 2*time.Hour && d%time.Hour == 0:
		n, unit, english = int(d.Hours()), "jam", "hour"
	}
	if lang != "en" {
		return fmt.Sprintf("%d %s", n, unit)
	}
	if n != 1 {
		english += "s"
	}
	return fmt.Sprintf("%d %s", n, english)
}

var hintCode = words{ID: "Kode ini berlaku %s. Jangan berikan kepada siapa pun.", EN: "The code is good for %s. Do not give it to anybody."}

// accountText is the subject and the message of a mail about an account.
type accountText struct{ subject, message words }

var accountTexts = map[string]accountText{
	kindVerification: {
		words{ID: "Konfirmasi alamat e-mail Anda", EN: "Confirm your e-mail address"},
		words{
			ID: "Buka tautan di bawah untuk memastikan bahwa alamat e-mail ini milik Anda.\n\nJika Anda tidak membuat akun, abaikan saja e-mail ini.",
			EN: "Open the link below to confirm that this e-mail address is yours.\n\nIf you did not open an account, simply ignore this e-mail.",
		},
	},
	kindPassword: {
		words{ID: "Atur ulang kata sandi", EN: "Reset your password"},
		words{
			ID: "Ada permintaan untuk mengatur ulang kata sandi akun Anda. Buka tautan di bawah untuk membuat kata sandi baru.\n\n" +
				"Jika bukan Anda yang memintanya, abaikan saja e-mail ini. Kata sandi Anda tidak berubah.",
			EN: "Somebody asked to reset the password of your account. Open the link below to choose a new one.\n\n" +
				"If it was not you, simply ignore this e-mail. Your password stays as it is.",
		},
	},
	kindEmail: {
		words{ID: "Konfirmasi alamat e-mail baru", EN: "Confirm your new e-mail address"},
		words{
			ID: "Buka tautan di bawah untuk memakai alamat e-mail ini di akun Anda. Sebelum itu, alamat yang lama tetap berlaku.\n\n" +
				"Jika bukan Anda yang memintanya, abaikan saja e-mail ini.",
			EN: "Open the link below to use this e-mail address for your account. Until then the old address stays in use.\n\n" +
				"If it was not you who asked for it, simply ignore this e-mail.",
		},
	},
	kindCode: {
		words{ID: "Kode untuk masuk", EN: "Your sign-in code"},
		words{ID: "Masukkan kode ini untuk masuk ke akun Anda.", EN: "Enter this code to sign in to your account."},
	},
	kindAlert: {
		words{ID: "Ada yang masuk ke akun Anda dari tempat baru", EN: "Somebody signed in to your account from a new place"},
		words{
			ID: "Akun Anda dibuka dari perangkat atau tempat yang belum kami kenal:\n\n" +
				"Jika itu Anda, tidak ada yang perlu dilakukan. Jika bukan, segera ganti kata sandi: semua perangkat lain akan dikeluarkan.",
			EN: "Your account was opened from a device or a place that we have not seen before:\n\n" +
				"If it was you, there is nothing to do. If not, change the password at once: all other devices will be signed out.",
		},
	},
}

var farewell = accountText{
	words{ID: "Akun Anda sudah ditutup", EN: "Your account is closed"},
	words{
		ID: "Akun Anda sudah ditutup dan data pribadi Anda kami hapus. Tagihan dan kuitansi tetap kami simpan, sesuai ketentuan perpajakan.\n\n" +
			"Terima kasih atas kepercayaan Anda. Jika bukan Anda yang menutup akun ini, segera hubungi kami.",
		EN: "Your account is closed and we have deleted your personal data. We keep invoices and receipts, as tax law requires.\n\n" +
			"Thank you for your trust. If it was not you who closed the account, contact us at once.",
	},
}
