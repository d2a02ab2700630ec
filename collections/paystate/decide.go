package paystate

import (
	"slices"
	"time"
)

// Invoice is what the decision needs of an invoice. Amounts are rupiah.
type Invoice struct {
	Amount  int64
	Applied int64 // money in the ledger that counts towards it
	State   InvoiceState
}

// InvoiceState is the status of an invoice.
type InvoiceState string

// The states of an invoice.
const (
	InvoiceUnpaid    InvoiceState = "unpaid"
	InvoicePaid      InvoiceState = "paid"
	InvoiceCancelled InvoiceState = "cancelled"
)

// Attempt is what the decision needs of a payment attempt.
type Attempt struct {
	Status  Status
	Amount  int64 // rupiah, as charged
	TxnID   string
	Booked  bool // the ledger has its payment
	Refunds []Refund
}

// Notice is one statement of the provider about an attempt, from a webhook with
// a valid signature or from an answer of its API.
type Notice struct {
	Status   Status
	Code     string // status_code of the body
	Fraud    string // fraud_status; "" when absent
	Currency string
	TxnID    string
	Gross    int64 // rupiah
	// Whole is false when the gross amount had decimals other than .00.
	Whole bool
	// Original is the price without a fee that the provider put on top; 0 when
	// the statement mentions none.
	Original int64
	Refunds  []Refund
	// ForeignMerchant says that the statement names a merchant that is not us.
	ForeignMerchant bool
	// Confirmed says that the provider's API said so itself. A webhook's
	// signature covers only order id, code and gross amount, so it proves that
	// money arrived but not that it went back.
	Confirmed bool
}

// Outcome names what a notice led to, for the inbox and for people.
type Outcome string

// The outcomes.
const (
	Processed Outcome = "processed"
	Duplicate Outcome = "duplicate"
	Stale     Outcome = "stale"
	Mismatch  Outcome = "mismatch" // an exception was raised
	Verify    Outcome = "verify"   // nothing changed; ask the provider's API
)

// EntryKind is the kind of a ledger entry.
type EntryKind string

// The kinds of entry that the provider's statements cause.
const (
	PaymentEntry EntryKind = "payment"
	RefundEntry  EntryKind = "refund"
)

// Entry is a movement for the ledger. The caller books each key once.
type Entry struct {
	Kind    EntryKind
	Amount  int64 // rupiah; negative for a refund
	Applied int64 // what counts towards the invoice
	Key     string
	At      time.Time // when the provider says it happened; zero when the statement does not say
}

// Exception is money, or a claim about money, for a person to decide about.
type Exception struct {
	Kind   ExceptionKind
	Amount int64 // rupiah
	Key    string
}

// ExceptionKind says why no rule could place the money.
type ExceptionKind string

// The kinds of exception.
const (
	DuplicateMoney     ExceptionKind = "duplicate"   // the invoice was paid already
	LateMoney          ExceptionKind = "late"        // the invoice was cancelled, or the money is partly back
	OverpaidMoney      ExceptionKind = "overpaid"    // more than was owed
	MismatchMoney      ExceptionKind = "mismatch"    // not what was charged
	OrphanMoney        ExceptionKind = "orphan"      // for no charge that we know
	UnconfirmedMoney   ExceptionKind = "unconfirmed" // held by the provider's fraud check
	ChargebackDisputed ExceptionKind = "chargeback"  // taken back by the payer's bank
)

// Result is what the caller writes, in one transaction.
type Result struct {
	Attempt    Attempt
	Entries    []Entry
	Exceptions []Exception
	Paid       bool // the invoice is covered now and was not before
	Late       bool // the money came after the charge had been closed
	Outcome    Outcome
}

