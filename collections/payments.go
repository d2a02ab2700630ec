package collections

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// PaymentAttempt is one try to pay an invoice: one charge at the provider with
// its own order id, kept for ever, because an old QR that was shown can still
// be paid.
type PaymentAttempt struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*PaymentAttempt)(nil)

// AsPaymentAttempt reads record, which must be of the payment_attempts collection.
func AsPaymentAttempt(record *core.Record) *PaymentAttempt {
	a := &PaymentAttempt{}
	a.SetProxyRecord(record)
	return a
}

// NewPaymentAttempt returns an empty attempt.
func NewPaymentAttempt(app core.App) (*PaymentAttempt, error) {
	record, err := newRecord(app, PaymentAttempts)
	if err != nil {
		return nil, err
	}
	return AsPaymentAttempt(record), nil
}

// InvoiceID returns the invoice that it pays.
func (a *PaymentAttempt) InvoiceID() string { return a.GetString("invoice") }

// OrderID returns the order id at the provider.
func (a *PaymentAttempt) OrderID() string { return a.GetString("order_id") }

// IdemKey returns the Idempotency-Key of its charge.
func (a *PaymentAttempt) IdemKey() string { return a.GetString("idem_key") }

// Amount returns what was charged, in rupiah.
func (a *PaymentAttempt) Amount() int64 { return a.GetInt64("amount") }

// Status returns one of paystate's statuses.
func (a *PaymentAttempt) Status() string { return a.GetString(ColumnStatus) }

// TxnID returns the provider's transaction id; empty until it is known.
func (a *PaymentAttempt) TxnID() string { return a.GetString("provider_txn_id") }

// QRString returns the QRIS payload; empty until the charge was accepted.
func (a *PaymentAttempt) QRString() string { return a.GetString("qr_string") }

// ExpiresAt returns until when the provider accepts payment (UTC).
func (a *PaymentAttempt) ExpiresAt() types.DateTime { return a.GetDateTime("expires_at") }

// OpenAttempt are the statuses of an attempt whose QR may still be paid in the
// normal way. The database lets an invoice have one such attempt.
var OpenAttempt = []any{"creating", "unknown", "pending"}

// Kinds of a ledger row. Amounts are rupiah; those of a refund and of a
// chargeback are negative.
const (
	LedgerPayment = "payment"
	LedgerRefund  = "refund"
	LedgerAdjust  = "adjust"
	// LedgerChargeback is money that the payer's bank took back for good.
	LedgerChargeback = "chargeback"
)

// TransferPrefix begins the name of a payment that people wrote down: a bank
// transfer, or cash.
const TransferPrefix = "transfer:"

// LedgerEntry is one movement of money. Rows are only ever added.
type LedgerEntry struct {
	Invoice   string // may be empty: money that fits no invoice
	Attempt   string // may be empty: a bank transfer
	Kind      string
	Amount    int64
	Applied   int64  // what of Amount counts towards the invoice
	TxnID     string // the provider's transaction; empty for a bank transfer
	DedupeKey string // unique: the same movement is booked once
	At        types.DateTime
	Demo      bool

	// What people book themselves says more.
	PaymentKey string // the DedupeKey of the payment that it is about, where TxnID is empty
	Reference  string // as the bank or the admin wrote it
	Note       string
	By         string // id of who booked it
}

// maxDedupeKey is how many characters of a key the ledger and the queue of
// exceptions hold.
const maxDedupeKey = 200

// DedupeKey is a key as it is stored. Part of it may be the provider's own, of
// any length: what is too long ends in its digest, so that two keys stay two.
func DedupeKey(key string) string {
	runes := []rune(key)
	if len(runes) <= maxDedupeKey {
		return key
	}
	digest := sha256.Sum256([]byte(key))
	return string(runes[:maxDedupeKey-2*len(digest)-1]) + "#" + hex.EncodeToString(digest[:])
}

// Book adds entry to the ledger. It returns false, and changes nothing, when
// an entry with the same key is there already.
func Book(txApp core.App, entry LedgerEntry) (bool, error) {
	entry.DedupeKey = DedupeKey(entry.DedupeKey)
	found, err := txApp.CountRecords(Ledger, dbx.HashExp{"dedupe_key": entry.DedupeKey})
	if err != nil {
		return false, fmt.Errorf("collections: look up ledger %s: %w", entry.DedupeKey, err)
	}
	if found > 0 {
		return false, nil
	}
	record, err := newRecord(txApp, Ledger)
	if err != nil {
		return false, err
	}
	record.Load(map[string]any{
		"invoice": entry.Invoice, "attempt": entry.Attempt, "kind": entry.Kind, "amount": entry.Amount,
		"applied": entry.Applied, "provider_txn_id": entry.TxnID, "dedupe_key": entry.DedupeKey,
		"at": entry.At, ColumnDemo: entry.Demo, "payment_key": entry.PaymentKey, "reference": entry.Reference,
		"note": entry.Note, "booked_by": entry.By,
	})
	if err := txApp.Save(record); err != nil {
		return false, fmt.Errorf("collections: book %s: %w", entry.DedupeKey, err)
	}
	return true, nil
}

// States of a proof of transfer.
const (
	ProofOpen     = "open"
	ProofAccepted = "accepted"
)

// KindChargeback is the kind of exception of a payment that the payer's bank claims
// back.
const KindChargeback = "chargeback"

// States of a money exception.
const (
	ExceptionOpen      = "open"
	ExceptionRefunding = "refunding" // the provider was asked to give it back
	ExceptionRefunded  = "refunded"
	ExceptionApplied   = "applied"
	ExceptionWaived    = "waived"
	ExceptionWon       = "won"  // the payer's bank left us the money
	ExceptionLost      = "lost" // the payer's bank kept it
)

// MoneyException is money (or a claim about money) that no rule could place:
// a person decides. Amount is rupiah.
type MoneyException struct {
	Kind    string // duplicate, late, overpaid, mismatch, orphan, unconfirmed, chargeback, unbooked
	Invoice string
	Attempt string
	Amount  int64
	OrderID string
	TxnID   string
	Detail  string // for the person who decides; no personal data
	Key     string // unique: the same finding is raised once

	Statement string // what the provider said, compressed, where nothing else tells
}

// Raise puts x into the queue of exceptions. It returns false, and changes
// nothing, when the same finding is in the queue already.
func Raise(txApp core.App, x MoneyException) (bool, error) {
	x.Key = DedupeKey(x.Key)
	found, err := txApp.CountRecords(MoneyExceptions, dbx.HashExp{"dedupe_key": x.Key})
	if err != nil {
		return false, fmt.Errorf("collections: look up exception %s: %w", x.Key, err)
	}
	if found > 0 {
		return false, nil
	}
	demo, err := isDemo(txApp, Invoices, x.Invoice)
	if err != nil {
		return false, err
	}
	record, err := newRecord(txApp, MoneyExceptions)
	if err != nil {
		return false, err
	}
	record.Load(map[string]any{
		"kind": x.Kind, "invoice": x.Invoice, "attempt": x.Attempt, "amount": x.Amount, "state": ExceptionOpen,
		"order_id": x.OrderID, "provider_txn_id": x.TxnID, "detail": x.Detail, "dedupe_key": x.Key, ColumnDemo: demo,
		"statement": x.Statement,
	})
	if err := txApp.Save(record); err != nil {
		return false, fmt.Errorf("collections: raise %s: %w", x.Key, err)
	}
	return true, nil
}
