package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"jasaweb/plugins/payments/qris"
)

// page opens a page and expects its security headers.
func (s *shop) page(path string, want int) string {
	s.t.Helper()
	answer, content := s.request("GET", path, "", nil)
	checkPage(s.t, path, answer, content, want)
	return string(content)
}

func checkPage(t *testing.T, path string, answer *http.Response, content []byte, want int) {
	t.Helper()
	if answer.StatusCode != want || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%s: HTTP %d %s\n%s", path, answer.StatusCode, answer.Header.Get("Content-Type"), content)
	}
	if csp := answer.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s: policy %q", path, csp)
	}
	html := string(content)
	for _, needed := range []string{"SIMULASI", `<html lang="id">`, `name="viewport"`, "</html>"} {
		if !strings.Contains(html, needed) {
			t.Errorf("%s has no %s", path, needed)
		}
	}
	if strings.Contains(html, "<script") || strings.Contains(html, "style=") {
		t.Errorf("%s has inline code or style", path)
	}
}

// submit posts a form and follows the answer's redirect.
func (s *shop) submit(path string, form url.Values, want int) string {
	s.t.Helper()
	answer, content := s.request("POST", path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}})
	if want != http.StatusSeeOther {
		checkPage(s.t, path, answer, content, want)
		return string(content)
	}
	if answer.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s: HTTP %d\n%s", path, answer.StatusCode, content)
	}
	return s.page(answer.Header.Get("Location"), http.StatusOK)
}

var button = regexp.MustCompile(`name="action" value="(\w+)"`)

// buttons lists the actions that a wallet page offers.
func buttons(html string) string {
	var names []string
	for _, m := range button.FindAllStringSubmatch(html, -1) {
		names = append(names, m[1])
	}
	return strings.Join(names, " ")
}

func TestWalletButtons(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.charged(charge)["transaction_id"].(string)
	path := "/pay/" + id
	const pending, settled = "pay fail deny expire", "refund refund chargeback"
	if html := s.page(path, 200); buttons(html) != pending || !strings.Contains(html, `<svg xmlns`) {
		t.Errorf("a new one offers %s", buttons(html))
	}
	for _, c := range []struct {
		form    string
		code    int
		offered string // afterwards
		text    string
	}{
		{"action=fail", 303, pending, "gagal di aplikasi"},
		{"action=late", 409, pending, "Tidak bisa"},
		{"action=nothing", 409, pending, "tidak dikenal"},
		{"action=pay&issuer=bitcoin", 409, pending, "tidak dikenal"},
		{"action=expire", 303, "late", "Kedaluwarsa"},
		{"action=pay", 409, "late", "status transaksi tidak mengizinkannya"},
		{"action=late", 303, settled, "setelah kedaluwarsa"},
		{"action=refund&amount=abc", 409, settled, "nominal refund tidak sah"},
		{"action=refund&amount=0", 409, settled, "nominal refund tidak sah"},
		{"action=refund&amount=400.000", 303, "refund refund", "Rp400.000"},
		{"action=chargeback", 409, "refund refund", "Tidak bisa"},
		{"action=refund", 303, "", "Refund penuh"},
	} {
		form, err := url.ParseQuery(c.form)
		must(t, err)
		if html := s.submit(path, form, c.code); buttons(html) != c.offered || !strings.Contains(html, c.text) {
			t.Errorf("%s: offers %q\n%s", c.form, buttons(html), html)
		}
	}
	if got := s.Totals(); got != (Totals{Settled: goldenGross, Refunded: goldenGross, Count: 1}) {
		t.Errorf("totals %+v", got)
	}
	for order, action := range map[string]string{"paid": "pay&issuer=dana", "denied": "deny", "disputed": "pay"} {
		s.charged(strings.Replace(charge, goldenOrder, order, 1))
		form, err := url.ParseQuery("action=" + action)
		must(t, err)
		s.submit("/pay/"+order, form, 303)
	}
	s.submit("/pay/disputed", url.Values{"action": {"chargeback"}}, 303)
	var statuses []string
	for _, tx := range s.State().Transactions[1:] {
		statuses = append(statuses, tx.OrderID+" "+tx.TransactionStatus+" "+tx.Issuer)
	}
	for _, want := range []string{"paid settlement dana", "denied deny ", "disputed chargeback gopay"} {
		if !strings.Contains(strings.Join(statuses, ",")+",", want+",") {
			t.Errorf("%v has no %q", statuses, want)
		}
	}
}

func TestTheWalletShowsWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	html := s.page("/pay/"+goldenOrder, 200)
	for _, text := range []string{"JASAWEB SIMULASI, JAKARTA", "Rp1.500.000", qris.SimulatedNMID, qris.SimulatedAcquirer, "2026-11-22 12:15:00 WIB"} {
		if !strings.Contains(html, text) {
			t.Errorf("no %q in\n%s", text, html)
		}
	}
}

func TestTransactionsPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	if html := s.page("/", 200); !strings.Contains(html, "Belum ada transaksi") {
		t.Error("no word about the empty list")
	}
	s.charged(charge)
	s.charged(strings.Replace(charge, goldenOrder, "second", 1))
	html := s.page("/", 200)
	if first, second := strings.Index(html, goldenOrder), strings.Index(html, "second"); first < 0 || second < 0 || second > first {
		t.Errorf("newest first: %d, %d", second, first)
	}
	if !strings.Contains(html, "Rp1.500.000") || !strings.Contains(html, "Menunggu") {
		t.Error(html)
	}
	answer, content := s.request("GET", "/style.css", "", nil)
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/css") || len(content) == 0 {
		t.Errorf("style: HTTP %d", answer.StatusCode)
	}
	s.page("/pay/unknown", 404)
	s.page("/nothing", 404)
}

func TestScan(t *testing.T) {
	t.Parallel()
	s := open(t)
	code := s.charged(charge)["qr_string"].(string)
	s.page("/scan", 200)
	scan := func(text string, want int) string {
		t.Helper()
		return s.submit("/scan", url.Values{"qr_string": {text}}, want)
	}
	if html := scan(" "+code+"\n", 303); !strings.Contains(html, goldenOrder) || buttons(html) == "" {
		t.Errorf("the code opened\n%s", html)
	}
	if html := scan(strings.Replace(code, "1500000.00", "1500001.00", 1), 422); !strings.Contains(html, "Checksum") {
		t.Error(html)
	}
	if html := scan(`"><script>alert(1)</script>`, 422); !strings.Contains(html, "&lt;script&gt;") {
		t.Error(html)
	}
	foreign, err := qris.Build(qris.Sale{MerchantName: "WARUNG <B>", MerchantCity: "SOLO", PostalCode: "57111", MerchantID: "G1", Amount: 7000, Reference: "other"})
	must(t, err)
	if html := scan(foreign, 404); !strings.Contains(html, "WARUNG &lt;B&gt;, SOLO") || !strings.Contains(html, "Rp7.000") {
		t.Error(html)
	}
}

func TestNotificationsPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.page("/notifications", 200)
	s.webhook.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(302)
		}
	}
	s.charged(charge)
	s.ended(1)
	if html := s.page("/notifications", 200); !strings.Contains(html, "Gagal: balasan 302, 1 kali dicoba") {
		t.Error(html)
	}
	s.submit("/notifications/1/resend", nil, 303)
	s.ended(2)
	if html := s.page("/notifications", 200); !strings.Contains(html, "Terkirim: balasan 200, 1 kali dicoba") {
		t.Error(html)
	}
	all := s.webhook.wait(t, 2)
	if first, second := toJSON(t, all[0]), toJSON(t, all[1]); first != second {
		t.Errorf("sent again as %s, was %s", second, first)
	}
	s.submit("/notifications/99/resend", nil, 404)
	s.submit("/notifications/x/resend", nil, 404)
	_, err := s.Notify("", []byte(`{"order_id":"<img src=x>"}`))
	must(t, err)
	s.ended(3)
	if html := s.page("/notifications", 200); strings.Contains(html, "<img") || !strings.Contains(html, "&lt;img") {
		t.Error("the body is not escaped")
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

func TestOtherSitesCannotPressTheButtons(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	for name, h := range map[string]http.Header{"today": {"Sec-Fetch-Site": {"cross-site"}}, "old browser": {"Origin": {"https://example.com"}}} {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		if answer, _ := s.request("POST", "/pay/"+goldenOrder, "action=pay", h); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: HTTP %d", name, answer.StatusCode)
		}
	}
	if got := s.Totals(); got != (Totals{}) {
		t.Errorf("totals %+v", got)
	}
}
