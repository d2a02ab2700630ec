package idr

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{
		"1500000": 1_500_000, "1.500.000": 1_500_000, "1,500,000": 1_500_000, "1 500 000": 1_500_000, "1\u00a0500\u00a0000": 1_500_000,
		"Rp1.500.000": 1_500_000, " Rp 1 500 000 ": 1_500_000, "Rp. 1.500.000": 1_500_000, "rp1.500.000": 1_500_000, "IDR 1,500,000": 1_500_000,
		"Rp 1.250.000,-": 1_250_000, "1.500.000,-": 1_500_000, "1.500.000.-": 1_500_000, "1.500.000,--": 1_500_000,
		"Rp1.250.000,00": 1_250_000, "1500000,00": 1_500_000, "1250000.00": 1_250_000, "IDR 1,250,000.00": 1_250_000, "1.000,00": 1_000, "1000.00": 1_000,
		"1.250": 1_250, "1,250": 1_250, "0": 0, "007": 7, "999": 999, "999999999999999999": 999_999_999_999_999_999,
	} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
}

// Amounts were once stripped of their dots: 1250000.00 became 125,000,000 and
// 12.50 became 1,250.
func TestParseRefusesWhatCanBeReadInTwoWays(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]WrittenError{
		"12.50": {Decimal: true, Rupiah: 12, Sen: "50"}, "12,5": {Decimal: true, Rupiah: 12, Sen: "5"}, "1,5": {Decimal: true, Rupiah: 1, Sen: "5"},
		"12.00": {Decimal: true, Rupiah: 12, Sen: "00"}, "999,00": {Decimal: true, Rupiah: 999, Sen: "00"},
		"1500000,50": {Decimal: true, Rupiah: 1_500_000, Sen: "50"}, "1.250.000,5": {Decimal: true, Rupiah: 1_250_000, Sen: "5"},
		"1250.0000": {Decimal: true, Rupiah: 1_250, Sen: "0000"}, "Rp 1,250,000.75": {Decimal: true, Rupiah: 1_250_000, Sen: "75"},
		"": {}, " ": {}, "Rp": {}, ".": {}, ",00": {}, ",-": {}, "-": {}, "-1": {}, "+1": {}, "1,00,00": {}, "1.250.00": {}, "1.25.000": {}, "12.5000.000": {},
		"1.250,000": {}, "1,250.000": {}, "1.250 000": {}, "1 5": {}, "0.500": {}, "1..000": {}, "1.000.": {}, "1e6": {}, "0x1": {}, "1_000": {}, "USD 5": {}, "5 Rp": {},
		"satu juta": {}, "1,5 juta": {}, "Rp Rp 5": {}, "١٢": {}, "1000000000000000000": {}, "1\n2": {}, "1,-,-": {},
	} {
		got, err := Parse(s)
		var refused *WrittenError
		if want.Typed = s; !errors.As(err, &refused) || got != 0 || *refused != want {
			t.Errorf("Parse(%q) = %d, %+v; want %+v", s, got, refused, want)
		}
	}
	if _, err := Parse(strings.Repeat("5", 300)); err == nil || len(err.Error()) > 100 {
		t.Errorf("a long text is repeated in the error: %v", err)
	}
}

// Whatever Format and FormatIn write, Parse reads.
func TestParseReadsWhatFormatWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 999_999_999_999_999_999).Draw(t, "amount")
		for _, s := range []string{Format(amount), FormatIn(amount, "en")} {
			if got, err := Parse(s); err != nil || got != amount {
				t.Fatalf("Parse(%q) = %d, %v", s, got, err)
			}
		}
	})
}

// Of one text there is one reading: dropping or adding a sign between digits
// never multiplies an amount.
func TestParseNeverReadsDecimalsAsDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount, sen := rapid.Int64Range(0, 999_999_999).Draw(t, "amount"), rapid.StringMatching(`[0-9]{1,2}`).Draw(t, "sen")
		for _, s := range []string{strings.TrimPrefix(Format(amount), "Rp") + "," + sen, strings.TrimSuffix(Gross(amount), ".00") + "." + sen} {
			if got, err := Parse(s); err == nil && got != amount {
				t.Fatalf("Parse(%q) = %d", s, got)
			}
		}
	})
}
