package public

import "jasaweb/plugins/internal/view"

// demoTexts are the words of the example websites.
var demoTexts = view.Catalog{
	"demo.title":  {ID: "Contoh desain %s", EN: "Example of the design %s"},
	"demo.banner": {ID: "Contoh desain %s. Isi halaman ini karangan.", EN: "Example of the design %s. The content of this page is made up."},
	"demo.use":    {ID: "Pakai desain ini", EN: "Use this design"},
	"demo.back":   {ID: "Kembali", EN: "Back"},
	"demo.footer": {ID: "Contoh website yang dibuat oleh %s", EN: "Example website by %s"},

	"demo.sekolah.news":   {ID: "Kabar sekolah", EN: "News from the school"},
	"demo.berita.news":    {ID: "Berita terbaru", EN: "Latest stories"},
	"demo.company.news":   {ID: "Cara kami bekerja", EN: "How we work"},
	"demo.sekolah.1":      {ID: "Jadwal SPMB dan berkas yang perlu disiapkan", EN: "Admission dates and the documents to prepare"},
	"demo.sekolah.1.text": {ID: "Pendaftaran dibuka tiga minggu. Siapkan kartu keluarga, akta kelahiran, dan rapor dua semester terakhir.", EN: "Applications are open for three weeks. Prepare the family card, the birth certificate and the last two school reports."},
	"demo.sekolah.2":      {ID: "Kelas enam berkunjung ke museum kota", EN: "The sixth grade visits the city museum"},
	"demo.sekolah.2.text": {ID: "Murid membuat catatan kecil tentang satu benda yang paling menarik bagi mereka.", EN: "Pupils wrote a short note about the object they liked best."},
	"demo.sekolah.3":      {ID: "Perpustakaan buka sampai sore", EN: "The library stays open in the afternoon"},
	"demo.sekolah.3.text": {ID: "Mulai bulan ini perpustakaan buka sampai pukul 16.00, Senin sampai Kamis.", EN: "From this month the library is open until 4 pm, Monday to Thursday."},
	"demo.berita.1":       {ID: "Jalan lingkar dibuka sebagian pekan depan", EN: "Part of the ring road opens next week"},
	"demo.berita.1.text":  {ID: "Dua lajur dapat dilalui kendaraan ringan. Truk masih melewati jalur lama.", EN: "Light vehicles can use two lanes. Trucks still take the old way."},
	"demo.berita.2":       {ID: "Harga cabai turun setelah panen raya", EN: "Chilli prices fall after the harvest"},
	"demo.berita.2.text":  {ID: "Pedagang di tiga pasar menyebut pasokan naik sejak awal pekan.", EN: "Traders in three markets say that supply has risen since Monday."},
	"demo.berita.3":       {ID: "Tim voli desa melaju ke babak akhir", EN: "The village volleyball team reaches the final"},
	"demo.berita.3.text":  {ID: "Pertandingan terakhir digelar hari Sabtu di lapangan kecamatan.", EN: "The last match is on Saturday on the district's court."},
	"demo.company.1":      {ID: "Survei lokasi tanpa biaya", EN: "Site visits free of charge"},
	"demo.company.1.text": {ID: "Kami datang, mengukur, lalu mengirim perkiraan biaya tertulis.", EN: "We come, measure, and send a written estimate."},
	"demo.company.2":      {ID: "Pengerjaan dengan jadwal tertulis", EN: "Work on a written schedule"},
	"demo.company.2.text": {ID: "Setiap pekan Anda menerima foto kemajuan.", EN: "You get pictures of the progress every week."},
	"demo.company.3":      {ID: "Garansi satu tahun", EN: "One year of guarantee"},
	"demo.company.3.text": {ID: "Bila ada yang longgar atau retak, kami perbaiki.", EN: "If something comes loose or cracks, we mend it."},
}
