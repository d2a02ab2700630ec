// Package till is the money of tests: payments, refunds and disputes that the
// program itself books, so that no reader of the books is tested on rows which no
// writer makes.
//
//	money := till.New(t)
//	app := plugintest.New(t, money.Register)
//	money.Transfer(t, invoice.Id, 500_000)
package till

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins/payments"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
	"jasaweb/plugins/plugintest"
)

// Till is a payment provider, and a superuser who decides about money.
type Till struct {
	Provider *sandbox.Server

	url   string
	app   *plugintest.App
	clock atomic.Pointer[plugintest.App] // app's, for the provider's goroutines
	token string
	serial
}

// serial numbers the references of bank transfers.
type serial int

func (n *serial) next() string { *n++; return fmt.Sprintf("BCA %04d", *n) }

// New opens a till whose provider notifies nobody.
func New(t testing.TB) *Till {
	t.Helper()
	m := &Till{}
	provider, err := sandbox.New(sandbox.Config{Now: m.now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(provider)
	t.Cleanup(func() { server.Close(); provider.Close() })
	m.Provider, m.url = provider, server.URL
	return m
}

// Register adds the payments to app; the till is app's from then on.
func (m *Till) Register(app *plugintest.App) {
	m.app = app
	m.clock.Store(app)
	payments.MustRegister(app, payments.Config{Gateway: midtrans.New(midtrans.Config{
		ServerKey: sandbox.DefaultServerKey, BaseURL: m.url, MerchantID: sandbox.DefaultMerchantID,
	}, app.Now)})
}

// now is one time for both sides.
func (m *Till) now() time.Time {
	if app := m.clock.Load(); app != nil {
		return app.Now()
	}
	return time.Now()
}

// post sends an admin's decision, which must be taken.
func (m *Till) post(t testing.TB, path string, body map[string]any) *plugintest.Response {
	t.Helper()
	if m.token == "" {
		m.token = m.app.Superuser(t)
	}
	return m.app.Do(t, "POST", path, m.token, body).Want(200)
}

// Transfer records money that came by bank transfer for the invoice.
func (m *Till) Transfer(t testing.TB, invoiceID string, amount int64) {
	t.Helper()
	m.post(t, "/api/admin/invoices/"+invoiceID+"/record-payment", map[string]any{"amount": amount, "method": "transfer", "reference": m.next()})
}

// Pay pays all that the invoice lacks by bank transfer.
func (m *Till) Pay(t testing.TB, invoiceID string) {
	t.Helper()
	invoice, err := collections.FindInvoice(m.app, invoiceID)
	if err != nil {
		t.Fatal(err)
	}
	owed, err := collections.Owed(m.app, invoice)
	if err != nil {
		t.Fatal(err)
	}
	m.Transfer(t, invoiceID, owed)
}

// Code opens a QRIS code over what the invoice lacks and returns its order. Token
// is its client's.
func (m *Till) Code(t testing.TB, invoiceID, token string) string {
	t.Helper()
	var out struct {
		Payment struct {
			OrderID string `json:"order_id"`
		}
	}
	m.app.Do(t, "POST", "/api/invoices/"+invoiceID+"/pay", token, nil).Want(200).JSON(&out)
	return out.Payment.OrderID
}

// Scan pays an order at the provider, which is then asked about it.
func (m *Till) Scan(t testing.TB, order string) {
	t.Helper()
	if err := m.Provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	m.Ask(t, order)
}

// Ask learns what the provider knows about an order, as after a notification that
// proves too little.
func (m *Till) Ask(t testing.TB, order string) {
	t.Helper()
	m.run(t, "payment.verify", fmt.Sprintf(`{"order_id":%q}`, order))
}

// Return records that money of the invoice went back by bank transfer.
func (m *Till) Return(t testing.TB, invoiceID string, amount int64) {
	t.Helper()
	m.post(t, "/api/admin/invoices/"+invoiceID+"/refund", map[string]any{"amount": amount, "reason": "keputusan uji", "reference": m.next()})
}

// Wish decides that the provider gives back money of the invoice. Its job is left
// in the queue.
func (m *Till) Wish(t testing.TB, invoiceID string, amount int64) {
	t.Helper()
	m.post(t, "/api/admin/invoices/"+invoiceID+"/refund", map[string]any{"amount": amount, "reason": "keputusan uji"})
}

// Refund lets the provider give back money of the invoice.
func (m *Till) Refund(t testing.TB, invoiceID string, amount int64) {
	t.Helper()
	m.Wish(t, invoiceID, amount)
	jobs, err := m.app.FindAllRecords(collections.Jobs, dbx.HashExp{"kind": "payment.refund", "state": collections.JobQueued})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d refunds to make, %v", len(jobs), err)
	}
	m.run(t, "payment.refund", jobs[0].GetString("args"))
	jobs[0].Set("state", collections.JobDone)
	if err := m.app.Save(jobs[0]); err != nil {
		t.Fatal(err)
	}
}

// Lose lets the payer's bank claim the order's money back, and keep it.
func (m *Till) Lose(t testing.TB, order string) {
	t.Helper()
	m.Dispute(t, order)
	m.post(t, "/api/admin/payments/exceptions/"+m.Finding(t, dbx.HashExp{"kind": "chargeback", "order_id": order})+"/dispute",
		map[string]any{"outcome": "lost", "reason": "keputusan uji"})
}

// Dispute lets the payer's bank claim the order's money back.
func (m *Till) Dispute(t testing.TB, order string) {
	t.Helper()
	if err := m.Provider.Chargeback(order); err != nil {
		t.Fatal(err)
	}
	m.Ask(t, order)
}

// Excess leaves an open finding: the invoice, which is unpaid, is paid with more
// money than it lacks. It returns the finding's id.
func (m *Till) Excess(t testing.TB, invoiceID string, excess int64) string {
	t.Helper()
	invoice, err := collections.FindInvoice(m.app, invoiceID)
	if err != nil {
		t.Fatal(err)
	}
	m.Transfer(t, invoiceID, invoice.Amount()+excess)
	return m.Finding(t, dbx.HashExp{"invoice": invoiceID, "kind": "overpaid"})
}

// Finding returns the id of the one exception that is open and looked for.
func (m *Till) Finding(t testing.TB, where dbx.HashExp) string {
	t.Helper()
	where[collections.ColumnState] = collections.ExceptionOpen
	rows, err := m.app.FindAllRecords(collections.MoneyExceptions, where)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d findings %v, %v", len(rows), where, err)
	}
	return rows[0].Id
}

func (m *Till) run(t testing.TB, kind, args string) {
	t.Helper()
	if err := collections.FindJobHandler(m.app, kind)(t.Context(), m.app, json.RawMessage(args)); err != nil {
		t.Fatalf("job %s: %v", kind, err)
	}
}
