package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	pngfile "image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"jasaweb/collections"
	"jasaweb/plugins/midtrans"
	"jasaweb/plugins/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

// stage is the whole program on a real port, with the payment sandbox, which
// notifies it.
type stage struct {
	*agency
	site     string
	provider *sandbox.Server
	gateway  *httptest.Server // its HTTP interface
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{agency: &agency{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.site = server.URL
	provider, err := sandbox.New(sandbox.Config{NotifyURL: server.URL + "/api/webhooks/midtrans"})
	if err != nil {
		t.Fatal(err)
	}
	s.provider, s.gateway = provider, httptest.NewServer(provider)
	t.Cleanup(func() { s.gateway.Close(); provider.Close() })
	s.App = newApp(t, &options{midtransServerKey: sandboxKey, midtransBaseURL: s.gateway.URL})
	s.owner = s.NewUser(t, collections.RoleClient)
	admin := s.NewUser(t, collections.RoleAdmin)
	s.tokens = map[string]string{"admin": admin.Token, "owner": s.owner.Token}
	s.tier = s.NewTier(t, "dasar", 2_000_000, 50)
	return s
}

// tab is one tab of a browser of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context
	site string
}

// open starts a browser that is signed in with the token.
func (s *stage) open(t *testing.T, token string) *tab {
	t.Helper()
	b := &tab{t: t, ctx: newBrowser(t), site: s.site}
	// The first steps decide how long the tab lives: with the test, not with a step.
	if err := chromedp.Do(b.ctx, chromedp.Navigate(s.site+"/robots.txt")); err != nil {
		t.Fatal(err)
	}
	b.eval(fmt.Sprintf(`document.cookie = "jw=%s; path=/"`, token))
	return b
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 45*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
		b.t.Fatalf("%s: %v; the page shows:\n%s", what, err, text)
	}
}

func (b *tab) eval(script string) string {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return fmt.Sprint(out)
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.site+path), chromedp.WaitVisible(chromedp.CSS("main h1")))
}

// sees waits until the text is on the page.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.do("wait for "+text, chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//main//*[contains(normalize-space(text()), %q)]`, text))))
}

// press clicks the button or link with the label.
func (b *tab) press(label string) {
	b.t.Helper()
	b.do("press "+label, chromedp.Click(chromedp.Search(fmt.Sprintf(
		`//main//*[self::button or self::a or self::summary][contains(normalize-space(.), %q)]`, label)), chromedp.NodeVisible))
}

func (b *tab) fill(name, value string) {
	b.t.Helper()
	field := chromedp.CSS(fmt.Sprintf(`[name=%q]`, name))
	b.do("fill in "+name, chromedp.Focus(field), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(value))
}

// path is where the tab is.
func (b *tab) path() string { return b.eval("location.pathname") }

// orderID is the order at the provider that the payment screen waits for.
func (b *tab) orderID() string { return b.eval(`document.querySelector("[data-pay]").dataset.order`) }

// messages collects what the console and the network complain about.
func (b *tab) watchConsole() func() []string {
	b.t.Helper()
	b.eval(`(() => { const seen = []; globalThis.complaints = seen;
		addEventListener("error", e => seen.push(String(e.message || e.target.src || e.target.href)), true);
		addEventListener("unhandledrejection", e => seen.push(String(e.reason)));
		addEventListener("securitypolicyviolation", e => seen.push("CSP: " + e.violatedDirective + " " + e.blockedURI)); })()`)
	return func() []string {
		var list []string
		_ = json.Unmarshal([]byte(b.eval(`JSON.stringify(globalThis.complaints ?? [])`)), &list)
		return list
	}
}

func (s *stage) payOrder(t *testing.T, order string) {
	t.Helper()
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
}

