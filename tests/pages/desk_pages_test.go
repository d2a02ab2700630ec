package pages

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

// raise raises money to decide about and returns the id of its case.
func (a *agency) raise(t *testing.T, kind string, amount int64) string {
	t.Helper()
	err := a.RunInTransaction(func(txApp core.App) error {
		if _, err := collections.Book(txApp, collections.LedgerEntry{
			Invoice: a.Invoice.Id, Kind: collections.LedgerPayment, Amount: amount, TxnID: "transfer:X1", PaymentKey: "transfer:X1",
			DedupeKey: "transfer:X1", At: collections.DateTime(a.Now()),
		}); err != nil {
			return err
		}
		_, err := collections.Raise(txApp, collections.MoneyException{
			Kind: kind, Invoice: a.Invoice.Id, Amount: amount, TxnID: "transfer:X1", Detail: "uji", Key: "uji:" + kind,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := a.FindFirstRecordByData(collections.MoneyExceptions, "dedupe_key", "uji:"+kind)
	if err != nil {
		t.Fatal(err)
	}
	return found.Id
}

var versionField = regexp.MustCompile(`name="version" value="([^"]+)"`)

func TestAdminMovesAProjectOnWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin := a.Tokens["admin"]
	wantText(t, a.page(t, "/admin", admin), "Butuh tindakan", "Tidak ada yang menunggu")
	wantText(t, a.page(t, "/admin/proyek", admin), "Web Uji", "Pengguna Uji")
	wantText(t, a.page(t, "/admin/proyek?q=tidak+ada", admin), "Tidak ada proyek yang cocok")
	a.page(t, "/admin/proyek?q="+url.QueryEscape(`' || 1=1 \`), admin)

	path := "/admin/proyek/" + a.Project.Id
	seen := versionField.FindStringSubmatch(a.page(t, path, admin))[1]
	form := func(pairs ...string) url.Values {
		v := url.Values{"version": {seen}, "name": {"Web Uji"}}
		for n := 0; n+1 < len(pairs); n += 2 {
			v.Set(pairs[n], pairs[n+1])
		}
		return v
	}
	rec := a.submit(t, path, admin, form("url", "javascript:alert(1)", "note", "x"), 400)
	wantText(t, rec.Body.String(), "harus diawali", `value="javascript:alert(1)"`)
	a.submit(t, path, admin, form("url", "https://uji.id", "login_url", "https://uji.id/masuk", "login_user", "admin", "login_secret", "ganti-segera"), 303)
	rec = a.submit(t, path, admin, form("url", "https://lain.id"), 409)
	wantText(t, rec.Body.String(), "Belum tersimpan", "mengubah", "alamat website", `value="https://lain.id"`)
	if got := a.Reload(t, a.Project.Record).GetString("url"); got != "https://uji.id" {
		t.Errorf("the address is %s", got)
	}
	seen = versionField.FindStringSubmatch(rec.Body.String())[1]
	before := a.Reload(t, a.Project.Record).GetString("credentials")
	a.submit(t, path, admin, form("url", "https://lain.id", "login_url", "https://uji.id/masuk", "login_user", "admin", "login_secret", "ganti-segera"), 303)
	if a.Reload(t, a.Project.Record).GetString("credentials") != before {
		t.Error("a login that nobody touched was sealed anew")
	}
	html := a.page(t, path, admin)
	wantText(t, html, `value="ganti-segera"`, `value="https://lain.id"`)
	seen = versionField.FindStringSubmatch(html)[1]
	rec = a.submit(t, path, admin, form("url", "https://lain.id", "login_url", "https://uji.id/masuk", "login_user", "admin", "login_secret", "ganti-segera", "status", "cancelled"), 303)
	wantText(t, a.page(t, path, admin), "Dibatalkan")
	if rec.Header().Get("Location") != path {
		t.Errorf("a form leads to %s", rec.Header().Get("Location"))
	}
}

func TestAdminDecidesAboutMoneyWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin := a.Tokens["admin"]
	late := a.raise(t, "late", 1_000_000)
	wantText(t, a.page(t, "/admin", admin), "1 uang masuk perlu diputuskan")
	wantText(t, a.page(t, "/admin/pembayaran", admin), "Masuk setelah tagihan ditutup", "Rp1.000.000")
	path := "/admin/pembayaran/" + late
	wantText(t, a.page(t, path, admin), "Pakai uang ini", "Tutup temuan", "lewat transfer")
	rec := a.submit(t, path+"/tutup", admin, url.Values{"reason-tutup": {""}}, 400)
	wantText(t, rec.Body.String(), `aria-invalid="true"`)
	a.submit(t, path+"/pakai", admin, url.Values{"invoice": {"tidakada0000000"}}, 400)
	a.submit(t, path+"/pakai", admin, url.Values{"invoice": {a.Invoice.Id}, "reason-pakai": {"uang muka"}}, 303)
	if got := a.Reload(t, a.Invoice.Record).GetString("status"); got != collections.Paid {
		t.Errorf("the invoice is %s", got)
	}
	rec = a.submit(t, path+"/tutup", admin, url.Values{"reason-tutup": {"dua kali"}}, 409)
	wantText(t, rec.Body.String(), "sudah diputuskan")
	wantText(t, a.page(t, "/admin/pembayaran?lihat=selesai", admin), "Dipakai")

	second := a.Invoices(t)[1]
	path = "/admin/tagihan/" + second.Id
	wantText(t, a.page(t, "/admin/tagihan?status=unpaid", admin), second.Number())
	wantText(t, a.page(t, path, admin), "Catat transfer bank", "Batalkan tagihan")
	rec = a.submit(t, path+"/catat", admin, url.Values{"amount": {"Rp 1.000.000"}, "method": {"bank_transfer"}, "reference": {""}}, 400)
	wantText(t, rec.Body.String(), `value="Rp 1.000.000"`)
	a.submit(t, path+"/catat", admin, url.Values{"amount": {"Rp 1.000.000"}, "method": {"bank_transfer"}, "reference": {"BCA 77"}}, 303)
	html := a.page(t, path, admin)
	wantText(t, html, "Lunas", "Kembalikan uang")
	a.submitSurely(t, path+"/kembalikan", admin, url.Values{"amount": {"400.000"}, "reason": {"setuju diskon"}, "reference": {"BCA 78"}}, 400_000)
	wantText(t, a.page(t, path, admin), "Sebagian dikembalikan")
	if strings.Contains(a.page(t, "/admin/tagihan", admin), "<b>") {
		t.Error("markup in a list")
	}
}

// Money that came for a paid invoice is recorded, with its day, and waits.
func TestAdminRecordsMoneyForAPaidInvoiceWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin, path := a.Tokens["admin"], "/admin/tagihan/"+a.Invoice.Id
	today := a.Now().In(wib.Zone).Format(time.DateOnly)
	form := func(reference, date string) url.Values {
		return url.Values{"amount": {"1.000.000"}, "method": {"bank_transfer"}, "reference": {reference}, "date": {date}}
	}
	wantText(t, a.page(t, path, admin), `name="date"`, `max="`+today+`"`)
	rec := a.submit(t, path+"/catat", admin, form("BCA 1", "2020-01-01"), 400)
	wantText(t, rec.Body.String(), "lebih awal dari tagihannya", `value="2020-01-01"`)
	a.submit(t, path+"/catat", admin, form("BCA 1", today), 303)
	wantText(t, a.page(t, path, admin), "Lunas", "menunggu keputusan")
	a.submitSurely(t, path+"/catat", admin, form("BCA 2", today), 1_000_000)
	wantText(t, a.page(t, "/admin/pembayaran", admin), "Dibayar dua kali")
}

// Another client's invoice is paid with money only where its number was typed.
func TestAdminTypesTheNumberOfAnotherClientsInvoice(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin, path := a.Tokens["admin"], "/admin/pembayaran/"+a.raise(t, "late", 1_000_000)
	if strings.Contains(a.page(t, path, admin), `name="confirm"`) {
		t.Error("a number is asked for where no other client owes anything")
	}
	project := a.NewProject(t, a.NewUser(t, collections.RoleClient), a.NewTier(t, "lain", 1_000_000, 100))
	invoices, err := collections.FindInvoices(a, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, a.page(t, path, admin), invoices[0].Number()+" · Rp1.000.000 · klien lain", `name="confirm"`)
	rec := a.submit(t, path+"/pakai", admin, url.Values{"invoice": {invoices[0].Id}}, 409)
	wantText(t, rec.Body.String(), "milik klien lain", invoices[0].Number())
	a.submit(t, path+"/pakai", admin, url.Values{"invoice": {invoices[0].Id}, "confirm": {invoices[0].Number()}}, 303)
}

// Money goes back, and a finding is closed, with the reason on record.
func TestAdminGivesBackAndClosesWithoutScripts(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin := a.Tokens["admin"]
	path := "/admin/pembayaran/" + a.raise(t, "late", 750_000)
	rec := a.submit(t, path+"/kembalikan", admin, url.Values{"reason-kembalikan": {""}, "reference": {"BCA 90"}}, 400)
	wantText(t, rec.Body.String(), `aria-invalid="true"`)
	a.submitSurely(t, path+"/kembalikan", admin, url.Values{"reason-kembalikan": {"terlambat"}, "reference": {"BCA 90"}}, 750_000)
	wantText(t, a.page(t, path, admin), "Dikembalikan", "terlambat", "Sudah diputuskan")
	path = "/admin/pembayaran/" + a.raiseOnly(t, "mismatch", 5_000, "tutup")
	a.submit(t, path+"/tutup", admin, url.Values{"reason-tutup": {"uang uji"}}, 303)
	wantText(t, a.page(t, path, admin), "uang uji", "Sudah diputuskan")
	path = "/admin/pembayaran/" + a.raiseOnly(t, "chargeback", 5_000, "sengketa")
	rec = a.submit(t, path+"/sengketa", admin, url.Values{"outcome": {""}, "reason-sengketa": {"bank menarik"}}, 400)
	wantText(t, rec.Body.String(), `aria-invalid="true"`)
	a.submit(t, path+"/sengketa", admin, url.Values{"outcome": {"lost"}, "reason-sengketa": {"bank menarik"}}, 303)
	wantText(t, a.page(t, path, admin), "Sengketa kalah", "bank menarik", "Sudah diputuskan")
	wantText(t, a.page(t, "/admin", admin), "Tidak ada yang menunggu")
}
