package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	pngfile "image/png"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// journey is how somebody goes the whole way.
type journey struct {
	name      string
	width     int64
	keys      bool // by the keyboard alone
	noScripts bool
	english   bool
	dark      bool
}

// From the first page to the login of the finished website and its receipt; the
// payment screen is never reloaded by hand.
func TestJourneyFromVisitorToLogin(t *testing.T) {
	t.Parallel()
	for _, j := range []journey{
		{name: "desk", width: 1280}, {name: "phone", width: 390}, {name: "keyboard", width: 1280, keys: true},
		{name: "no scripts", width: 1280, noScripts: true}, {name: "English and dark", width: 390, english: true, dark: true},
	} {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			b, desk := s.open(t, ""), s.open(t, s.Tokens["admin"])
			desk.keys = j.keys
			s.prepare(t, b, j)
			website, _, _ := strings.Cut(b.signUpAndOrder(s, j), "?")
			desk.review(website, "Silakan diperiksa", "https://sd-harapan.sch.id")
			b.visit(website)
			b.sees("Silakan diperiksa")
			b.press("Minta perbaikan")
			b.fill("note", "Ganti logo")
			b.press("Kirim permintaan")
			b.sees("Permintaan perbaikan terkirim")
			desk.visit(strings.Replace(website, "/portal/web/", "/admin/proyek/", 1))
			desk.sees("Ganti logo")
			desk.review(website, "Logo diganti", "")

			b.visit(website)
			b.press("Bayar sekarang") // the rest
			b.pays(s, j)
			b.press("Setujui dan selesaikan")
			b.sees("Website Anda selesai")
			b.opensTheVault(website, j)
			b.takesTheReceipt(j)
			if wide := b.eval(`document.documentElement.scrollWidth > innerWidth`); wide != "false" {
				t.Error("the page is wider than the screen")
			}
		})
	}
}

// prepare makes the tab of the client what the journey needs. The vault shuts
// after two seconds in it, where a person has thirty.
func (s *stage) prepare(t *testing.T, b *tab, j journey) {
	t.Helper()
	b.keys, b.english = j.keys, j.english
	b.do("resize", chromedp.EmulateViewport(j.width, 844))
	if j.dark {
		b.eval(`document.cookie = "jw_theme=dark; path=/"`)
	}
	if j.english {
		b.eval(`document.cookie = "jw_lang=en; path=/"`)
	}
	const hurry = `{ const real = setTimeout; globalThis.setTimeout = (f, ms, ...more) => real(f, ms === 30_000 ? 2_000 : ms, ...more); }`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurry}); err != nil {
		t.Fatal(err)
	}
	if j.noScripts {
		if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// signUpAndOrder types a name on the first page, signs up, finds the name in the
// order and pays: three screens to the first payment. It returns where the
// website's page is.
func (b *tab) signUpAndOrder(s *stage, j journey) string {
	b.t.Helper()
	b.visit(addressIn(map[bool]string{true: "en", false: "id"}[j.english], "/"))
	b.choose("jenis", "company")
	b.fill("nama", "PT Maju Bersama")
	if shown := b.eval(`document.querySelector(".browser [data-name]").textContent`); !j.noScripts && shown != "PT Maju Bersama" {
		b.t.Errorf("the preview shows %s", shown)
	}
	if j.keys {
		b.tabTo(`[data-preview] button.primary`, "\r")
	} else {
		b.do("start", chromedp.Click(chromedp.CSS(`[data-preview] button.primary`)))
	}
	b.do("the sign-up form", chromedp.WaitVisible(chromedp.CSS("[name=email]")))
	b.fill("name", "Ibu Rina")
	b.fill("email", "rina@maju.test")
	b.fill("password", plugintest.Password)
	b.do("sign up", chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS("[name=tier]")))
	if got := b.eval(`document.querySelector("[name=name]").value + ", " + !!document.querySelector("[name=tier]:checked")`); got != "PT Maju Bersama, true" {
		b.t.Errorf("the order knows %s", got)
	}
	b.press("Pesan dan lanjut bayar")
	b.pays(s, j)
	b.sees("Sedang kami kerjakan")
	return b.path()
}