// From the order to the login, at the width of a phone in the one case and of a
// desk in the other; the payment screen is never reloaded by hand.
func TestJourneyFromOrderToLogin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		width int64
	}{{"phone", 390}, {"desk", 1280}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			b := s.open(t, s.owner.Token)
			b.do("resize", chromedp.EmulateViewport(c.width, 844))
			b.visit("/portal/pesan-baru?name=SD+Harapan&type=company")
			if got := b.eval(`document.querySelector("[name=name]").value`); got != "SD Harapan" {
				t.Errorf("the name from the preview is %q", got)
			}
			b.press("Pesan dan lanjut bayar")
			b.sees("Menunggu pembayaran")
			complaints := b.watchConsole()
			if fold := b.eval(`document.querySelector(".qr").getBoundingClientRect().bottom <= innerHeight && document.querySelector(".qr svg path").getBoundingClientRect().width >= 200`); fold != "true" {
				t.Error("the code is under the fold or small")
			}
			s.payOrder(t, b.orderID())
			b.sees("Lunas. Terima kasih.")
			if focus := b.eval(`document.activeElement.tagName`); focus != "H1" {
				t.Errorf("the focus is on %s", focus)
			}
			if list := complaints(); len(list) > 0 {
				t.Errorf("the console says %v", list)
			}
			b.press("Ke halaman website")
			b.sees("Sedang kami kerjakan")
			project := b.path()

			desk := s.open(t, s.tokens["admin"])
			desk.visit(strings.Replace(project, "/portal/web/", "/admin/proyek/", 1))
			desk.do("choose review", chromedp.Click(chromedp.CSS(`[name=status][value=review]`)))
			desk.fill("note", "Silakan diperiksa")
			desk.fill("url", "https://sd-harapan.sch.id")
			desk.fill("login_url", "https://sd-harapan.sch.id/masuk")
			desk.fill("login_user", "kepala")
			desk.fill("login_secret", "ganti-segera")
			desk.press("Simpan")
			desk.sees("Status berubah")

			b.visit(project)
			b.sees("Silakan diperiksa")
			b.press("Minta perbaikan")
			b.fill("note", "Ganti logo")
			b.press("Kirim permintaan")
			b.sees("Permintaan perbaikan terkirim")
			desk.visit(strings.Replace(project, "/portal/web/", "/admin/proyek/", 1))
			desk.sees("Ganti logo")
			desk.do("choose review", chromedp.Click(chromedp.CSS(`[name=status][value=review]`)))
			desk.press("Simpan")
			desk.sees("Status berubah")

			b.visit(project)
			b.press("Bayar sekarang") // the rest
			b.sees("Menunggu pembayaran")
			s.payOrder(t, b.orderID())
			b.sees("Lunas. Terima kasih.")
			b.press("Ke halaman website")
			b.press("Setujui dan selesaikan")
			b.sees("Website Anda selesai")
			b.fill("password", plugintest.Password)
			b.press("Tampilkan data login")
			b.sees("ganti-segera")
			if reload := b.path(); reload != project {
				t.Errorf("a reload would ask for the login again at %s", reload)
			}
			b.visit("/portal/tagihan")
			receipt := b.eval(`document.querySelector("tbody a").getAttribute("href")`)
			b.visit(receipt)
			kind := b.eval(`(async () => { const a = [...document.querySelectorAll("main a")].find(a => a.href.includes("receipt.pdf")); const r = await fetch(a.href); globalThis.kind = r.status + " " + r.headers.get("content-type") })(), "asked"`)
			b.do("wait for the PDF", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				for range 50 {
					if kind = b.eval(`globalThis.kind ?? ""`); kind != "" {
						return nil
					}
					time.Sleep(100 * time.Millisecond)
				}
				return fmt.Errorf("no answer")
			}))
			if kind != "200 application/pdf" {
				t.Errorf("the receipt is %s", kind)
			}
			if wide := b.eval(`document.documentElement.scrollWidth > innerWidth`); wide != "false" {
				t.Error("the page is wider than the screen")
			}
		})
	}
}

// A visitor types a name on the first page, signs up, and finds the name in the
// order: three screens to the first payment.
func TestJourneyFromVisitorToFirstPayment(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	b := s.open(t, "")
	b.visit("/")
	b.do("choose the kind", chromedp.Click(chromedp.CSS(`.segments label:has([value=company])`)))
	b.fill("nama", "PT Maju Bersama")
	b.do("start", chromedp.Click(chromedp.CSS(`[data-preview] button.primary`)), chromedp.WaitVisible(chromedp.CSS("[name=email]")))
	b.fill("name", "Ibu Rina")
	b.fill("email", "rina@maju.test")
	b.fill("password", plugintest.Password)
	b.do("sign up", chromedp.Click(chromedp.CSS(`main form[method=post] button`)), chromedp.WaitVisible(chromedp.CSS("[name=tier]")))
	if got := b.eval(`document.querySelector("[name=name]").value + ", " + !!document.querySelector("[name=tier]:checked")`); got != "PT Maju Bersama, true" {
		t.Errorf("the order knows %s", got)
	}
	b.press("Pesan dan lanjut bayar")
	b.sees("Menunggu pembayaran")
	s.payOrder(t, b.orderID())
	b.sees("Lunas. Terima kasih.")
}

