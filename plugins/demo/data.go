package demo

import (
	"github.com/pocketbase/dbx"

	"jasaweb/collections"
)

// accounts may be printed: they exist in demo data only.
var accounts = []struct{ role, email, password, name string }{
	{collections.RoleAdmin, "admin@jasaweb.test", "demo-admin-2026", "Sari Admin"},
	{collections.RoleClient, clientEmail, "demo-klien-2026", "SD Nusantara"},
}

const clientEmail = "klien@jasaweb.test"

// What the packages have in common: the price of a year of hosting and domain
// from the second year on, in rupiah, and which part is paid first.
const (
	renewalPrice   = 750_000
	depositPercent = 50
)

var marked = dbx.HashExp{"is_popular": true}

type tier struct {
	identifier, name, nameEN, kind string
	description, descriptionEN     string
	price                          int64
	popular                        bool
	features, featuresEN           []string
}

var tiers = []tier{
	{
		identifier: "company", name: "Company Profile", nameEN: "Company Profile", kind: "company", price: 2_000_000,
		description:   "Website perusahaan yang rapi dan mudah ditemukan.",
		descriptionEN: "A tidy company website that is easy to find.",
		features:      []string{"5 halaman", "Responsif di ponsel", "Formulir kontak dan peta", "SEO dasar", "Hosting 1 tahun dan domain .com", "Selesai 7–14 hari kerja", "Dukungan 30 hari"},
		featuresEN:    []string{"5 pages", "Works on phones", "Contact form and map", "Basic SEO", "A year of hosting and a .com domain", "Done in 7–14 working days", "30 days of support"},
	},
	{
		identifier: "sekolah", name: "Web Sekolah", nameEN: "School Website", kind: "sekolah", price: 2_500_000,
		description:   "Website sekolah lengkap dengan pendaftaran murid baru.",
		descriptionEN: "A complete school website with online enrolment.",
		features:      []string{"10+ halaman", "SPMB online (dulu PPDB)", "Galeri, berita, dan pengumuman", "Profil guru", "Hosting 1 tahun dan domain", "Selesai 7–14 hari kerja", "Dukungan 60 hari"},
		featuresEN:    []string{"10+ pages", "Online enrolment (SPMB)", "Gallery, news and announcements", "Teachers' profiles", "A year of hosting and a domain", "Done in 7–14 working days", "60 days of support"},
	},
	{
		identifier: "berita", name: "Portal Berita", nameEN: "News Portal", kind: "berita", price: 3_500_000, popular: true,
		description:   "Portal berita dengan redaksi sendiri.",
		descriptionEN: "A news portal with a newsroom of your own.",
		features:      []string{"Artikel tanpa batas", "CMS dengan banyak kategori", "SEO lanjutan", "Statistik pembaca", "Hosting 1 tahun dan domain .com", "Selesai 7–14 hari kerja", "Dukungan 90 hari"},
		featuresEN:    []string{"Unlimited articles", "CMS with many categories", "Advanced SEO", "Reader statistics", "A year of hosting and a .com domain", "Done in 7–14 working days", "90 days of support"},
	},
}

var templates = []struct{ name, kind, description, descriptionEN string }{
	{"EduPrime", "sekolah", "Beranda dengan SPMB di depan, cocok untuk SMP dan SMA.", "Enrolment comes first; for secondary schools."},
	{"SchoolHub", "sekolah", "Pengumuman dan agenda di satu layar.", "Announcements and calendar on one screen."},
	{"Nusantara", "sekolah", "Foto kegiatan besar, teks ringkas, hangat untuk SD.", "Large photos, short texts; warm, for primary schools."},
	{"NewsFlow", "berita", "Aliran berita terbaru dengan kategori di atas.", "A stream of news with its categories on top."},
	{"MediaPulse", "berita", "Berita utama besar dan kolom opini.", "A large lead story and an opinion column."},
	{"Kabar Desa", "berita", "Ringan dan terbaca di ponsel sederhana, untuk kabar desa.", "Light and legible on simple phones, for village news."},
	{"CorporateX", "company", "Layanan, klien, dan kontak dalam satu alur.", "Services, clients and contact in one flow."},
	{"BrandPro", "company", "Merek dan produk di depan, katalog di bawahnya.", "Brand and product first, the catalogue below."},
	{"Karya", "company", "Portofolio proyek untuk kontraktor dan studio.", "A portfolio of projects for builders and studios."},
}

// testimonials say of themselves that nobody said them.
var testimonials = []struct{ name, role, roleEN, quote, quoteEN string }{
	{
		"Contoh — Kepala Sekolah", "Sekolah dasar, 320 murid", "Primary school, 320 pupils",
		"Orang tua sekarang membaca jadwal SPMB di website, bukan bertanya lewat telepon satu per satu.",
		"Parents now read the enrolment dates on the website instead of calling one by one.",
	},
	{
		"Contoh — Pemimpin Redaksi", "Portal berita kabupaten", "Regional news portal",
		"Kami menerbitkan berita dari ponsel di lapangan. Halamannya tetap ringan.",
		"We publish from our phones in the field, and the pages stay light.",
	},
	{
		"Contoh — Pemilik Usaha", "Kontraktor, 14 karyawan", "Builder, 14 employees",
		"Harga di website sama dengan di tagihan, dan saya tahu sampai mana pekerjaannya.",
		"The price on the website is the one on the invoice, and I can see how far the work is.",
	},
}

// organisations are the clients of the history. Their addresses end in .invalid
// (RFC 2606), so that no reminder of an invoice is ever mailed to anybody.
var organisations = []struct{ name, kind string }{
	{"SMP Harapan Bangsa", "sekolah"}, {"Kabar Pesisir", "berita"}, {"CV Tirta Jaya", "company"}, {"SMA Cendekia Mandiri", "sekolah"},
	{"PT Sinar Logam", "company"}, {"SD Tunas Melati", "sekolah"}, {"Warta Lereng", "berita"}, {"SMK Bina Teknika", "sekolah"},
	{"Toko Bahan Makmur", "company"}, {"MI Nurul Falah", "sekolah"}, {"Suara Hulu", "berita"}, {"PT Graha Rimba", "company"},
	{"TK Pelangi Ceria", "sekolah"}, {"Klinik Sehat Sentosa", "company"}, {"SMP Satu Atap Lembah", "sekolah"}, {"Lensa Kota", "berita"},
	{"CV Anyaman Lestari", "company"}, {"SMA Pelita Nusa", "sekolah"}, {"Koperasi Tani Rukun", "company"}, {"SD Bukit Hijau", "sekolah"},
	{"Info Teluk", "berita"}, {"PT Bahari Niaga", "company"}, {"MTs Al Hikmah", "sekolah"}, {"Studio Rupa", "company"},
}
