package payments_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
)

func TestPW55_ForgedNotificationsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	genuine := s.golden(t)
	before := s.Hash(t)
	var start, end runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&start)
	for n := range 1000 {
		s.post(t, genuine.with("order_id", fmt.Sprintf("JW1-%08d-01AAAAAAAAK", n), "metadata", strings.Repeat("x", 1000))).WantError(401)
	}
	runtime.GC()
	runtime.ReadMemStats(&end)
	if s.Hash(t) != before {
		t.Error("forged notifications were kept")
	}
	if grown := int64(end.HeapAlloc) - int64(start.HeapAlloc); grown > 20<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	s.post(t, genuine).Want(200)
	s.wantPaidOnce(t)
}

func TestPW56_NothingSecretOrPersonalIsKept(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200").with("customer_details", map[string]any{
		"email": "ibu.siti@contoh.test", "full_name": "Ibu Siti Aminah", "phone": "+6281234567890"})).Want(200)
	for _, name := range []string{collections.WebhookInbox, collections.PaymentAttempts, collections.Ledger, collections.Jobs} {
		rows, err := s.FindAllRecords(name)
		if err != nil || (len(rows) == 0 && name != collections.Jobs) {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		for _, r := range rows {
			text := fmt.Sprint(r.FieldsData())
			for _, secret := range []string{key, previous, "Basic ", "ibu.siti", "Aminah", "81234567890", s.client.Email()} {
				if strings.Contains(text, secret) {
					t.Errorf("%s keeps %q: %s", name, secret, text)
				}
			}
		}
	}
}

// downGateway answers nothing; a webhook must not need it.
type downGateway struct{ gateway.Gateway }

func (downGateway) Status(context.Context, string) (*gateway.Transaction, error) {
	return nil, errors.New("the provider was called inside the transaction")
}

func TestPW57_WebhookNeedsNoCallToTheProvider(t *testing.T) {
	t.Parallel()
	s := openShop(t, terms{keys: key, wire: func(g gateway.Gateway) gateway.Gateway { return downGateway{g} }})
	s.post(t, s.golden(t)).Want(200)
	s.wantPaidOnce(t)
}

// The disk is full for a while; the provider repeats and the money counts once.
func TestPW43_ProviderRepeatsUntilTheDatabaseWrites(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	front := httptest.NewServer(s.Handler)
	t.Cleanup(front.Close)
	failures := atomic.Int64{}
	s.OnRecordCreateExecute(collections.Ledger).BindFunc(func(e *core.RecordEvent) error {
		if failures.Add(1) <= 2 {
			return errors.New("database or disk is full (13)")
		}
		return e.Next()
	})
	provider, err := sandbox.New(sandbox.Config{NotifyURL: front.URL + webhook, Speed: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(provider)
	t.Cleanup(func() { api.Close(); provider.Close() })
	c := midtrans.New(midtrans.Config{BaseURL: api.URL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
	s.New(t, collections.PaymentAttempts, map[string]any{
		"invoice": s.invoice.Id, "seq": 1, "order_id": "JW1-00000001-01DISKFULLK", "idem_key": "chg-x", "amount": 1_500_000, "status": "creating",
	})
	_, err = c.Charge(t.Context(), gateway.Charge{OrderID: "JW1-00000001-01DISKFULLK", Amount: 1_500_000, Item: "x", InvoiceID: s.invoice.Id, Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Pay("JW1-00000001-01DISKFULLK"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if i, _ := s.fresh(t); i.Status() == collections.Paid {
			break
		}
	}
	s.wantPaidOnce(t)
	if failures.Load() != 3 {
		t.Errorf("the ledger was written %d times, want two failures and a success", failures.Load())
	}
}