// Decide says what a notice means. It never looks at the clock: the provider's
// and ours may differ.
func Decide(invoice Invoice, attempt Attempt, n Notice) Result {
	unchanged := Result{Attempt: attempt}
	if needsAPI(attempt, n) {
		unchanged.Outcome = Verify
		return unchanged
	}
	if x, ok := refuse(attempt, n); ok {
		unchanged.Exceptions, unchanged.Outcome = []Exception{x}, Mismatch
		return unchanged
	}
	first := n.Status.Received() && !attempt.Booked
	if attempt.TxnID != "" && n.TxnID != attempt.TxnID && !first {
		return secondTransaction(unchanged, n)
	}
	r := unchanged
	r.Outcome = outcome(attempt, n)
	r.Attempt.Status = Join(attempt.Status, n.Status)
	if first || r.Attempt.TxnID == "" {
		r.Attempt.TxnID = n.TxnID // money decides: an id heard before may come from an unsigned field
	}
	if first {
		book(&r, invoice, attempt, n)
	}
	addRefunds(&r, attempt, n)
	left := rest(credited(attempt, n), r.Attempt.Refunds)
	switch {
	case n.Status == Chargeback && attempt.Status != Chargeback:
		r.Exceptions = append(r.Exceptions, Exception{ChargebackDisputed, left, "chargeback:" + n.TxnID})
	case n.Status == Refunded && attempt.Status != Refunded && !first && left > 0:
		// All is said to have gone back, and the list of refunds does not show it.
		r.Exceptions = append(r.Exceptions, Exception{MismatchMoney, left, "refund:" + n.TxnID})
	case n.Status == PartialRefund && r.Attempt.Status != attempt.Status && !first && len(r.Attempt.Refunds) == 0:
		// Some has gone back and nothing says how much. All of it is in doubt;
		// the key leaves room for the finding above.
		r.Exceptions = append(r.Exceptions, Exception{MismatchMoney, left, "partial_refund:" + n.TxnID})
	}
	return r
}

func outcome(attempt Attempt, n Notice) Outcome {
	news := n.Status.Rank() >= PartialRefund.Rank() &&
		len(JoinRefunds(attempt.Refunds, n.Refunds)) > len(attempt.Refunds)
	switch {
	case news:
		return Processed
	case n.Status == attempt.Status:
		return Duplicate
	case Join(attempt.Status, n.Status) == attempt.Status:
		return Stale
	}
	return Processed
}

// webhookCodes is the status code that belongs to each status in a
// notification. The code is signed and the status is not, so a pair that does
// not fit was changed on the way.
var webhookCodes = map[Status]string{
	Pending: "201", Settlement: "200", PartialRefund: "200", Refunded: "200", Chargeback: "200",
	Expire: "202", Cancel: "202", Deny: "202", Failure: "202",
}

// fraudWords is what the provider's fraud check says of a payment.
var fraudWords = []string{"accept", "deny", "challenge"}

// FraudClear reports whether the fraud check lets the payment pass. Of the API's
// answer silence is consent; a word that nobody knew when this was written is not.
func (n Notice) FraudClear() bool { return n.Fraud == "accept" || n.Fraud == "" }

// needsAPI reports whether the notice proves too little to act on.
func needsAPI(attempt Attempt, n Notice) bool {
	if n.Confirmed { // the API has spoken; asking again tells no more
		return false
	}
	switch {
	case n.Status.Rank() < 1:
		return true
	case webhookCodes[n.Status] != n.Code:
		return true
	case n.Status.Rank() > Settlement.Rank(): // the signature of a settlement fits a refund, too
		return true
	case n.Status != Settlement:
		return false
	case !slices.Contains(fraudWords, n.Fraud): // GoPay leaves it out now and then
		return true
	case n.TxnID == "", attempt.TxnID != "" && n.TxnID != attempt.TxnID: // the id is not signed
		return true
	}
	return n.Whole && n.Gross > attempt.Amount && n.Original != 0 // the metadata is not signed
}

// refuse finds statements about money that is not what we charged, or not ours.
// None of it reaches the ledger: there is no amount in rupiah to book.
func refuse(attempt Attempt, n Notice) (Exception, bool) {
	if n.Status.Rank() < 1 { // a status that Midtrans did not have when this was written
		return Exception{MismatchMoney, n.Gross, "status:" + n.TxnID}, true
	}
	if !n.Status.Received() || attempt.Booked && n.TxnID == attempt.TxnID {
		return Exception{}, false
	}
	switch {
	case n.TxnID == "": // its ledger key would be another nameless payment's
		return Exception{MismatchMoney, n.Gross, "mismatch:"}, true
	case n.Currency != "IDR" || n.ForeignMerchant || !n.Whole:
		return Exception{MismatchMoney, n.Gross, "mismatch:" + n.TxnID}, true
	case !n.FraudClear():
		return Exception{UnconfirmedMoney, n.Gross, "unconfirmed:" + n.TxnID}, true
	}
	return Exception{}, false
}

