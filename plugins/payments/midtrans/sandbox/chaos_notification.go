package sandbox

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"jasaweb/collections/idr"
)

// What the options do unless a rule says otherwise.
const (
	defaultWindow = 5 * time.Second
	defaultDelay  = 5 * time.Second
)

// outgoing is a notification to one URL that chaos may still change.
type outgoing struct {
	t         *transaction
	body      map[string]any
	serverKey string

	hold      time.Duration
	overtaken bool
	lost      int
	vanished  bool
	unsent    bool
	copies    int
	gap       time.Duration // between copies
}

// spoil lets chaos at a notification. Every notification about a transaction
// comes by here. The caller holds the lock.
func (s *Server) spoil(o *outgoing) {
	if len(s.rules) == 0 {
		return
	}
	for _, option := range options {
		if option.spoil == nil || o.unsent {
			continue
		}
		if r := s.strike(option.name, o.t.orderID, o.t.status); r != nil {
			option.spoil(s, r, o)
		}
	}
}

// issue records a notification for one URL, with its copies; the caller holds
// the lock.
func (s *Server) issue(o *outgoing, target string) ([]*delivery, error) {
	if o.unsent {
		return nil, nil
	}
	body, err := json.Marshal(o.body)
	if err != nil {
		return nil, fmt.Errorf("sandbox: notification of %s: %w", o.t.orderID, err)
	}
	after := o.t.last[target]
	var issued []*delivery
	for i := range 1 + o.copies {
		d := s.record(target, body)
		d.OrderID, d.TransactionStatus, d.after = o.t.orderID, o.t.status, after
		d.hold, d.overtaken, d.lost, d.vanished = o.hold+time.Duration(i)*o.gap, o.overtaken, o.lost, o.vanished
		issued = append(issued, d)
	}
	o.t.last[target] = issued[0] // nobody waits for copies
	return issued, nil
}

// postpone sends the notification later, out of order.
func (o *outgoing) postpone(d float64) {
	o.hold += time.Duration(d)
	o.overtaken = true
}

// text is a field as it counts for the signature.
func (o *outgoing) text(name string) string { return fmt.Sprint(o.body[name]) }

func duplicate(_ *Server, r *Rule, o *outgoing) {
	o.copies, o.gap = max(r.N, 1), seconds(r.Gap, 0)
}

// mismatch signs another status code than the status has. Its default is that
// of pending, which a receiver must not take for money.
func mismatch(_ *Server, r *Rule, o *outgoing) {
	code := "201"
	switch {
	case r.Code != 0:
		code = strconv.Itoa(r.Code)
	case o.t.status == StatusPending:
		code = "200"
	}
	o.body["status_code"] = code
	o.body["signature_key"] = Sign(o.t.orderID, code, o.text("gross_amount"), o.serverKey)
}

// numericGross keeps the digits, over which the signature goes.
func numericGross(_ *Server, _ *Rule, o *outgoing) {
	o.body["gross_amount"] = json.Number(o.text("gross_amount"))
}

// tamperAmount keeps the form of the amount, a string or a number.
func tamperAmount(_ *Server, r *Rule, o *outgoing) {
	gross := idr.Gross(max(r.Amount, 1))
	if _, number := o.body["gross_amount"].(json.Number); number {
		o.body["gross_amount"] = json.Number(gross)
		return
	}
	o.body["gross_amount"] = gross
}

func wrongSignature(_ *Server, _ *Rule, o *outgoing) {
	o.body["signature_key"] = Sign(o.t.orderID, o.text("status_code"), o.text("gross_amount"), o.serverKey+"-other")
}

// hmacSignature signs as those do who take the scheme for an HMAC.
func hmacSignature(_ *Server, _ *Rule, o *outgoing) {
	mac := hmac.New(sha512.New, []byte(o.serverKey))
	mac.Write([]byte(o.t.orderID + o.text("status_code") + o.text("gross_amount") + o.serverKey))
	o.body["signature_key"] = hex.EncodeToString(mac.Sum(nil))
}
