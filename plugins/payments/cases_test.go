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

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
)

func TestPW21_RefusedPaymentClosesTheAttemptOnly(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"deny", "failure"} {
		s := newShop(t)
		first := s.pay(t)
		s.post(t, s.notify(t, first.OrderID, status, "202")).Want(200)
		s.wantUnpaid(t)
		if a, err := collections.FindAttemptByOrder(s, first.OrderID); err != nil || a.Status() != status {
			t.Errorf("%s: attempt %v, %v", status, a, err)
		}
	}
}

func TestPW22_ExpiryAfterSettlementIsIgnored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200")).Want(200)
	s.post(t, s.notify(t, order, "expire", "202")).Want(200)
	s.wantPaidOnce(t)
}

// The signature of a pending notice is genuine; its status was changed.
func TestPW23_SettlementWithAPendingCodeIsChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "201")).Want(200)
	s.wantUnpaid(t)
	if n := s.runJobs(t, "payment.verify"); n != 1 {
		t.Fatalf("%d checks, want 1", n)
	}
	s.wantUnpaid(t) // the provider says pending
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.post(t, s.notify(t, order, "settlement", "201").with("pop_id", "2")).Want(200)
	s.runJobs(t, "payment.verify")
	s.wantPaidOnce(t)
}

func TestPW24_HeldByTheFraudCheckIsNotPaid(t *testing.T) {
	t.Parallel()
	for _, fraud := range []string{"deny", "challenge"} {
		s := newShop(t)
		order := s.pay(t).OrderID
		s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", fraud)).Want(200)
		s.wantUnpaid(t)
		if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "unconfirmed"}) != 1 {
			t.Errorf("%s: no exception", fraud)
		}
	}
}

func TestPW25_MissingFraudStatusIsChecked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.post(t, s.notify(t, order, "settlement", "200").with("fraud_status", nil)).Want(200)
	s.wantUnpaid(t)
	s.runJobs(t, "payment.verify")
	s.wantPaidOnce(t)
}

func TestPW26_UnknownStatusChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "foo", "200")).Want(200)
	s.wantUnpaid(t)
	if n := s.runJobs(t, "payment.verify"); n != 1 {
		t.Errorf("%d checks, want 1", n)
	}
	s.wantUnpaid(t)
}

func TestPW27_ForeignMoneyIsNotPaid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]any{"currency": {"currency", "USD"}, "merchant": {"merchant_id", "G999999999"}} {
		s := newShop(t)
		order := s.pay(t).OrderID
		s.post(t, s.notify(t, order, "settlement", "200").with(change...)).Want(200)
		s.wantUnpaid(t)
		if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch"}) != 1 {
			t.Errorf("%s: no exception", name)
		}
	}
}

func TestPW28_TooLittleIsAnException(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1400000.00").signed(key)).Want(200)
	i, p := s.fresh(t)
	if i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch", "amount": 1_400_000}) != 1 ||
		s.count(t, collections.Ledger, dbx.HashExp{"amount": 1_400_000, "applied": 0}) != 1 {
		t.Error("the money is neither in the ledger nor in the queue")
	}
}

func TestPW31_CentsAreAnException(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	order := s.pay(t).OrderID
	s.post(t, s.notify(t, order, "settlement", "200").with("gross_amount", "1500000.50").signed(key)).Want(200)
	s.wantUnpaid(t)
	if s.count(t, collections.MoneyExceptions, dbx.HashExp{"kind": "mismatch"}) != 1 {
		t.Error("no exception")
	}
}

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

// zeros is a random source that repeats itself, as a serial does after a backup
// was restored.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

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

// Every write of the transaction fails once, before and after it was made; each
// time the provider is asked to repeat and nothing of the transaction stays.
func TestPW44_CrashAtAnyWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, collection := range []string{
		collections.WebhookInbox, collections.PaymentAttempts, collections.Ledger, collections.Invoices, collections.Projects,
		collections.ProjectEvents, collections.Notifications, collections.Jobs, collections.AuditLogs,
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(collection, " after=", after), func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				n := s.notify(t, s.pay(t).OrderID, "settlement", "200")
				armed := true
				crash := func(e *core.RecordEvent) error {
					if armed && !after {
						panic("before the write")
					}
					err := e.Next()
					if armed && after {
						panic("after the write")
					}
					return err
				}
				s.OnRecordCreateExecute(collection).BindFunc(crash)
				s.OnRecordUpdateExecute(collection).BindFunc(crash)
				before := s.Hash(t)
				s.post(t, n).WantError(503)
				if s.Hash(t) != before {
					t.Fatal("half a transaction stayed")
				}
				armed = false
				s.post(t, n).Want(200)
				s.wantPaidOnce(t)
			})
		}
	}
}

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
