package collections

import (
	"errors"
	"fmt"
	"strings"

	"jasaweb/collections/idr"
)

// InvalidAmount refuses what was typed into field as an amount and shows how it
// was read; err is idr.Parse's. Every form and route that takes a typed amount
// answers with it.
func InvalidAmount(field string, err error) *Error {
	say := func(read Text) *Error {
		return Invalid("validation_invalid_amount", field, Text{
			ID: strings.TrimSpace(read.ID + " Tulis rupiah bulat, misalnya 1.250.000."),
			EN: strings.TrimSpace(read.EN + " Write whole rupiah, such as 1,250,000."),
		})
	}
	written, ok := errors.AsType[*idr.WrittenError](err)
	if !ok || strings.TrimSpace(written.Typed) == "" {
		return say(Text{})
	}
	typed := []rune(strings.TrimSpace(written.Typed))
	if len(typed) > 30 {
		typed = append(typed[:29], '…')
	}
	if !written.Decimal {
		return say(Text{ID: fmt.Sprintf("“%s” tidak terbaca sebagai jumlah uang.", string(typed)), EN: fmt.Sprintf("“%s” does not read as an amount.", string(typed))})
	}
	return say(Text{
		ID: fmt.Sprintf("“%s” terbaca sebagai %s dan %s di belakang koma.", string(typed), idr.Format(written.Rupiah), written.Sen),
		EN: fmt.Sprintf("“%s” reads as %s and %s behind the decimal point.", string(typed), idr.FormatIn(written.Rupiah, "en"), written.Sen),
	})
}