// pays waits on the payment screen until the money is there, and goes on to the
// website's page.
func (b *tab) pays(s *stage, j journey) {
	b.t.Helper()
	b.sees("Menunggu pembayaran")
	if lang, want := b.eval(`document.documentElement.lang`), map[bool]string{true: "en", false: "id"}[j.english]; lang != want {
		b.t.Errorf("the language is %s", lang)
	}
	if bg := b.eval(`getComputedStyle(document.body).backgroundColor`); (bg == "rgb(18, 21, 19)") != j.dark {
		b.t.Errorf("the page is %s", bg)
	}
	if fold := b.eval(`document.querySelector(".qr").getBoundingClientRect().bottom <= innerHeight && document.querySelector(".qr svg path").getBoundingClientRect().width >= 200`); fold != "true" {
		b.t.Error("the code is under the fold or small")
	}
	complaints := func() []string { return nil }
	if !j.noScripts {
		complaints = b.watchConsole()
	}
	s.payOrder(b.t, b.orderID())
	b.sees("Lunas. Terima kasih.")
	if focus := b.eval(`document.activeElement.tagName`); !j.noScripts && focus != "H1" {
		b.t.Errorf("the focus is on %s", focus)
	}
	if list := complaints(); len(list) > 0 {
		b.t.Errorf("the console says %v", list)
	}
	b.press("Ke halaman website")
}

// review is the admin's part: the website is ready to be looked at. The first
// time there is an address, and the login goes with it.
func (b *tab) review(website, note, address string) {
	b.t.Helper()
	b.visit(strings.Replace(website, "/portal/web/", "/admin/proyek/", 1))
	b.choose("status", "review")
	b.fill("note", note)
	if address != "" {
		b.fill("url", address)
		b.fill("login_url", address+"/masuk")
		b.fill("login_user", "kepala")
		b.fill("login_secret", "ganti-segera")
	}
	b.press("Simpan")
	b.sees("Status berubah")
}

// opensTheVault looks at the login, which is shut again by itself and by a reload.
func (b *tab) opensTheVault(website string, j journey) {
	b.t.Helper()
	b.fill("password", plugintest.Password)
	b.press("Tampilkan data login")
	b.sees("ganti-segera")
	if j.noScripts {
		b.visit(website)
	} else if at := b.path(); at != website {
		b.t.Errorf("a reload would ask for the login again at %s", at)
	}
	b.sees("Tampilkan data login")
	b.sees("Terakhir dilihat")
	if b.eval(`document.body.innerText.includes("ganti-segera")`) != "false" {
		b.t.Error("the login stays on the page")
	}
}

// takesTheReceipt finds the receipt of the last payment, which prints without
// the site around it.
func (b *tab) takesTheReceipt(j journey) {
	b.t.Helper()
	b.visit("/portal/tagihan")
	b.visit(b.eval(`document.querySelector("tbody a").getAttribute("href")`))
	address := b.eval(`document.querySelector("main a[href*='receipt.pdf']").getAttribute("href")`)
	if status, kind, content := b.get(address); status != 200 || kind != "application/pdf" || !bytes.HasPrefix(content, []byte("%PDF-")) {
		b.t.Errorf("the receipt is %d %s", status, kind)
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		b.t.Fatal(err)
	}
	printed := b.eval(`[...document.querySelectorAll("header, footer, .no-print, .sheet")].filter(e => e.checkVisibility()).map(e => e.className).join()`)
	if !strings.Contains(printed, "sheet") || strings.Contains(printed, ",") {
		b.t.Errorf("what is printed is %s", printed)
	}
}

// notify sends a signed notification about the order.
func (s *stage) notify(t *testing.T, order, status, code, settled string) {
	t.Helper()
	a, err := collections.FindAttemptByOrder(s, order)
	if err != nil {
		t.Fatal(err)
	}
	gross := fmt.Sprintf("%d.00", a.Amount())
	raw, _ := json.Marshal(programtest.Body("order_id", order, "status_code", code, "gross_amount", gross, "transaction_status", status,
		"transaction_id", a.TxnID(), "fraud_status", "accept", "currency", "IDR", "merchant_id", sandbox.DefaultMerchantID,
		"settlement_time", settled, "signature_key", midtrans.Sign(order, code, gross, programtest.SandboxKey)))
	resp, err := http.Post(s.site+"/api/webhooks/midtrans", "application/json", bytes.NewReader(raw))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("notification: %v %v", resp, err)
	}
	resp.Body.Close()
}

// The code runs out while the page is open; the client gets a new one, and the
// money comes by the old one after all. Then both tabs say so.
func TestJourneyOfALatePaymentInTwoTabs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Order(t)
	pay := "/portal/tagihan/" + s.Invoice.Id + "/bayar"
	b := s.open(t, s.Owner.Token)
	b.visit(pay)
	b.sees("Menunggu pembayaran")
	old := b.orderID()
	second := s.open(t, s.Owner.Token)
	second.visit(pay)
	if got := second.orderID(); got != old {
		t.Errorf("two tabs show two codes: %s and %s", old, got)
	}
	s.notify(t, old, "expire", "202", "")
	b.sees("Kode QR sudah kedaluwarsa")
	b.sees("uang Anda aman")
	b.press("Buat kode baru")
	b.sees("Menunggu pembayaran")
	if b.orderID() == old {
		t.Error("the new code is the old one")
	}
	s.notify(t, old, "settlement", "200", wib.FormatProvider(time.Now().Add(2*time.Hour))) // later than any code lives
	b.sees("Lunas. Terima kasih.")
	b.sees("setelah kode kedaluwarsa")
	second.sees("Lunas. Terima kasih.")
}

