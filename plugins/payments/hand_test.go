package payments_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// dated is a transfer with the day on which the money came.
func dated(amount any, reference, day string) map[string]any {
	m := transfer(amount, reference)
	m["date"] = day
	return m
}

// Money has come, whatever the invoice is: nobody can refuse it.
func TestTransferForAPaidInvoiceWaitsForADecision(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(1_500_000, "FT1")).Want(200)
	var out struct {
		Applied, Missing int64
		Excess           struct{ Kind string }
	}
	s.record(t, transfer(1_500_000, "FT2")).Want(200).JSON(&out)
	if out.Applied != 0 || out.Missing != 0 || out.Excess.Kind != "duplicate" {
		t.Errorf("%+v", out)
	}
	x := s.exception(t, dbx.HashExp{"kind": "duplicate", "amount": 1_500_000, "state": "open"})
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000})
	s.refused(t, "the same reference", 409, func() *plugintest.Response { return s.record(t, transfer(1_500_000, "ft2")) })
	other := s.otherInvoice(t, 1_500_000)
	s.onException(t, x.Id, "apply", into(other.Id)).Want(200)
	s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 3_000_000})
}

func TestTransferForACancelledInvoiceWaitsForADecision(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.onInvoice(t, s.invoice.Id, "cancel", because()).Want(200)
	s.record(t, transfer(700_000, "FT1")).Want(200)
	x := s.exception(t, dbx.HashExp{"kind": "late", "amount": 700_000, "state": "open"})
	if i, _ := s.fresh(t); i.Status() != collections.InvoiceCancelled {
		t.Errorf("the invoice is %s", i.Status())
	}
	s.onException(t, x.Id, "refund", because("reference", "OUT-1")).Want(200)
	s.wantMoney(t, moneySums{Received: 700_000, Refunded: 700_000})
}

// "BCA 1-23" and "BCA 12-3" once counted as one.
func TestReferencesAreComparedByTrimmingAndCaseOnly(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(100_000, "BCA 1-23")).Want(200)
	for _, same := range []string{"BCA 1-23", "bca 1-23 ", " Bca 1-23"} {
		s.refused(t, same, 409, func() *plugintest.Response { return s.record(t, transfer(100_000, same)) })
	}
	others := []string{"BCA 12-3", "BCA 1 23", "BCA123", "BCA 1-23/2", "BCA 1-23 #R2"}
	for _, other := range others {
		s.record(t, transfer(100_000, other)).Want(200)
	}
	s.wantMoney(t, moneySums{Received: 600_000, Applied: 600_000})
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 50_000, "reference", "BCA 1-23")).Want(200) // another way
	s.refused(t, "back twice", 409, func() *plugintest.Response {
		return s.onInvoice(t, s.invoice.Id, "refund", because("amount", 50_000, "reference", "bca 1-23"))
	})
	s.onInvoice(t, s.invoice.Id, "refund", because("amount", 50_000, "reference", "BCA 12-3")).Want(200)
}

// A reference of a hundred characters is longer than its columns with what stands
// before it; of two that differ at the end each counts.
func TestLongReferencesCountToTheEnd(t *testing.T) {
	t.Parallel()
	for _, length := range []int{81, 82, 100} {
		s := newTill(t)
		ref := strings.Repeat("é", length-1)
		for _, end := range []string{"1", "2"} {
			s.record(t, transfer(1_500_000, ref+end)).Want(200)
		}
		s.refused(t, "again", 409, func() *plugintest.Response { return s.record(t, transfer(1, strings.ToUpper(ref)+"2")) })
		s.wantMoney(t, moneySums{Received: 3_000_000, Applied: 1_500_000, Open: 1_500_000})
	}
}

