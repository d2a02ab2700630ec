package view

import (
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/plugins/internal/text"
)

// The formats of package text, for whatever a template holds.

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
	return text.Rupiah(n, lang), nil
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

func date(lang string, at any) (string, error) {
	t, err := instant(at)
	return text.Date(t, lang), err
}

func moment(lang string, at any) (string, error) {
	t, err := instant(at)
	return text.Moment(t, lang), err
}

// iso is the form of <time datetime>.
func iso(at any) (string, error) {
	t, err := instant(at)
	if err != nil {
		return "", err
	}
	return t.UTC().Format(time.RFC3339), nil
}
