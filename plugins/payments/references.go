package payments

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// transferPrefix begins the name of a payment that people wrote down.
const transferPrefix = collections.TransferPrefix

// maxPaymentName is how many characters of a payment's name the exceptions hold,
// less what a repetition adds to it.
const maxPaymentName = 90

var errReferenceUsed = collections.Refuse("reference_used", "reference", collections.Text{
	ID: "Transfer dengan referensi ini sudah dicatat.", EN: "A transfer with this reference is on record already.",
})

// referenceKey is the reference as it counts: without the blanks around it, and
// in one case. Signs count: "BCA 1-23" and "BCA 12-3" are two transfers.
func referenceKey(s string) (string, error) {
	key := strings.ToLower(strings.TrimSpace(s))
	letters := 0
	for _, r := range key {
		if unicode.IsControl(r) {
			letters = 0
			break
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	if letters < 3 {
		return "", collections.Invalid("invalid_reference", "reference", collections.Text{
			ID: "Referensi transfer harus berisi sedikitnya tiga huruf atau angka.",
			EN: "The reference must have at least three letters or digits.",
		})
	}
	return key, nil
}

// transferName names the payment with the reference of this key. One that is too
// long for its columns ends in its digest.
func transferName(key string) string {
	name := []rune(transferPrefix + key)
	if len(name) <= maxPaymentName {
		return string(name)
	}
	digest := sha256.Sum256([]byte(key))
	return string(name[:maxPaymentName-33]) + "#" + hex.EncodeToString(digest[:16])
}

// formerKey is referenceKey as releases before 0.2 counted: letters and digits
// only, in capitals.
func formerKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

// checkUnused refuses a reference that counts under the name that an earlier
// release gave it; prefix is what stands before it in the ledger.
func checkUnused(txApp core.App, prefix, reference string) error {
	rows := []*core.Record{}
	err := txApp.RecordQuery(collections.Ledger).AndWhere(dbx.HashExp{"dedupe_key": prefix + formerKey(reference)}).All(&rows)
	if err != nil {
		return fmt.Errorf("payments: look up reference %s: %w", reference, err)
	}
	for _, row := range rows {
		if strings.EqualFold(strings.TrimSpace(row.GetString("reference")), strings.TrimSpace(reference)) {
			return errReferenceUsed
		}
	}
	return nil
}

// bookReference is collections.Book for an entry whose key is a reference, also
// when another node books the same one at this moment.
func bookReference(txApp core.App, entry collections.LedgerEntry) error {
	isNew, err := collections.Book(txApp, entry)
	var invalid validation.Errors
	if errors.As(err, &invalid) && invalid["dedupe_key"] != nil || err == nil && !isNew {
		return errReferenceUsed
	}
	return err
}
