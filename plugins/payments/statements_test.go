package payments_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans/sandbox"
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

// A genuine statement that no column holds is kept as it came, and somebody is told.
func TestPW80_StatementThatCannotBeStoredIsAnException(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := strings.Repeat("A", 51) // one more than any order has
	n := s.notify(t, s.pay(t).OrderID, "settlement", "200").with("order_id", order, "custom_field1", "khusus").signed(key)
	for range 3 {
		s.hear(t, n)
	}
	x := s.exception(t, dbx.HashExp{"kind": "unbooked", "amount": 1_500_000, "state": "open"})
	if n := s.count(t, collections.Notifications, dbx.HashExp{"user": s.admin.Id, "priority": "critical"}); n != 1 {
		t.Errorf("the admin was alarmed %d times", n)
	}
	if row := s.inbox(t); row.GetString("outcome") != "unbooked" || row.GetInt("deliveries") != 3 || row.GetString("order_id") != order[:50] {
		t.Errorf("inbox: %s, %d deliveries", row.GetString("outcome"), row.GetInt("deliveries"))
	}
	var kept struct{ Statement string }
	s.Do(t, "GET", "/api/admin/payments/exceptions/"+x.Id+"/statement", s.admin.Token, nil).Want(200).JSON(&kept)
	if !strings.Contains(kept.Statement, order) || !strings.Contains(kept.Statement, "khusus") || strings.Contains(kept.Statement, n["signature_key"].(string)) {
		t.Errorf("kept %s", kept.Statement)
	}
	s.wantUnbooked(t, 1_500_000, 1)
	s.onException(t, x.Id, "apply", into(s.invoice.Id)).WantError(409)
	s.onException(t, x.Id, "refund", because()).WantError(409)
	s.onException(t, x.Id, "waive", because()).Want(200)
	s.wantUnbooked(t, 0, 0)
}

// wantUnbooked checks what the proof says of money that is in no book: while a
// statement waits, the books do not hold all that the provider has said.
func (s *till) wantUnbooked(t *testing.T, money int64, statements int) {
	t.Helper()
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof", s.admin.Token, nil).Want(200).JSON(&p)
	if p.Unbooked != money || p.UnbookedStatements != statements || p.Holds != (statements == 0) {
		t.Errorf("unbooked %d of %d statements, holds %v", p.Unbooked, p.UnbookedStatements, p.Holds)
	}
}

// The unsigned id is another payment's: the provider knows better.
func TestPW80_StatementIsSettledByTheProvidersAnswer(t *testing.T) {
	t.Parallel()
	lost := false
	shop := spoiledShop(t, func(answer *gateway.Transaction, err error) (*gateway.Transaction, error) {
		if lost {
			return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, Cause: errors.New("connection cut")}
		}
		return answer, err
	})
	s := &till{shop, shop.NewUser(t, collections.RoleAdmin)}
	first := s.pay(t)
	s.hear(t, s.notify(t, first.OrderID, "expire", "202"))
	lost = true
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
	attempts, err := s.FindRecordsByFilter(collections.PaymentAttempts, "status='unknown'", "", 1, 0)
	if err != nil || len(attempts) != 1 {
		t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	order := attempts[0].GetString("order_id")
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	known, err := collections.FindAttemptByOrder(s, first.OrderID)
	if err != nil {
		t.Fatal(err)
	}
	s.hear(t, s.notify(t, order, "settlement", "200").with("transaction_id", known.TxnID()))
	s.wantUnbooked(t, 1_500_000, 1)
	var standing struct{ State string }
	s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/payment", s.client.Token, nil).Want(200).JSON(&standing)
	if standing.State != "held" && standing.State != "paid" { // the page asks the provider, too
		t.Errorf("the client is told %s", standing.State)
	}
	s.runJobs(t, "payment.verify")
	s.wantUnbooked(t, 0, 0)
	s.exception(t, dbx.HashExp{"kind": "unbooked", "state": "applied"})
	s.wantMoney(t, moneySums{Received: 1_500_000, Applied: 1_500_000})
}

// An answer of the provider can be as odd as a notification.
func TestPW80_AnswerThatCannotBeStoredIsAnException(t *testing.T) {
	t.Parallel()
	s := datedTill(t, nil) // no refund is confirmed meanwhile, so the answer stays the same
	order := s.pay(t).OrderID
	s.settle(t, order)
	for n := range 120 { // the list outgrows its column
		s.refundThere(t, order, fmt.Sprint(strings.Repeat("k", 160), n), 100)
	}
	for range 3 {
		s.hear(t, s.notify(t, order, "partial_refund", "200").with("pop_id", s.count(t, collections.WebhookInbox, nil)))
		s.runJobs(t, "payment.verify")
	}
	s.exception(t, dbx.HashExp{"kind": "unbooked", "amount": 0, "state": "open", "invoice": s.invoice.Id})
	s.wantUnbooked(t, 0, 1)
}

// Midtrans' dashboard tries an address with an order of its own.
func TestPW83_TrialOfTheProviderChangesNothing(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	trial := s.notify(t, s.pay(t).OrderID, "settlement", "200").
		with("order_id", "payment_notif_test_"+sandbox.DefaultMerchantID+"_0b4e7a52-7d3a-4c8e-9f61-2a5d3c1b9e70").signed(key)
	before := s.Hash(t)
	for range 2 {
		s.hear(t, trial)
	}
	s.hear(t, trial.with("gross_amount", "105000.00").signed(previous))
	s.shop.post(t, trial.with("gross_amount", "1.00")).WantError(401)
	// From some versions of its dashboard without a signature. Nothing is counted:
	// anybody can send one.
	s.hear(t, trial.with("signature_key", nil))
	s.hear(t, notice{"order_id": trial["order_id"]})
	s.shop.post(t, trial.with("signature_key", nil, "order_id", "payment_notif_tes_")).WantError(400)
	s.shop.post(t, trial.with("signature_key", nil, "order_id", "JW1-payment_notif_test_")).WantError(400)
	if s.Hash(t) != before {
		t.Error("a trial left traces")
	}
	var health struct {
		Webhooks struct{ Outcomes map[string]int }
	}
	s.Do(t, "GET", "/api/admin/payments/health", s.admin.Token, nil).Want(200).JSON(&health)
	if health.Webhooks.Outcomes["trial"] != 3 {
		t.Errorf("outcomes %v", health.Webhooks.Outcomes)
	}
}
