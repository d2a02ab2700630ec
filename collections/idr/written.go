package idr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// WrittenError says that a text is no amount of whole rupiah, or could be read as
// two different ones.
type WrittenError struct {
	Typed   string
	Decimal bool // it reads as Rupiah and Sen, which is no whole amount or may be a slip
	Rupiah  int64
	Sen     string // the digits behind the point as they were typed
}

func (e *WrittenError) Error() string {
	return fmt.Sprintf("idr: not an amount as people write it: %.20q", e.Typed)
}

// What people write, without currency and ",-". Grouping is by threes with one
// sign throughout, and a group that is not first never stands alone for decimals:
// nobody writes thousandths of a rupiah, so 1.250 and 1,250 are both 1250.
var (
	plainForm   = regexp.MustCompile(`^[0-9]{1,18}$`)
	groupedForm = regexp.MustCompile(`^[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+|(?: [0-9]{3})+)$`)
	decimalForm = regexp.MustCompile(`^(.*[0-9])([.,])([0-9]{1,2}|[0-9]{4,18})$`)
	currency    = regexp.MustCompile(`^(?i:rp\.?|idr) ?`)
	dash        = regexp.MustCompile(` ?[.,]-{1,2}$`)
)

// Parse reads an amount as people write it, in whole rupiah: "1.250.000",
// "1,250,000", "1250000", "Rp 1.250.000,-", "Rp1.250.000,00", "IDR 1,250,000.00".
// It is parsed, not stripped: whatever has another form, has cents, or could mean
// two amounts (12.50, 12.00) is a *WrittenError.
func Parse(s string) (int64, error) {
	text := strings.Join(strings.Fields(s), " ") // Fields knows the blanks of all alphabets
	text = dash.ReplaceAllString(currency.ReplaceAllString(text, ""), "")
	if n, ok := whole(text); ok {
		return n, nil
	}
	refused := &WrittenError{Typed: s}
	m := decimalForm.FindStringSubmatch(text)
	if m == nil {
		return 0, refused
	}
	n, ok := whole(m[1])
	if !ok || strings.Contains(m[1], m[2]) { // 1.250.00: the same sign cannot be both
		return 0, refused
	}
	// Below a thousand, 12.00 may be a group that lost a digit.
	if m[3] == "00" && n >= 1000 {
		return n, nil
	}
	refused.Decimal, refused.Rupiah, refused.Sen = true, n, m[3]
	return 0, refused
}

func whole(text string) (int64, bool) {
	if groupedForm.MatchString(text) {
		text = strings.NewReplacer(".", "", ",", "", " ", "").Replace(text)
	}
	if !plainForm.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil // eighteen digits always fit
}
