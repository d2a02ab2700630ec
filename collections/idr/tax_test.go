package idr

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTax(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ net, rate, dpp, ppn, total int64 }{
		{2_000_000, 0, 0, 0, 2_000_000},
		{12_000_000, 12, 11_000_000, 1_320_000, 13_320_000},
		{2_500_000, 12, 2_291_667, 275_000, 2_775_000},
		{1, 12, 1, 0, 1},
		{6, 12, 6, 1, 7}, // 5.5 and 0.72 round half up
	} {
		if got := Tax(c.net, c.rate); got != (Taxed{c.dpp, c.ppn, c.total}) {
			t.Errorf("Tax(%d, %d) = %+v", c.net, c.rate, got)
		}
	}
}

func TestEffectiveRate(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int64][2]string{
		12: {"11%", "11%"}, 11: {"10,08%", "10.08%"}, 0: {"0%", "0%"}, 10: {"9,17%", "9.17%"}, 6: {"5,5%", "5.5%"},
	} {
		if id, en := Effective(rate, "id"), Effective(rate, "en"); id != want[0] || en != want[1] {
			t.Errorf("rate %d: %s and %s, want %v", rate, id, en, want)
		}
	}
}

// Rp12.345.678 with a deposit of 33 % made Rp1.358.024 of tax in two parts and
// Rp1.358.025 in one, Rp1.500.010 by halves Rp165.002 and Rp165.001.
func TestTaxOfThePartsIsTheTaxOfTheWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ price, percent int64 }{{1_000_003, 30}, {999_999, 50}, {12_345_678, 33}, {1_500_010, 50}, {2, 50}, {1, 50}, {7, 100}} {
		terms := NewTerms(c.price, c.percent, PPNRate, QRISCap)
		var sum Taxed
		for _, p := range terms.Parts {
			sum = Taxed{sum.DPP + p.DPP, sum.PPN + p.PPN, sum.Total + p.Total}
		}
		if sum != terms.Taxed || sum != Tax(c.price, PPNRate) {
			t.Errorf("%d in parts: %+v, whole %+v", c.price, sum, Tax(c.price, PPNRate))
		}
	}
}

func TestTermsAddUpAndFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Int64Range(1, 9_999_999_999).Draw(t, "price")
		percent := rapid.Int64Range(1, 100).Draw(t, "deposit")
		rate := rapid.SampledFrom([]int64{0, 11, PPNRate}).Draw(t, "rate")
		limit := rapid.Int64Range(5_000_000, 9_999_999_999).Draw(t, "limit")
		terms := NewTerms(price, percent, rate, limit)
		var sum Taxed
		rest := false
		for n, p := range terms.Parts {
			sum = Taxed{sum.DPP + p.DPP, sum.PPN + p.PPN, sum.Total + p.Total}
			alone := Tax(p.Net(), rate)
			if p.Net() < 1 || p.PPN < 0 || p.DPP < 0 || p.Total > limit || max(p.PPN-alone.PPN, alone.PPN-p.PPN) > 1 {
				t.Fatalf("part %d of %+v", n, terms)
			}
			if rest = rest || !p.AtStart; rest && p.AtStart {
				t.Fatalf("part %d is due at the start, behind one that is not: %+v", n, terms)
			}
		}
		if sum != terms.Taxed || terms.Taxed != Tax(price, rate) {
			t.Fatalf("parts make %+v, the whole is %+v", sum, terms.Taxed)
		}
		start := (price*percent + 99) / 100
		if want := Tax(start, rate).Total; terms.Deposit() != want || !terms.Parts[0].AtStart || rest != (start < price) {
			t.Fatalf("deposit %d, want %d: %+v", terms.Deposit(), want, terms)
		}
	})
}

// A part of exactly the limit is one part; a rupiah more makes two.
func TestTermsAtTheLimit(t *testing.T) {
	t.Parallel()
	for price, want := range map[int64]int{10_000_000: 1, 10_000_001: 2, 20_000_000: 2, 20_000_001: 3} {
		if got := len(NewTerms(price, 100, 0, QRISCap).Parts); got != want {
			t.Errorf("%d in %d parts, want %d", price, got, want)
		}
	}
}
