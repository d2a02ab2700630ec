package migrations

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// The rate of PPN is 12 % of 11/12 of the price, and the form says so. Whoever had
// entered 11 meant the 11 % that this makes; invoices keep what they were made with.
func init() {
	explain := func(pkp, rate string) func(core.App) error {
		return func(app core.App) error {
			c, err := app.FindCollectionByNameOrId("agency")
			if err != nil {
				return err
			}
			c.Fields.GetByName("pkp").(*core.BoolField).Help = pkp
			c.Fields.GetByName("tax_rate").(*core.NumberField).Help = rate
			return app.Save(c)
		}
	}
	register(func(app core.App) error {
		if _, err := app.DB().Update("agency", dbx.Params{"tax_rate": 12}, dbx.Not(dbx.HashExp{"tax_rate": 12})).Execute(); err != nil {
			return err
		}
		return explain(
			"Pengusaha Kena Pajak: hanya PKP boleh memungut PPN, di atas harga paket. / Registered for VAT: only then PPN may be charged, on top of the prices.",
			"Tarif PPN: 12% dari dasar (DPP) 11/12 harga = efektif 11% (PMK 131/2024). Isi 12, bukan 11. / PPN rate: 12% of a base of 11/12 of the price = 11% in effect. Enter 12, not 11.",
		)(app)
	}, explain("", ""))
}
