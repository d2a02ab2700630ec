package pages

import (
	"html"
	"testing"

	"jasaweb/collections"
	"jasaweb/collections/idr"
)

// The price page took its own share of the whole for the deposit, and taxed the
// whole where the invoices tax the parts.
func TestPricesAgreeToTheRupiah(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	info, err := collections.FindAgency(a)
	if err != nil {
		t.Fatal(err)
	}
	info.Set("pkp", true)
	if err := a.Save(info); err != nil {
		t.Fatal(err)
	}
	tier := a.NewTier(t, "ganjil", 1_500_011, 33)
	project := a.NewProject(t, a.Owner, tier)
	invoices, err := collections.FindInvoices(a, project.Id)
	if err != nil || len(invoices) != 2 {
		t.Fatalf("%d invoices, %v", len(invoices), err)
	}
	deposit, total, ppn := invoices[0].Amount(), invoices[0].Amount()+invoices[1].Amount(), invoices[0].PPN()+invoices[1].PPN()
	if whole := idr.Tax(tier.Price(), 12); total != whole.Total || ppn != whole.PPN || invoices[0].DPP()+invoices[1].DPP() != whole.DPP {
		t.Errorf("the invoices make %d with %d of tax, the whole is %+v", total, ppn, whole)
	}
	wantText(t, html.UnescapeString(a.page(t, "/pricing", "")), "+ PPN "+idr.Format(ppn)+" = "+idr.Format(total), "Uang muka 33%: "+idr.Format(deposit), "PPN efektif 11% dari harga (12% dari")
	wantText(t, html.UnescapeString(a.page(t, "/portal/pesan-baru", a.Owner.Token)),
		idr.Format(tier.Price())+" + PPN "+idr.Format(ppn)+" = "+idr.Format(total), "uang muka 33% ("+idr.Format(deposit)+")", "PPN efektif 11%")
	wantText(t, html.UnescapeString(a.page(t, "/portal/tagihan/"+invoices[0].Id, a.Owner.Token)), idr.Format(deposit), "PPN 12% dari DPP "+idr.Format(invoices[0].DPP())+", efektif 11%")
	wantText(t, html.UnescapeString(a.page(t, "/admin/tagihan/"+invoices[0].Id, a.Tokens["admin"])), "efektif 11%")
	var list struct {
		Items []struct {
			Identifier          string
			PPN, Total, Deposit int64
		}
	}
	a.Do(t, "GET", "/api/pricing", "", nil).Want(200).JSON(&list)
	for _, i := range list.Items {
		if i.Identifier == "ganjil" && (i.PPN != ppn || i.Total != total || i.Deposit != deposit) {
			t.Errorf("the API says %+v", i)
		}
	}
	// Without the registration there is no tax, and the price is the whole.
	info.Set("pkp", false)
	if err := a.Save(info); err != nil {
		t.Fatal(err)
	}
	wantText(t, html.UnescapeString(a.page(t, "/pricing", "")), "tidak ada PPN", "Uang muka 33%: Rp495.004")
}
