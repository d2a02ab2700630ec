package pages

import (
	"fmt"
	"strings"
	"testing"
)

// publicRenderings are the pages before the login.
func publicRenderings() []rendering {
	return []rendering{
		{name: "landing", path: to("/")},
		{name: "landing with a name", path: to("/?nama=SMK+Bahari+Sejahtera+dan+Kejuruan+Terpadu&jenis=berita")},
		{name: "landing signed in", path: to("/"), as: "client"},
		{name: "landing with the menu open", path: to("/"), script: `document.querySelector("#menu").showPopover()`},
		{name: "services", path: to("/layanan")},
		{name: "service sekolah", path: to("/layanan/sekolah")},
		{name: "service berita", path: to("/layanan/berita")},
		{name: "service company", path: to("/layanan/company")},
		{name: "gallery", path: to("/template")},
		{name: "gallery berita", path: to("/template?jenis=berita")},
		{name: "gallery, empty", path: to("/template?jenis=berita"), fresh: true},
		{name: "landing, nothing written yet", path: to("/"), fresh: true},
		{name: "pricing, nothing on sale", path: to("/pricing"), fresh: true},
		{name: "blog, empty", path: to("/blog"), fresh: true},
		{name: "blog, second page", path: to("/blog?page=2"), ready: func(t *testing.T, w *world) {
			for n := range 6 {
				w.New(t, "posts", map[string]any{"title": fmt.Sprintf("Tulisan lama %d", n), "slug": fmt.Sprintf("tulisan-lama-%d", n), "content": "<p>Isi.</p>",
					"excerpt": "Ringkasan.", "status": "published", "published_at": "2025-01-01 00:00:00.000Z"})
			}
		}},
		{name: "design", path: firstDesign("/template/{id}")},
		{name: "demo sekolah a", path: nthDesign(0), bare: true},
		{name: "demo sekolah b", path: nthDesign(1), bare: true},
		{name: "demo sekolah c", path: nthDesign(2), bare: true},
		{name: "demo berita a", path: nthDesign(3), bare: true},
		{name: "demo berita b", path: nthDesign(4), bare: true},
		{name: "demo berita c", path: nthDesign(5), bare: true},
		{name: "demo company a", path: nthDesign(6), bare: true},
		{name: "demo company b", path: nthDesign(7), bare: true},
		{name: "demo company c", path: nthDesign(8), bare: true},
		{name: "pricing", path: to("/pricing")},
		{name: "pricing with open questions", path: to("/pricing"), script: `for (const d of document.querySelectorAll("details")) d.open = true`},
		{name: "blog", path: to("/blog")},
		{name: "article", path: to("/blog/uji-tulisan")},
		{name: "article in Indonesian only", path: to("/blog/uji-tanpa-terjemahan")},
		{name: "page", path: to("/halaman/uji-halaman")},
		{name: "contact", path: to("/kontak")},
		{name: "contact wrong", path: to("/kontak"), fill: map[string]string{"name": "", "email": "bukan-alamat", "message": ""}, status: 400},
		{name: "register", path: to("/register")},
		{name: "register with a name", path: to("/register?nama=SD+Maju&jenis=sekolah")},
		{name: "register wrong", path: to("/register"), fill: map[string]string{"name": "", "email": "x", "password": "pendek"}, status: 400},
		{name: "login", path: to("/login")},
		{name: "login wrong", path: to("/login"), fill: map[string]string{"email": "tidak@ada.test", "password": "salah"}, status: 400},
		{name: "contact sent", path: to("/kontak"), fill: map[string]string{"name": "Rina", "email": "rina@contoh.test", "message": "Apakah bisa selesai bulan ini?"}},
		{name: "forgot", path: to("/lupa-sandi")},
		{name: "forgot sent", path: to("/lupa-sandi"), fill: map[string]string{"email": "klien@jasaweb.test"}},
		{name: "new password", path: to("/lupa-sandi/baru?token=x")},
		{name: "new password expired", path: to("/lupa-sandi/baru?token=x"), fill: map[string]string{"password": "rahasia-baru-1"}, status: 400},
		{name: "verify", path: to("/verifikasi?token=x")},
		{name: "new email", path: to("/email-baru?token=x")},
		{name: "gone", path: to("/blog/pernah-ada"), status: 410, ready: func(t *testing.T, w *world) {
			post := w.New(t, "posts", map[string]any{"title": "Pernah ada", "slug": "pernah-ada", "content": "<p>x</p>", "status": "published", "published_at": "2026-01-01 00:00:00.000Z"})
			if err := w.Delete(post); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "not found", path: to("/tidak-ada"), status: 404},
		{name: "forbidden", path: to("/admin/gaya"), as: "client", status: 403},
		{name: "style", path: to("/admin/gaya"), as: "admin"},
	}
}

// write adds what the pages of the CMS need, whatever the demo data has.
func (w *world) write(t *testing.T) {
	t.Helper()
	const text = "<p>Sebuah paragraf dengan <a href=\"/kontak\">tautan</a>.</p><h2>Bagian</h2><ul><li>satu</li><li>dua</li></ul><blockquote><p>Kutipan.</p></blockquote>" +
		"<table><thead><tr><th>Akhiran</th><th>Untuk</th></tr></thead><tbody><tr><td>.sch.id</td><td>sekolah</td></tr></tbody></table>"
	post := map[string]any{
		"title": "Uji tulisan yang judulnya cukup panjang untuk dua baris", "title_en": "A test article", "slug": "uji-tulisan", "excerpt": "Ringkasan.",
		"excerpt_en": "A summary.", "content": text, "content_en": "<p>One paragraph.</p>", "status": "published", "published_at": "2026-01-02 03:00:00.000Z",
	}
	w.New(t, "posts", post)
	w.New(t, "posts", map[string]any{
		"title": "Uji tanpa terjemahan", "slug": "uji-tanpa-terjemahan", "content": text, "status": "published", "published_at": "2026-01-01 03:00:00.000Z",
	})
	w.New(t, "pages", map[string]any{"title": "Uji halaman", "title_en": "Test page", "slug": "uji-halaman", "content": text, "content_en": text, "status": "published"})
	w.New(t, "faqs", map[string]any{"question": "Uji pertanyaan?", "question_en": "A test question?", "answer": "Ya.", "answer_en": "Yes.", "is_active": true})
	w.New(t, "testimonials", map[string]any{"name": "Contoh", "role": "Guru", "quote": "Contoh kutipan.", "is_active": true, "demo": true})
}

// designs returns the ids of the designs in the order of the gallery.
func (w *world) designs() []string {
	records, err := w.FindRecordsByFilter("templates", "", "sort_order", 0, 0)
	if err != nil {
		panic(err)
	}
	ids := []string{}
	for _, r := range records {
		ids = append(ids, r.Id)
	}
	return ids
}

func firstDesign(format string) func(*world) string {
	return func(w *world) string { return strings.ReplaceAll(format, "{id}", w.designs()[0]) }
}

func nthDesign(n int) func(*world) string {
	return func(w *world) string { return "/template/" + w.designs()[n] + "/demo" }
}
