// Package idr is money in whole rupiah: its form for people and for the payment
// provider, the Indonesian value added tax, and dividing a price into parts.
// There are no floats in it.
package idr

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Format returns the amount as Indonesians write it: Rp1.500.000.
func Format(amount int64) string {
	digits := strconv.FormatInt(amount, 10)
	sign := ""
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "." + digits[i:]
	}
	return sign + "Rp" + digits
}

// FormatIn writes an amount as readers of lang do: IDR 1,500,000 in English
// ("en"), and Format's Rp1.500.000 otherwise.
func FormatIn(amount int64, lang string) string {
	s := Format(amount)
	if lang == "en" {
		s = strings.Replace(strings.ReplaceAll(s, ".", ","), "Rp", "IDR ", 1)
	}
	return s
}

// Gross returns the amount as the payment provider writes it: 1500000.00.
func Gross(amount int64) string { return strconv.FormatInt(amount, 10) + ".00" }

// The ways in which a provider's amount can be wrong.
var (
	ErrForm  = errors.New("idr: not an amount of the form 1500000.00")
	ErrCents = errors.New("idr: the amount is not whole rupiah")
)

var grossForm = regexp.MustCompile(`^(\d{1,12})\.(\d{2})$`)

// ParseGross reads an amount as the payment provider writes it. With decimals
// other than .00 it returns the whole part and ErrCents.
func ParseGross(s string) (int64, error) {
	m := grossForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%w: %.20q", ErrForm, s)
	}
	whole, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil { // twelve digits always fit
		return 0, fmt.Errorf("%w: %.20q", ErrForm, s)
	}
	if m[2] != "00" {
		return whole, ErrCents
	}
	return whole, nil
}

// QRISCap is the most rupiah that one QRIS payment can carry (Midtrans' limits
// page, March 2026); a larger invoice could never be paid by it.
const QRISCap = 10_000_000

// Dutiable is the amount in rupiah above which a receipt carries stamp duty (UU
// 10/2020, article 3: Rp10.000 on documents over more than Rp5.000.000).
const Dutiable = 5_000_000

// Split divides net into the fewest nearly equal parts of which each one's total
// is at most limit. The parts add up to net; the first ones carry the remainder.
// Total must not fall as net grows. There are no parts when net is not positive,
// or when the total of a single rupiah is above limit.
func Split(net int64, total func(net int64) int64, limit int64) []int64 {
	if net < 1 || total(1) > limit { // no number of parts would do
		return nil
	}
	for n := int64(1); n <= net; n++ {
		if total((net+n-1)/n) > limit {
			continue
		}
		parts := make([]int64, n)
		for i := range parts {
			parts[i] = net / n
			if int64(i) < net%n {
				parts[i]++
			}
		}
		return parts
	}
	return nil
}
