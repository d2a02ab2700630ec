package idr

import (
	"strconv"
	"strings"
)

// PPNRate is the one rate of PPN in percent that an agency may charge (UU 7/2021
// as of 2025). The full price is its base for luxury goods alone, and a website is
// a service and none of them; for everything else the base is 11/12 of the price
// (PMK 131/2024), which makes 11 % of it. A rate of 11 would make 10.08 %.
const PPNRate = 12

// Effective writes PPN at rate percent of 11/12 of the price as what it is of the
// price: 11%, 10,08% for the rate 11 in Indonesian ("id") and 10.08% in English.
func Effective(rate int64, lang string) string {
	hundredths := divide(rate*1100, 12)
	s := strconv.FormatInt(hundredths/100, 10)
	if rest := hundredths % 100; rest > 0 {
		s += "," + strings.TrimRight(strconv.FormatInt(100+rest, 10)[1:], "0")
	}
	if lang == "en" {
		s = strings.Replace(s, ",", ".", 1)
	}
	return s + "%"
}

// Taxed is a net amount with PPN, in rupiah.
type Taxed struct {
	DPP   int64 // the tax base: 11/12 of the net amount
	PPN   int64
	Total int64 // net + PPN
}

// Net is the amount before tax.
func (t Taxed) Net() int64 { return t.Total - t.PPN }

// Tax adds PPN at rate percent (PPNRate by law) to a net amount. Its base is 11/12
// of the price. Both steps round half up to whole rupiah (PER-11/PJ/2025 art. 129).
// A rate of 0 means no tax, and then there is no base either.
func Tax(net, rate int64) Taxed {
	if rate == 0 {
		return Taxed{Total: net}
	}
	dpp := divide(net*11, 12)
	ppn := divide(dpp*rate, 100)
	return Taxed{DPP: dpp, PPN: ppn, Total: net + ppn}
}

// TaxParts adds PPN to the parts of a price, so that base and tax of the parts add
// up to those of the price. Each part carries what the tax grows by with it, which
// differs from the tax of the part alone by a rupiah at most.
func TaxParts(rate int64, nets ...int64) []Taxed {
	parts := make([]Taxed, len(nets))
	var net int64
	before := Tax(0, rate)
	for n, part := range nets {
		net += part
		sum := Tax(net, rate)
		parts[n] = Taxed{DPP: sum.DPP - before.DPP, PPN: sum.PPN - before.PPN, Total: sum.Total - before.Total}
		before = sum
	}
	return parts
}

// divide rounds half up; a is not negative and b positive.
func divide(a, b int64) int64 { return (2*a + b) / (2 * b) }
