package payments

import (
	"encoding/base32"
	"fmt"
	"io"
)

// orderPrefix begins the orders of this program.
const orderPrefix = "JW1-"

// OrderID makes the provider's order id of an invoice's attempt, like
// JW1-00000042-01ABCDEFGHK. The forty random bits keep a restored backup, which
// repeats a serial, from meeting somebody else's payment. The letter at the end
// keeps the id from running into the digits that follow it in the signature.
func OrderID(serial, attempt int, random io.Reader) (string, error) {
	var bits [5]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("payments: order id: %w", err)
	}
	return fmt.Sprintf(orderPrefix+"%08d-%02d%sK", serial, attempt, base32.StdEncoding.EncodeToString(bits[:])), nil
}
