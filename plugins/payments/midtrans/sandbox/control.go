package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jasaweb/collections/idr"
	"jasaweb/collections/wib"
)

// Transaction is what the sandbox tells about a charge.
type Transaction struct {
	OrderID           string `json:"order_id"`
	TransactionID     string `json:"transaction_id"`
	TransactionStatus string `json:"transaction_status"`
	GrossAmount       string `json:"gross_amount"` // rupiah, as 1500000.00
	RefundAmount      string `json:"refund_amount"`
	Acquirer          string `json:"acquirer"`
	TransactionTime   string `json:"transaction_time"` // WIB, as 2026-01-31 15:04:05
	ExpiryTime        string `json:"expiry_time"`
	SettlementTime    string `json:"settlement_time,omitempty"`
	Issuer            string `json:"issuer,omitempty"`
	QRString          string `json:"qr_string"`
}

// State is everything the sandbox knows, oldest charge first.
type State struct {
	Transactions []Transaction `json:"transactions"`
}

// Totals is the provider's truth about the money, in rupiah.
type Totals struct {
	Settled  int64 `json:"settled"`  // ever paid; refunds and chargebacks are not taken off
	Refunded int64 `json:"refunded"` // given back by refunds
	Count    int   `json:"count"`    // transactions ever paid
}

// Issuers are the wallets that can pay. The acquirer's own one pays "on us".
var Issuers = []string{"gopay", "shopeepay", "dana", "ovo", "bca"}

// Pay pays a pending transaction from the acquirer's own wallet. Like all
// methods that take an id it accepts an order id, meaning its newest
// transaction, or a transaction id; errors wrap ErrNotFound or ErrNotModifiable.
func (s *Server) Pay(id string) error { return s.pay(id, "", false) }

// PayFrom pays a pending transaction from one of Issuers.
func (s *Server) PayFrom(id, issuer string) error { return s.pay(id, issuer, false) }

// PayLate pays an expired transaction: a code that was shown can be scanned
// later than it should.
func (s *Server) PayLate(id string) error { return s.pay(id, "", true) }

func (s *Server) pay(id, issuer string, late bool) error {
	if issuer != "" && !slices.Contains(Issuers, issuer) {
		return fmt.Errorf("sandbox: pay: issuer %q is none of %s", issuer, strings.Join(Issuers, ", "))
	}
	return s.act(id, func(t *transaction, now time.Time) error {
		return t.settle(s.payment(t, now, issuer), late)
	})
}

// payment is money for t from the issuer, by default the acquirer's own wallet.
// The caller holds the lock.
func (s *Server) payment(t *transaction, now time.Time, issuer string) payment {
	own := "gopay"
	if t.acquirer == AcquirerShopee {
		own = "shopeepay"
	}
	if issuer == "" {
		issuer = own
	}
	return payment{at: now, issuer: issuer, onUs: issuer == own, crossReference: s.uuid()}
}

// Deny refuses a pending transaction, as a payer's bank would.
func (s *Server) Deny(id string) error {
	return s.act(id, func(t *transaction, _ time.Time) error { return t.move(StatusDeny, StatusPending) })
}

// Expire ends a pending transaction before its time.
func (s *Server) Expire(id string) error {
	return s.act(id, func(t *transaction, _ time.Time) error { return t.move(StatusExpire, StatusPending) })
}

// Chargeback takes a settled payment back after a dispute.
func (s *Server) Chargeback(id string) error {
	return s.act(id, func(t *transaction, _ time.Time) error { return t.chargeBack() })
}

// Refund gives amount rupiah of a settled payment back, 0 all that is left. The
// error may also wrap ErrRefundAmount.
func (s *Server) Refund(id string, amount int64) error {
	return s.giveBack(id, refundRequest{Amount: integer{n: amount, given: amount != 0}, Reason: "sandbox"})
}

func (s *Server) giveBack(id string, request refundRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, announced, err := s.refund(id, request)
	if err != nil {
		return err
	}
	s.dispatch(announced)
	return nil
}

// act changes a transaction and notifies.
func (s *Server) act(id string, fn func(t *transaction, now time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, announced, err := s.change(id, fn)
	if err != nil {
		return err
	}
	s.dispatch(announced)
	return nil
}

// State lists the transactions.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireOverdue()
	state := State{Transactions: []Transaction{}}
	for _, t := range s.transactions {
		state.Transactions = append(state.Transactions, t.describe())
	}
	return state
}

func (t *transaction) describe() Transaction {
	d := Transaction{
		OrderID: t.orderID, TransactionID: t.id, TransactionStatus: t.status, GrossAmount: idr.Gross(t.gross),
		RefundAmount: idr.Gross(t.refunded()), Acquirer: t.acquirer, TransactionTime: wib.FormatProvider(t.created),
		ExpiryTime: wib.FormatProvider(t.expires), QRString: t.qrString,
	}
	if t.payment != nil {
		d.SettlementTime, d.Issuer = wib.FormatProvider(t.payment.at), t.payment.issuer
	}
	return d
}

// Totals sums up the money.
func (s *Server) Totals() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum Totals
	for _, t := range s.transactions {
		if t.payment != nil {
			sum.Settled += t.gross
			sum.Refunded += t.refunded()
			sum.Count++
		}
	}
	return sum
}

// Deliveries lists the notifications, oldest first, as they stand now.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Delivery, 0, len(s.deliveries))
	for _, d := range s.deliveries {
		entry := d.Delivery
		entry.Attempts = append([]Attempt{}, d.Attempts...)
		list = append(list, entry)
	}
	return list
}

// Resend sends the notification of a delivery once more, as a new delivery
// whose id it returns.
func (s *Server) Resend(deliveryID int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if deliveryID < 1 || deliveryID > len(s.deliveries) {
		return 0, fmt.Errorf("sandbox: no delivery %d", deliveryID)
	}
	old := s.deliveries[deliveryID-1]
	d := s.record(old.URL, old.Body)
	d.OrderID, d.TransactionStatus = old.OrderID, old.TransactionStatus
	s.dispatch([]*delivery{d})
	return d.ID, nil
}

// Notify sends a body of the caller's making to a URL, by default the
// configured one, and returns the delivery's id. It must be JSON; to test what a
// receiver does with other bytes, post them directly.
func (s *Server) Notify(target string, body []byte) (int, error) {
	if target == "" {
		target = s.config.NotifyURL
	}
	if _, err := parseURL(target); err != nil {
		return 0, fmt.Errorf("sandbox: notify: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.record(target, body)
	s.dispatch([]*delivery{d})
	return d.ID, nil
}

// Reset forgets every transaction, delivery and saved answer, and stops the
// deliveries that are on their way. The rules of chaos stay and are counted from
// zero; so does the time of a manual clock.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}
