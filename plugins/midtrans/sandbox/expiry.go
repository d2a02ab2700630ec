package sandbox

import (
	"time"

	"jasaweb/collections/wib"
)

// expiryPeriod is how often the expiry job looks at the clock. Requests look
// too, so nobody sees a transaction that is pending beyond its time.
const expiryPeriod = 250 * time.Millisecond

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
		case t.status != StatusPending:
		case now.Before(t.expires):
			s.expectExpiry(t.expires)
		default:
			t.status = StatusExpire
			s.config.Logger.Info("transaction", "order_id", t.orderID, "transaction_id", t.id, "status", t.status)
			announced, err := s.announce(t)
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

func wibForm(t time.Time) string { return wib.FormatProvider(t) }
