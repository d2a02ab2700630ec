package documents

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/text"
)

// bill is everything that an invoice or its receipt says, free of records, so
// that the drawing depends on nothing else.
type bill struct {
	number                  string
	status                  string // collections.Unpaid, Paid or InvoiceCancelled
	issued, due, paid       time.Time
	changed                 time.Time
	instalment, instalments int
	amount                  int64 // rupiah, tax included
	dpp, ppn, taxRate       int64
	returns                 []moneyBack // to the client, the oldest first
	returnedWholly          bool
	byQRIS, byTransfer      bool // how it was paid
	agency                  agency
	client                  client
	project, kind, tier     string
	site                    string
}

// moneyBack is money that went back to the client.
type moneyBack struct {
	at     time.Time
	amount int64 // rupiah
	byBank bool  // the client's bank took it
}

// agency is who sends the bill.
type agency struct {
	name, address, npwp, email, phone string
	bankName, bankAccount, bankHolder string
}

// client is who owes it.
type client struct{ name, email, phone string }

// newBill collects what the documents of invoice say.
func (p *plugin) newBill(app core.App, invoice *collections.Invoice) (*bill, error) {
	a, err := collections.FindAgency(app)
	if err != nil {
		return nil, err
	}
	user, err := collections.FindUser(app, invoice.Owner())
	if err != nil {
		return nil, fmt.Errorf("documents: client of invoice %s: %w", invoice.Id, err)
	}
	project, err := collections.FindProject(app, invoice.ProjectID())
	if err != nil {
		return nil, fmt.Errorf("documents: project of invoice %s: %w", invoice.Id, err)
	}
	tier, err := tierName(app, project)
	if err != nil {
		return nil, err
	}
	b := &bill{
		number: invoice.Number(), status: invoice.Status(),
		issued: invoice.GetDateTime("created").Time(), due: invoice.DueAt().Time(), paid: invoice.PaidAt().Time(),
		changed: invoice.GetDateTime("updated").Time(), instalment: invoice.Instalment(), instalments: invoice.Instalments(),
		amount: invoice.Amount(), dpp: invoice.DPP(), ppn: invoice.PPN(), taxRate: invoice.TaxRate(),
		agency: agency{
			name: a.Name(), address: a.GetString("address"), npwp: a.GetString("npwp"), email: a.GetString("email"), phone: a.GetString("phone"),
			bankName: a.GetString("bank_name"), bankAccount: a.GetString("bank_account"), bankHolder: a.GetString("bank_holder"),
		},
		client:  client{name: user.Name(), email: user.Email(), phone: readable(user.Phone())},
		project: project.Name(), kind: project.Type(), tier: tier,
		site: p.site(app),
	}
	return b, b.addMoney(app, invoice)
}

// tierName returns the name of the ordered package, also of one that is not on
// sale any more; empty if it was deleted.
func tierName(app core.App, project *collections.Project) (string, error) {
	tier := &collections.PricingTier{}
	err := app.RecordQuery(collections.PricingTiers).AndWhere(dbx.HashExp{"id": project.GetString("tier")}).Limit(1).One(tier)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("documents: package of project %s: %w", project.Id, err)
	}
	return tier.Name(), nil
}

// addMoney says how the invoice was paid and what of it went back. Only what counts
// towards the invoice is its money: a payment that came twice, and its refund, are
// not; and what was paid anew since lacks no more.
func (b *bill) addMoney(app core.App, invoice *collections.Invoice) error {
	m, err := collections.MoneyOf(app, invoice)
	if err != nil {
		return err
	}
	for _, p := range m.Payments {
		switch {
		case p.Applied <= 0:
		case p.Provider != "":
			b.byQRIS = true
		default:
			b.byTransfer = true
		}
	}
	returns, err := collections.ReturnsOf(app, invoice, m)
	if err != nil {
		return err
	}
	if b.status == collections.Paid {
		returns = collections.LatestReturns(returns, m.Owed())
	}
	b.returnedWholly = m.RefundState() == collections.RefundFull
	for _, r := range returns {
		b.returns = append(b.returns, moneyBack{at: r.At.Time(), amount: r.Amount, byBank: r.Kind == collections.LedgerChargeback})
	}
	return nil
}

// returned is all that went back, in rupiah.
func (b *bill) returned() (sum int64) {
	for _, r := range b.returns {
		sum += r.amount
	}
	return sum
}

// net returns the price before tax in rupiah.
func (b *bill) net() int64 { return b.amount - b.ppn }

var errUnpaid = collections.Refuse("invoice_unpaid", "status", collections.Text{
	ID: "Kuitansi baru tersedia setelah tagihan ini lunas.",
	EN: "The receipt is available once this invoice is paid.",
})

// readable writes a telephone number as people in Indonesia do.
func readable(number string) string {
	phone, err := text.ParsePhone(number)
	if err != nil {
		return number
	}
	return phone.String()
}