// What a release before counted by letters and digits only counts on.
func TestReferencesOfFormerReleasesStillCount(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	err := s.RunInTransaction(func(txApp core.App) error {
		_, err := collections.Book(txApp, collections.LedgerEntry{
			Invoice: s.invoice.Id, Kind: collections.LedgerPayment, Amount: 100_000, Applied: 100_000, DedupeKey: "transfer:BCA123",
			PaymentKey: "transfer:BCA123", At: collections.DateTime(s.Now()), Reference: "BCA 1-23",
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.refused(t, "the same", 409, func() *plugintest.Response { return s.record(t, transfer(100_000, "bca 1-23")) })
	s.record(t, transfer(100_000, "BCA 12-3")).Want(200)
	s.record(t, transfer(100_000, "BCA123")).Want(200)
	s.wantMoney(t, moneySums{Received: 300_000, Applied: 300_000})
}

func TestMoneyIsBookedOnTheDayOnWhichItCame(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	issued := s.invoice.GetDateTime("created").Time()
	day := func(n int) string { return issued.UTC().Add(7*time.Hour).AddDate(0, 0, n).Format(time.DateOnly) }
	s.SetNow(issued.AddDate(0, 0, 10))
	for name, date := range map[string]string{
		"tomorrow": day(11), "the day before the invoice": day(-1), "no day": "kemarin", "a time": day(1) + "T00:00:00Z", "no such day": "2026-02-30",
	} {
		s.refused(t, name, 400, func() *plugintest.Response { return s.record(t, dated(1000, "FT0", date)) })
	}
	for n, date := range []string{day(0), day(3), day(10), ""} {
		body := dated(100_000, "FT1-"+date, date)
		if date == "" {
			delete(body, "date")
		}
		s.record(t, body).Want(200)
		row := s.row(t, dbx.HashExp{"reference": "FT1-" + date})
		at := row.GetDateTime("at").Time()
		want := date
		if want == "" {
			want = day(10)
		}
		if got := at.Add(7 * time.Hour).Format(time.DateOnly); got != want || at.Before(issued.Truncate(time.Millisecond)) || at.After(s.Now()) {
			t.Errorf("%d: %s is booked at %s", n, date, at)
		}
	}
	s.record(t, dated(1_100_000, "FT-last", day(5))).Want(200)
	if i, _ := s.fresh(t); i.PaidAt().Time().Add(7*time.Hour).Format(time.DateOnly) != day(5) {
		t.Errorf("paid at %s, want %s", i.PaidAt(), day(5))
	}
	var p proofAnswer
	s.Do(t, "GET", "/api/admin/payments/proof?from="+day(3)+"&to="+day(3), s.admin.Token, nil).Want(200).JSON(&p)
	if p.Total.Received != 100_000 {
		t.Errorf("received on %s: %+v", day(3), p.Total)
	}
}

// Money that pays nothing is its client's, for whichever invoice.
func TestCreditPaysAnyInvoiceOfItsClient(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	s.record(t, transfer(2_000_000, "FT1")).Want(200)
	x := s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 500_000})
	own, foreign := s.otherInvoice(t, 200_000), s.strangersInvoice(t, 200_000)
	for name, typed := range map[string]any{"nothing typed": nil, "another number": own.Number(), "yes": "ya"} {
		body := into(foreign.Id)
		if typed != nil {
			body["confirm"] = typed
		}
		s.refused(t, name, 409, func() *plugintest.Response { return s.onException(t, x.Id, "apply", body) })
		s.onException(t, x.Id, "apply", body).WantError(409, "confirm")
	}
	s.onException(t, x.Id, "apply", into(own.Id)).Want(200)
	rest := s.exception(t, dbx.HashExp{"kind": "overpaid", "amount": 300_000})
	body := into(foreign.Id)
	body["confirm"] = " " + strings.ToLower(foreign.Number())
	s.onException(t, rest.Id, "apply", body).Want(200)
	if i := s.invoiceNow(t, foreign.Id); i.Status() != collections.Paid {
		t.Errorf("the stranger's invoice is %s", i.Status())
	}
	s.wantMoney(t, moneySums{Received: 2_000_000, Applied: 1_900_000, Open: 100_000})
}
