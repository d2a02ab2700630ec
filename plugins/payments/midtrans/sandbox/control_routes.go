package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"
)

// localOnly admits callers on this machine. The address of the connection
// counts, not what a header says.
func localOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		if !loopback(c.Request().RemoteAddr) {
			return echo.NewHTTPError(http.StatusForbidden, "the control interface answers this machine only")
		}
		return next(c)
	}
}

// payWish is the optional body of a simulated payment.
type payWish struct {
	Issuer string `json:"issuer"` // one of Issuers
	Late   bool   `json:"late"`   // pay an expired transaction
}

// notice is a notification to be crafted.
type notice struct {
	URL  string          `json:"url"`  // default: the configured one
	Body json.RawMessage `json:"body"` // sent as it is
	Sign bool            `json:"sign"` // put the right signature_key into it
}

func (s *Server) simPay(c *echo.Context) error {
	var wish payWish
	if err := readControl(c, &wish); err != nil {
		return err
	}
	return s.acted(c, s.pay(c.Param("id"), wish.Issuer, wish.Late))
}

func (s *Server) simDeny(c *echo.Context) error   { return s.acted(c, s.Deny(c.Param("id"))) }
func (s *Server) simExpire(c *echo.Context) error { return s.acted(c, s.Expire(c.Param("id"))) }
func (s *Server) simChargeback(c *echo.Context) error {
	return s.acted(c, s.Chargeback(c.Param("id")))
}

func (s *Server) simRefund(c *echo.Context) error {
	var request refundRequest
	if err := readControl(c, &request); err != nil {
		return err
	}
	return s.acted(c, s.giveBack(c.Param("id"), request))
}

func (s *Server) simNotify(c *echo.Context) error {
	var n notice
	if err := readControl(c, &n); err != nil {
		return err
	}
	if len(n.Body) == 0 {
		return echo.NewHTTPError(http.StatusBadRequest, "body is missing")
	}
	if n.Sign {
		signed, err := resign(n.Body, s.config.ServerKey)
		if err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		n.Body = signed
	}
	id, err := s.Notify(n.URL, n.Body)
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	return c.JSON(http.StatusOK, map[string]int{"delivery": id})
}

func (s *Server) simChaos(c *echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"rules": s.Chaos()})
}

// simSetChaos replaces the rules of chaos.
func (s *Server) simSetChaos(c *echo.Context) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	rules, err := ParseChaos(body)
	if err == nil {
		err = s.SetChaos(rules...)
	}
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	return s.simChaos(c)
}

// simAdvance moves the manual clock.
func (s *Server) simAdvance(c *echo.Context) error {
	var step struct {
		Seconds float64 `json:"seconds"`
	}
	if err := readControl(c, &step); err != nil {
		return err
	}
	if limit := maxAdvance.Seconds(); step.Seconds < 0 || step.Seconds > limit {
		return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("seconds must be between 0 and %.0f", limit))
	}
	if err := s.Advance(seconds(step.Seconds, 0)); err != nil {
		return echo.NewHTTPError(http.StatusConflict, err.Error())
	}
	return c.JSON(http.StatusOK, map[string]time.Time{"now": s.config.Now()})
}

func (s *Server) simReset(c *echo.Context) error {
	s.Reset()
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) simState(c *echo.Context) error { return c.JSON(http.StatusOK, s.State()) }

func (s *Server) simDeliveries(c *echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"deliveries": s.Deliveries()})
}

func (s *Server) simTotals(c *echo.Context) error { return c.JSON(http.StatusOK, s.Totals()) }

// acted answers a change of a transaction with what became of it.
func (s *Server) acted(c *echo.Context, err error) error {
	if err != nil {
		return echo.NewHTTPError(controlStatus(err), err.Error())
	}
	s.mu.Lock()
	t := s.index[c.Param("id")]
	var d Transaction
	if t != nil { // a reset may have come in between
		d = t.describe()
	}
	s.mu.Unlock()
	return c.JSON(http.StatusOK, d)
}

// controlStatus is the HTTP status for an error of a control method.
func controlStatus(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrNotModifiable), errors.Is(err, ErrRefundAmount), errors.Is(err, ErrDuplicateRefund):
		return http.StatusConflict
	}
	return http.StatusBadRequest
}

// readControl decodes the body of a control request. It may be empty, and its
// content type does not matter: these calls are typed by hand.
func readControl(c *echo.Context, to any) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, to); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	return nil
}

// resign puts the right signature into a notification, over its values exactly
// as they stand: a number counts with the digits it was written with.
func resign(body []byte, serverKey string) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("sandbox: sign: %w", err)
	}
	text := func(name string) string {
		var s string
		if json.Unmarshal(fields[name], &s) == nil {
			return s
		}
		return string(fields[name])
	}
	signature, err := json.Marshal(Sign(text("order_id"), text("status_code"), text("gross_amount"), serverKey))
	if err != nil {
		return nil, fmt.Errorf("sandbox: sign: %w", err)
	}
	if fields == nil {
		return nil, errors.New("sandbox: sign: the body is not an object")
	}
	fields["signature_key"] = signature
	signed, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("sandbox: sign: %w", err)
	}
	return signed, nil
}
