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
