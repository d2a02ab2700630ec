package collections

import (
	"github.com/pocketbase/pocketbase/core"
)

// PricingTier is a package that can be ordered.
type PricingTier struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*PricingTier)(nil)

// AsPricingTier reads record, which must be of the pricing_tiers collection.
func AsPricingTier(record *core.Record) *PricingTier {
	t := &PricingTier{}
	t.SetProxyRecord(record)
	return t
}

// Identifier returns the short name that addresses and orders use.
func (t *PricingTier) Identifier() string { return t.GetString("identifier") }

// Name returns the name for people.
func (t *PricingTier) Name() string { return t.GetString("name") }

// Type returns the kind of website, one of ProjectTypes.
func (t *PricingTier) Type() string { return t.GetString("type") }

// Price returns the net price in rupiah, before PPN.
func (t *PricingTier) Price() int64 { return t.GetInt64("price") }

// DepositPercent returns which part of the price work waits for, 1 to 100.
func (t *PricingTier) DepositPercent() int64 { return t.GetInt64("deposit_percent") }

// Features returns the selling points, one a line.
func (t *PricingTier) Features() []string { return t.lines("features") }

// FeaturesEN returns the selling points in English; may be empty.
func (t *PricingTier) FeaturesEN() []string { return t.lines("features_en") }

func (t *PricingTier) lines(column string) []string {
	list := []string{}
	if err := t.UnmarshalJSONField(column, &list); err != nil || list == nil {
		return []string{} // somebody typed another shape in the dashboard
	}
	return list
}

// NoSuchTier refuses an order of no package that is on sale; field is what named it.
func NoSuchTier(field string) *Error {
	return Invalid("validation_invalid_tier", field, Text{
		ID: "Pilih paket yang tersedia.", EN: "Choose a package that is on sale.",
	})
}
