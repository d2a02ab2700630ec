package hooks_test

import (
	"testing"

	"jasaweb/collections"
)

// Rate 11 charged 10.08 % and printed 11%.
func TestUnlawfulTaxIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agency, err := collections.FindAgency(w)
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/collections/agency/records/" + agency.Id
	for _, rate := range []int{0, 1, 10, 11, 13, 100} {
		before := w.Hash(t)
		w.Do(t, "PATCH", path, w.superuser, map[string]any{"pkp": true, "tax_rate": rate}).WantError(400, "tax_rate")
		if w.Hash(t) != before {
			t.Errorf("rate %d left traces", rate)
		}
	}
	w.Do(t, "PATCH", path, w.superuser, map[string]any{"pkp": false, "tax_rate": 11}).WantError(400, "tax_rate") // it would wait for pkp
	w.Do(t, "PATCH", path, w.superuser, map[string]any{"pkp": false, "tax_rate": 0}).Want(200)
	w.Do(t, "PATCH", path, w.superuser, map[string]any{"pkp": true}).WantError(400, "tax_rate")
	w.Do(t, "PATCH", path, w.superuser, map[string]any{"pkp": true, "tax_rate": 12}).Want(200)
	agency.Set("tax_rate", 11)
	if err := w.Save(agency); err == nil {
		t.Error("Go code saved the rate 11")
	}
}
