package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v5"
)

// call is an endpoint of the API, as far as chaos tells them apart.
type call int

const (
	otherCall call = iota
	chargeCall
	statusCall
)

// What the options do unless a rule says otherwise.
const (
	defaultSlow    = 15 * time.Second // longer than clients like to wait
	defaultTimeout = time.Minute
)

// outagePage is what a gateway in front of a dead service answers.
const outagePage = "<html><body><h1>Service Temporarily Unavailable</h1></body></html>\n"

// outage is chaos' answer to a call that the API does not even look at, nil to
// go on.
func (s *Server) outage(c *echo.Context, which call) *reply {
	s.mu.Lock()
	calm := len(s.rules) == 0
	s.mu.Unlock()
	if calm || which == otherCall {
		return nil
	}
	order := c.Param("id")
	if which == chargeCall {
		order = peekOrder(c.Request())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if which == statusCall {
		s.expireOverdue()
		status := ""
		if t := s.index[order]; t != nil {
			order, status = t.orderID, t.status
		}
		if r := s.strike("status_down", order, status); r != nil {
			return &reply{code: cmp.Or(r.Code, http.StatusServiceUnavailable), outage: true}
		}
		return nil
	}
	if s.strike("charge_429", order, StatusPending) != nil {
		r := failure(http.StatusTooManyRequests, "Too many requests. Please try again later.")
		return &r
	}
	if r := s.strike("charge_5xx", order, StatusPending); r != nil {
		r := failure(cmp.Or(r.Code, http.StatusInternalServerError), "Sorry, we encountered internal server error. We will fix this soon.")
		return &r
	}
	return nil
}

// peekOrder reads the order id out of a charge and leaves the body as it was.
func peekOrder(r *http.Request) string {
	read, _ := io.ReadAll(r.Body) // whoever reads on meets the error again
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(read), r.Body))
	var request struct {
		Details struct {
			OrderID string `json:"order_id"`
		} `json:"transaction_details"`
	}
	_ = json.Unmarshal(read, &request) // the charge itself says what is wrong
	return request.Details.OrderID
}

// disturb lets chaos at an answer. Every answer of a handler comes by here.
func (s *Server) disturb(which call, r reply) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rules) == 0 {
		return r
	}
	id, _ := r.body["transaction_id"].(string)
	t := s.index[id]
	if t == nil {
		return r
	}
	switch {
	case which == statusCall && t.payment != nil && s.strike("status_stale", t.orderID, t.status) != nil:
		r.body = s.asPending(t)
	case which == chargeCall && r.code == http.StatusCreated:
		s.payFirst(t, &r)
		if slow := s.strike("charge_slow", t.orderID, StatusPending); slow != nil {
			r.hold = seconds(slow.Delay, defaultSlow)
		}
		if cut := s.strike("charge_timeout_but_created", t.orderID, StatusPending); cut != nil {
			r.hold, r.cut = seconds(cut.Delay, defaultTimeout), true
		}
	}
	return r
}

// asPending is the answer of GET status about t from before it was paid.
func (s *Server) asPending(t *transaction) map[string]any {
	before := *t
	before.status, before.payment, before.refunds, before.fee = StatusPending, nil, nil, 0
	return s.document(&before, statusCode[StatusPending], "Success, transaction is found")
}

// payFirst settles a transaction whose charge is not answered yet (option
// before_charge_response).
func (s *Server) payFirst(t *transaction, r *reply) {
	if t.status != StatusPending || s.strike("before_charge_response", t.orderID, t.status) == nil {
		return
	}
	_, announced, err := s.change(t.id, func(t *transaction, now time.Time) error {
		return t.settle(s.payment(t, now, ""), false)
	})
	if err != nil {
		s.config.Logger.Error("pay before the answer", "order_id", t.orderID, "error", err)
		return
	}
	r.announce = append(r.announce, announced...)
	for _, d := range r.announce {
		if d.OrderID != t.orderID { // another option paid that one too
			continue
		}
		if r.first = append(r.first, d); !d.overtaken { // overtaken ones are late by yet another option
			d.hold = 0
		}
	}
}

// delayed holds an answer up, by the sandbox's clock, until the client goes away
// or the sandbox closes.
func (s *Server) delayed(client context.Context, hold time.Duration) {
	over := make(chan struct{})
	s.mu.Lock()
	epoch := s.epoch
	s.later(hold, func(context.Context) { close(over) })
	s.mu.Unlock()
	select {
	case <-over:
	case <-client.Done():
	case <-epoch.Done():
	}
}

// notified waits for the first attempts of the deliveries, each of which ends
// with its timeout at the latest: a receiver that waits for the answer would
// otherwise wait for ever.
func (s *Server) notified(client context.Context, deliveries []*delivery) {
	s.mu.Lock()
	epoch := s.epoch
	s.mu.Unlock()
	for _, d := range deliveries {
		select {
		case <-d.tried:
		case <-client.Done():
		case <-epoch.Done():
		}
	}
}

// sendOutage answers like a gateway, not like the API.
func sendOutage(c *echo.Context, code int) error {
	c.Response().Header().Set("Content-Length", strconv.Itoa(len(outagePage)))
	return c.HTML(code, outagePage)
}
