package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindAgency keeps the agency's tax lawful on every path that changes it. The check
// comes before the columns' own, so that its sentence is the one that is read.
func bindAgency(app core.App) {
	check := func(e *core.RecordEvent) error {
		agency := &collections.AgencyInfo{}
		agency.SetProxyRecord(e.Record)
		if err := agency.CheckTax(); err != nil {
			return err
		}
		return e.Next()
	}
	onRecord(app.OnRecordCreate(collections.Agency), "agencyTaxCreate", 0, check)
	onRecord(app.OnRecordUpdate(collections.Agency), "agencyTaxUpdate", 0, check)
}
