package payments_test

import (
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

func TestAdminCancelsAnInvoiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	cancel := func() *plugintest.Response { return s.onInvoice(t, s.invoice.Id, "cancel", because()) }
	s.refused(t, "no reason", 400, func() *plugintest.Response { return s.onInvoice(t, s.invoice.Id, "cancel", map[string]any{}) })
	order := s.pay(t).OrderID
	if got := raced(4, func(int) *plugintest.Response { return cancel() }); got[200] != 1 || got[409] != 3 {
		t.Errorf("parallel presses: %v", got)
	}
	if state := s.provider.State().Transactions[0].TransactionStatus; state != "cancel" {
		t.Errorf("the charge is %s at the provider", state)
	}
	if i, _ := s.fresh(t); i.Status() != collections.InvoiceCancelled || i.GetString("cancel_reason") != "keputusan uji" {
		t.Errorf("invoice %s", i.Status())
	}
	if a, err := collections.FindAttemptByOrder(s, order); err != nil || a.Status() != "cancel" {
		t.Errorf("attempt: %v", err)
	}
	s.refused(t, "again", 409, cancel)
}

// The client paid a moment before: the money counts and the invoice stays.
func TestCancellingAPaidCodeIsTooLate(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.pay(t).OrderID
	if err := s.provider.Pay(order); err != nil { // its notification is lost
		t.Fatal(err)
	}
	s.onInvoice(t, s.invoice.Id, "cancel", because()).WantError(409, "status")
	s.wantPaidOnce(t)
}
