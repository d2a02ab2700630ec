package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v5"

	"jasaweb/plugins/payments/qris"
)

// chargeTransaction answers POST /v2/charge: a new QRIS transaction.
func (s *Server) chargeTransaction(c *echo.Context) reply {
	var request chargeRequest
	if err := readJSON(c, &request, false); err != nil {
		return unreadable(err)
	}
	if request.PaymentType != "" && request.PaymentType != "qris" {
		return failure(402, "Payment channel is not activated.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.expireOverdue().Truncate(time.Second) // answers have whole seconds
	problems := request.problems()
	life, problem := request.CustomExpiry.life(now)
	problems = append(problems, problem...)
	targets, problem := s.notifyURLs(c.Request().Header)
	problems = append(problems, problem...)
	if len(problems) > 0 {
		return failure(400, "One or more parameters in the payload is invalid.", problems...)
	}
	order := request.Details.OrderID
	if earlier := s.index[order]; earlier != nil && earlier.status != StatusExpire && earlier.status != StatusCancel {
		return failure(406, "The request could not be completed due to a conflict with the current state of the target resource, please try again",
			"transaction_details.order_id has already been utilized previously")
	}
	t, err := s.create(&request, now, life, targets)
	if err != nil {
		s.config.Logger.Error("charge", "order_id", order, "error", err)
		return refuse(err)
	}
	announced, err := s.announce(t)
	if err != nil {
		s.config.Logger.Error("charge", "order_id", order, "error", err)
		return refuse(err)
	}
	return reply{code: 201, body: s.charged(t, s.baseURL(c)), announce: announced}
}

// create makes the transaction; the caller holds the lock.
func (s *Server) create(request *chargeRequest, now time.Time, life time.Duration, targets []string) (*transaction, error) {
	t := &transaction{
		id: s.uuid(), orderID: request.Details.OrderID, gross: request.Details.GrossAmount.n,
		acquirer: AcquirerGoPay, reference: s.number(24), status: StatusPending,
		created: now, expires: now.Add(life), closes: now.Add(life + s.lateness(expireLate)),
		notifyURLs: targets, echoed: request.echoed(), last: map[string]*delivery{},
	}
	if request.QRIS.Acquirer != "" {
		t.acquirer = request.QRIS.Acquirer
	}
	var err error
	if t.qrString, err = s.config.code(t.gross, t.id); err != nil {
		return nil, fmt.Errorf("sandbox: charge %s: %w", t.orderID, err)
	}
	s.add(t)
	s.config.Logger.Info("charge", "order_id", t.orderID, "transaction_id", t.id, "gross_amount", t.gross)
	return t, nil
}

// charged is the answer to a charge.
func (s *Server) charged(t *transaction, base string) map[string]any {
	body := s.summary(t, "201", "QRIS transaction is created")
	body["qr_string"] = t.qrString
	body["actions"] = []map[string]any{
		{"name": "generate-qr-code", "method": http.MethodGet, "url": base + "/v2/qris/" + t.id + "/qr-code"},
		{"name": "generate-qr-code-v2", "method": http.MethodGet, "url": base + "/v4/qris/" + t.reference + "/qr-code"},
	}
	return body
}

// baseURL is the address of this server as the client knows it.
func (s *Server) baseURL(c *echo.Context) string {
	if s.config.BaseURL != "" {
		return s.config.BaseURL
	}
	return c.Scheme() + "://" + c.Request().Host
}

// maxNotifyURLs is how many a header may name.
const maxNotifyURLs = 2

// notifyURLs decides who is told about a new transaction. The override header
// replaces the configured URL and wins over the append header, which adds to it.
func (s *Server) notifyURLs(h http.Header) (targets, problems []string) {
	add := func(header string) {
		named := strings.Split(h.Get(header), ",")
		if len(named) > maxNotifyURLs {
			problems = append(problems, fmt.Sprintf("%s names more than %d URLs", header, maxNotifyURLs))
			return
		}
		for _, target := range named {
			target = strings.TrimSpace(target)
			if _, err := parseURL(target); err != nil {
				problems = append(problems, header+" has an invalid URL")
				return
			}
			targets = append(targets, target)
		}
	}
	if h.Get("X-Override-Notification") != "" {
		add("X-Override-Notification")
		return targets, problems
	}
	if s.config.NotifyURL != "" {
		targets = append(targets, s.config.NotifyURL)
	}
	if h.Get("X-Append-Notification") != "" {
		add("X-Append-Notification")
	}
	return targets, problems
}

// pictureScale is the pixels a module of the pictures.
const pictureScale = 8

// qrCode answers the picture of a code. Like the provider's it needs no key.
func (s *Server) qrCode(name func(t *transaction) string) echo.HandlerFunc {
	return func(c *echo.Context) error {
		payload := ""
		s.mu.Lock()
		for _, t := range s.transactions {
			if name(t) == c.Param("id") {
				payload = t.qrString
			}
		}
		s.mu.Unlock()
		if payload == "" {
			return echo.ErrNotFound
		}
		picture, err := qris.PNG(payload, pictureScale)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "image/png", picture)
	}
}

// echoed is what later answers and notifications repeat.
func (r *chargeRequest) echoed() map[string]any {
	echoed := map[string]any{}
	for name, value := range map[string]string{"custom_field1": r.CustomField1, "custom_field2": r.CustomField2, "custom_field3": r.CustomField3} {
		if value != "" {
			echoed[name] = value
		}
	}
	if len(r.Metadata) > 0 {
		echoed["metadata"] = r.Metadata
	}
	name := strings.TrimSpace(r.Customer.FirstName + " " + r.Customer.LastName)
	if r.Customer.Email != "" || name != "" {
		echoed["customer_details"] = map[string]string{"email": r.Customer.Email, "full_name": name}
	}
	return echoed
}

// integer is a JSON number without a fraction. A number with one is noted, so
// that it becomes a validation message; a string is the wrong type.
type integer struct {
	n        int64
	given    bool
	fraction bool
}

// UnmarshalJSON accepts a number and null, which is nothing given.
func (i *integer) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var number json.Number
	if b[0] == '"' {
		return errWrongType
	}
	if err := json.Unmarshal(b, &number); err != nil {
		return errWrongType
	}
	i.given = true
	n, err := number.Int64()
	i.n, i.fraction = n, err != nil // an amount beyond 64 bits is no better
	return nil
}

// errWrongType is a value that is no number where one is due.
var errWrongType = errors.New("sandbox: not a number")
