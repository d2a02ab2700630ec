package payments_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
)

// zeros is a random source that repeats itself, as a serial does after a backup
// was restored.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestPW32_OrderOverTheCapIsChargedInParts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	project := s.NewProject(t, s.client, s.NewTier(t, "besar", 10_000_001, 100))
	invoices, err := collections.FindInvoices(s, project.Id)
	if err != nil || len(invoices) != 2 {
		t.Fatalf("%d invoices, %v", len(invoices), err)
	}
	var sum int64
	for _, i := range invoices {
		var out struct{ Payment payment }
		s.Do(t, "POST", "/api/invoices/"+i.Id+"/pay", s.client.Token, nil).Want(200).JSON(&out)
		sum += out.Payment.Amount
	}
	if sum != 10_000_001 {
		t.Errorf("the parts make %d", sum)
	}
}

func TestPW38_ForeignPaymentIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := openShop(t, terms{keys: key, random: zeros{}})
	other := midtrans.New(midtrans.Config{BaseURL: s.providerURL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
	order, err := payments.OrderID(s.invoice.Serial(), 1, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Charge(t.Context(), gateway.Charge{OrderID: order, Amount: 1_500_000, Item: "x", InvoiceID: "somebody-else", Lifetime: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(502)
	s.wantUnpaid(t)
	if p := s.pay(t); p.OrderID == order {
		t.Error("the next attempt took the foreign order id")
	}
}

// Midtrans sends errors with HTTP status 200; the code is in the body.
func TestPW51_RefusedChargeShowsNoCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code    string
		class   error
		status  int
		attempt string
	}{
		{"406", gateway.ErrDuplicate, http.StatusBadGateway, "failure"}, // and GET status knows nothing of it
		{"400", gateway.ErrRejected, http.StatusBadGateway, "failure"},
		{"401", gateway.ErrRejected, http.StatusBadGateway, "failure"},
		{"402", gateway.ErrRejected, http.StatusBadGateway, "failure"},
		{"429", gateway.ErrRetryable, http.StatusServiceUnavailable, "unknown"},
		{"500", gateway.ErrAmbiguous, http.StatusServiceUnavailable, "unknown"},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			s, w := wiredShop(t)
			provider := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				code := c.code
				if r.Method == http.MethodGet {
					code = "404"
				}
				_, _ = out.Write([]byte(`{"status_code":"` + code + `","status_message":"so it is"}`))
			}))
			t.Cleanup(provider.Close)
			refusing := midtrans.New(midtrans.Config{BaseURL: provider.URL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
			w.Gateway = refusing
			_, err := refusing.Charge(t.Context(), gateway.Charge{OrderID: "x", Amount: 1, Lifetime: time.Hour})
			if !errors.Is(err, c.class) {
				t.Errorf("error %v", err)
			}
			r := s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).WantError(c.status)
			if !strings.Contains(string(r.Body), "Layanan pembayaran") || strings.Contains(string(r.Body), "so it is") {
				t.Errorf("message: %s", r.Body)
			}
			if n := s.count(t, collections.PaymentAttempts, dbx.HashExp{"status": c.attempt, "qr_string": ""}); n == 0 {
				t.Errorf("no attempt is %s", c.attempt)
			}
			s.Do(t, "GET", "/api/invoices/"+s.invoice.Id+"/qr.svg", s.client.Token, nil).WantError(http.StatusNotFound)
			if got := s.watch(t); got.Payment != nil {
				t.Errorf("a code is shown: %+v", got.Payment)
			}
		})
	}
}

func TestPW52_SlowChargeReturnsAtTheDeadline(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	t.Cleanup(func() { close(end); slow.Close() })
	c := midtrans.New(midtrans.Config{BaseURL: slow.URL, ServerKey: key, HTTP: slow.Client()}, time.Now)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := c.Charge(ctx, gateway.Charge{OrderID: "x", Amount: 1, Lifetime: time.Hour})
	if !errors.Is(err, gateway.ErrAmbiguous) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
