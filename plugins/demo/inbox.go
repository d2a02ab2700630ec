package demo

import (
	"time"

	"jasaweb/collections"
)

// writeInbox fills the client's notifications and the agency's mailbox. Nothing
// of it is mailed.
func (w *writer) writeInbox(client string) error {
	for _, n := range []struct {
		days           int
		read           bool
		kind, priority string
		title, message string
	}{
		{120, true, collections.NoticeProject, collections.PriorityMedium, "Pesanan “Website SD Nusantara” kami terima", "Bayar uang muka supaya kami bisa mulai."},
		{100, true, collections.NoticeProject, collections.PriorityMedium, "“Website SD Nusantara” selesai. Terima kasih!", "Alamat dan data loginnya ada di halaman proyek."},
		{18, true, collections.NoticePayment, collections.PriorityMedium, "Uang muka “Website SPMB SD Nusantara” lunas", "Pembayaran Anda sudah kami terima. Terima kasih."},
		{5, false, collections.NoticeProject, collections.PriorityHigh, "“Website SPMB SD Nusantara” siap Anda periksa", "Buka halaman proyek, lalu setujui atau minta perbaikan."},
		{4, false, collections.NoticePayment, collections.PriorityMedium, "Uang muka “Majalah Sekolah Nusantara” lunas", "Kami mulai mengerjakannya."},
		{1, false, collections.NoticeProject, collections.PriorityMedium, "Pesanan “Koperasi SD Nusantara” kami terima", "Bayar uang muka supaya kami bisa mulai."},
	} {
		at := w.day(n.days)
		values := map[string]any{"user": client, "type": n.kind, "priority": n.priority, "title": n.title, "message": n.message}
		if n.read {
			values["read_at"] = collections.DateTime(at.Add(3 * time.Hour))
		}
		if err := w.write(collections.Notifications, w.id("notice"), at, at, values); err != nil {
			return err
		}
	}
	for _, m := range []struct {
		days                                     int
		name, email, kind, state, message, phone string
	}{
		{9, "Contoh: Ibu Ratna", "ratna@contoh.invalid", "sekolah", "answered", "Apakah bisa memindahkan berita dari website lama kami? Ada sekitar 300 artikel.", "+6281200009001"},
		{1, "Contoh: Bapak Yusuf", "yusuf@contoh.invalid", "company", "new", "Kami butuh profil perusahaan dua bahasa sebelum pameran bulan depan. Apakah sempat?", ""},
	} {
		at := w.day(m.days)
		if err := w.write(collections.ContactMessages, w.id("message"), at, at, map[string]any{
			"name": m.name, "email": m.email, "phone": m.phone, "type": m.kind, "state": m.state, "message": m.message, "locale": "id",
		}); err != nil {
			return err
		}
	}
	return nil
}
