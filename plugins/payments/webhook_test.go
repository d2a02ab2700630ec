package payments_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments/midtrans"
)

// The names PW-nn are those of the list of acceptance cases for payments.

// golden creates the attempt that the golden vectors were made for.
func (s *shop) golden(t *testing.T) notice {
	t.Helper()
	s.New(t, collections.PaymentAttempts, map[string]any{
		"invoice": s.invoice.Id, "seq": 1, "order_id": "JW1-00000042-01K", "idem_key": "chg-golden", "amount": 1_500_000, "status": "pending",
	})
	n := s.notify(t, "JW1-00000042-01K", "settlement", "200")
	n["signature_key"] = "be35aaf5968fbd4417068de78e7463e79eb7e64195f41dd3cc464128fa2858876f74d0b59c25b9d7131b99023e51027e3ed94154c560c99540e6333f03deb1a6"
	return n
}

func TestPW01_GoldenSettlementIsPaidOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	s.post(t, n).Want(200)
	s.wantPaidOnce(t)
	s.post(t, n).Want(200)
	s.wantPaidOnce(t)
	if row := s.inbox(t); row.GetInt("deliveries") != 2 || row.GetString("key_id") != "current" || row.GetString("outcome") != "processed" {
		t.Errorf("inbox: %d deliveries, key %s, outcome %s", row.GetInt("deliveries"), row.GetString("key_id"), row.GetString("outcome"))
	}
}

func TestPW02_HMACSignatureIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	mac := hmac.New(sha512.New, []byte(key))
	fmt.Fprint(mac, "JW1-00000042-01K", "200", "1500000.00", key)
	n["signature_key"] = hex.EncodeToString(mac.Sum(nil))
	before := s.Hash(t)
	s.post(t, n).WantError(401)
	if s.Hash(t) != before {
		t.Error("a refused notification left traces")
	}
}

func TestPW03_AnyChangedByteIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	before := s.Hash(t)
	signature := n["signature_key"].(string)
	for name, bad := range map[string]notice{
		"signature": n.with("signature_key", "c"+signature[1:]),
		"order":     n.with("order_id", "JW1-00000043-01K"),
		"code":      n.with("status_code", "201"),
		"amount":    n.with("gross_amount", "1500001.00"),
		"short":     n.with("signature_key", signature[:126]),
		"no hex":    n.with("signature_key", strings.Repeat("z", 128)),
	} {
		s.post(t, bad).WantError(401)
		if s.Hash(t) != before {
			t.Errorf("%s: left traces", name)
		}
	}
}

func TestPW04_PreviousKeyCountsUntilItIsRemoved(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, s.golden(t).signed(previous)).Want(200)
	s.wantPaidOnce(t)
	if id := s.inbox(t).GetString("key_id"); id != "previous" {
		t.Errorf("key = %s", id)
	}
	later := openShop(t, terms{keys: key})
	later.post(t, later.golden(t).signed(previous)).WantError(401)
	later.wantUnpaid(t)
}

func TestPW05_UpperCaseSignatureCounts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	s.post(t, n.with("signature_key", strings.ToUpper(n["signature_key"].(string)))).Want(200)
	s.wantPaidOnce(t)
}

func TestPW06_UnreadableBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	before := s.Hash(t)
	bodies := map[string]any{
		"empty": "", "no JSON": "halo", "broken": `{"order_id":`, "a list": "[]", "null": "null", "two values": "{}{}",
		"form": "order_id=JW1&status_code=200", "foreign code": n.with("status_code", "2000"), "foreign amount": n.with("gross_amount", "1.5e6"),
		"foreign order": n.with("order_id", "JW1 x"), "nested": n.with("order_id", map[string]any{"a": 1}),
	}
	for _, field := range []string{"order_id", "status_code", "gross_amount", "signature_key"} {
		bodies["without "+field] = n.with(field, nil)
	}
	for name, body := range bodies {
		s.post(t, body).WantError(400)
		if s.Hash(t) != before {
			t.Fatalf("%s: left traces", name)
		}
	}
}

func TestPW07_OversizedBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t).with("metadata", map[string]any{"x": strings.Repeat("a", 65<<10)})
	before := s.Hash(t)
	if r := s.post(t, n); r.Status != 400 && r.Status != 413 {
		t.Errorf("status %d, want 400 or 413", r.Status)
	}
	if s.Hash(t) != before {
		t.Error("left traces")
	}
}

func TestPW08_UnknownFieldsAreWelcome(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t).with("pop_id", "x", "metadata", map[string]any{"extra_info": []any{1, map[string]any{"a": nil}}},
		"customer_details", map[string]any{"email": "ibu@contoh.test", "full_name": "Ibu Siti"}, "future", []any{true, 1.5})
	s.post(t, n).Want(200)
	s.wantPaidOnce(t)
	stored := s.inbox(t).GetString("body_redacted")
	for _, personal := range []string{"ibu@contoh.test", "Siti", n["signature_key"].(string)} {
		if strings.Contains(stored, personal) {
			t.Errorf("the inbox keeps %q", personal)
		}
	}
}

