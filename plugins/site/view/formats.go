package view

import (
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

func money(lang string, amount any) (string, error) {
	var n int64
	switch v := amount.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case float64:
		n = int64(v)
	default:
		return "", fmt.Errorf("view: rupiah of a %T", amount)
	}
	return idr.Format(n), nil
}

func instant(at any) (time.Time, error) {
	switch v := at.(type) {
	case time.Time:
		return v, nil
	case types.DateTime:
		return v.Time(), nil
	}
	return time.Time{}, fmt.Errorf("view: %T is no time", at)
}

var months = [...]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}

func date(lang string, at any) (string, error) {
	t, err := instant(at)
	if err != nil || t.IsZero() {
		return "", err
	}
	t = t.In(wib.Zone)
	if lang == english {
		return t.Format("2 January 2006"), nil
	}
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year()), nil
}

func moment(lang string, at any) (string, error) {
	day, err := date(lang, at)
	if err != nil || day == "" {
		return day, err
	}
	t, _ := instant(at)
	t = t.In(wib.Zone)
	if lang == english {
		return day + t.Format(", 15:04") + " WIB", nil
	}
	return day + " pukul " + t.Format("15.04") + " WIB", nil
}

// iso is the form of <time datetime>.
func iso(at any) (string, error) {
	t, err := instant(at)
	if err != nil {
		return "", err
	}
	return t.UTC().Format(time.RFC3339), nil
}
