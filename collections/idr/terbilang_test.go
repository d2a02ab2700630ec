package idr

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The table was written by another algorithm (recursion on the number, not on
// its groups of three digits) and read by a person.
func TestTerbilangGolden(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/terbilang.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases := 0
	for lines := bufio.NewScanner(file); lines.Scan(); cases++ {
		number, want, found := strings.Cut(lines.Text(), "\t")
		amount, err := strconv.ParseInt(number, 10, 64)
		if err != nil || !found {
			t.Fatalf("line %q", lines.Text())
		}
		if got := Terbilang(amount); got != want {
			t.Errorf("Terbilang(%d) = %q, want %q", amount, got, want)
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

func TestTerbilangBesideTheScale(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int64]string{
		-400_000:              "minus empat ratus ribu rupiah",
		1_000_000_000_000_000: "1000000000000000 rupiah",
		math.MinInt64:         "-9223372036854775808 rupiah",
	} {
		if got := Terbilang(amount); got != want {
			t.Errorf("Terbilang(%d) = %q, want %q", amount, got, want)
		}
	}
}

func TestTerbilangCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		top := rapid.SampledFrom([]int64{2_000, 2_000_000, 9_999_999_999, maxTerbilang}).Draw(t, "top")
		amount := rapid.Int64Range(0, top).Draw(t, "amount")
		words := Terbilang(amount)
		if got, err := readTerbilang(words); err != nil || got != amount {
			t.Fatalf("%d is %q, which reads %d, %v", amount, words, got, err)
		}
	})
}

// readTerbilang evaluates the words from left to right, as one listens: units
// gather into a group below 1000, and a scale word takes the group.
func readTerbilang(s string) (int64, error) {
	words, found := strings.CutSuffix(s, " rupiah")
	if !found {
		return 0, fmt.Errorf("%q does not end in rupiah", s)
	}
	units := map[string]int64{
		"nol": 0, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9,
		"sepuluh": 10, "sebelas": 11, "seratus": 100,
	}
	scales := map[string]int64{"ribu": 1e3, "juta": 1e6, "miliar": 1e9, "triliun": 1e12}
	var sum, group, last int64 // last: the unit that puluh, belas and ratus change
	for word := range strings.SplitSeq(words, " ") {
		if value, ok := units[word]; ok {
			group, last = group+value, value
			continue
		}
		switch word {
		case "belas":
			group += 10
		case "puluh":
			group += last * 9
		case "ratus":
			group += last * 99
		case "seribu":
			sum += 1000
		default:
			scale, ok := scales[word]
			if !ok {
				return 0, fmt.Errorf("unknown word %q", word)
			}
			sum, group = sum+group*scale, 0
		}
	}
	return sum + group, nil
}
