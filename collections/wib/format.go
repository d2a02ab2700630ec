package wib

import (
	"fmt"
	"time"
)

var months = [...]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}

// MonthName returns the month's name in lang: "en", or Indonesian for anything
// else.
func MonthName(m time.Month, lang string) string {
	if lang == "en" {
		return m.String()
	}
	return months[m-1]
}

// FormatDate returns the day of t in WIB in words: 22 November 2026.
func FormatDate(t time.Time, lang string) string {
	year, month, day := t.In(Zone).Date()
	return fmt.Sprintf("%d %s %d", day, MonthName(month, lang), year)
}

// FormatTime returns the day and the minute of t in WIB: 22 November 2026 pukul
// 14.05 WIB, in English 22 November 2026 at 14:05 WIB.
func FormatTime(t time.Time, lang string) string {
	if lang == "en" {
		return FormatDate(t, lang) + t.In(Zone).Format(" at 15:04 WIB")
	}
	return FormatDate(t, lang) + t.In(Zone).Format(" pukul 15.04 WIB")
}
