package payments_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

// What tells about a payment and decides nothing is shortened, whatever comes.
func TestPW70_LongWordsOfTheProviderPayAllTheSame(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string][]any{
		"issuer of 50":           {"issuer", strings.Repeat("b", 50)},
		"issuer of 51":           {"issuer", strings.Repeat("b", 51)},
		"issuer of 63":           {"issuer", strings.Repeat("b", 63)},
		"issuer that is binary":  {"issuer", "Bank\x00\x01\u2028 é" + strings.Repeat("é", 60)},
		"acquirer":               {"acquirer", strings.Repeat("a", 300)},
		"type":                   {"transaction_type", strings.Repeat("t", 300)},
		"text that JSON escapes": {"custom_field3", strings.Repeat("&", 20_000)},
		"names that are hidden":  {"metadata", manyNames(4000)},
		"refunds of any shape":   {"refunds", []any{"x", 7, map[string]any{"refund_amount": []any{}}}},
		"refunds that are one":   {"refunds", map[string]any{"refund_key": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.post(t, asSent(t, s.notify(t, s.pay(t).OrderID, "settlement", "200").with(odd...))).Want(200)
			s.wantPaidOnce(t)
		})
	}
}

// asSent is the notice as a provider writes it that escapes no more than it must.
func asSent(t *testing.T, n notice) string {
	t.Helper()
	var body strings.Builder
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n); err != nil {
		t.Fatal(err)
	}
	return body.String()
}

// manyNames is an object that grows when the names in it are redacted.
func manyNames(n int) map[string]any {
	m := map[string]any{}
	for i := range n {
		m[fmt.Sprint("name", i)] = 1
	}
	return m
}

func TestPW70_LongRefundKeysAreBookedOnceEach(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	s.settle(t, order)
	long := strings.Repeat("k", 159) // the keys differ at the end
	for _, key := range []string{long + "1", long + "2"} {
		s.refundThere(t, order, key, 100_000)
	}
	for range 2 {
		s.hear(t, s.notify(t, order, "partial_refund", "200").with("pop_id", s.count(t, collections.WebhookInbox, nil)))
		s.runJobs(t, "payment.verify")
		if n := s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund", "amount": -100_000}); n != 2 {
			t.Errorf("%d refunds in the ledger, want 2", n)
		}
	}
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_300_000, Refunded: 200_000})
}

// refundThere gives money back at the provider by a key of one's own.
func (s *till) refundThere(t *testing.T, order, key string, amount int64) {
	t.Helper()
	_, err := s.direct().Refund(t.Context(), gateway.RefundRequest{OrderID: order, Key: key, Amount: amount, Reason: "uji"})
	if err != nil {
		t.Fatal(err)
	}
}

// What the signature does not cover may be missing: then the provider is asked.
func TestPW70_UnsignedFieldsMayBeMissing(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"transaction_id", "transaction_status"} {
		for _, value := range []any{nil, strings.Repeat("x", 101), "a\x00b"} {
			s := newTill(t)
			order := s.pay(t).OrderID
			if err := s.provider.Pay(order); err != nil {
				t.Fatal(err)
			}
			s.hear(t, s.notify(t, order, "settlement", "200").with(field, value))
			s.wantUnpaid(t)
			s.runJobs(t, "payment.verify")
			s.wantPaidOnce(t)
		}
	}
}
