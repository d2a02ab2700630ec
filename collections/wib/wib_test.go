package wib

import (
	"testing"
	"time"
)

func utc(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestDaysBelongToJakarta(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, date, end, month string }{
		{"2026-11-22T16:59:59Z", "2026-11-21T17:00:00Z", "2026-11-22T16:59:59.999Z", "XI"},
		{"2026-11-22T17:00:00Z", "2026-11-22T17:00:00Z", "2026-11-23T16:59:59.999Z", "XI"},
		{"2026-12-31T16:59:59Z", "2026-12-30T17:00:00Z", "2026-12-31T16:59:59.999Z", "XII"},
		{"2026-12-31T17:00:00Z", "2026-12-31T17:00:00Z", "2027-01-01T16:59:59.999Z", "I"},
	} {
		at := utc(c.at)
		if !Date(at).Equal(utc(c.date)) || !EndOfDay(at).Equal(utc(c.end)) || RomanMonth(at) != c.month {
			t.Errorf("%s: date %s, end %s, month %s", c.at, Date(at).UTC(), EndOfDay(at).UTC(), RomanMonth(at))
		}
	}
	if y := Date(utc("2026-12-31T17:00:00Z")).Year(); y != 2027 {
		t.Errorf("year = %d", y)
	}
	if got := AddDays(utc("2026-02-27T18:00:00Z"), 2); !got.Equal(utc("2026-03-01T18:00:00Z")) {
		t.Errorf("two days after 28 February in Jakarta = %s", got.UTC())
	}
}

func TestProvidersTimes(t *testing.T) {
	t.Parallel()
	at, err := ParseProvider("2026-11-22 12:03:34")
	if err != nil || !at.Equal(utc("2026-11-22T05:03:34Z")) || at.Location() != time.UTC {
		t.Fatalf("%s, %v", at, err)
	}
	if got := FormatProvider(at); got != "2026-11-22 12:03:34" {
		t.Error(got)
	}
	for _, bad := range []string{"", "2026-11-22", "2026-11-22T12:03:34Z", "22-11-2026 12:03:34", "2026-13-01 00:00:00"} {
		if _, err := ParseProvider(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestTimesInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, lang, date, time string }{
		{"2026-11-22T16:59:59Z", "id", "22 November 2026", "22 November 2026 pukul 23.59 WIB"},
		{"2026-12-31T17:05:00Z", "id", "1 Januari 2027", "1 Januari 2027 pukul 00.05 WIB"},
		{"2026-12-31T17:05:00Z", "en", "1 January 2027", "1 January 2027 at 00:05 WIB"},
		{"2026-08-01T02:00:00Z", "", "1 Agustus 2026", "1 Agustus 2026 pukul 09.00 WIB"},
	} {
		if got := FormatDate(utc(c.at), c.lang); got != c.date {
			t.Errorf("date in %q: %s", c.lang, got)
		}
		if got := FormatTime(utc(c.at), c.lang); got != c.time {
			t.Errorf("time in %q: %s", c.lang, got)
		}
	}
}
