package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/tests/programtest"
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
	s := &stage{agency: &agency{&programtest.Agency{}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s.site = server.URL
	provider, err := sandbox.New(sandbox.Config{NotifyURL: server.URL + "/api/webhooks/midtrans"})
	if err != nil {
		t.Fatal(err)
	}
	s.provider, s.gateway = provider, httptest.NewServer(provider)
	t.Cleanup(func() { s.gateway.Close(); provider.Close() })
	s.App = programtest.NewApp(t, plugins.Options{MidtransServerKey: programtest.SandboxKey, MidtransBaseURL: s.gateway.URL})
	s.Owner = s.NewUser(t, collections.RoleClient)
	admin := s.NewUser(t, collections.RoleAdmin)
	s.Tokens = map[string]string{"admin": admin.Token, "owner": s.Owner.Token}
	s.Tier = s.NewTier(t, "dasar", 2_000_000, 50)
	return s
}

// tab is one tab of a browser of its own, and how it is used.
type tab struct {
	t       *testing.T
	ctx     context.Context
	site    string
	english bool
	keys    bool // nothing but the keyboard
}

// open starts a browser that is signed in with the token, or as a visitor with none.
func (s *stage) open(t *testing.T, token string) *tab {
	t.Helper()
	b := &tab{t: t, ctx: programtest.NewBrowser(t), site: s.site}
	// The first steps decide how long the tab lives: with the test, not with a step.
	if err := chromedp.Do(b.ctx, chromedp.Navigate(s.site+"/robots.txt")); err != nil {
		t.Fatal(err)
	}
	if token != "" {
		b.eval(fmt.Sprintf(`document.cookie = "jw=%s; path=/"`, token))
	}
	return b
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 45*time.Second)
	defer cancel()
	err := chromedp.Do(ctx, steps...)
	for err != nil && strings.Contains(err.Error(), "Could not find node") && ctx.Err() == nil {
		err = chromedp.Do(ctx, steps...) // found on the page before, which went before anything was done with it
	}
	if err != nil {
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

// inEnglish are the texts of the journeys.
var inEnglish = map[string]string{
	"Pesan dan lanjut bayar": "Order and go on to pay", "Bayar Rp": "Pay IDR", "Menunggu pembayaran": "Waiting for the payment",
	"Lunas. Terima kasih.": "Paid. Thank you.", "Ke halaman website": "To the website's page", "Sedang kami kerjakan": "We are working on it",
	"Minta perbaikan": "Ask for changes", "Kirim permintaan": "Send the request", "Permintaan perbaikan terkirim": "Your request is sent",
	"Bayar sekarang": "Pay now", "Setujui dan selesaikan": "Accept and complete", "Website Anda selesai": "Your website is completed",
	"Tampilkan data login": "Show the login", "Terakhir dilihat": "Last seen",
}

// words is the text in the language of the tab.
func (b *tab) words(text string) string {
	if translated := inEnglish[text]; b.english && translated != "" {
		return translated
	}
	return text
}

// sees waits until the text is on the page.
func (b *tab) sees(text string) {
	b.t.Helper()
	text = b.words(text)
	b.do("wait for "+text, chromedp.WaitVisible(chromedp.Search(fmt.Sprintf(`//main//*[contains(normalize-space(text()), %q)]`, text))))
}

// press clicks the button or link with the label.
func (b *tab) press(label string) {
	b.t.Helper()
	label = b.words(label)
	if b.keys {
		b.tabUntil(label, fmt.Sprintf(`e.matches("main button, main a, main summary") && e.innerText.replace(/\s+/g, " ").includes(%q)`, label), "\r")
		return
	}
	b.do("press "+label, chromedp.Click(chromedp.Search(fmt.Sprintf(
		`//main//*[self::button or self::a or self::summary][contains(normalize-space(.), %q)]`, label)), chromedp.NodeVisible))
}

func (b *tab) fill(name, value string) {
	b.t.Helper()
	if b.keys {
		b.tabTo(fmt.Sprintf(`[name=%q]`, name), "")
		b.do("fill in "+name, chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(value))
		return
	}
	field := chromedp.CSS(fmt.Sprintf(`[name=%q]`, name))
	b.do("fill in "+name, chromedp.Focus(field), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(value))
}

// choose picks one of the radio buttons with the name.
func (b *tab) choose(name, value string) {
	b.t.Helper()
	if !b.keys {
		b.do("choose "+value, chromedp.Click(chromedp.CSS(fmt.Sprintf(`label:has([name=%q][value=%q])`, name, value))))
		return
	}
	b.tabTo(fmt.Sprintf(`[name=%q]`, name), " ")
	for range 9 {
		if b.eval(`document.activeElement.value`) == value {
			return
		}
		b.do("next choice", chromedp.KeyEvent(kb.ArrowDown))
	}
	b.t.Fatalf("the arrows never reach %s", value)
}

// path is where the tab is.
func (b *tab) path() string { return b.eval("location.pathname") }

// orderID is the order at the provider that the payment screen waits for.
func (b *tab) orderID() string { return b.eval(`document.querySelector("[data-pay]").dataset.order`) }

// watchConsole collects what the console and the network complain about.
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

// tabTo presses Tab until the focus is on an element of the selector, then types the keys.
func (b *tab) tabTo(selector, keys string) {
	b.t.Helper()
	b.tabUntil(selector, fmt.Sprintf(`e.matches(%q)`, selector), keys)
}

// tabUntil presses Tab until the condition holds for the element e with the
// focus, whose place must be seen, then types the keys.
func (b *tab) tabUntil(what, condition, keys string) {
	b.t.Helper()
	for range 120 {
		b.do("tab", chromedp.KeyEvent("\t"))
		if b.eval(fmt.Sprintf(`(e => e !== null && %s)(document.activeElement)`, condition)) != "true" {
			continue
		}
		if seen := b.eval(`[document.activeElement, document.activeElement?.parentElement, document.activeElement?.nextElementSibling].some(e => e && getComputedStyle(e).outlineStyle !== "none")`); seen != "true" {
			b.t.Errorf("the focus on %s cannot be seen", what)
		}
		if keys != "" {
			b.do("type", chromedp.KeyEvent(keys))
		}
		return
	}
	b.t.Fatalf("Tab never reaches %s", what)
}

// refuse makes every request of the tab for an own address fail.
func (b *tab) refuse(path string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	pattern := &network.BlockPattern{URLPattern: b.site + path, Block: true}
	if _, err := chromedp.Call(b.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{pattern}}); err != nil {
		b.t.Fatal(err)
	}
}

// get asks for an own address with the session of the tab.
func (b *tab) get(path string) (status int, kind string, content []byte) {
	b.t.Helper()
	cookies, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site}})
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest("GET", b.site+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range cookies.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err = io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), content
}
