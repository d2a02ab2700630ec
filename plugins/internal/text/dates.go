package text

import (
	"fmt"
	"strconv"
	"time"

	"jasaweb/collections/wib"
)

var (
	shortMonths = [...]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}
	weekdays    = [...]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"}
)

// Every form of a time is empty for the zero time, which is how an unset column
// reads.

// Date returns the day: 22 November 2026.
func Date(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	return wib.FormatDate(t, lang)
}

// DateShort returns the day for tables: 22 Nov 2026.
func DateShort(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(wib.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), in(lang, shortMonths[t.Month()-1], t.Format("Jan")), t.Year())
}

// Weekday returns the day with its name: Minggu, 22 November 2026.
func Weekday(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	name := t.In(wib.Zone).Weekday()
	return in(lang, weekdays[name], name.String()) + ", " + Date(t, lang)
}

// Month returns the month: November 2026.
func Month(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(wib.Zone)
	return wib.MonthName(t.Month(), lang) + " " + strconv.Itoa(t.Year())
}

// Clock returns the time of day: 14.05 WIB, in English 14:05 WIB.
func Clock(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(wib.Zone).Format(in(lang, "15.04", "15:04")) + " WIB"
}

// Moment returns day and time: 22 Nov 2026 pukul 14.05 WIB, in English
// 22 Nov 2026, 14:05 WIB.
func Moment(t time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	return DateShort(t, lang) + in(lang, " pukul ", ", ") + Clock(t, lang)
}

// relativeDays is how far a day is told by its distance.
const relativeDays = 7

// Relative tells how far t is from now: 5 menit lalu, besok pukul 09.00 WIB, 3
// hari lagi; beyond seven days (of the calendar in WIB) the day itself.
func Relative(t, now time.Time, lang string) string {
	if t.IsZero() {
		return ""
	}
	distance, past := now.Sub(t), true
	if distance < 0 {
		distance, past = -distance, false
	}
	days := int(wib.Date(now).Sub(wib.Date(t)).Abs() / (24 * time.Hour))
	switch {
	case distance < time.Minute:
		if past {
			return in(lang, "baru saja", "just now")
		}
		return in(lang, "sebentar lagi", "in a moment")
	case distance < time.Hour:
		return apart(int(distance/time.Minute), "menit", "minute", past, lang)
	case days == 0:
		return apart(int(distance/time.Hour), "jam", "hour", past, lang)
	case days == 1 && past:
		return in(lang, "kemarin pukul ", "yesterday at ") + Clock(t, lang)
	case days == 1:
		return in(lang, "besok pukul ", "tomorrow at ") + Clock(t, lang)
	case days <= relativeDays:
		return apart(days, "hari", "day", past, lang)
	}
	return Date(t, lang)
}

func apart(n int, id, en string, past bool, lang string) string {
	if lang != english {
		if past {
			return fmt.Sprintf("%d %s lalu", n, id)
		}
		return fmt.Sprintf("%d %s lagi", n, id)
	}
	if n != 1 {
		en += "s"
	}
	if past {
		return fmt.Sprintf("%d %s ago", n, en)
	}
	return fmt.Sprintf("in %d %s", n, en)
}
