package payments_test

import (
	"net/http"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

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
