package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestChaosPage(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	html := s.page("/chaos", 200)
	if !strings.Contains(html, "Simulator bekerja normal") || strings.Contains(html, "Matikan semua") {
		t.Error("the page of a calm sandbox:\n" + html)
	}
	for _, o := range Options() {
		if !strings.Contains(html, `<option value="`+o.Name+`">`+findOption(o.Name).label) {
			t.Errorf("the page does not offer %s", o.Name)
		}
	}
	if !strings.Contains(s.page("/", 200), `href="/chaos"`) {
		t.Error("no link to the page")
	}
	press := func(form string, want int) string {
		t.Helper()
		values, err := url.ParseQuery(form)
		must(t, err)
		return s.submit("/chaos", values, want)
	}
	for _, c := range []struct {
		form string
		code int
		text string
	}{
		{"action=on&option=charge_429&probability=1&count=2&order_id=JW1-*", 303, "charge_429, paling banyak 2 kali, order JW1-*"},
		{"action=on&option=drop&probability=0.25&count=&order_id=", 303, "drop, peluang 25 %<"},
		{"action=on&option=explode&probability=1", 422, "pilihan gangguan"},
		{"action=on&option=drop&probability=7", 422, "pilihan gangguan"},
		{"action=on&option=drop&probability=0", 422, "tidak dikenal"},
		{"action=on&option=drop&probability=x", 422, "tidak dikenal"},
		{"action=on&option=drop&probability=1&count=x", 422, "angka"},
		{"action=on&option=drop&probability=1&count=-1", 422, "angka"},
		{"action=on&option=drop&probability=1&order_id=[", 422, "pola order"},
		{"action=off&rule=3&option=drop", 422, "sudah tidak ada"},
		{"action=off&rule=1&option=drop", 422, "sudah tidak ada"},
		{"action=off&rule=x", 422, "tidak dikenal"},
		{"action=explode", 422, "tidak dikenal"},
	} {
		if html := press(c.form, c.code); !strings.Contains(html, c.text) {
			t.Errorf("%s: no %q in\n%s", c.form, c.text, html)
		}
	}
	expect(t, s.api("POST", "/v2/charge", charge), object{"status_code": "429"})
	if html := press("action=off&rule=2&option=drop", 303); !strings.Contains(html, "terjadi 1 kali") || strings.Contains(html, "<small>drop") {
		t.Error("the other rule lost its count, or the one is still there:\n" + html)
	}
	if html := press("action=clear", 303); !strings.Contains(html, "Simulator bekerja normal") {
		t.Error(html)
	}
	s.charged(charge)
}

func TestTheChaosPageShowsParametersAndEscapes(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"duplicate","n":3,"gap":1.5,"match":{"status":"settlement","order_id":"<b>"}},{"option":"fee_amount","amount":2500},
		{"option":"reorder","window":4},{"option":"delay","delay":7},{"option":"drop_first","k":2},{"option":"charge_5xx","code":503}]`)
	html := s.page("/chaos", 200)
	for _, text := range []string{
		"duplicate, order &lt;b&gt;, status settlement, n 3, gap 1.5 detik<", "amount 2500<", "window 4 detik<", "delay 7 detik<", "k 2<", "code 503<",
	} {
		if !strings.Contains(html, text) {
			t.Errorf("no %q in\n%s", text, html)
		}
	}
}

func TestOtherSitesCannotSwitchChaosOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, path := range []string{"/chaos", "/_sim/chaos", "/_sim/clock/advance"} {
		h := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/x-www-form-urlencoded"}}
		if answer, _ := s.request("POST", path, "action=on&option=drop&probability=1", h); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: HTTP %d", path, answer.StatusCode)
		}
	}
	if len(s.Chaos()) != 0 {
		t.Errorf("%+v", s.Chaos())
	}
}
