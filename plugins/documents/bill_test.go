package documents

import (
	"testing"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// How it was paid and what went back comes from the ledger, and only from what
// counts towards the invoice there.
func TestBillReadsTheLedger(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	project := app.NewProject(t, app.NewUser(t, collections.RoleClient), app.NewTier(t, "dasar", 2_000_000, 100))
	invoices, err := collections.FindInvoices(app, project.Id)
	if err != nil {
		t.Fatal(err)
	}
	invoice := invoices[0]
	p := &plugin{config: Config{AppURL: "https://jasaweb.test/"}}
	for n, step := range []struct {
		entry    collections.LedgerEntry
		method   string
		refunded int64
	}{
		{collections.LedgerEntry{Kind: collections.LedgerPayment, Amount: 5, TxnID: "kembar"}, "", 0}, // a duplicate
		{collections.LedgerEntry{Kind: collections.LedgerPayment, Amount: 1_500_000, Applied: 1_500_000}, "Transfer bank", 0},
		{collections.LedgerEntry{Kind: collections.LedgerPayment, Amount: 500_000, Applied: 500_000, TxnID: "qris"}, "QRIS dan transfer bank", 0},
		{collections.LedgerEntry{Kind: collections.LedgerRefund, Amount: -5, TxnID: "kembar"}, "QRIS dan transfer bank", 0},
		{collections.LedgerEntry{Kind: collections.LedgerRefund, Amount: -400_000, Applied: -400_000}, "QRIS dan transfer bank", 400_000},
	} {
		step.entry.Invoice, step.entry.DedupeKey, step.entry.At = invoice.Id, string(rune('a'+n)), collections.DateTime(app.Now())
		if _, err := collections.Book(app, step.entry); err != nil {
			t.Fatal(err)
		}
		b, err := p.newBill(app, invoice)
		if err != nil {
			t.Fatal(err)
		}
		if b.method("id") != step.method || b.refunded != step.refunded {
			t.Errorf("step %d: paid by %q, %d refunded", n, b.method("id"), b.refunded)
		}
		if b.tier != "Paket dasar" || b.project != "Web Uji" || b.client.name != "Pengguna Uji" || b.agency.name != "JasaWeb" || b.site != "https://jasaweb.test" || b.net() != 2_000_000 {
			t.Errorf("%+v", b)
		}
	}
}
