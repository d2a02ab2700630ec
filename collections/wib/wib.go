// Package wib is business time: western Indonesian time, UTC+7 all year. Times
// are stored in UTC; days, months and years of the business are WIB's.
package wib

import (
	"fmt"
	"time"
)

// Zone is WIB. It has had no daylight saving since 1964, so no zone database is
// needed.
var Zone = time.FixedZone("WIB", 7*60*60)

// providerForm is how Midtrans writes a time: WIB, without saying so.
const providerForm = "2006-01-02 15:04:05"

// ParseProvider reads a time of the payment provider and returns it in UTC.
func ParseProvider(s string) (time.Time, error) {
	t, err := time.ParseInLocation(providerForm, s, Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("wib: %w", err)
	}
	return t.UTC(), nil
}

// FormatProvider writes a time as the payment provider does.
func FormatProvider(t time.Time) string { return t.In(Zone).Format(providerForm) }

// Date returns the beginning of t's day in WIB.
func Date(t time.Time) time.Time {
	y, m, d := t.In(Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, Zone)
}

// EndOfDay returns the last millisecond of t's day in WIB.
func EndOfDay(t time.Time) time.Time {
	return Date(t).AddDate(0, 0, 1).Add(-time.Millisecond)
}

// AddDays returns the same time of day n days later.
func AddDays(t time.Time, n int) time.Time { return t.In(Zone).AddDate(0, 0, n) }

// RomanMonth returns t's month in WIB as invoice numbers write it: I to XII.
func RomanMonth(t time.Time) string {
	months := [...]string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
	return months[t.In(Zone).Month()-1]
}
