package sandbox

import (
	"context"
	"encoding/json"
	"time"

	"jasaweb/collections/idr"
)

// lateAfter is how long after its expiry a transaction is paid late.
const lateAfter = 30 * time.Second

// moved announces the new status of t, and what chaos makes follow from it. The
// caller holds the lock and dispatches the announcements.
func (s *Server) moved(t *transaction, now time.Time) ([]*delivery, error) {
	if t.status == StatusSettlement {
		s.imposeFee(t)
	}
	announced, err := s.announce(t)
	if err != nil {
		return nil, err
	}
	switch t.status {
	case StatusSettlement:
		more, err := s.payAnother(t, now)
		return append(announced, more...), err
	case StatusExpire:
		s.payLater(t)
	}
	return announced, nil
}

// imposeFee raises the amount of a payment (option fee_amount), by 0.7 percent
// unless the rule says how much.
func (s *Server) imposeFee(t *transaction) {
	r := s.strike("fee_amount", t.orderID, t.status)
	if r == nil {
		return
	}
	if t.fee = r.Amount; t.fee == 0 {
		t.fee = (t.gross*7 + 999) / 1000
	}
}

// feeMetadata is the metadata of the charge with the amount before the fee.
func (t *transaction) feeMetadata() map[string]any {
	merged := map[string]any{}
	if own, ok := t.echoed["metadata"].(metadata); ok {
		for name, value := range own {
			merged[name] = value
		}
	}
	extra := map[string]json.RawMessage{}
	if own, ok := merged["extra_info"].(json.RawMessage); ok {
		_ = json.Unmarshal(own, &extra) // no object: it is replaced
	}
	info := map[string]any{}
	for name, value := range extra {
		info[name] = value
	}
	info["gross_amount_info"] = map[string]string{"original_amount": idr.Gross(t.gross)}
	merged["extra_info"] = info
	return merged
}

// payAnother pays the newest unpaid order of the same invoice too (option
// pay_twice_two_orders): two codes for one invoice were shown, both were
// scanned. That payment does not spread any further.
func (s *Server) payAnother(t *transaction, now time.Time) ([]*delivery, error) {
	invoice := t.echoed["custom_field1"]
	if invoice == nil {
		return nil, nil
	}
	for i := len(s.transactions) - 1; i >= 0; i-- {
		other := s.transactions[i]
		if other == t || other.echoed["custom_field1"] != invoice || other.status != StatusPending && other.status != StatusExpire {
			continue
		}
		if s.strike("pay_twice_two_orders", t.orderID, t.status) == nil {
			return nil, nil
		}
		if err := other.settle(s.payment(other, now, ""), other.status == StatusExpire); err != nil {
			return nil, err
		}
		s.config.Logger.Info("transaction", "order_id", other.orderID, "transaction_id", other.id, "status", other.status)
		return s.announce(other)
	}
	return nil, nil
}

// payLater pays a transaction after it has expired (option late_settlement).
func (s *Server) payLater(t *transaction) {
	r := s.strike("late_settlement", t.orderID, t.status)
	if r == nil {
		return
	}
	s.later(seconds(r.Delay, lateAfter), func(ctx context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() != nil || t.status != StatusExpire { // a reset, or somebody paid it late by hand
			return
		}
		_, announced, err := s.change(t.id, func(t *transaction, now time.Time) error {
			return t.settle(s.payment(t, now, ""), true)
		})
		if err != nil {
			s.config.Logger.Error("late settlement", "order_id", t.orderID, "error", err)
			return
		}
		s.dispatch(announced)
	})
}
