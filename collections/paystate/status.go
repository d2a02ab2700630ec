// Package paystate is the state of a payment as pure functions: what a
// statement of the provider means for an attempt, the ledger and the invoice.
// Webhook, reconciler, pay button and tests use the same functions.
//
// Processing commutes and repeats by construction. The status of an attempt is
// a join-semilattice (the later of two statuses wins, in whichever order they
// arrive), refunds are a set, and every ledger entry has a key of its own.
package paystate

import (
	"cmp"
	"slices"
	"time"
)

// Status is the status of an attempt: the provider's words, and two of ours for
// the time before it has answered.
type Status string

// The statuses. Creating and Unknown are ours: the charge was not sent or not
// answered yet, and was answered ambiguously.
const (
	Creating      Status = "creating"
	Unknown       Status = "unknown"
	Pending       Status = "pending"
	Expire        Status = "expire"
	Cancel        Status = "cancel"
	Deny          Status = "deny"
	Failure       Status = "failure"
	Settlement    Status = "settlement"
	PartialRefund Status = "partial_refund"
	Refunded      Status = "refund"
	Chargeback    Status = "chargeback"
)

// order is the total order behind Join. Inside a rank it is arbitrary but
// fixed, so that even the label does not depend on the order of arrival.
var order = []Status{
	Creating, Unknown, Pending, Expire, Cancel, Deny, Failure, Settlement, PartialRefund, Refunded, Chargeback,
}

var ranks = map[Status]int{
	Creating: 0, Unknown: 0, Pending: 1, Expire: 2, Cancel: 2, Deny: 2, Failure: 2,
	Settlement: 3, PartialRefund: 4, Refunded: 5, Chargeback: 5,
}

// Known reports whether s is one of the statuses above.
func (s Status) Known() bool {
	_, ok := ranks[s]
	return ok
}

// Rank returns how far a payment has come: 0 before the provider's answer, 1
// payable, 2 closed without money, 3 paid, 4 and 5 given back. An unknown
// status has rank -1.
func (s Status) Rank() int {
	if r, ok := ranks[s]; ok {
		return r
	}
	return -1
}

// Open reports whether the attempt's QR may still be paid in the normal way.
func (s Status) Open() bool { return s.Known() && s.Rank() <= 1 }

// Received reports whether money has arrived, whatever became of it since.
func (s Status) Received() bool { return s.Rank() >= 3 }

// Join returns the later of two statuses.
func Join(a, b Status) Status {
	if slices.Index(order, a) >= slices.Index(order, b) {
		return a
	}
	return b
}

// Refund is one repayment by the provider.
type Refund struct {
	Key       string `json:"key"`
	Amount    int64  `json:"amount"`              // rupiah, positive
	Confirmed string `json:"confirmed,omitempty"` // the provider's bank_confirmed_at; the second notice of a refund brings it
	// At is when the provider gave it back; zero when it does not say.
	At time.Time `json:"at,omitzero"`
}

// JoinRefunds returns the union of two sets of refunds by key. Nothing of a
// known refund changes but the confirmation and the time that are added.
func JoinRefunds(a, b []Refund) []Refund {
	union := slices.Clone(a)
	for _, r := range b {
		i := slices.IndexFunc(union, func(u Refund) bool { return u.Key == r.Key })
		if i < 0 {
			union = append(union, r)
			continue
		}
		// The earliest of several, whichever is heard first.
		if old := union[i].Confirmed; old == "" || r.Confirmed != "" && r.Confirmed < old {
			union[i].Confirmed = r.Confirmed
		}
		if old := union[i].At; old.IsZero() || !r.At.IsZero() && r.At.Before(old) {
			union[i].At = r.At
		}
	}
	slices.SortFunc(union, func(x, y Refund) int { return cmp.Compare(x.Key, y.Key) })
	return union
}
