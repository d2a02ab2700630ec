package pages

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// newDoor is the whole program on a real port, whose mails lead there.
func newDoor(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	settings := s.Settings()
	settings.Meta.AppURL = s.site
	if err := s.Save(settings); err != nil {
		t.Fatal(err)
	}
	return s
}

// phone is a browser of a phone's width that nobody is signed in with.
func (s *stage) phone(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t, ctx: programtest.NewBrowser(t), site: s.site}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 844)); err != nil {
		t.Fatal(err)
	}
	return b
}

// mailed waits for the next mail to the address with a link to the page and
// returns where it leads; seen are those that were read before.
func (s *stage) mailed(t *testing.T, to, page string, seen map[string]bool) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(s.DataDir(), "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if seen[file] {
				continue
			}
			m := programtest.ReadLetter(t, file)
			link := strings.TrimSpace(programtest.WebAddress.FindString(after(m.Text, "\n"+s.site+page+"?")))
			if strings.Contains(m.Address("To"), to) && link != "" {
				seen[file] = true
				return strings.TrimPrefix(link, s.site)
			}
		}
	}
	t.Fatalf("no mail to %s with a link to %s", to, page)
	return ""
}

// after is s from what on, "" if it is not there.
func after(s, what string) string {
	if i := strings.Index(s, what); i >= 0 {
		return s[i:]
	}
	return ""
}

// login signs in and waits for what the page says then.
func (b *tab) login(email, password, says string) {
	b.t.Helper()
	b.visit("/login")
	b.fill("email", email)
	b.fill("password", password)
	b.press("Masuk")
	b.sees(says)
}

func (b *tab) wants(what, path string) {
	b.t.Helper()
	if got := b.path(); got != path {
		b.t.Errorf("%s leads to %s, want %s", what, got, path)
	}
}

