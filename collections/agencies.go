package collections

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
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

// TaxRate returns the PPN rate in whole percent of the tax base (12 by law).
func (a *AgencyInfo) TaxRate() int64 { return a.GetInt64("tax_rate") }

// Address returns the postal address, in lines; may be empty.
func (a *AgencyInfo) Address() string { return a.GetString("address") }

// Email returns the address that clients write to; may be empty.
func (a *AgencyInfo) Email() string { return a.GetString("email") }

// Phone returns the telephone number for clients; may be empty.
func (a *AgencyInfo) Phone() string { return a.GetString("phone") }

// SupportHours says when somebody answers, in Indonesian; may be empty.
func (a *AgencyInfo) SupportHours() string { return a.GetString("support_hours") }
