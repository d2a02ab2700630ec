package payments_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// move asks for a status of the project as the dashboard does.
func (s *till) move(t *testing.T, project *collections.Project, status collections.Status) *plugintest.Response {
	t.Helper()
	return s.Do(t, "PATCH", "/api/collections/projects/records/"+project.Id, s.admin.Token, map[string]any{"status": string(status), "status_note": "uji"})
}

// Of an invoice that is paid in part nobody sees the money any more once it is
// cancelled. Whoever cancels decides about the money first, by either route.
func TestPW100_CancellingHidesNoPartMoney(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(500_000, "BCA 0001")).Want(200)
	wantRefused := func(when string) {
		t.Helper()
		s.refused(t, when+": the project", 400, func() *plugintest.Response { return s.move(t, s.project, collections.Cancelled) })
		s.refused(t, when+": the invoice", 409, func() *plugintest.Response { return s.onInvoice(t, s.invoice.Id, "cancel", because()) })
		s.refused(t, when+": plain Go", 0, func() *plugintest.Response {
			i := s.invoiceNow(t, s.invoice.Id)
			i.Cancel()
			if err := s.Save(i); err == nil || !strings.Contains(err.Error(), "invoice_has_money") {
				t.Errorf("%s: saved with %v", when, err)
			}
			return &plugintest.Response{}
		})
	}
	wantRefused("with 500,000")
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 499_999, "reference", "BCA 0002")).Want(200)
	wantRefused("with one rupiah")
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 1, "reference", "BCA 0003")).Want(200)
	s.move(t, s.project, collections.Cancelled).Want(200)
	if i, p := s.fresh(t); i.Status() != collections.InvoiceCancelled || p.Status() != collections.Cancelled {
		t.Errorf("invoice %s, project %s", i.Status(), p.Status())
	}
	s.wantMoney(t, moneySums{Received: 500_000, Refunded: 500_000})
}

// Money is there until the provider has given it back, not until somebody wished so.
func TestPW100_MoneyOnItsWayBackIsStillThere(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(500_000, "BCA 0001")).Want(200)
	code := s.pay(t)
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 500_000, "reference", "BCA 0002")).Want(200)
	s.settle(t, code.OrderID) // 1,000,000 of 1,500,000
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 1_000_000)).Want(200)
	s.refused(t, "on its way", 400, func() *plugintest.Response { return s.move(t, s.project, collections.Cancelled) })
	s.runJobs(t, "payment.refund")
	s.move(t, s.project, collections.Cancelled).Want(200)
}

// bigOrder is a project that work waits for with two invoices.
func (s *till) bigOrder(t *testing.T) (p *collections.Project, first, second *collections.Invoice) {
	t.Helper()
	p = s.NewProject(t, s.client, s.NewTier(t, "besar"+core.GenerateDefaultRandomId(), 25_000_000, 50))
	invoices, err := collections.FindInvoices(s, p.Id)
	if err != nil {
		t.Fatal(err)
	}
	start := []*collections.Invoice{}
	for _, i := range invoices {
		if i.DueAtStart() {
			start = append(start, i)
		}
	}
	if len(start) != 2 {
		t.Fatalf("%d start invoices", len(start))
	}
	return p, start[0], start[1]
}

func TestPW101_ACancelledStartInvoiceStallsNoProject(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	pay := func(i *collections.Invoice, reference string) {
		s.onInvoice(t, i.Id, "record-payment", transfer(i.Amount(), reference)).Want(200)
	}
	cancel := func(i *collections.Invoice) { s.onInvoice(t, i.Id, "cancel", because()).Want(200) }
	status := func(p *collections.Project) collections.Status {
		return collections.AsProject(s.Reload(t, p.Record)).Status()
	}
	started := func(p *collections.Project) int64 {
		return s.count(t, collections.ProjectEvents, dbx.HashExp{"project": p.Id, "to": "in_progress"})
	}

	p, first, second := s.bigOrder(t)
	cancel(first)
	if got := status(p); got != collections.PendingPayment {
		t.Errorf("with one of two open: %s", got)
	}
	pay(second, "BCA 0001")
	if status(p) != collections.InProgress || started(p) != 1 {
		t.Errorf("cancelled, then paid: %s, started %d times", status(p), started(p))
	}

	p, first, second = s.bigOrder(t)
	pay(first, "BCA 0002")
	cancel(second)
	if status(p) != collections.InProgress || started(p) != 1 {
		t.Errorf("paid, then cancelled: %s, started %d times", status(p), started(p))
	}

	p, first, second = s.bigOrder(t)
	cancel(first)
	s.refused(t, "an admin starts unpaid work", 400, func() *plugintest.Response { return s.move(t, p, collections.InProgress) })
	cancel(second)
	if got := status(p); got != collections.PendingPayment {
		t.Errorf("nothing was paid: %s", got)
	}
	s.move(t, p, collections.InProgress).Want(200)
	if status(p) != collections.InProgress || started(p) != 1 {
		t.Errorf("started by an admin: %s, started %d times", status(p), started(p))
	}
}

// The invoices of a project that is cancelled start nothing.
func TestPW101_ACancelledProjectDoesNotStart(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	p, first, _ := s.bigOrder(t)
	s.onInvoice(t, first.Id, "record-payment", transfer(first.Amount(), "BCA 0001")).Want(200)
	s.move(t, p, collections.Cancelled).Want(200)
	if got := collections.AsProject(s.Reload(t, p.Record)).Status(); got != collections.Cancelled {
		t.Errorf("project %s", got)
	}
}
