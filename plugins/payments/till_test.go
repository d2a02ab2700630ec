package payments_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// till is a shop with an admin who decides about money.
type till struct {
	*shop
	admin *plugintest.User
}

func newTill(t *testing.T) *till {
	t.Helper()
	s := newShop(t)
	return &till{s, s.NewUser(t, collections.RoleAdmin)}
}

// notifiedTill is a till whose provider notifies it, as the real one does.
func notifiedTill(t *testing.T) *till {
	t.Helper()
	var s *shop
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler.ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	s = openShop(t, terms{keys: key, notifyURL: front.URL + webhook})
	return &till{s, s.NewUser(t, collections.RoleAdmin)}
}

func (s *till) post(t *testing.T, path string, body any) *plugintest.Response {
	t.Helper()
	return s.Do(t, "POST", path, s.admin.Token, body)
}

func (s *till) onInvoice(t *testing.T, id, action string, body any) *plugintest.Response {
	t.Helper()
	return s.post(t, "/api/admin/invoices/"+id+"/"+action, body)
}

func (s *till) onException(t *testing.T, id, action string, body any) *plugintest.Response {
	t.Helper()
	return s.post(t, "/api/admin/payments/exceptions/"+id+"/"+action, body)
}

func (s *till) hear(t *testing.T, n notice) {
	t.Helper()
	s.shop.post(t, n).Want(200)
}

// settle pays an order at the provider and delivers the notification.
func (s *till) settle(t *testing.T, order string) {
	t.Helper()
	if err := s.provider.Pay(order); err != nil {
		t.Fatal(err)
	}
	s.hear(t, s.notify(t, order, "settlement", "200").with("settlement_time", nil))
}

// payTwice leaves an open exception for the second payment.
func (s *till) payTwice(t *testing.T) *core.Record {
	t.Helper()
	first := s.pay(t)
	s.hear(t, s.notify(t, first.OrderID, "expire", "202"))
	second := s.pay(t)
	s.settle(t, second.OrderID)
	s.settle(t, first.OrderID)
	return s.exception(t, dbx.HashExp{"kind": "duplicate"})
}

func (s *till) exception(t *testing.T, where dbx.HashExp) *core.Record {
	t.Helper()
	rows, err := s.FindAllRecords(collections.MoneyExceptions, where)
	if err != nil || len(rows) != 1 {
		t.Fatalf("exceptions %v: %d, %v", where, len(rows), err)
	}
	return rows[0]
}

// otherInvoice is an unpaid invoice of another project.
func (s *till) otherInvoice(t *testing.T, price int) *collections.Invoice {
	t.Helper()
	p := s.NewProject(t, s.client, s.NewTier(t, "tier"+core.GenerateDefaultRandomId(), price, 100))
	invoices, err := collections.FindInvoices(s, p.Id)
	if err != nil {
		t.Fatal(err)
	}
	return invoices[0]
}

// strangersInvoice is an unpaid invoice of another client.
func (s *till) strangersInvoice(t *testing.T, price int) *collections.Invoice {
	t.Helper()
	p := s.NewProject(t, s.NewUser(t, collections.RoleClient), s.NewTier(t, "tier"+core.GenerateDefaultRandomId(), price, 100))
	invoices, err := collections.FindInvoices(s, p.Id)
	if err != nil {
		t.Fatal(err)
	}
	return invoices[0]
}

// row is the one row of the ledger with these values.
func (s *till) row(t *testing.T, where dbx.HashExp) *core.Record {
	t.Helper()
	rows, err := s.FindAllRecords(collections.Ledger, where)
	if err != nil || len(rows) != 1 {
		t.Fatalf("ledger %v: %d, %v", where, len(rows), err)
	}
	return rows[0]
}

func (s *till) invoiceNow(t *testing.T, id string) *collections.Invoice {
	t.Helper()
	i, err := collections.FindInvoice(s, id)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

type moneySums struct{ Received, Applied, Refunded, Lost, Open, Waived, Difference int64 }

type proofAnswer struct {
	Days []struct {
		Date string
		moneySums
	}
	Total, All moneySums
	Unbooked   int64
	Unbalanced []string
	Holds      bool

	UnbookedStatements int `json:"unbooked_statements"`
}

// wantMoney checks the proof of money.
func (s *till) wantMoney(t *testing.T, want moneySums) {
	t.Helper()
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof", s.admin.Token, nil).Want(200).JSON(&p)
	if p.All != want || !p.Holds {
		t.Errorf("money %+v, unbalanced %v; want %+v", p.All, p.Unbalanced, want)
	}
}

// eventually waits for what the provider's notifications bring.
func (s *till) eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		s.runJobs(t, "payment.verify")
		if done() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// refused sends a request that must change nothing.
func (s *till) refused(t *testing.T, name string, status int, send func() *plugintest.Response) {
	t.Helper()
	before := s.Hash(t)
	if r := send(); r.Status != status {
		t.Errorf("%s: status %d, want %d: %s", name, r.Status, status, r.Body)
	}
	if s.Hash(t) != before {
		t.Errorf("%s: left traces", name)
	}
}

// raced presses n times at once and returns how often each status came.
func raced(n int, press func(int) *plugintest.Response) map[int]int {
	answers := make([]int, n)
	parallel(n, func(i int) { answers[i] = press(i).Status })
	got := map[int]int{}
	for _, status := range answers {
		got[status]++
	}
	return got
}

func because(pairs ...any) map[string]any {
	m := map[string]any{"reason": "keputusan uji"}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// refundsAt is what the provider has given back of an order.
func (s *till) refundsAt(order string) string {
	for _, tx := range s.provider.State().Transactions {
		if tx.OrderID == order {
			return tx.RefundAmount
		}
	}
	return ""
}
