package text

import (
	"strconv"
	"strings"

	"jasaweb/collections/idr"
)

// Rupiah returns the whole amount: Rp1.500.000, in English IDR 1,500,000.
func Rupiah(amount int64, lang string) string { return idr.FormatIn(amount, lang) }

// unit is one step of the short form; in Indonesian M is milyar, a thousand
// million, which in English it is not.
type unit struct {
	worth  int64
	id, en string
}

var units = []unit{
	{1e12, " T", "tn"},
	{1e9, " M", "bn"},
	{1e6, " jt", "m"},
	{1e3, " rb", "k"},
}

// RupiahShort returns the amount with one decimal at most, rounded half away
// from zero, for tiles and axes: Rp1,5 jt, in English IDR 1.5m. What is below a
// thousand is written whole.
func RupiahShort(amount int64, lang string) string {
	sign, size := "", amount
	if amount < 0 {
		sign, size = "-", -amount
	}
	for _, u := range units {
		if size < u.worth-u.worth/20_000 { // 999.950 rounds up into this unit
			continue
		}
		tenths := (size + u.worth/20) / (u.worth / 10)
		number := strconv.FormatInt(tenths/10, 10)
		if rest := tenths % 10; rest != 0 {
			number += in(lang, ",", ".") + strconv.FormatInt(rest, 10)
		}
		return sign + in(lang, "Rp"+grouped(number, '.')+u.id, "IDR "+grouped(number, ',')+u.en)
	}
	return Rupiah(amount, lang)
}

// grouped puts mark between the thousands of the whole part, which only
// amounts beyond 999 trillion have.
func grouped(number string, mark byte) string {
	whole, rest := number, ""
	if i := strings.IndexAny(number, ",."); i >= 0 {
		whole, rest = number[:i], number[i:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + string(mark) + whole[i:]
	}
	return whole + rest
}
