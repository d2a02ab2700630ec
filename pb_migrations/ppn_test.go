package migrations_test

import (
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/plugintest"
)

// Who had entered the rate 11 gets the 11 % that it meant, and can save its form.
func TestOldTaxRateBecomesTheLawful(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := app.NonconcurrentDB().NewQuery(statement).Bind(dbx.Params{}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	for _, rate := range []string{"11", "0", "12"} {
		exec("UPDATE {{agency}} SET [[pkp]] = TRUE, [[tax_rate]] = " + rate)
		exec("DELETE FROM {{" + core.DefaultMigrationsTable + "}} WHERE [[file]] = '1764000330_ppn.go'")
		if err := app.RunAllMigrations(); err != nil {
			t.Fatal(err)
		}
		agency, err := app.FindFirstRecordByFilter("agency", "")
		if err != nil || agency.GetInt("tax_rate") != 12 {
			t.Fatalf("rate %s became %d, %v", rate, agency.GetInt("tax_rate"), err)
		}
		agency.Set("phone", "021"+rate)
		if err := app.Save(agency); err != nil {
			t.Errorf("the row of rate %s cannot be saved: %v", rate, err)
		}
	}
}
