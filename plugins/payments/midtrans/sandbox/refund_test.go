package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRefundsAddUp(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config) { c.Speed = 1e3 }) // the bank confirms after 5 ms
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	for _, c := range []struct{ path, body, code, status string }{
		{"refund", `{"refund_key":"r1","amount":400000,"reason":"satu halaman batal"}`, "200", StatusPartialRefund},
		{"refund", `{"refund_key":"r1","amount":1}`, "406", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","amount":1100001}`, "414", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","amount":0}`, "414", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","amount":-5}`, "414", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","amount":1.5}`, "400", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","amount":"5"}`, "408", StatusPartialRefund},
		{"refund", `{"refund_key":"r2","reason":"` + strings.Repeat("x", 256) + `"}`, "400", StatusPartialRefund},
		{"refund", `{`, "413", StatusPartialRefund},
		{"refund/online/direct", `{"refund_key":"r2","amount":1000000}`, "200", StatusPartialRefund},
		{"refund", ``, "200", StatusRefund}, // the rest
		{"refund", `{"refund_key":"r4","amount":1}`, "412", StatusRefund},
	} {
		o := s.api("POST", "/v2/"+goldenOrder+"/"+c.path, c.body)
		if o["status_code"] != c.code {
			t.Errorf("%s %s: %v", c.path, c.body, o)
		}
		expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": c.status})
	}
	if got := s.Totals(); got != (Totals{Settled: 1_500_000, Refunded: 1_500_000, Count: 1}) {
		t.Errorf("totals %+v", got)
	}

	// Charge, payment, and two notifications for each of three refunds.
	all := s.webhook.wait(t, 8)
	sums, confirmed := map[string]bool{}, 0
	for _, n := range all[2:] {
		expect(t, n, object{"status_code": "200", "signature_key": golden200, "settlement_time": "2026-11-22 12:00:00"})
		refunds := n["refunds"].([]any)
		sums[fmt.Sprint(len(refunds), n["refund_amount"])] = true
	}
	for _, r := range s.api("GET", "/v2/"+goldenOrder+"/status", "")["refunds"].([]any) {
		if r.(object)["bank_confirmed_at"] == "2026-11-22 12:00:00" {
			confirmed++
		}
	}
	if len(sums) != 3 || !sums["1400000.00"] || !sums["21400000.00"] || !sums["31500000.00"] || confirmed != 3 {
		t.Errorf("cumulative amounts %v, %d confirmed", sums, confirmed)
	}
	first := all[2]["refunds"].([]any)[0].(object)
	expect(t, first, object{
		"refund_chargeback_id": 1.0, "refund_amount": "400000.00", "refund_key": "r1", "refund_method": "online",
		"reason": "satu halaman batal", "created_at": "2026-11-22 12:00:00", "bank_confirmed_at": nil,
	})
}

func TestTheAnswerToARefundIsAboutThatRefund(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	s.api("POST", "/v2/"+goldenOrder+"/refund", `{"refund_key":"r1","amount":400000}`)
	expect(t, s.api("POST", "/v2/"+goldenOrder+"/refund", `{"refund_key":"r2","amount":100000}`), object{
		"status_message": "Success, refund request is approved", "refund_chargeback_id": 2.0, "refund_key": "r2", "refund_amount": "100000.00", "transaction_status": "partial_refund",
	})
}

func TestRefundWindows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		acquirer, issuer string
		after            time.Duration
		amount           int64
		want             error
	}{
		"own wallet, day 45":          {"gopay", "gopay", 45 * day, 0, nil},
		"own wallet, day 46":          {"gopay", "gopay", 46 * day, 0, ErrNotModifiable},
		"other wallet, day 7":         {"gopay", "dana", 7 * day, 0, nil},
		"other wallet, day 8":         {"gopay", "dana", 8 * day, 0, ErrNotModifiable},
		"ShopeePay, day 365":          {"airpay shopee", "", 365 * day, 0, nil},
		"ShopeePay, day 366":          {"airpay shopee", "", 366 * day, 0, ErrNotModifiable},
		"ShopeePay, part":             {"airpay shopee", "", day, 1, ErrRefundAmount},
		"ShopeePay, 23:54":            {"airpay shopee", "", 11*time.Hour + 54*time.Minute, 0, nil},
		"ShopeePay, 23:55":            {"airpay shopee", "", 11*time.Hour + 55*time.Minute, 0, ErrNotModifiable},
		"ShopeePay, 05:59":            {"airpay shopee", "", 17*time.Hour + 59*time.Minute, 0, ErrNotModifiable},
		"ShopeePay, 06:00":            {"airpay shopee", "", 18 * time.Hour, 0, nil},
		"ShopeePay code, other payer": {"airpay shopee", "gopay", day, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t) // at noon
			s.charged(strings.Replace(charge, "{", `{"qris":{"acquirer":"`+c.acquirer+`"},`, 1))
			must(t, s.pay(goldenOrder, c.issuer, false))
			s.clock.advance(c.after)
			if err := s.Refund(goldenOrder, c.amount); !errors.Is(err, c.want) {
				t.Errorf("refund: %v, want %v", err, c.want)
			}
		})
	}
}

func TestPayersAndTheirReferences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ acquirer, issuer, kind, reference, absent string }{
		{"gopay", "gopay", "on-us", "merchant_cross_reference_id", "shopeepay_reference_number"},
		{"gopay", "bca", "off-us", "merchant_cross_reference_id", "reference_id"},
		{"airpay shopee", "shopeepay", "on-us", "shopeepay_reference_number", "merchant_cross_reference_id"},
		{"airpay shopee", "ovo", "off-us", "reference_id", "merchant_cross_reference_id"},
	} {
		s := open(t)
		s.charged(strings.Replace(charge, "{", `{"qris":{"acquirer":"`+c.acquirer+`"},`, 1))
		must(t, s.PayFrom(goldenOrder, c.issuer))
		o := s.api("GET", "/v2/"+goldenOrder+"/status", "")
		expect(t, o, object{"issuer": c.issuer, "transaction_type": c.kind, "acquirer": c.acquirer, c.absent: nil})
		if o[c.reference] == nil {
			t.Errorf("%s has no %s", c.acquirer, c.reference)
		}
	}
	s := open(t)
	s.charged(charge)
	if err := s.PayFrom(goldenOrder, "bitcoin"); err == nil {
		t.Error("paid with bitcoin")
	}
}
