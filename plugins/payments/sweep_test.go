package payments_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

// night lets the nightly sweep and the minute after it happen.
func (s *shop) night(t *testing.T, start time.Time, d time.Duration) {
	t.Helper()
	s.SetNow(start.Add(d))
	s.tick(t, "payments.sweep")
	if n := s.runJobs(t, "payment.sweep"); n != 1 {
		t.Fatalf("%d sweeps, want 1", n)
	}
	s.runJobs(t, "payment.reconcile")
}

func TestNightlySweepFindsARefundMadeAtTheProvider(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	must(t, s.provider.Refund(order, 400_000)) // in its dashboard; the notification is lost
	s.night(t, start, 20*time.Hour)
	if i, _ := s.fresh(t); i.RefundState() != collections.RefundPartial || i.Status() != collections.Paid {
		t.Errorf("invoice %s, refund %s", i.Status(), i.RefundState())
	}
	if n := s.count(t, collections.Ledger, dbx.HashExp{"kind": "refund", "amount": -400_000}); n != 1 {
		t.Errorf("%d refunds in the ledger, want 1", n)
	}
	s.night(t, start, 44*time.Hour)
	if n := s.count(t, collections.Ledger, nil); n != 2 {
		t.Errorf("%d ledger rows after another night, want 2", n)
	}
}

func TestNightlySweepLooksTwoWeeksBack(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	s.later(t, start, 61*time.Second)
	for _, c := range []struct {
		days  int
		calls int
	}{{13, 2}, {15, 2}} {
		s.night(t, start, time.Duration(c.days)*24*time.Hour)
		if w.asked() != c.calls {
			t.Errorf("after %d days: %d calls, want %d", c.days, w.asked(), c.calls)
		}
	}
}

func TestPW54_NotificationOfLastYearIsRecognised(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	start := time.Now()
	order := s.pay(t).OrderID
	must(t, s.provider.Pay(order))
	n := s.notify(t, order, "settlement", "200")
	s.post(t, n).Want(200)
	s.night(t, start, 179*24*time.Hour)
	if s.inbox(t).GetString("body_redacted") == "" {
		t.Error("the body was emptied too early")
	}
	s.night(t, start, 365*24*time.Hour)
	row := s.inbox(t)
	if row.GetString("body_redacted") != "" || row.GetString("order_id") != order || row.GetString("outcome") != "processed" {
		t.Errorf("row kept: order %s, outcome %s, body of %d bytes", row.GetString("order_id"), row.GetString("outcome"), len(row.GetString("body_redacted")))
	}
	s.post(t, n).Want(200)
	s.wantPaidOnce(t)
	if again := s.inbox(t); again.Id != row.Id || again.GetInt("deliveries") != 2 || again.GetString("body_redacted") != "" ||
		s.count(t, collections.WebhookInbox, nil) != 1 {
		t.Error("the repetition was taken for something new")
	}
}

func TestHealthTellsAdminsWhetherPaymentsFlow(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	const path = "/api/admin/payments/health"
	admin := s.NewUser(t, collections.RoleAdmin)
	s.Do(t, "GET", path, "", nil).WantError(http.StatusUnauthorized)
	s.Do(t, "GET", path, s.client.Token, nil).WantError(http.StatusForbidden)
	read := func() (h health) {
		s.Do(t, "GET", path, admin.Token, nil).Want(200).JSON(&h)
		return h
	}
	if h := read(); h.Breaker.State != "closed" || h.Webhooks.LastAgeSeconds != -1 || h.Webhooks.LastAt != "" || h.Attempts.Open != 0 {
		t.Errorf("before anything: %+v", h)
	}
	order := s.pay(t).OrderID
	n := s.notify(t, order, "pending", "201")
	s.post(t, n).Want(200)
	s.post(t, n).Want(200)
	s.post(t, n.with("signature_key", "00")).WantError(401)
	s.SetNow(start.Add(2 * time.Minute))
	h := read()
	if h.Webhooks.Received != 2 || h.Webhooks.BadSignatures != 1 || h.Webhooks.Outcomes["duplicate"] != 2 ||
		h.Webhooks.LastAgeSeconds < 115 || h.Webhooks.LastAgeSeconds > 120 {
		t.Errorf("webhooks: %+v", h.Webhooks)
	}
	if h.Attempts.Open != 1 || h.Attempts.Due != 1 || h.Provider.Calls["ok"] != 1 {
		t.Errorf("attempts: %+v, provider: %+v", h.Attempts, h.Provider)
	}
	must(t, s.provider.Pay(order))
	s.later(t, start, 3*time.Minute)
	if h := read(); h.Attempts.Open != 0 || h.Attempts.Due != 0 || h.Provider.Calls["ok"] != 2 || h.Provider.Outcomes["processed"] != 2 {
		t.Errorf("after the payment: %+v", h)
	}
	s.closedAttempts(t, 10)
	w.status = func(*gateway.Transaction, error) (*gateway.Transaction, error) {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: "503"}
	}
	s.later(t, start, 4*time.Minute)
	if h := read(); h.Breaker.State != "open" || h.Breaker.Failures < 5 || h.Breaker.RetryAt == "" || h.Provider.Calls["ambiguous"] < 5 {
		t.Errorf("with a provider that is down: %+v", h)
	}
}

// health is what the health route answers.
type health struct {
	Webhooks struct {
		Received       int64            `json:"received"`
		BadSignatures  int64            `json:"bad_signatures"`
		Outcomes       map[string]int64 `json:"outcomes"`
		LastAt         string           `json:"last_at"`
		LastAgeSeconds int64            `json:"last_age_seconds"`
	} `json:"webhooks"`
	Provider struct {
		Calls    map[string]int64 `json:"calls"`
		Outcomes map[string]int64 `json:"outcomes"`
	} `json:"provider"`
	Breaker struct {
		State    string `json:"state"`
		Failures int    `json:"failures"`
		RetryAt  string `json:"retry_at"`
	} `json:"breaker"`
	Attempts struct {
		Open int64 `json:"open"`
		Due  int64 `json:"due"`
	} `json:"attempts"`
}