// secondTransaction is about another transaction under the same order id. Its
// confirmed money counts, but it is not the attempt's payment.
func secondTransaction(r Result, n Notice) Result {
	if !n.Status.Received() {
		r.Outcome = Stale
		return r
	}
	r.Outcome = Mismatch
	r.Entries = []Entry{{Kind: PaymentEntry, Amount: n.Gross, Key: "pay:" + n.TxnID}}
	refunds := JoinRefunds(nil, n.Refunds)
	for _, refund := range refunds {
		r.Entries = append(r.Entries, refundEntry(refund, n))
	}
	left := rest(n.Gross, refunds)
	switch {
	case n.Status == Chargeback:
		r.Exceptions = []Exception{{ChargebackDisputed, left, "chargeback:" + n.TxnID}}
	case left > 0:
		r.Exceptions = []Exception{{DuplicateMoney, left, "duplicate:" + n.TxnID}}
	}
	return r
}

// credited is what a payment brings us.
func credited(attempt Attempt, n Notice) int64 {
	if n.Original == attempt.Amount && n.Gross > attempt.Amount {
		return n.Original // the rest is the provider's fee and never reaches us
	}
	return n.Gross
}

// rest is what refunds have left of an amount.
func rest(amount int64, refunds []Refund) int64 {
	for _, refund := range refunds {
		amount -= refund.Amount
	}
	return max(amount, 0)
}

// book enters the payment and decides what it pays for. It runs on the first
// notice of rank 3 or more, not on settlement alone: a refund's notice may
// arrive before the settlement's, and the money was there all the same.
func book(r *Result, invoice Invoice, attempt Attempt, n Notice) {
	amount := credited(attempt, n)
	entry := Entry{Kind: PaymentEntry, Amount: amount, Key: "pay:" + n.TxnID}
	r.Attempt.Booked = true
	r.Late = attempt.Status.Rank() == Expire.Rank()
	switch {
	case n.Status != Settlement:
		holdRest(r, amount, n)
	case amount < attempt.Amount:
		r.except(MismatchMoney, amount, n)
	default:
		var why ExceptionKind
		entry.Applied, why = invoice.Place(amount)
		r.Paid = invoice.State == InvoiceUnpaid && entry.Applied == invoice.Owed()
		if rest := amount - entry.Applied; rest > 0 {
			r.except(why, rest, n)
		}
	}
	r.Entries = append(r.Entries, entry)
}

// holdRest keeps what is left of money that was given back, in part or wholly,
// before its settlement was seen: it pays for nothing by itself. What a payer's
// bank took back is held by the exception of its own.
func holdRest(r *Result, amount int64, n Notice) {
	left := rest(amount, JoinRefunds(nil, n.Refunds))
	if n.Status != Chargeback && left > 0 {
		r.Exceptions = append(r.Exceptions, Exception{LateMoney, left, "late:" + n.TxnID})
	}
}

func (r *Result) except(kind ExceptionKind, amount int64, n Notice) {
	r.Exceptions = append(r.Exceptions, Exception{kind, amount, string(kind) + ":" + n.TxnID})
	if kind != OverpaidMoney { // which has paid all the same
		r.Outcome = Mismatch
	}
}

// addRefunds enters the refunds that are new.
func addRefunds(r *Result, attempt Attempt, n Notice) {
	if n.Status.Rank() < PartialRefund.Rank() {
		return
	}
	known := map[string]bool{}
	for _, refund := range attempt.Refunds {
		known[refund.Key] = true
	}
	for _, refund := range n.Refunds {
		if !known[refund.Key] {
			known[refund.Key] = true
			r.Entries = append(r.Entries, refundEntry(refund, n))
		}
	}
	r.Attempt.Refunds = JoinRefunds(attempt.Refunds, n.Refunds)
}

func refundEntry(refund Refund, n Notice) Entry {
	return Entry{Kind: RefundEntry, Amount: -refund.Amount, Key: "refund:" + n.TxnID + ":" + refund.Key, At: refund.At}
}
