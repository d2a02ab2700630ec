package idr

import (
	"strconv"
	"strings"
)

// digits are the numbers below twelve; from twelve to nineteen the unit stands
// before "belas".
var digits = [...]string{
	"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
}

// scales are the powers of a thousand that have a word, largest first.
var scales = [...]struct {
	value int64
	word  string
}{
	{1_000_000_000_000, "triliun"}, {1_000_000_000, "miliar"}, {1_000_000, "juta"}, {1_000, "ribu"},
}

// maxTerbilang is the largest amount with words: 999 triliun and all below.
const maxTerbilang = 999_999_999_999_999

// Terbilang returns the amount in Indonesian words, as invoices and receipts
// repeat it: "dua juta lima ratus ribu rupiah". Beyond 999 triliun there is no
// common word, and the digits stand in its place.
func Terbilang(amount int64) string {
	if amount > maxTerbilang || amount < -maxTerbilang {
		return strconv.FormatInt(amount, 10) + " rupiah"
	}
	if amount < 0 {
		return "minus " + Terbilang(-amount)
	}
	if amount == 0 {
		return "nol rupiah"
	}
	return strings.Join(append(spell(amount), "rupiah"), " ")
}

// spell returns the words of a positive number.
func spell(n int64) []string {
	words := []string{}
	for _, scale := range scales {
		count := n / scale.value
		n %= scale.value
		switch {
		case count == 1 && scale.word == "ribu": // only the thousand contracts: satu juta, but seribu
			words = append(words, "seribu")
		case count > 0:
			words = append(append(words, spellHundreds(count)...), scale.word)
		}
	}
	return append(words, spellHundreds(n)...)
}

// spellHundreds returns the words of a number below 1000; none for 0.
func spellHundreds(n int64) []string {
	words := []string{}
	switch count := n / 100; {
	case count == 1:
		words = append(words, "seratus")
	case count > 1:
		words = append(words, digits[count], "ratus")
	}
	switch n %= 100; {
	case n == 0:
	case n < 12:
		words = append(words, digits[n])
	case n < 20:
		words = append(words, digits[n-10], "belas")
	default:
		words = append(words, digits[n/10], "puluh")
		if n%10 > 0 {
			words = append(words, digits[n%10])
		}
	}
	return words
}
