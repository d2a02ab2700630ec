package sandbox

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v5"

	"jasaweb/collections/idr"
)

// confirmDelay passes between a refund and its second notification, the one
// with bank_confirmed_at.
const confirmDelay = 5 * time.Second

// refundRequest is the body of a refund; all of it is optional.
type refundRequest struct {
	Key    string  `json:"refund_key"`
	Amount integer `json:"amount"` // rupiah; absent: all that is left
	Reason string  `json:"reason"`
}

// refundTransaction answers POST /v2/{id}/refund and its older form
// /refund/online/direct.
func (s *Server) refundTransaction(c *echo.Context) reply {
	var request refundRequest
	if err := readJSON(c, &request, true); err != nil {
		return unreadable(err)
	}
	var problems []string
	if request.Amount.fraction {
		problems = append(problems, "amount must be an integer")
	}
	for field, value := range map[string]string{"refund_key": request.Key, "reason": request.Reason} {
		if utf8.RuneCountInString(value) > maxText {
			problems = append(problems, field+" is too long")
		}
	}
	if len(problems) > 0 {
		return failure(400, "One or more parameters in the payload is invalid.", problems...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, r, announced, err := s.refund(c.Param("id"), request)
	if err != nil {
		return refuse(err)
	}
	body := s.summary(t, "200", "Success, refund request is approved")
	// Unlike in notifications, the amount is this refund's alone.
	body["refund_chargeback_id"], body["refund_key"], body["refund_amount"] = r.number, r.key, idr.Gross(r.amount)
	return reply{code: 200, body: body, announce: announced}
}

// refund gives money back and arranges the bank's confirmation; the caller holds
// the lock and dispatches the announcements.
func (s *Server) refund(id string, request refundRequest) (*transaction, refund, []*delivery, error) {
	r := refund{number: s.refundCount + 1, key: request.Key, reason: request.Reason, amount: request.Amount.n}
	if r.key == "" {
		r.key = s.uuid()
	}
	t, announced, err := s.change(id, func(t *transaction, now time.Time) error {
		if !request.Amount.given {
			r.amount = t.gross - t.refunded()
		}
		r.at = now
		return t.giveBack(r)
	})
	if err != nil {
		return t, refund{}, nil, err
	}
	s.refundCount++
	at := len(t.refunds) - 1
	s.later(confirmDelay, func(ctx context.Context) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() != nil { // a reset has forgotten the refund
			return
		}
		t.refunds[at].confirmed = s.config.Now()
		confirmed, err := s.announce(t)
		if err != nil {
			s.config.Logger.Error("refund confirmation", "order_id", t.orderID, "error", err)
			return
		}
		s.dispatch(confirmed)
	})
	return t, r, announced, nil
}
