package migrations

import (
	"embed"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

//go:embed starter/*.html
var starter embed.FS

// starterPages are in starter/SLUG.LANGUAGE.html.
var starterPages = []struct{ slug, id, en string }{
	{"tentang", "Tentang kami", "About us"},
	{"syarat", "Syarat dan ketentuan", "Terms and conditions"},
	{"privasi", "Kebijakan privasi", "Privacy policy"},
}

// starterFAQs are what every client asks; question and answer, Indonesian and
// English.
var starterFAQs = [][4]string{
	{
		"Berapa lama pengerjaannya?",
		"7–14 hari kerja sejak bahan (teks, foto, logo) kami terima lengkap. Perkembangannya terlihat di portal, dan setiap perubahan status dikirim lewat e-mail.",
		"How long does it take?",
		"7–14 working days from the day on which we have all material (texts, photos, logo). You can follow the progress in the portal, and every change of status arrives by e-mail.",
	},
	{
		"Apakah hosting dan domain sudah termasuk?",
		"Ya, untuk tahun pertama: hosting dan satu domain. Mulai tahun kedua kami menawarkan perpanjangan; tidak ada yang diperpanjang tanpa persetujuan Anda.",
		"Are hosting and a domain included?",
		"Yes, for the first year: hosting and one domain. From the second year on we offer a renewal; nothing is renewed without your consent.",
	},
	{
		"Bagaimana cara membayar?",
		"Lewat QRIS dari aplikasi bank atau dompet digital mana pun, atau transfer ke rekening di tagihan. Satu kode QRIS dapat membayar sampai Rp10.000.000; tagihan yang lebih besar kami bagi dengan sendirinya. Biaya QRIS kami yang menanggung.",
		"How do I pay?",
		"By QRIS from any banking app or e-wallet, or by transfer to the account on the invoice. One QRIS code carries at most IDR 10,000,000; larger invoices are divided by themselves. We bear the cost of QRIS.",
	},
	{
		"Berapa kali saya boleh minta perbaikan?",
		"Dua putaran sudah termasuk. Satu putaran adalah satu daftar perbaikan yang Anda kirim lewat portal setelah memeriksa website. Putaran berikutnya dapat dipesan.",
		"How many changes can I ask for?",
		"Two rounds are included. A round is one list of changes that you send in the portal after looking at the website. Further rounds can be ordered.",
	},
	{
		"Apakah ada garansi?",
		"Ya. Selama masa dukungan yang tertera pada paket, kesalahan yang berasal dari pekerjaan kami kami perbaiki tanpa biaya.",
		"Is there a warranty?",
		"Yes. During the support period of your package we mend faults of our work free of charge.",
	},
	{
		"Apa syarat domain .sch.id?",
		"Domain .sch.id khusus untuk sekolah. Siapkan SK pendirian atau izin operasional, surat permohonan dari kepala sekolah, dan KTP pemohon. Kami membantu pendaftarannya.",
		"What does a .sch.id domain need?",
		"The .sch.id domain is for schools only. Have the school's founding or operating licence ready, a letter of request signed by the headmaster and the applicant's identity card. We help with the registration.",
	},
	{
		"Siapa pemilik website setelah selesai?",
		"Anda. Setelah semua tagihan lunas, website, isinya, dan domain atas nama Anda menjadi milik Anda, lengkap dengan data loginnya.",
		"Who owns the website in the end?",
		"You do. Once all invoices are paid, the website, its contents and the domain in your name are yours, together with the login.",
	},
	{
		"Bagaimana perpanjangan tahun kedua?",
		"Kami mengabari Anda sebelum masa berlaku habis. Biayanya tertera di halaman harga. Anda juga boleh memindahkan website ke penyedia lain kapan saja.",
		"How does the renewal work?",
		"We tell you before the year ends. The cost is on the pricing page. You may also move the website to another provider at any time.",
	},
	{
		"Bisakah pindah dari website lama?",
		"Bisa. Kami memindahkan isi yang masih dipakai dan mengarahkan alamat lama ke yang baru, supaya tautan yang sudah tersebar tetap berfungsi. Ceritakan kondisinya di halaman kontak.",
		"Can you move our old website?",
		"Yes. We take over what is still used and lead old addresses to the new ones, so that links out there keep working. Tell us about it on the contact page.",
	},
	{
		"Apakah ada faktur dan kuitansi?",
		"Setiap pesanan mendapat tagihan bernomor, dan setiap pembayaran mendapat kuitansi. Keduanya dapat diunduh sebagai PDF di portal.",
		"Do I get an invoice and a receipt?",
		"Every order receives numbered invoices and every payment a receipt. Both can be downloaded as PDF in the portal.",
	},
}

func init() {
	register(func(app core.App) error {
		if err := writeStarterPages(app); err != nil {
			return err
		}
		return writeStarterFAQs(app)
	}, func(core.App) error { return nil }) // the texts are the agency's by now
}

// The texts are written without the record hooks: those of today know tables of
// tomorrow. They are as clean as a hook would make them; a test says so.
func writeStarterPages(app core.App) error {
	now := types.NowDateTime().String()
	for _, page := range starterPages {
		row := dbx.Params{
			"id": core.GenerateDefaultRandomId(), "slug": page.slug, "title": page.id, "title_en": page.en, "status": "published", "images": "[]",
			"created": now, "updated": now,
		}
		for column, lang := range map[string]string{"content": "id", "content_en": "en"} {
			html, err := starter.ReadFile("starter/" + page.slug + "." + lang + ".html")
			if err != nil {
				return err
			}
			row[column] = string(html)
		}
		if _, err := app.DB().Insert("pages", row).Execute(); err != nil {
			return fmt.Errorf("write page %s: %w", page.slug, err)
		}
	}
	return nil
}

func writeStarterFAQs(app core.App) error {
	now := types.NowDateTime().String()
	for n, f := range starterFAQs {
		_, err := app.DB().Insert("faqs", dbx.Params{
			"id": core.GenerateDefaultRandomId(), "question": f[0], "answer": f[1], "question_en": f[2], "answer_en": f[3],
			"sort_order": n + 1, "is_active": true, "created": now, "updated": now,
		}).Execute()
		if err != nil {
			return fmt.Errorf("write question %d: %w", n+1, err)
		}
	}
	return nil
}
