package qris

import (
	"fmt"
	"strconv"
	"strings"
)

// What marks a code as simulated. No wallet knows the acquirer, and the
// national registry has no such merchant, so nobody can pay the code by mistake.
const (
	SimulatedAcquirer = "COM.JASAWEB-SIM.WWW"
	SimulatedNMID     = "ID0000000000000"

	simulatedPAN   = "9360000000000000000"
	nationalScheme = "ID.CO.QRIS.WWW"
	criteriaMicro  = "UKE"
	categoryOther  = "3414"
	terminal       = "A01"
)

// Sale is what a simulated code asks for. All text is printable ASCII.
type Sale struct {
	MerchantName string // 1 to 25 characters
	MerchantCity string // 1 to 15 characters
	PostalCode   string // 1 to 10 characters
	MerchantID   string // 1 to 15 characters, the merchant at the acquirer
	Amount       int64  // rupiah, 1 or more
	Reference    string // 1 to 36 characters, the acquirer's transaction
}

// Build writes the payload of a simulated dynamic code in the layout of a real
// one: the amount comes after the postal code and has the decimals ".00".
func Build(s Sale) (string, error) {
	for _, field := range []struct {
		name, value string
		limit       int
	}{
		{"merchant name", s.MerchantName, 25}, {"merchant city", s.MerchantCity, 15}, {"postal code", s.PostalCode, 10},
		{"merchant id", s.MerchantID, 15}, {"reference", s.Reference, 36},
	} {
		if n := len(field.value); n == 0 || n > field.limit || !printable(field.value) {
			return "", fmt.Errorf("qris: build: %s %q is not 1 to %d printable ASCII characters", field.name, field.value, field.limit)
		}
	}
	if s.Amount < 1 || s.Amount > 9_999_999_999 { // 13 characters with the decimals
		return "", fmt.Errorf("%w: build with %d", ErrAmount, s.Amount)
	}
	unsigned := encode(Payload{
		{TagFormat, "01"},
		{TagInitiation, "12"},
		{TagAccount, encode(Payload{
			{subGUID, SimulatedAcquirer}, {subPAN, simulatedPAN}, {subMerchantID, s.MerchantID}, {subCriteria, criteriaMicro},
		})},
		{TagNational, encode(Payload{{subGUID, nationalScheme}, {subMerchantID, SimulatedNMID}, {subCriteria, criteriaMicro}})},
		{TagCategory, categoryOther},
		{TagCurrency, currencyRupiah},
		{TagCountry, "ID"},
		{TagMerchantName, s.MerchantName},
		{TagMerchantCity, s.MerchantCity},
		{TagPostalCode, s.PostalCode},
		{TagAmount, strconv.FormatInt(s.Amount, 10) + ".00"},
		{TagAdditional, encode(Payload{{subReference, s.Reference}, {subTerminal, terminal}})},
	}) + checksumOpening
	return unsigned + checksum(unsigned), nil
}

// encode writes the objects; the caller has limited every value to 99 bytes.
func encode(objects Payload) string {
	var b strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&b, "%s%02d%s", o.Tag, len(o.Value), o.Value)
	}
	return b.String()
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
