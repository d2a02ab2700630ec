package demo

import (
	"embed"
	"fmt"
	"time"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

//go:embed articles/*.html
var articleFiles embed.FS

// articles are in articles/SLUG.LANGUAGE.html; days is how long ago each was
// published.
var articles = []struct {
	slug, title, titleEN, excerpt, excerptEN string
	days                                     int
}{
	{
		"biaya-tahunan-website-dihitung-jujur", "Biaya tahunan website, dihitung jujur", "What a website costs a year, counted honestly",
		"Domain, hosting, dan waktu orang: yang pasti ada, yang perlu dipikirkan, dan yang tidak perlu dibayar.",
		"Domain, hosting and people's time: what is certain, what to think about and what you need not pay for.", 6,
	},
	{
		"agar-portal-berita-lokal-terbaca-google", "Agar portal berita lokal terbaca Google", "How a local news site gets found",
		"Bukan soal beritanya. Lima perbaikan kecil yang bisa selesai dalam satu sore.",
		"It is not about the news. Five small repairs that one afternoon can settle.", 34,
	},
	{
		"qris-untuk-tagihan-jasa", "QRIS untuk tagihan jasa: hal yang sering keliru", "QRIS for invoices: what people get wrong",
		"Kode statis, batas Rp10 juta, siapa yang menanggung biaya, dan apa yang terjadi bila kode kedaluwarsa.",
		"Static codes, the limit of IDR 10 million, who bears the cost, and what happens when a code expires.", 71,
	},
	{
		"memilih-domain-sch-id-atau-com", "Memilih domain .sch.id atau .com", "Choosing .sch.id or .com",
		"Kalau memenuhi syarat, pilih .sch.id. Ini alasannya, berkasnya, dan kapan yang lain lebih tepat.",
		"If you qualify, take .sch.id. Why, which papers, and when another is the better choice.", 118,
	},
	{
		"spmb-online-yang-tidak-membingungkan", "SPMB online: alur yang tidak bikin orang tua bingung", "Online enrolment that does not confuse parents",
		"Satu halaman dengan lima jawaban, formulir yang jalan di ponsel, dan kabar sesudah mengirim.",
		"One page with five answers, a form that works on a phone, and word after sending.", 169,
	},
	{
		"checklist-konten-website-sekolah", "Checklist konten sebelum website sekolah dibuat", "The material a school website needs first",
		"Website yang terlambat hampir selalu terlambat karena bahannya. Siapkan daftar ini dulu.",
		"A website that is late is nearly always late because of its material. Prepare this list first.", 231,
	},
}

func articleRows(now time.Time) ([]row, error) {
	list := []row{}
	for _, a := range articles {
		values := map[string]any{
			"slug": a.slug, "title": a.title, "title_en": a.titleEN, "excerpt": a.excerpt, "excerpt_en": a.excerptEN, "status": collections.Published,
			"published_at": collections.DateTime(wib.Date(now).AddDate(0, 0, -a.days).Add(9 * time.Hour)), // at nine in the morning
		}
		for column, lang := range map[string]string{"content": "id", "content_en": "en"} {
			html, err := articleFiles.ReadFile("articles/" + a.slug + "." + lang + ".html")
			if err != nil {
				return nil, fmt.Errorf("demo: %w", err)
			}
			values[column] = string(html)
		}
		list = append(list, row{collections.Posts, "slug", values})
	}
	return list, nil
}
