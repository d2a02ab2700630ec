package pages

import (
	"html"
	"net/url"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"jasaweb/collections"
	"jasaweb/collections/idr"
)

// submitSurely sends a form that moves money: the page shows the amount in words
// and does nothing, its button does it.
func (a *agency) submitSurely(t *testing.T, path, token string, values url.Values, amount int64) {
	t.Helper()
	wantText(t, a.submit(t, path, token, values, 200).Body.String(), idr.Terbilang(amount), `name="sure" value="`+strconv.FormatInt(amount, 10)+`"`)
	values.Set("sure", strconv.FormatInt(amount-1, 10)) // what was seen was another amount
	wantText(t, a.submit(t, path, token, values, 200).Body.String(), idr.Terbilang(amount))
	values.Set("sure", strconv.FormatInt(amount, 10))
	a.submit(t, path, token, values, 303)
}

// 1250000.00 once booked 125,000,000 and 12.50 booked 1,250.
func TestTypedAmountsAreReadNotStripped(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	admin, path := a.Tokens["admin"], "/admin/tagihan/"+a.Invoice.Id
	for typed, said := range map[string]string{
		"12.50":       "“12.50” terbaca sebagai Rp12 dan 50 di belakang koma. Tulis rupiah bulat, misalnya 1.250.000.",
		"1.250.00":    "“1.250.00” tidak terbaca sebagai jumlah uang.",
		"":            "Tulis rupiah bulat, misalnya 1.250.000.",
		"<b>1</b>":    "“<b>1</b>” tidak terbaca",
		"1500000,50":  "“1500000,50” terbaca sebagai Rp1.500.000 dan 50 di belakang koma.",
		"1.250,000":   "tidak terbaca",
		"-1.250.000":  "tidak terbaca",
		"1,5 juta":    "tidak terbaca",
		"5.000.000 x": "tidak terbaca",
	} {
		rec := a.submit(t, path+"/catat", admin, url.Values{"amount": {typed}, "method": {"bank_transfer"}, "reference": {"BCA 1"}}, 400)
		wantText(t, html.UnescapeString(rec.Body.String()), said, `aria-invalid="true"`)
	}
	if n, err := a.CountRecords(collections.Ledger); err != nil || n != 0 {
		t.Fatalf("%d rows are booked, %v", n, err)
	}
	a.submitSurely(t, path+"/catat", admin, url.Values{"amount": {"125000.00"}, "method": {"bank_transfer"}, "reference": {"BCA 1"}}, 125_000)
	rows, err := a.FindAllRecords(collections.Ledger)
	if err != nil || len(rows) != 1 || rows[0].GetInt("amount") != 125_000 {
		t.Errorf("booked: %v, %v", rows, err)
	}
}

// While somebody types, an amount shows its groups; what was typed as decimals
// stays so.
func TestAmountsShowTheirGroupsWhileTyping(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Order(t)
	b := s.open(t, s.Tokens["admin"])
	b.visit("/admin/tagihan/" + s.Invoice.Id)
	for typed, want := range map[string]string{"1250000": "1.250.000", "12.50": "12.50", "1.250.000": "1.250.000", "Rp5000": "Rp5000", "999": "999"} {
		b.eval(`document.querySelector("[name=amount]").value = ""`)
		b.do("type "+typed, chromedp.SendKeys(chromedp.CSS("[name=amount]"), typed))
		if got := b.eval(`document.querySelector("[name=amount]").value`); got != want {
			t.Errorf("typed %s: the field shows %s, want %s", typed, got, want)
		}
	}
	b.eval(`document.querySelector("[name=amount]").value = ""`)
	b.do("type in the middle", chromedp.SendKeys(chromedp.CSS("[name=amount]"), "125000"))
	b.eval(`document.querySelector("[name=amount]").setSelectionRange(1, 1)`)
	b.do("type", chromedp.SendKeys(chromedp.CSS("[name=amount]"), "99"))
	if got := b.eval(`document.querySelector("[name=amount]").value`); got != "19.925.000" {
		t.Errorf("typed in the middle: %s", got)
	}
}