// A client's account from the first day to the last, on a phone, by the links of
// the mails; each link is tried twice, and a second browser sees every session end.
func TestAccountLifeInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newDoor(t)
	b, other, seen := s.phone(t), s.phone(t), map[string]bool{}
	const email, moved = "sari@sekolah.test", "sari@baru.test"
	b.visit("/register")
	for name, value := range map[string]string{"name": "SD Sari", "email": email, "phone": "0812-3456-7890", "password": "rahasia-123"} {
		b.fill(name, value)
	}
	b.press("Buka akun")
	b.sees("Akun Anda sudah dibuka.")

	b.visit("/portal/akun")
	b.sees("belum dikonfirmasi")
	link := s.mailed(t, email, "/verifikasi", seen)
	b.visit(link)
	b.press("Ya, ini e-mail saya")
	b.sees("E-mail Anda terkonfirmasi.")
	b.visit("/portal/akun")
	if strings.Contains(b.eval("document.body.innerText"), "belum dikonfirmasi") {
		t.Error("the page still asks to confirm the address")
	}
	b.visit(link) // once more, as people do: it is confirmed already, and says so
	b.press("Ya, ini e-mail saya")
	b.sees("E-mail Anda terkonfirmasi.")

	other.visit("/lupa-sandi")
	other.fill("email", email)
	other.press("Kirim tautan")
	other.sees("Periksa e-mail Anda")
	link = s.mailed(t, email, "/lupa-sandi/baru", seen)
	other.visit(link)
	other.fill("password", "pendek")
	other.press("Simpan kata sandi")
	other.sees("perlu diperbaiki")
	other.fill("password", "rahasia-456")
	other.press("Simpan kata sandi")
	other.sees("Kata sandi baru tersimpan")
	other.visit(link)
	other.fill("password", "rahasia-789")
	other.press("Simpan kata sandi")
	other.sees("Tautan ini sudah tidak berlaku")
	b.visit("/portal/akun")
	b.wants("the session of before the reset", "/login")
	other.login(email, "rahasia-123", "E-mail atau kata sandi salah")
	other.login(email, "rahasia-456", "Halo, SD Sari")

	b.login(email, "rahasia-456", "Halo, SD Sari")
	b.visit("/portal/akun")
	b.fill("email", "bukan alamat")
	b.do("send", chromedp.Click(chromedp.CSS(`form[action="/portal/akun/email"] button`)))
	b.sees("tidak bisa dipakai")
	b.fill("email", moved)
	b.do("send", chromedp.Click(chromedp.CSS(`form[action="/portal/akun/email"] button`)))
	b.sees("Tautan sudah dikirim ke alamat baru")
	link = s.mailed(t, moved, "/email-baru", seen)
	b.visit(link)
	b.fill("password", "salah-sekali")
	b.press("Pakai e-mail baru")
	b.sees("salah")
	b.fill("password", "rahasia-456")
	b.press("Pakai e-mail baru")
	b.sees("E-mail akun sudah diganti")
	other.visit("/portal/akun")
	other.wants("the session of the old address", "/login")
	b.visit(link)
	b.fill("password", "rahasia-456")
	b.press("Pakai e-mail baru")
	b.sees("Tautan ini sudah tidak berlaku")

	other.login(moved, "rahasia-456", "Halo, SD Sari")
	b.login(moved, "rahasia-456", "Halo, SD Sari")
	b.visit("/portal/akun")
	b.sees("Perangkat ini")
	b.press("Keluar dari semua perangkat")
	b.do("do it", chromedp.Click(chromedp.CSS(`form[action="/portal/akun/keluar-semua"] button`)))
	b.sees("Semua perangkat sudah dikeluarkan")
	other.visit("/portal/tagihan")
	other.wants("a session that was ended elsewhere", "/login")

	b.login(moved, "rahasia-456", "Halo, SD Sari")
	b.visit("/portal/akun")
	if data := b.eval(`(() => { const x = new XMLHttpRequest(); x.open("POST", "/portal/akun/data", false); x.send(); return x.responseText })()`); !strings.Contains(data, moved) || strings.Contains(data, "$2a$") {
		t.Errorf("the download holds %.300s", data)
	}
	b.press("Tutup akun saya")
	b.fill("close_password", "salah-sekali")
	b.press("Ya, tutup akun")
	b.sees("isian yang perlu diperbaiki") // the list of sign-ins also says "Kata sandi salah"
	b.fill("close_password", "rahasia-456")
	b.press("Ya, tutup akun")
	b.sees("Akun Anda sudah ditutup.")
	b.login(moved, "rahasia-456", "E-mail atau kata sandi salah")
}

// What the account page refuses it says beside the field, and keeps what was typed.
func TestAccountPageRefusesInWords(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	rec := a.submit(t, "/portal/akun/profil", a.Owner.Token, url.Values{"name": {""}, "phone": {"12"}, "locale": {"id"}}, 400)
	wantText(t, rec.Body.String(), `value="12"`, `href="#f-name"`)
	rec = a.submit(t, "/portal/akun/profil", a.Owner.Token, url.Values{"name": {"SD Baru"}, "phone": {"12"}, "locale": {"id"}}, 400)
	wantText(t, rec.Body.String(), `value="SD Baru"`, "Nomor telepon tidak valid")
	a.submit(t, "/portal/akun/profil", a.Owner.Token, url.Values{"name": {"SD Baru"}, "phone": {"0812 3456 7890"}, "locale": {"en"}}, 303)
	wantText(t, a.page(t, "/portal/akun", a.Owner.Token), `value="SD Baru"`, `value="0812-3456-7890"`, `<option value="en" selected`)

	rec = a.submit(t, "/portal/akun/tutup", a.Owner.Token, url.Values{"close_password": {"salah"}}, 400)
	wantText(t, rec.Body.String(), `href="#f-close_password"`)
	rec = a.submit(t, "/portal/akun/tutup", a.Owner.Token, url.Values{"close_password": {plugintest.Password}}, 409)
	wantText(t, rec.Body.String(), "An order is not paid yet") // the language is the chosen one
}