func TestPW09_NumberAsAmountIsVerifiedFromItsOwnCharacters(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	raw, err := json.Marshal(s.golden(t))
	if err != nil {
		t.Fatal(err)
	}
	s.post(t, strings.Replace(string(raw), `"1500000.00"`, `1500000.00`, 1)).Want(200)
	s.wantPaidOnce(t)
}

func TestPW10_OnlyPostAndNeverARedirect(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "HEAD"} {
		for _, path := range []string{webhook, webhook + "/"} {
			if r := s.Do(t, method, path, "", nil); r.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d, want 405", method, path, r.Status)
			}
		}
	}
	s.wantUnpaid(t)
	s.Do(t, "POST", webhook+"/", "", n.with("signature_key", "00")).WantError(401)
	s.Do(t, "POST", webhook+"/", "", n).Want(200)
	s.wantPaidOnce(t)
}

func TestPW11_WithoutAKeyTheProviderIsAskedToRepeat(t *testing.T) {
	t.Parallel()
	s := openShop(t, terms{})
	s.post(t, s.golden(t)).WantError(503)
	s.wantUnpaid(t)
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(503)
}

// The pair signs the same characters: a pending order of one shop is a paid one
// of another. Ours end in a letter, so neither half can be ours.
func TestPW12_AmbiguousPairNeverPays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t).with("order_id", "JW1", "status_code", "200", "gross_amount", "20150000.00")
	n["signature_key"] = midtrans.Sign("JW1200", "201", "50000.00", key)
	s.post(t, n).Want(200)
	s.wantUnpaid(t)
	if row := s.inbox(t); row.GetString("outcome") != "orphan" || s.count(t, collections.MoneyExceptions, nil) != 1 {
		t.Errorf("outcome %s", row.GetString("outcome"))
	}
}

func TestPW13_SettlementPaysAtTheProvidersTime(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "pending", "201")).Want(200)
	s.wantUnpaid(t)
	s.post(t, s.notify(t, order, "settlement", "200")).Want(200)
	s.wantPaidOnce(t)
	if i, _ := s.fresh(t); !i.PaidAt().Time().Equal(wib(12, 5)) {
		t.Errorf("paid at %s, want 12:05 WIB in UTC", i.PaidAt())
	}
}

func TestPW14_LatePendingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200")).Want(200)
	s.post(t, s.notify(t, order, "pending", "201")).Want(200)
	s.wantPaidOnce(t)
	if outcome := s.inbox(t).GetString("outcome"); outcome != "stale" {
		t.Errorf("outcome = %s", outcome)
	}
}

func TestPW15_TwentySettlementsInARowAreOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	for n := range 20 { // bodies differ, as Midtrans shuffles and extends them
		s.post(t, s.notify(t, order, "settlement", "200").with("pop_id", n)).Want(200)
	}
	s.wantPaidOnce(t)
}

func TestPW16_TwentySettlementsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	n := s.notify(t, order, "settlement", "200")
	parallel(20, func(i int) {
		if r := s.post(t, n.with("pop_id", i%3)); r.Status != 200 {
			t.Errorf("status %d: %s", r.Status, r.Body)
		}
	})
	s.wantPaidOnce(t)
}

func TestWebhookAnswers503WhenTheDatabaseFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*core.RecordEvent) error{
		"error": func(*core.RecordEvent) error { return fmt.Errorf("disk full") },
		"panic": func(*core.RecordEvent) error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			n := s.golden(t)
			before := s.Hash(t)
			broken := true
			s.OnRecordCreateExecute(collections.Ledger).BindFunc(func(e *core.RecordEvent) error {
				if broken {
					return fail(e)
				}
				return e.Next()
			})
			r := s.post(t, n).WantError(503)
			if strings.Contains(string(r.Body), "disk full") || strings.Contains(string(r.Body), "boom") {
				t.Errorf("the answer tells the cause: %s", r.Body)
			}
			if s.Hash(t) != before {
				t.Error("half a transaction stayed")
			}
			broken = false
			s.post(t, n).Want(200)
			s.wantPaidOnce(t)
		})
	}
}

// The answer must not depend on who else talks to the server, nor redirect.
func TestWebhookIsOutsideTheRateLimiter(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	n := s.golden(t)
	s.Settings().RateLimits.Enabled = true
	s.Settings().RateLimits.Rules = []core.RateLimitRule{{Label: "/api/", MaxRequests: 1, Duration: 60}}
	for range 5 {
		s.post(t, n).Want(200)
	}
	req := s.Request(t, "POST", webhook, "not a token", n)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	rec := httptest.NewRecorder()
	s.Handler.ServeHTTP(rec, req)
	if rec.Code != 200 {
		t.Errorf("status %d", rec.Code)
	}
}
