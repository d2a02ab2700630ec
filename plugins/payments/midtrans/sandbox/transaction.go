package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"

	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
	"jasaweb/plugins/payments/qris"
)

// Statuses of a transaction.
const (
	StatusPending       = "pending"
	StatusSettlement    = "settlement"
	StatusExpire        = "expire"
	StatusCancel        = "cancel"
	StatusDeny          = "deny"
	StatusPartialRefund = "partial_refund"
	StatusRefund        = "refund"
	StatusChargeback    = "chargeback"
)

// Acquirers of a QRIS transaction.
const (
	AcquirerGoPay  = "gopay"
	AcquirerShopee = "airpay shopee"
)

// What can be wrong with a request to change a transaction.
var (
	ErrNotFound        = errors.New("sandbox: no such transaction")
	ErrNotModifiable   = errors.New("sandbox: the transaction's status does not allow it")
	ErrRefundAmount    = errors.New("sandbox: invalid refund amount")
	ErrDuplicateRefund = errors.New("sandbox: the refund key was used before")
)

// transaction is one charge. The server's lock guards it.
type transaction struct {
	id, orderID string
	gross       int64 // rupiah
	acquirer    string
	qrString    string
	reference   string // names the picture of the second kind
	created     time.Time
	expires     time.Time
	notifyURLs  []string
	echoed      map[string]any // custom fields, metadata and customer, sent back as they came

	status  string
	payment *payment // nil until money came
	refunds []refund

	closes   time.Time // when the expiry job gets to it
	immortal bool      // chaos keeps it from expiring
	fee      int64     // rupiah that chaos put on top of gross

	// last is the newest notification to each URL. The next one waits for its
	// first attempt, so that notifications start out in order.
	last map[string]*delivery
}

// payment is how a transaction was paid.
type payment struct {
	at             time.Time
	issuer         string
	onUs           bool // the payer's wallet belongs to the acquirer
	crossReference string
}

// refund is one return of money.
type refund struct {
	number      int // refund_chargeback_id
	key, reason string
	amount      int64
	at          time.Time
	confirmed   time.Time // by the bank; zero until then
}

// refunded is the sum of all refunds in rupiah.
func (t *transaction) refunded() int64 {
	var sum int64
	for _, r := range t.refunds {
		sum += r.amount
	}
	return sum
}

// move changes the status if it is one of from.
func (t *transaction) move(to string, from ...string) error {
	for _, f := range from {
		if t.status == f {
			t.status = to
			return nil
		}
	}
	return fmt.Errorf("%w: %s is %s", ErrNotModifiable, t.orderID, t.status)
}

// settle takes the payer's money. Late money is real: a code that was shown can
// be scanned after its time, and some acquirers take it.
func (t *transaction) settle(p payment, late bool) error {
	from := StatusPending
	if late {
		from = StatusExpire
	}
	if err := t.move(StatusSettlement, from); err != nil {
		return err
	}
	t.payment = &p
	return nil
}

// chargeBack takes the money from the merchant after a dispute.
func (t *transaction) chargeBack() error { return t.move(StatusChargeback, StatusSettlement) }

// Refund windows by whose wallet paid.
const (
	day               = 24 * time.Hour
	windowOnUs        = 45 * day
	windowOffUs       = 7 * day
	windowShopee      = 365 * day
	shopeeNightBegins = 23*time.Hour + 55*time.Minute // WIB
	shopeeNightEnds   = 6 * time.Hour
)

// refundable tells whether the acquirer would return amount now.
func (t *transaction) refundable(amount int64, at time.Time) error {
	if t.status != StatusSettlement && t.status != StatusPartialRefund {
		return fmt.Errorf("%w: %s is %s", ErrNotModifiable, t.orderID, t.status)
	}
	if amount < 1 || amount > t.gross-t.refunded() {
		return fmt.Errorf("%w: %d of the %d that are left", ErrRefundAmount, amount, t.gross-t.refunded())
	}
	window := windowOffUs
	switch {
	case t.acquirer == AcquirerShopee:
		window = windowShopee
		if clock := sinceMidnight(at); clock >= shopeeNightBegins || clock < shopeeNightEnds {
			return fmt.Errorf("%w: this acquirer refunds nothing from 23:55 to 06:00 WIB", ErrNotModifiable)
		}
		if amount != t.gross {
			return fmt.Errorf("%w: this acquirer refunds the whole amount only", ErrRefundAmount)
		}
	case t.payment.onUs:
		window = windowOnUs
	}
	if at.Sub(t.payment.at) > window {
		return fmt.Errorf("%w: the refund window of %d days is over", ErrNotModifiable, window/day)
	}
	return nil
}

