// Package gateway is what any payment provider is to the business: the calls that
// it takes, the statement that it makes about a charge, the notification that it
// sends, and the ways in which a call fails. A provider is a package that
// implements Gateway; the composition names it once.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jasaweb/collections/idr"
	"jasaweb/collections/paystate"
)

// Gateway is a payment provider. Its methods may be called by many at once.
type Gateway interface {
	// Provider says what the provider is called. It needs no key.
	Provider() Provider
	// Ready reports whether there are keys. Without them nothing can be paid,
	// and no notification can be told from a forged one.
	Ready() bool
	// Hear reads a notification and proves who sent it. The error wraps
	// ErrMalformed, ErrSignature, ErrTrial or ErrUnreadable, which comes with what
	// is proven of the notification. It makes no call and does not panic.
	Hear(body []byte) (*Notification, error)

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

// Provider is what a gateway's provider is called, and how its notifications
// are described to those who read the API's document.
type Provider struct {
	Name         string // ends the notifications' path: /api/webhooks/NAME
	Title        string // for people
	Notification string // a sentence on the form and the proof of a notification
}

// Charge is the wish for a QR code.
type Charge struct {
	OrderID        string
	Amount         int64 // rupiah, 1 to MaxAmount
	Item           string
	CustomerName   string
	CustomerEmail  string
	InvoiceID      string        // echoed by the provider, so that an adopted charge can be told apart
	Lifetime       time.Duration // how long the code is payable; the provider wants 15 minutes or more
	IdempotencyKey string        // the same key is the same charge, for RepeatWithin
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
	InvoiceID string // as the charge named it
	QRString  string
	ExpiresAt time.Time // UTC; zero when unknown
	SettledAt time.Time // UTC; zero when unknown
	Acquirer  string    // this and the next two as Word leaves them
	Issuer    string
	Type      string          // on-us when the payer's wallet is the acquirer's own, else off-us
	Notice    paystate.Notice // the statement in the form that decisions are made on
	Statement string          // its own words without personal data and signature, for storage
}

// aheadAtMost is how far a provider's clock may be ahead of ours.
const aheadAtMost = 24 * time.Hour

// Believe takes out of t what the provider says to have happened later than
// clocks can differ: booked so, the money would be in no period that anybody
// closes.
func (t *Transaction) Believe(now time.Time) {
	latest := now.Add(aheadAtMost)
	if t.SettledAt.After(latest) {
		t.SettledAt = time.Time{}
	}
	for i := range t.Notice.Refunds {
		if t.Notice.Refunds[i].At.After(latest) {
			t.Notice.Refunds[i].At = time.Time{}
		}
	}
}

// MaxWord is how many characters of an informative field of the provider's are
// kept.
const MaxWord = 50

// Word is an informative field of a statement as it can be stored: printable, and
// not longer than MaxWord. What decides nothing must not keep money from being
// booked, whatever comes in it.
func Word(s string) string {
	runes := []rune(Printable(s))
	return string(runes[:min(len(runes), MaxWord)])
}

// Printable leaves out of s what no column should hold, such as the sign of
// value 0, at which Postgres refuses a text.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// Notification is a genuine notice of the provider, as Hear returns it.
type Notification struct {
	// Transaction is a claim: its Notice is not Confirmed, because a signature
	// need not cover all of a body.
	Transaction *Transaction
	Key         string // which of our keys proved it, as in "current" or "previous"
	Status      string // the provider's own word for the status
	Gross       string // the amount in the provider's own characters
}

// RepeatWithin is how long every provider remembers an idempotency key at least.
// A call may be repeated so long.
const RepeatWithin = 5 * time.Minute

// MaxAmount is the most rupiah that one QRIS payment can carry.
const MaxAmount = idr.QRISCap

// Why a notification is not heard. ErrTrial is about no payment; by it the
// provider tries whether we listen, and where it is also ErrMalformed it has no
// signature. ErrUnreadable is a genuine one at which the program breaks.
var (
	ErrTrial      = errors.New("a trial of the provider")
	ErrMalformed  = errors.New("malformed notification")
	ErrSignature  = errors.New("the signature does not match")
	ErrUnreadable = errors.New("unreadable notification")
)

// The classes of failure of a call. An *APIError wraps exactly one of them.
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
	StatusCode string // the provider's code, or the HTTP status without one
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
