package payments_test

import (
	"net/http"
	"testing"
	"time"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
)

// watched is what the route of the waiting page answers.
type watched struct {
	Invoice struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"invoice"`
	Payment *payment `json:"payment"`
	State   string   `json:"state"`
	Missing int64    `json:"missing"`
	Held    int64    `json:"held"`
	Late    bool     `json:"late"`
	Proofs  int      `json:"proofs"`
	Now     string   `json:"now"`
}

func (s *shop) watch(t *testing.T) watched {
	t.Helper()
	var out watched
	s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/payment", s.client.Token, nil).Want(200).JSON(&out)
	return out
}

func TestOnlyTheOwnerWatchesAPayment(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	path := "/api/invoices/" + s.invoice.Id + "/payment"
	s.pay(t)
	s.SetNow(time.Now().Add(time.Minute))
	s.Do(t, "GET", path, "", nil).WantError(http.StatusUnauthorized)
	s.Do(t, "GET", path, s.NewUser(t, collections.RoleClient).Token, nil).WantError(http.StatusNotFound)
	s.Do(t, "GET", "/api/invoices/nosuchinvoice00/payment", s.client.Token, nil).WantError(http.StatusNotFound)
	if w.asked() != 0 {
		t.Error("a stranger made us ask the provider")
	}
	if got := s.watch(t); got.Invoice.ID != s.invoice.Id {
		t.Errorf("invoice %s", got.Invoice.ID)
	}
}

func TestWaitingPageSeesThePaymentAtOnce(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	if got := s.watch(t); got.Payment != nil || got.Invoice.Status != collections.Unpaid {
		t.Errorf("before the code: %+v", got)
	}
	p := s.pay(t)
	s.SetNow(start.Add(5 * time.Second))
	if got := s.watch(t); got.Payment == nil || *got.Payment != p || w.asked() != 0 {
		t.Errorf("with a fresh code: %+v, %d calls", got, w.asked())
	}
	must(t, s.provider.Pay(p.OrderID))
	s.SetNow(start.Add(12 * time.Second))
	if got := s.watch(t); got.Payment != nil || got.Invoice.Status != collections.Paid {
		t.Errorf("after the payment: %+v", got)
	}
	s.wantPaidOnce(t)
	s.SetNow(start.Add(time.Hour))
	s.watch(t)
	if w.asked() != 1 {
		t.Errorf("a paid invoice was asked about: %d calls", w.asked())
	}
}

func TestWaitingPagesAskOnceInTenSecondsAtOnce(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	s.pay(t)
	for n := range 3 {
		s.SetNow(start.Add(time.Duration(n+1) * 11 * time.Second))
		parallel(10, func(int) { s.watch(t) })
		if w.asked() != n+1 {
			t.Errorf("%d calls in %d periods", w.asked(), n+1)
		}
	}
	s.later(t, start, 61*time.Second) // the reconciler's check counts, too
	s.SetNow(start.Add(65 * time.Second))
	s.watch(t)
	if w.asked() != 4 {
		t.Errorf("%d calls, want 4", w.asked())
	}
}

func TestSilentProviderIsNoErrorForTheWaitingPage(t *testing.T) {
	t.Parallel()
	s, w := wiredShop(t)
	start := time.Now()
	p := s.pay(t)
	must(t, s.provider.Pay(p.OrderID))
	w.status = func(*gateway.Transaction, error) (*gateway.Transaction, error) {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: "503"}
	}
	for n := range 8 {
		s.SetNow(start.Add(time.Duration(n+1) * 11 * time.Second))
		if got := s.watch(t); got.Payment == nil || got.Payment.OrderID != p.OrderID {
			t.Errorf("answer %+v", got)
		}
	}
	if w.asked() > 6 { // five failures open the breaker; one probe may follow
		t.Errorf("%d calls of a provider that is down", w.asked())
	}
	w.status = nil
	s.SetNow(start.Add(5 * time.Minute))
	if got := s.watch(t); got.Invoice.Status != collections.Paid {
		t.Errorf("invoice %s", got.Invoice.Status)
	}
}

func TestExpiredCodeIsNotShownToTheWaitingPage(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	s.pay(t)
	s.SetNow(time.Now().Add(61 * time.Minute)) // our clock; the provider still calls it pending
	if got := s.watch(t); got.Payment != nil {
		t.Errorf("payment %+v", got.Payment)
	}
}

// One word says how it stands, so that a page need not guess.
func TestStandingOfAPayment(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	want := func(when, state string, payable bool) watched {
		t.Helper()
		got := s.watch(t)
		if got.State != state || (got.Payment != nil) != payable || got.Now == "" {
			t.Errorf("%s: %+v, want %s", when, got, state)
		}
		return got
	}
	if got := want("before the code", "none", false); got.Missing != s.invoice.Amount() {
		t.Errorf("missing %d of %d", got.Missing, s.invoice.Amount())
	}
	p := s.pay(t)
	want("with a code", "waiting", true)
	s.post(t, s.notify(t, p.OrderID, "expire", "202")).Want(200)
	want("after its expiry", "expired", false)
	p = s.pay(t)
	s.post(t, s.notify(t, p.OrderID, "deny", "202")).Want(200)
	want("after a refusal", "failed", false)
	p = s.pay(t)
	s.post(t, s.notify(t, p.OrderID, "settlement", "200").with("gross_amount", "1000.00").signed(key)).Want(200)
	if got := want("with too little money", "held", false); got.Held != 1000 {
		t.Errorf("held %d", got.Held)
	}
}

func TestStandingSaysThatThePaymentCameLate(t *testing.T) {
	t.Parallel()
	s, _ := wiredShop(t)
	p := s.pay(t)
	s.post(t, s.notify(t, p.OrderID, "expire", "202")).Want(200)
	late := s.notify(t, p.OrderID, "settlement", "200").with("settlement_time", asProvider(s.Now().Add(2*time.Hour))).signed(key)
	s.post(t, late).Want(200)
	if got := s.watch(t); got.State != "paid" || !got.Late {
		t.Errorf("%+v", got)
	}
	s, _ = wiredShop(t)
	p = s.pay(t)
	must(t, s.provider.Pay(p.OrderID))
	s.SetNow(time.Now().Add(12 * time.Second))
	if got := s.watch(t); got.State != "paid" || got.Late || got.Missing != 0 {
		t.Errorf("in time: %+v", got)
	}
}