// giveBack records a refund.
func (t *transaction) giveBack(r refund) error {
	for _, earlier := range t.refunds {
		if earlier.key == r.key {
			return fmt.Errorf("%w: %s", ErrDuplicateRefund, r.key)
		}
	}
	if err := t.refundable(r.amount, r.at); err != nil {
		return err
	}
	t.refunds = append(t.refunds, r)
	t.status = StatusPartialRefund
	if t.refunded() == t.gross {
		t.status = StatusRefund
	}
	return nil
}

// add makes t known by its id and, as the newest, by its order id; the caller
// holds the lock.
func (s *Server) add(t *transaction) {
	s.transactions = append(s.transactions, t)
	s.index[t.id], s.index[t.orderID] = t, t
	s.expectExpiry(t.closes)
}

// change applies fn to a transaction and announces the new status. The
// announcements are recorded but not on their way yet: dispatch sends them, for
// the API after its answer. If fn fails it has changed nothing. The caller holds
// the lock.
func (s *Server) change(id string, fn func(t *transaction, now time.Time) error) (*transaction, []*delivery, error) {
	now := s.expireOverdue()
	t := s.index[id]
	if t == nil {
		return nil, nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	if err := fn(t, now); err != nil {
		return t, nil, err
	}
	s.config.Logger.Info("transaction", "order_id", t.orderID, "transaction_id", t.id, "status", t.status)
	announced, err := s.moved(t, now)
	return t, announced, err
}

// code writes the text of a QR code.
func (c *Config) code(amount int64, reference string) (string, error) {
	return qris.Build(qris.Sale{
		MerchantName: "JASAWEB SIMULASI", MerchantCity: "JAKARTA", PostalCode: "10110",
		MerchantID: c.MerchantID, Amount: amount, Reference: reference,
	})
}

// MarshalJSON writes a refund as notifications carry it.
func (r refund) MarshalJSON() ([]byte, error) {
	m := map[string]any{
		"refund_chargeback_id": r.number, "refund_amount": idr.Gross(r.amount), "refund_key": r.key,
		"refund_method": "online", "reason": r.reason, "created_at": wib.FormatProvider(r.at),
	}
	if !r.confirmed.IsZero() {
		m["bank_confirmed_at"] = wib.FormatProvider(r.confirmed)
	}
	return json.Marshal(m)
}

// transactionStatus answers GET /v2/{id}/status.
func (s *Server) transactionStatus(c *echo.Context) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireOverdue()
	t := s.index[c.Param("id")]
	if t == nil {
		return refuse(ErrNotFound)
	}
	code := statusCode[t.status]
	return reply{code: 200, body: s.document(t, code, "Success, transaction is found")}
}

// cancelTransaction answers POST /v2/{id}/cancel.
func (s *Server) cancelTransaction(c *echo.Context) reply {
	return s.end(c, StatusCancel, 200, "Success, transaction is canceled")
}

// expireTransaction answers POST /v2/{id}/expire, whose success is 407.
func (s *Server) expireTransaction(c *echo.Context) reply {
	return s.end(c, StatusExpire, 407, "Success, transaction is expired")
}

// end closes a pending transaction.
func (s *Server) end(c *echo.Context, status string, code int, message string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, announced, err := s.change(c.Param("id"), func(t *transaction, _ time.Time) error {
		return t.move(status, StatusPending)
	})
	if err != nil {
		return refuse(err)
	}
	return reply{code: code, body: s.summary(t, strconv.Itoa(code), message), announce: announced}
}
