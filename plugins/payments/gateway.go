package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jasaweb/collections/paystate"
)

// Gateway is a payment provider as the rest of the program sees it. The client
// of Midtrans' Core API is the one there is; its successor BI-SNAP would be
// another.
type Gateway interface {
	// Charge asks for a QR code. On ErrAmbiguous the charge may exist: repeat
	// with the same key, or ask Status, before trying anything else.
	Charge(ctx context.Context, c Charge) (*Transaction, error)
	// Status returns what the provider knows about an order, or ErrNotFound.
	Status(ctx context.Context, orderID string) (*Transaction, error)
	// Cancel closes an unpaid charge. ErrNotModifiable means that it is too
	// late: ask Status.
	Cancel(ctx context.Context, orderID, idempotencyKey string) (*Transaction, error)
	// Expire closes an unpaid charge as expired, under the same conditions.
	Expire(ctx context.Context, orderID string) (*Transaction, error)
	// Refund gives money back. Its answer need not list the refunds; what there
	// is to book, Status says.
	Refund(ctx context.Context, r RefundRequest) (*Transaction, error)
}

// Charge is the wish for a QR code.
type Charge struct {
	OrderID        string
	Amount         int64 // rupiah, 1 to MaxAmount
	Item           string
	CustomerName   string
	CustomerEmail  string
	InvoiceID      string        // echoed as custom_field1, so that an adopted charge can be told apart
	Lifetime       time.Duration // how long the code is payable; the provider wants 15 minutes or more
	IdempotencyKey string
}

// RefundRequest is the wish to give money back.
type RefundRequest struct {
	OrderID        string
	Key            string // the provider refuses a second refund with the same key
	Amount         int64  // rupiah
	Reason         string
	IdempotencyKey string
}

// Transaction is what the provider says about a charge.
type Transaction struct {
	OrderID   string
	InvoiceID string // custom_field1
	QRString  string
	ExpiresAt time.Time // UTC; zero when unknown
	SettledAt time.Time // UTC; zero when unknown
	Acquirer  string
	Issuer    string
	Type      string          // transaction_type: on-us when the payer's wallet is the acquirer's own, else off-us
	Notice    paystate.Notice // the statement in the form that decisions are made on
}

// MaxAmount is the most rupiah that one QRIS payment can carry.
const MaxAmount = 10_000_000

// The classes of failure. An *APIError wraps exactly one of them.
var (
	ErrNotFound      = errors.New("no such transaction")
	ErrDuplicate     = errors.New("order id in use")
	ErrNotModifiable = errors.New("transaction cannot be modified any more")
	ErrRejected      = errors.New("request refused")
	ErrRetryable     = errors.New("try again later")
	ErrAmbiguous     = errors.New("outcome unknown")
)

// APIError is a failed call. It holds neither key nor header.
type APIError struct {
	Class      error  // one of the classes above
	StatusCode string // status_code of the body, or the HTTP status without one
	Message    string // the provider's own words
	Cause      error  // of the network; nil when the provider answered
}

// Error returns class, code and the provider's words.
func (e *APIError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%v: %v", e.Class, e.Cause)
	}
	return fmt.Sprintf("%v: %s %s", e.Class, e.StatusCode, e.Message)
}

// Unwrap returns the class and the cause.
func (e *APIError) Unwrap() []error { return []error{e.Class, e.Cause} }
