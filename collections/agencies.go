package collections

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections/idr"
)

// AgencyInfo is the one row about the agency itself: what invoices, mails and
// the site print, and the tax rule for new orders.
type AgencyInfo struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*AgencyInfo)(nil)

// FindAgency returns the agency's row, which a migration creates.
func FindAgency(app core.App) (*AgencyInfo, error) {
	a := &AgencyInfo{}
	if err := app.RecordQuery(Agency).Limit(1).One(a); err != nil {
		return nil, fmt.Errorf("collections: find agency: %w", err)
	}
	return a, nil
}

// Name returns the agency's name.
func (a *AgencyInfo) Name() string { return a.GetString("name") }

// PKP reports whether the agency is a taxable entrepreneur (pengusaha kena
// pajak): only then may an invoice carry PPN.
func (a *AgencyInfo) PKP() bool { return a.GetBool("pkp") }

// TaxRate returns the PPN rate in whole percent of the tax base, idr.PPNRate for
// every agency that charges it.
func (a *AgencyInfo) TaxRate() int64 { return a.GetInt64("tax_rate") }

// Rate returns the PPN rate of new orders: 0 when the agency may charge none.
func (a *AgencyInfo) Rate() int64 {
	if !a.PKP() {
		return 0
	}
	return a.TaxRate()
}

// Terms returns what an order of the package costs today and in which parts it is
// paid. The price page, the order form and the invoices all print it.
func (a *AgencyInfo) Terms(t *PricingTier) idr.Terms {
	return idr.NewTerms(t.Price(), t.DepositPercent(), a.Rate(), idr.QRISCap)
}

// CheckTax refuses what the law does not know: an agency that charges PPN does so
// at idr.PPNRate.
func (a *AgencyInfo) CheckTax() error {
	rate := a.TaxRate()
	if rate == idr.PPNRate || rate == 0 && !a.PKP() {
		return nil
	}
	return Invalid("validation_unlawful_rate", "tax_rate", Text{
		ID: fmt.Sprintf("Tarif PPN menurut undang-undang 12%%, dari dasar (DPP) 11/12 harga: efektif 11%%. Tarif %d dari dasar itu hanya %s. Isi 12.", rate, idr.Effective(rate, "id")),
		EN: fmt.Sprintf("The lawful rate of PPN is 12%% of a base (DPP) of 11/12 of the price: 11%% in effect. A rate of %d of that base is %s only. Enter 12.", rate, idr.Effective(rate, "en")),
	})
}

// Address returns the postal address, in lines; may be empty.
func (a *AgencyInfo) Address() string { return a.GetString("address") }

// Email returns the address that clients write to; may be empty.
func (a *AgencyInfo) Email() string { return a.GetString("email") }

// Phone returns the telephone number for clients; may be empty.
func (a *AgencyInfo) Phone() string { return a.GetString("phone") }

// SupportHours says when somebody answers, in Indonesian; may be empty.
func (a *AgencyInfo) SupportHours() string { return a.GetString("support_hours") }
