package documents

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/plugintest/till"
)

// desk is an agency with a till and an invoice of Rp2.000.000.
type desk struct {
	*plugintest.App
	*till.Till
	client  *plugintest.User
	invoice *collections.Invoice
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Till: till.New(t)}
	d.App = plugintest.New(t, d.Till.Register)
	d.SetNow(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC))
	d.client = d.NewUser(t, collections.RoleClient)
	d.invoice = d.order(t)
	return d
}

func (d *desk) order(t *testing.T) *collections.Invoice {
	t.Helper()
	project := d.NewProject(t, d.client, d.NewTier(t, "dasar"+core.GenerateDefaultRandomId(), 2_000_000, 100))
	invoices, err := collections.FindInvoices(d, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	return invoices[0]
}

// bill is what the documents say now.
func (d *desk) bill(t *testing.T) *bill {
	t.Helper()
	fresh, err := collections.FindInvoice(d, d.invoice.Id)
	if err != nil {
		t.Fatal(err)
	}
	p := &plugin{config: Config{AppURL: "https://jasaweb.test/"}}
	b, err := p.newBill(d, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// next goes a day on.
func (d *desk) next() { d.SetNow(d.Now().AddDate(0, 0, 1)) }

func says(t *testing.T, s *sheet) string {
	t.Helper()
	pdf, err := s.bytes()
	if err != nil {
		t.Fatal(err)
	}
	words, _ := read(t, pdf)
	return strings.Join(strings.Fields(words), " ")
}

// How it was paid comes from the ledger, and only from what counts towards the
// invoice there.
func TestBillReadsTheLedger(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	want := func(method string, returned int64) {
		t.Helper()
		b := d.bill(t)
		if b.method("id") != method || b.returned() != returned {
			t.Errorf("paid by %q, %d returned; want %q, %d", b.method("id"), b.returned(), method, returned)
		}
		if !strings.HasPrefix(b.tier, "Paket dasar") || b.project != "Web Uji" || b.client.name != "Pengguna Uji" || b.agency.name != "JasaWeb" || b.site != "https://jasaweb.test" || b.net() != 2_000_000 {
			t.Errorf("%+v", b)
		}
	}
	want("", 0)
	d.Transfer(t, d.invoice.Id, 1_500_000)
	want("Transfer bank", 0)
	first := d.Code(t, d.invoice.Id, d.client.Token)
	if err := d.Provider.Expire(first); err != nil {
		t.Fatal(err)
	}
	d.Ask(t, first)
	second := d.Code(t, d.invoice.Id, d.client.Token)
	d.Scan(t, second)
	want("QRIS dan transfer bank", 0)
	if err := d.Provider.PayLate(first); err != nil { // came twice; counts for nothing
		t.Fatal(err)
	}
	d.Ask(t, first)
	if err := d.Provider.Refund(first, 0); err != nil {
		t.Fatal(err)
	}
	d.Ask(t, first)
	want("QRIS dan transfer bank", 0)
	d.Refund(t, d.invoice.Id, 400_000)
	want("QRIS dan transfer bank", 400_000)
}

// Of what went back in parts every paper says how much and when.
func TestPW102_PartRefundsAreOnPaper(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	order := d.Code(t, d.invoice.Id, d.client.Token)
	d.Scan(t, order)
	d.SetNow(time.Date(2026, 11, 30, 17, 30, 0, 0, time.UTC)) // the 1st in WIB
	d.Return(t, d.invoice.Id, 300_000)
	d.SetNow(time.Date(2026, 12, 3, 3, 0, 0, 0, time.UTC))
	d.Lose(t, order)
	b := d.bill(t)
	for name, words := range map[string]string{"receipt": says(t, b.drawReceipt("id")), "invoice": says(t, b.drawInvoice("id"))} {
		for _, want := range []string{"Rp300.000", "1 Desember 2026", "Ditarik bank pembayar", "Rp1.700.000", "3 Desember 2026"} {
			if !strings.Contains(words, want) {
				t.Errorf("the %s does not say %q: %s", name, want, words)
			}
		}
	}
}

func TestPW102_AWholeRefundIsOnPaper(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Scan(t, d.Code(t, d.invoice.Id, d.client.Token))
	d.SetNow(time.Date(2026, 12, 3, 3, 0, 0, 0, time.UTC))
	d.Return(t, d.invoice.Id, 2_000_000)
	b := d.bill(t)
	if words := says(t, b.drawReceipt("id")); !strings.Contains(words, "Sudah dikembalikan Rp2.000.000, 3 Desember 2026 Setelah pengembalian Rp0") {
		t.Errorf("the receipt says %s", words)
	}
	if words := says(t, b.drawInvoice("en")); !strings.Contains(words, "REFUNDED") || !strings.Contains(words, "3 December 2026") || strings.Contains(words, "PAID") {
		t.Errorf("the invoice says %s", words)
	}
}

// What went back and was paid anew is not missing on the receipt.
func TestPW102_WhatWasPaidAnewIsNotReturned(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Transfer(t, d.invoice.Id, 500_000)
	d.Return(t, d.invoice.Id, 500_000)
	if b := d.bill(t); b.returned() != 500_000 {
		t.Errorf("unpaid: %d returned", b.returned())
	}
	d.next()
	d.Pay(t, d.invoice.Id)
	if b := d.bill(t); b.returned() != 0 {
		t.Errorf("paid anew: %+v", b.returns)
	}
	d.next()
	d.Return(t, d.invoice.Id, 1)
	if b := d.bill(t); len(b.returns) != 1 || b.returned() != 1 || !b.returns[0].at.Equal(d.Now()) {
		t.Errorf("a rupiah later: %+v", b.returns)
	}
}

// However often money goes back, the paper holds it.
func TestManyReturnsFit(t *testing.T) {
	t.Parallel()
	b := sample()
	for n := range 120 {
		b.returns = append(b.returns, moneyBack{at: b.paid.AddDate(0, 0, n), amount: int64(n + 1)})
	}
	for name, s := range map[string]*sheet{"receipt": b.drawReceipt("id"), "invoice": b.drawInvoice("id")} {
		words := says(t, s)
		for _, n := range []int{1, 60, 120} {
			if !strings.Contains(words, fmt.Sprintf("Rp%d", n)) {
				t.Errorf("%s: return %d is missing", name, n)
			}
		}
	}
}