// notify sends a signed notification about the order.
func (s *stage) notify(t *testing.T, order, status, code, settled string) {
	t.Helper()
	a, err := collections.FindAttemptByOrder(s, order)
	if err != nil {
		t.Fatal(err)
	}
	gross := fmt.Sprintf("%d.00", a.Amount())
	raw, _ := json.Marshal(body("order_id", order, "status_code", code, "gross_amount", gross, "transaction_status", status,
		"transaction_id", a.TxnID(), "fraud_status", "accept", "currency", "IDR", "merchant_id", sandbox.DefaultMerchantID,
		"settlement_time", settled, "signature_key", midtrans.Sign(order, code, gross, sandboxKey)))
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
	s.order(t)
	pay := "/portal/tagihan/" + s.invoice.Id + "/bayar"
	b := s.open(t, s.owner.Token)
	b.visit(pay)
	b.sees("Menunggu pembayaran")
	old := b.orderID()
	second := s.open(t, s.owner.Token)
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
	s.notify(t, old, "settlement", "200", "2040-01-01 10:00:00")
	b.sees("Lunas. Terima kasih.")
	b.sees("setelah kode kedaluwarsa")
	second.sees("Lunas. Terima kasih.")
}

// Without scripts the screen asks again by itself.
func TestJourneyWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	b := s.open(t, s.owner.Token)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.visit("/portal/pesan-baru?type=company")
	b.fill("name", "SD Tanpa Skrip")
	b.press("Pesan dan lanjut bayar")
	b.sees("Bayar Rp1.000.000")
	project, invoice := s.newest(t, s.owner)
	order := s.Reload(t, invoice.Record).GetString("midtrans_order_id")
	s.payOrder(t, order)
	b.sees("Lunas. Terima kasih.")
	b.visit("/portal/web/" + project.Id)
	b.sees("Sedang kami kerjakan")
}

// What a keyboard reaches: every step by Tab and Enter, and the place of the
// focus is always to be seen.
func TestJourneyByKeyboard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	b := s.open(t, s.owner.Token)
	b.visit("/portal")
	b.tabTo(`a[href="/portal/pesan-baru"]`, "\r")
	b.do("the order form", chromedp.WaitVisible(chromedp.CSS("[name=name]")))
	b.tabTo("[name=name]", "SD Papan Ketik")
	b.tabTo("[name=tier]", " ")
	b.tabTo("main form button", "\r")
	b.sees("Menunggu pembayaran")
	b.tabTo("summary", "\r")
	b.sees("Bayar lewat transfer bank")
	s.payOrder(t, b.orderID())
	b.sees("Lunas. Terima kasih.")
	b.tabTo(`a[href^="/portal/web/"]`, "\r")
	b.sees("Sedang kami kerjakan")
}

// tabTo presses Tab until the focus is on the element, then types the keys.
func (b *tab) tabTo(selector, keys string) {
	b.t.Helper()
	for range 60 {
		b.do("tab", chromedp.KeyEvent("\t"))
		if b.eval(fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) != "true" {
			continue
		}
		if seen := b.eval(`getComputedStyle(document.activeElement).outlineStyle`); seen == "none" {
			b.t.Errorf("the focus on %s cannot be seen", selector)
		}
		b.do("type", chromedp.KeyEvent(keys))
		return
	}
	b.t.Fatalf("Tab never reaches %s", selector)
}

// The provider is silent: a transfer works, and its proof reaches the agency.
func TestJourneyByTransferInEnglishAndDark(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.order(t)
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
	b := s.open(t, s.owner.Token)
	b.eval(`document.cookie = "jw_lang=en; path=/"; document.cookie = "jw_theme=dark; path=/"`)
	b.visit("/portal/tagihan/" + s.invoice.Id + "/bayar")
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
	desk := s.open(t, s.tokens["admin"])
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