// The stream of events is cut: the screen asks by itself and shows the money all
// the same.
func TestJourneyWithoutAStream(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Order(t)
	b := s.open(t, s.Owner.Token)
	var mu sync.Mutex
	refused, asked := 0, 0
	if err := chromedp.Listen(b.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventLoadingFailed:
			if ev.BlockedReason == network.BlockedReasonInspector {
				refused++
			}
		case *network.EventRequestWillBeSent:
			if strings.HasSuffix(ev.Request.URL, "/payment") {
				asked++
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	b.refuse("/api/realtime")
	b.visit("/portal/tagihan/" + s.Invoice.Id + "/bayar")
	b.sees("Menunggu pembayaran")
	s.payOrder(t, b.orderID())
	b.sees("Lunas. Terima kasih.")
	mu.Lock()
	defer mu.Unlock()
	if refused == 0 || asked == 0 {
		t.Errorf("the stream was refused %d times, the screen asked %d times", refused, asked)
	}
}

// The provider is silent: a transfer works, and its proof reaches the agency.
func TestJourneyByTransferInEnglishAndDark(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Order(t)
	agency, err := collections.FindAgency(s)
	if err != nil {
		t.Fatal(err)
	}
	agency.Set("bank_name", "Bank Uji")
	agency.Set("bank_account", "123-456-789")
	agency.Set("bank_holder", "PT Uji")
	if err := s.Save(agency); err != nil {
		t.Fatal(err)
	}
	s.gateway.Close() // no answer from now on
	b := s.open(t, s.Owner.Token)
	b.eval(`document.cookie = "jw_lang=en; path=/"; document.cookie = "jw_theme=dark; path=/"`)
	b.visit("/portal/tagihan/" + s.Invoice.Id + "/bayar")
	b.sees("by bank transfer")
	b.sees("123-456-789")
	if bg := b.eval(`getComputedStyle(document.body).backgroundColor`); bg != "rgb(18, 21, 19)" {
		t.Errorf("the dark page is %s", bg)
	}
	if lang := b.eval(`document.documentElement.lang`); lang != "en" {
		t.Errorf("the language is %s", lang)
	}
	file := t.TempDir() + "/proof.png"
	writePNG(t, file)
	b.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("[name=file]"), []string{file}))
	b.fill("amount", "1.000.000")
	b.press("Send the proof")
	b.sees("We are checking your proof")
	desk := s.open(t, s.Tokens["admin"])
	desk.visit("/admin/pembayaran")
	desk.press("Catat pembayaran")
	desk.fill("reference", "BCA 12345")
	desk.press("Catat pembayaran")
	desk.sees("Pembayaran tercatat")
	b.sees("Paid. Thank you.")
}

func writePNG(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	if err := pngfile.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Pages of the portal follow what happens by the stream, and without one by
// looking again: their half minute is one second here.
func TestPortalFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Order(t)
	live, cut := s.open(t, s.Owner.Token), s.open(t, s.Owner.Token)
	const hurry = `{ const real = setInterval; globalThis.setInterval = (f, ms) => real(f, ms === 30_000 ? 1_000 : ms); }`
	if _, err := chromedp.Call(cut.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurry}); err != nil {
		t.Fatal(err)
	}
	cut.refuse("/api/realtime")
	website := "/portal/web/" + s.Project.Id
	live.visit(website)
	live.do("the stream", chromedp.Func(func(context.Context, *chromedp.Target) error {
		for range 100 {
			if live.eval(`performance.getEntriesByType("resource").filter(e => e.name.endsWith("/api/realtime") && e.initiatorType === "fetch").length`) != "0" {
				return nil
			}
			time.Sleep(50 * time.Millisecond)
		}
		return errors.New("the page never listens")
	}))
	cut.visit("/portal/tagihan/" + s.Invoice.Id)
	live.eval(`globalThis.same = true`)
	cut.eval(`globalThis.same = true`)
	s.Do(t, "POST", "/api/admin/invoices/"+s.Invoice.Id+"/record-payment", s.Tokens["admin"],
		programtest.Body("amount", s.Invoice.Amount(), "method", "bank_transfer", "reference", "IKUT 1")).Want(200)
	live.sees("Sedang kami kerjakan")
	cut.do("wait for the receipt", chromedp.WaitVisible(chromedp.CSS(`main a[href*="receipt.pdf"]`)))
	if live.eval(`globalThis.same`) != "true" || cut.eval(`globalThis.same`) != "true" {
		t.Error("a page was loaded anew")
	}
}
