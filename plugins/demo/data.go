package demo

import "jasaweb/collections"

// accounts may be printed: they exist in demo data only.
var accounts = []struct{ role, email, password, name string }{
	{collections.RoleAdmin, "admin@jasaweb.test", "demo-admin-2026", "Sari Admin"},
	{collections.RoleClient, "klien@jasaweb.test", "demo-klien-2026", "SD Nusantara"},
}

var tiers = []struct {
	identifier, name, kind, description string
	price                               int
	popular                             bool
	features                            []string
}{
	{
		"company", "Company Profile", "company", "Website perusahaan yang rapi dan mudah ditemukan.", 2_000_000, false,
		[]string{"5 halaman", "Responsif di ponsel", "Formulir kontak dan peta", "SEO dasar", "Dukungan 30 hari"},
	},
	{
		"sekolah", "Web Sekolah", "sekolah", "Website sekolah lengkap dengan pendaftaran murid baru.", 2_500_000, false,
		[]string{"10+ halaman", "SPMB online (dulu PPDB)", "Galeri, berita, dan pengumuman", "Profil guru", "Dukungan 60 hari"},
	},
	{
		"berita", "Portal Berita", "berita", "Portal berita dengan redaksi sendiri.", 3_500_000, true,
		[]string{"Artikel tanpa batas", "CMS dengan banyak kategori", "SEO lanjutan", "Statistik pembaca", "Dukungan 90 hari"},
	},
}

var templates = []struct{ name, kind string }{
	{"EduPrime", "sekolah"}, {"SchoolHub", "sekolah"}, {"Nusantara", "sekolah"},
	{"NewsFlow", "berita"}, {"MediaPulse", "berita"}, {"Kabar Desa", "berita"},
	{"CorporateX", "company"}, {"BrandPro", "company"}, {"Karya", "company"},
}
