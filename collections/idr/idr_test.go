package idr

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int64]string{
		0: "Rp0", 7: "Rp7", 999: "Rp999", 1000: "Rp1.000", 1_500_000: "Rp1.500.000",
		10_000_000: "Rp10.000.000", 9_999_999_999: "Rp9.999.999.999", -400_000: "-Rp400.000", -100: "-Rp100",
	} {
		if got := Format(amount); got != want {
			t.Errorf("Format(%d) = %s, want %s", amount, got, want)
		}
	}
}

func TestFormatInEnglish(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"id": "-Rp1.500.000", "en": "-IDR 1,500,000", "": "-Rp1.500.000"} {
		if got := FormatIn(-1_500_000, lang); got != want {
			t.Errorf("in %q: %s, want %s", lang, got, want)
		}
	}
}

func TestParseGrossIsStrict(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{"1500000.00": 1_500_000, "0.00": 0, "999999999999.00": 999_999_999_999} {
		if got, err := ParseGross(s); err != nil || got != want {
			t.Errorf("ParseGross(%q) = %d, %v", s, got, err)
		}
	}
	if got, err := ParseGross("1500000.50"); !errors.Is(err, ErrCents) || got != 1_500_000 {
		t.Errorf("cents: %d, %v", got, err)
	}
	for _, s := range []string{"", "1500000", "1500000.0", "1500000.000", "-1.00", "+1.00", "1e6.00", " 1.00", "1.00\n", "1.500.000.00", "1000000000000.00", "١٢.00"} {
		if _, err := ParseGross(s); !errors.Is(err, ErrForm) {
			t.Errorf("ParseGross(%q): %v, want ErrForm", s, err)
		}
	}
}

func TestAmountsSurviveTheProvidersForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 999_999_999_999).Draw(t, "amount")
		if got, err := ParseGross(Gross(amount)); err != nil || got != amount {
			t.Fatalf("%d came back as %d, %v", amount, got, err)
		}
	})
}

func TestSplitOfWhatCannotBeDivided(t *testing.T) {
	t.Parallel()
	same := func(net int64) int64 { return net }
	for _, c := range []struct{ net, limit int64 }{{0, 10}, {-1, 10}, {1, 0}, {9_999_999_999, 0}, {9_999_999_999, -1}} {
		if got := Split(c.net, same, c.limit); got != nil {
			t.Errorf("Split(%d) under %d = %v", c.net, c.limit, got)
		}
	}
	if got := Split(3, same, 1); len(got) != 3 {
		t.Errorf("parts of one rupiah: %v", got)
	}
}

func TestSplitAddsUpAndFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(1, 9_999_999_999).Draw(t, "net")
		rate := rapid.SampledFrom([]int64{0, 11, 12}).Draw(t, "rate")
		limit := rapid.Int64Range(5_000_000, 10_000_000).Draw(t, "limit")
		total := func(n int64) int64 { return Tax(n, rate).Total }
		parts := Split(net, total, limit)
		var sum int64
		for i, p := range parts {
			sum += p
			if p < 1 || total(p) > limit || p > parts[0] || p < parts[0]-1 {
				t.Fatalf("part %d of %v", i, parts)
			}
		}
		if sum != net {
			t.Fatalf("parts make %d, want %d", sum, net)
		}
		if n := int64(len(parts)); n > 1 && total((net+n-2)/(n-1)) <= limit {
			t.Fatalf("%d parts, fewer would do", n)
		}
	})
}
