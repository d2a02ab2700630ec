package sandbox

import (
	"time"

	"jasaweb/collections/wib"
)

// expiryPeriod is how often the expiry job looks at the clock. Requests look
// too, so nobody sees one that is pending although the job is due.
const expiryPeriod = 250 * time.Millisecond

// How late Midtrans may be, by its own account.
const (
	notifyLate = 20 * time.Second // with the notification of a payment
	expireLate = 90 * time.Second // with the expiry of a transaction
)

// lateness is a random part of most in a realistic sandbox, and otherwise
// nothing. The caller holds the lock.
func (s *Server) lateness(most time.Duration) time.Duration {
	if !s.config.Realistic {
		return 0
	}
	return time.Duration(s.random.Int64N(int64(most) + 1))
}

// watchExpiry expires transactions and saved answers that nobody asks about.
func (s *Server) watchExpiry() {
	ticker := time.NewTicker(expiryPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-s.stopped.Done():
			return
		case <-ticker.C:
			s.mu.Lock()
			s.forgetReplies(s.expireOverdue())
			s.mu.Unlock()
		}
	}
}

// expireOverdue ends the pending transactions whose time has passed, notifies,
// and returns the time it went by. The caller holds the lock.
func (s *Server) expireOverdue() time.Time {
	now := s.config.Now()
	if s.nextExpiry.IsZero() || now.Before(s.nextExpiry) {
		return now
	}
	s.nextExpiry = time.Time{}
	for _, t := range s.transactions {
		switch {
		case t.status != StatusPending || t.immortal:
		case now.Before(t.closes):
			s.expectExpiry(t.closes)
		case s.strike("expire_never", t.orderID, StatusPending) != nil:
			t.immortal = true
		default:
			t.status = StatusExpire
			s.config.Logger.Info("transaction", "order_id", t.orderID, "transaction_id", t.id, "status", t.status)
			announced, err := s.moved(t, now)
			if err != nil {
				s.config.Logger.Error("expire", "order_id", t.orderID, "error", err)
			}
			s.dispatch(announced)
		}
	}
	return now
}

// expectExpiry makes expireOverdue look at the transactions again at t.
func (s *Server) expectExpiry(t time.Time) {
	if s.nextExpiry.IsZero() || t.Before(s.nextExpiry) {
		s.nextExpiry = t
	}
}

// sinceMidnight is the time of day in WIB.
func sinceMidnight(t time.Time) time.Duration {
	t = t.In(wib.Zone)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}
