package portal

import "jasaweb/plugins/internal/view"

// inboxTexts are the words of the notifications.
var inboxTexts = view.Catalog{
	"notifications.new":         {ID: "Baru", EN: "New"},
	"notifications.read.one":    {ID: "Tandai %d sudah dibaca", EN: "Mark %d as read"},
	"notifications.read.other":  {ID: "Tandai %d sudah dibaca", EN: "Mark %d as read"},
	"notifications.empty":       {ID: "Belum ada kabar", EN: "No news yet"},
	"notifications.empty.text":  {ID: "Kabar tentang pembayaran dan website Anda muncul di sini.", EN: "News about your payments and websites appears here."},
	"notifications.mails":       {ID: "Kabar lewat e-mail", EN: "News by e-mail"},
	"notifications.always":      {ID: "Selalu dikirim.", EN: "Always sent."},
	"notifications.save":        {ID: "Simpan pilihan", EN: "Save"},
	"notifications.flash.mails": {ID: "Pilihan e-mail tersimpan.", EN: "Your choice of e-mails is saved."},
}
