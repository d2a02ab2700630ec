package payments_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/gateway"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

const (
	key      = sandbox.DefaultServerKey
	previous = "SB-Mid-server-JASAWEBOLDKEY00000001"
)

// shop is an agency that sells one project of Rp1.500.000, with the provider in
// the same process. The provider sends no notifications: the tests do.
type shop struct {
	*plugintest.App
	provider    *sandbox.Server
	providerURL string
	client      *plugintest.User
	project     *collections.Project
	invoice     *collections.Invoice
}

func newShop(t *testing.T) *shop {
	return openShop(t, terms{keys: key + "," + previous})
}

// terms are what a shop and its provider have agreed on.
type terms struct {
	keys      string // of the shop's account, as midtrans.Config.ServerKey; none: nothing can be paid
	notifyURL string // where the provider sends its notifications; "": nowhere
	random    io.Reader
	wire      func(gateway.Gateway) gateway.Gateway // what the test puts between the two
	provider  sandbox.Config                        // how the provider is
}

func openShop(t *testing.T, with terms) *shop {
	t.Helper()
	provider, err := sandbox.New(with.provider)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(provider)
	t.Cleanup(func() { server.Close(); provider.Close() })
	s := &shop{provider: provider, providerURL: server.URL}
	s.App = plugintest.New(t, func(app *plugintest.App) {
		config := payments.Config{Random: with.random, Gateway: midtrans.New(midtrans.Config{
			ServerKey: with.keys, BaseURL: server.URL, MerchantID: sandbox.DefaultMerchantID, NotifyURL: with.notifyURL,
		}, app.Now)}
		if with.wire != nil {
			config.Gateway = with.wire(config.Gateway)
		}
		payments.MustRegister(app, config)
	})
	s.client = s.NewUser(t, collections.RoleClient)
	s.NewUser(t, collections.RoleAdmin)
	s.project = s.NewProject(t, s.client, s.NewTier(t, "dasar", 1_500_000, 100))
	invoices, err := collections.FindInvoices(s, s.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	s.invoice = invoices[0]
	return s
}

func (s *shop) httpClient() *http.Client { return &http.Client{Timeout: 10 * time.Second} }

// payment is what the pay route answers.
type payment struct {
	OrderID   string `json:"order_id"`
	Amount    int64  `json:"amount"`
	QRString  string `json:"qr_string"`
	ExpiresAt string `json:"expires_at"`
}

func (s *shop) pay(t *testing.T) payment {
	t.Helper()
	var out struct{ Payment payment }
	s.Do(t, "POST", "/api/invoices/"+s.invoice.Id+"/pay", s.client.Token, nil).Want(200).JSON(&out)
	return out.Payment
}

// notice is a notification that a test is free to spoil. Values are what goes
// into the JSON.
type notice map[string]any

// notify makes a genuine notification about the attempt's order.
func (s *shop) notify(t *testing.T, orderID, status, code string) notice {
	t.Helper()
	a, err := collections.FindAttemptByOrder(s, orderID)
	if err != nil {
		t.Fatal(err)
	}
	txn := a.TxnID()
	if txn == "" {
		txn = "11111111-2222-4333-8444-555555555555"
	}
	return notice{
		"order_id": orderID, "status_code": code, "gross_amount": fmt.Sprintf("%d.00", a.Amount()),
		"transaction_status": status, "transaction_id": txn, "fraud_status": "accept", "currency": "IDR",
		"merchant_id": sandbox.DefaultMerchantID, "payment_type": "qris", "transaction_time": "2026-11-22 12:03:34",
		"settlement_time": "2026-11-22 12:05:00", "status_message": "midtrans payment notification",
	}.signed(key)
}

// signed puts the signature over the notice's present values.
func (n notice) signed(key string) notice {
	n["signature_key"] = midtrans.Sign(fmt.Sprint(n["order_id"]), fmt.Sprint(n["status_code"]), fmt.Sprint(n["gross_amount"]), key)
	return n
}

func (n notice) with(pairs ...any) notice {
	c := notice{}
	for k, v := range n {
		c[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		c[pairs[i].(string)] = pairs[i+1]
	}
	return c
}

const webhook = "/api/webhooks/midtrans"

func (s *shop) post(t *testing.T, body any) *plugintest.Response {
	t.Helper()
	return s.Do(t, "POST", webhook, "", body)
}

func (s *shop) fresh(t *testing.T) (*collections.Invoice, *collections.Project) {
	t.Helper()
	i, err := collections.FindInvoice(s, s.invoice.Id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := collections.FindProject(s, s.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return i, p
}

// wantPaidOnce checks all that one payment leaves behind, exactly once.
func (s *shop) wantPaidOnce(t *testing.T) {
	t.Helper()
	i, p := s.fresh(t)
	if i.Status() != collections.Paid || p.Status() != collections.InProgress {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	if n := s.count(t, collections.Ledger, nil); n != 1 {
		t.Errorf("%d ledger rows, want 1", n)
	}
	if n := s.count(t, collections.MoneyExceptions, nil); n != 0 {
		t.Errorf("%d exceptions, want none", n)
	}
	if n := s.count(t, collections.Notifications, dbx.HashExp{"user": s.client.Id, "type": "payment"}); n != 1 {
		t.Errorf("the client was told %d times of the payment", n)
	}
	if n := s.count(t, collections.ProjectEvents, dbx.HashExp{"project": s.project.Id, "to": "in_progress"}); n != 1 {
		t.Errorf("the project started %d times", n)
	}
}

// wantUnpaid checks that no money moved.
func (s *shop) wantUnpaid(t *testing.T) {
	t.Helper()
	i, p := s.fresh(t)
	if i.Status() != collections.Unpaid || p.Status() != collections.PendingPayment || s.count(t, collections.Ledger, nil) != 0 {
		t.Errorf("invoice %s, project %s, %d ledger rows", i.Status(), p.Status(), s.count(t, collections.Ledger, nil))
	}
}

func (s *shop) count(t *testing.T, collection string, where dbx.Expression) int64 {
	t.Helper()
	exprs := []dbx.Expression{}
	if where != nil {
		exprs = append(exprs, where)
	}
	n, err := s.CountRecords(collection, exprs...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inbox returns the newest stored notification.
func (s *shop) inbox(t *testing.T) *core.Record {
	t.Helper()
	rows, err := s.FindRecordsByFilter(collections.WebhookInbox, "", "-received_at,-created", 1, 0)
	if err != nil || len(rows) == 0 {
		t.Fatalf("inbox: %v", err)
	}
	return rows[0]
}

// runJobs runs the queued jobs of the kind once and returns how many there were.
func (s *shop) runJobs(t *testing.T, kind string) int {
	t.Helper()
	rows, err := s.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": kind, "state": collections.JobQueued})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := collections.FindJobHandler(s, kind)(t.Context(), s, json.RawMessage(r.GetString("args"))); err != nil {
			t.Fatalf("job %s: %v", kind, err)
		}
		r.Set("state", collections.JobDone)
		if err := s.Save(r); err != nil {
			t.Fatal(err)
		}
	}
	return len(rows)
}

// parallel runs fn n times at once.
func parallel(n int, fn func(int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

// asProvider writes a time as the provider does.
func asProvider(at time.Time) string { return at.UTC().Add(7 * time.Hour).Format(time.DateTime) }

func wib(hour, minute int) time.Time { // 22 November 2026 in Jakarta
	return time.Date(2026, 11, 22, hour-7, minute, 0, 0, time.UTC)
}

// direct is the provider's API without the program in between.
func (s *shop) direct() *midtrans.Client {
	return midtrans.New(midtrans.Config{BaseURL: s.providerURL, ServerKey: key, HTTP: s.httpClient()}, s.Now)
}
