// Package qris reads, writes and draws the text inside a QRIS code, the EMVCo
// merchant-presented payload that every Indonesian wallet can pay.
//
// The payload is a list of tag-length-value objects of which only the first
// (00) and the last (63, the checksum) have a fixed place: the amount may stand
// before or after the merchant's city. So nothing here looks at positions.
//
//	if err := qris.Check(charge.QRString, amount); err != nil {
//		// never show this code
//	}
//	svg, err := qris.SVG(charge.QRString)
package qris

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Tags of the payload. Templates hold objects of their own.
const (
	TagFormat       = "00" // always "01"
	TagInitiation   = "01" // 11 static, 12 dynamic
	TagAccount      = "26" // template: the acquirer's merchant account
	TagNational     = "51" // template: the national merchant identity (NMID)
	TagCategory     = "52" // merchant category code
	TagCurrency     = "53" // ISO 4217 number
	TagAmount       = "54"
	TagTip          = "55" // asks the payer for a tip or adds a fee
	TagCountry      = "58"
	TagMerchantName = "59"
	TagMerchantCity = "60"
	TagPostalCode   = "61"
	TagAdditional   = "62" // template: references of the sale
	TagChecksum     = "63"
)

const (
	subGUID         = "00" // in an account template: whose account it is
	subPAN          = "01" // in TagAccount: the merchant's number at the acquirer
	subMerchantID   = "02" // in TagAccount and, as the NMID, in TagNational
	subCriteria     = "03" // in both: the merchant's size, which sets the fee
	subTerminal     = "07" // in TagAdditional
	subReference    = "50" // in TagAdditional: the acquirer's transaction
	currencyRupiah  = "360"
	checksumOpening = TagChecksum + "04"
)

// The ways in which a payload can be wrong. Errors of this package wrap one of
// them and say what was found.
var (
	ErrMalformed = errors.New("qris: malformed payload")
	ErrChecksum  = errors.New("qris: wrong checksum")
	ErrCurrency  = errors.New("qris: currency is not rupiah")
	ErrAmount    = errors.New("qris: wrong amount")
)

// Object is one element of a payload.
type Object struct {
	Tag   string // two digits
	Value string // up to 99 bytes
}

// Payload is a decoded code: its objects in the order in which they stand.
type Payload []Object

// Parse decodes a payload and verifies its checksum. Every error wraps
// ErrMalformed or ErrChecksum.
func Parse(qr string) (Payload, error) {
	objects, err := parseObjects(qr)
	if err != nil {
		return nil, err
	}
	if len(objects) < 2 || objects[0] != (Object{TagFormat, "01"}) {
		return nil, fmt.Errorf("%w: it does not begin with 000201", ErrMalformed)
	}
	last := objects[len(objects)-1]
	if last.Tag != TagChecksum || len(last.Value) != 4 {
		return nil, fmt.Errorf("%w: it does not end with a checksum", ErrMalformed)
	}
	if want := checksum(qr[:len(qr)-len(last.Value)]); last.Value != want {
		return nil, fmt.Errorf("%w: found %.4q, computed %s", ErrChecksum, last.Value, want)
	}
	return objects, nil
}

// parseObjects splits s into objects. A tag may occur once: of two amounts one
// wallet would take the first and another the last.
func parseObjects(s string) (Payload, error) {
	var objects Payload
	seen := map[string]bool{}
	for at := 0; at < len(s); {
		if len(s)-at < 4 || !digits(s[at:at+4]) {
			return nil, fmt.Errorf("%w: no tag and length at byte %d", ErrMalformed, at)
		}
		tag, length := s[at:at+2], int(s[at+2]-'0')*10+int(s[at+3]-'0')
		at += 4
		if length > len(s)-at {
			return nil, fmt.Errorf("%w: tag %s wants %d bytes, %d are left", ErrMalformed, tag, length, len(s)-at)
		}
		if seen[tag] {
			return nil, fmt.Errorf("%w: tag %s twice", ErrMalformed, tag)
		}
		seen[tag] = true
		objects = append(objects, Object{Tag: tag, Value: s[at : at+length]})
		at += length
	}
	return objects, nil
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Value returns the value of tag, empty if the payload has none.
func (p Payload) Value(tag string) string {
	for _, o := range p {
		if o.Tag == tag {
			return o.Value
		}
	}
	return ""
}

// Template decodes the objects inside tag; there are none if the payload does
// not have the tag.
func (p Payload) Template(tag string) (Payload, error) {
	objects, err := parseObjects(p.Value(tag))
	if err != nil {
		return nil, fmt.Errorf("tag %s: %w", tag, err)
	}
	return objects, nil
}

// sub returns one value inside a template, empty if the template is missing or
// unreadable: what it is used for is display and lookup, never a decision about
// money.
func (p Payload) sub(tag, inner string) string {
	template, err := p.Template(tag)
	if err != nil {
		return ""
	}
	return template.Value(inner)
}

// MerchantName returns the name that a wallet shows to the payer.
func (p Payload) MerchantName() string { return p.Value(TagMerchantName) }

// MerchantCity returns the merchant's city.
func (p Payload) MerchantCity() string { return p.Value(TagMerchantCity) }

// NMID returns the national merchant id, 15 characters, or "".
func (p Payload) NMID() string { return p.sub(TagNational, subMerchantID) }

// Acquirer returns the reversed domain of the acquirer, or "".
func (p Payload) Acquirer() string { return p.sub(TagAccount, subGUID) }

// Reference returns the acquirer's transaction reference, or "".
func (p Payload) Reference() string { return p.sub(TagAdditional, subReference) }

// amountForm is whole rupiah, with or without ".00". No leading zero, so there
// is one spelling to compare.
var amountForm = regexp.MustCompile(`^([1-9][0-9]{0,11})(?:\.00)?$`)

// Amount returns tag 54 in rupiah. A static code has none; the error wraps
// ErrAmount.
func (p Payload) Amount() (int64, error) {
	m := amountForm.FindStringSubmatch(p.Value(TagAmount))
	if m == nil {
		return 0, fmt.Errorf("%w: tag 54 is %q", ErrAmount, p.Value(TagAmount))
	}
	amount, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: tag 54: %w", ErrAmount, err)
	}
	return amount, nil
}

// Check is the audit of a code before anyone sees it: whoever scans it pays
// exactly amountRupiah, in rupiah. A code that fails must not be shown, because
// money paid with it could not be matched to what is owed.
func Check(qr string, amountRupiah int64) error {
	p, err := Parse(qr)
	if err != nil {
		return err
	}
	if currency := p.Value(TagCurrency); currency != currencyRupiah {
		return fmt.Errorf("%w: tag 53 is %q", ErrCurrency, currency)
	}
	amount, err := p.Amount()
	if err != nil {
		return err
	}
	if amount != amountRupiah {
		return fmt.Errorf("%w: the code asks for %d, not %d", ErrAmount, amount, amountRupiah)
	}
	if tip := p.Value(TagTip); tip != "" {
		return fmt.Errorf("%w: tag 55 (%q) lets the wallet add to it", ErrAmount, tip)
	}
	return nil
}
