// Package midtrans is the gateway to Midtrans' Core API: its client, its
// signature, and its notifications. The folder sandbox plays the other side.
package midtrans

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jasaweb/collections/wib"
	"jasaweb/plugins/internal/text"
	"jasaweb/plugins/payments/gateway"
)

// The addresses of Midtrans' Core API.
const (
	SandboxURL    = "https://api.sandbox.midtrans.com"
	ProductionURL = "https://api.midtrans.com"
)

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 1 << 20

// maxIdempotencyKey is what Midtrans honours; a longer key it ignores silently.
const maxIdempotencyKey = 46

// Config shapes a Client.
type Config struct {
	// ServerKey is Midtrans' secret, or "current,previous". Without it nothing
	// can be paid, and no notification can be verified.
	ServerKey string
	// MerchantID is our id; statements about another merchant's money are marked
	// as foreign. Default: any.
	MerchantID string
	// BaseURL is the API's address. Default: Midtrans' for the environment.
	BaseURL string
	// Production selects the environment for the default of BaseURL.
	Production bool
	// NotifyURL is sent along with every charge, so that one Midtrans account
	// can serve several sites. Default: what Midtrans' dashboard says.
	NotifyURL string
	// HTTP makes the calls. Default: a client with a timeout of 20 s.
	HTTP *http.Client
}

// Client is the gateway to Midtrans. It judges an answer by the status_code in
// its body, because errors come with HTTP status 200, too.
type Client struct {
	config Config
	keys   Keys
	now    func() time.Time
}

var _ gateway.Gateway = (*Client)(nil)

// New returns a client that tells Midtrans the time by now.
func New(c Config, now func() time.Time) *Client {
	if c.BaseURL == "" {
		c.BaseURL = SandboxURL
		if c.Production {
			c.BaseURL = ProductionURL
		}
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 20 * time.Second}
	}
	return &Client{config: c, keys: ParseKeys(c.ServerKey), now: now}
}

// Provider names Midtrans.
func (c *Client) Provider() gateway.Provider {
	return gateway.Provider{
		Name: "midtrans", Title: "Midtrans",
		Notification: "Midtrans' HTTP notification, authenticated by its `signature_key` alone.",
	}
}

// Ready reports whether there is a server key.
func (c *Client) Ready() bool { return len(c.keys) > 0 }

// Charge asks for a QRIS code.
func (c *Client) Charge(ctx context.Context, in gateway.Charge) (*gateway.Transaction, error) {
	if in.Amount < 1 || in.Amount > gateway.MaxAmount {
		return nil, fmt.Errorf("midtrans: charge %s: %w", in.OrderID,
			&gateway.APIError{Class: gateway.ErrRejected, Message: fmt.Sprintf("amount %d is outside 1 to %d", in.Amount, gateway.MaxAmount)})
	}
	customer := map[string]any{}
	if in.CustomerEmail != "" {
		customer = map[string]any{"first_name": text.Clip(in.CustomerName, 255), "email": in.CustomerEmail}
	}
	body := map[string]any{
		"payment_type":        "qris",
		"transaction_details": map[string]any{"order_id": in.OrderID, "gross_amount": in.Amount},
		"item_details":        []any{map[string]any{"id": "1", "name": text.Clip(in.Item, 50), "price": in.Amount, "quantity": 1}},
		"customer_details":    customer,
		"qris":                map[string]any{"acquirer": "gopay"},
		"custom_field1":       in.InvoiceID,
		"custom_expiry": map[string]any{
			"order_time":      wib.FormatProvider(c.now()) + " +0700",
			"expiry_duration": int(in.Lifetime.Minutes()), "unit": "minute",
		},
	}
	t, err := c.do(ctx, http.MethodPost, "/v2/charge", in.IdempotencyKey, body, "201")
	if err != nil {
		return nil, fmt.Errorf("midtrans: charge %s: %w", in.OrderID, err)
	}
	return t, nil
}

// Status asks what became of an order.
func (c *Client) Status(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	// 407 is a charge that has expired: an answer, not a failure.
	t, err := c.do(ctx, http.MethodGet, orderPath(orderID, "status"), "", nil, "200", "201", "202", "407")
	if err != nil {
		return nil, fmt.Errorf("midtrans: status of %s: %w", orderID, err)
	}
	return t, nil
}

// Cancel closes an unpaid charge.
func (c *Client) Cancel(ctx context.Context, orderID, idempotencyKey string) (*gateway.Transaction, error) {
	t, err := c.do(ctx, http.MethodPost, orderPath(orderID, "cancel"), idempotencyKey, struct{}{}, "200")
	if err != nil {
		return nil, fmt.Errorf("midtrans: cancel %s: %w", orderID, err)
	}
	return t, nil
}

// Expire closes an unpaid charge as expired.
func (c *Client) Expire(ctx context.Context, orderID string) (*gateway.Transaction, error) {
	t, err := c.do(ctx, http.MethodPost, orderPath(orderID, "expire"), "", struct{}{}, "407")
	if err != nil {
		return nil, fmt.Errorf("midtrans: expire %s: %w", orderID, err)
	}
	return t, nil
}

// Refund gives money back.
func (c *Client) Refund(ctx context.Context, in gateway.RefundRequest) (*gateway.Transaction, error) {
	body := map[string]any{"refund_key": in.Key, "amount": in.Amount, "reason": text.Clip(in.Reason, 255)}
	t, err := c.do(ctx, http.MethodPost, orderPath(in.OrderID, "refund"), in.IdempotencyKey, body, "200")
	if err != nil {
		return nil, fmt.Errorf("midtrans: refund %s: %w", in.OrderID, err)
	}
	return t, nil
}

func orderPath(orderID, action string) string {
	return "/v2/" + url.PathEscape(orderID) + "/" + action
}

// do sends one request and returns the answer if its code is one of good.
func (c *Client) do(ctx context.Context, method, path, idempotencyKey string, body any, good ...string) (*gateway.Transaction, error) {
	req, err := c.request(ctx, method, path, idempotencyKey, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.withoutRedirects().Do(req)
	if err != nil {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, Cause: withoutURL(err)}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, Cause: err}
	}
	s, err := parseStatement(raw)
	if err != nil || s.StatusCode == "" { // a proxy's page, not Midtrans
		return nil, noAnswer(resp.StatusCode)
	}
	for _, code := range good {
		if string(s.StatusCode) == code {
			if !s.isWhole() {
				return nil, &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: code, Message: "an answer without its fields"}
			}
			t := s.transaction(c.config.MerchantID, true, raw)
			t.Believe(c.now())
			return t, nil
		}
	}
	return nil, &gateway.APIError{Class: classOf(string(s.StatusCode)), StatusCode: string(s.StatusCode), Message: text.Clip(string(s.StatusMessage), 200)}
}

// withoutRedirects is the HTTP client that takes a redirect for the answer.
// Followed, a POST would become a GET whose "not found" reads as "no such
// transaction", and the key would go along, from https to http, too.
func (c *Client) withoutRedirects() *http.Client {
	h := *c.config.HTTP
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h
}

func (c *Client) request(ctx context.Context, method, path, idempotencyKey string, body any) (*http.Request, error) {
	if len(idempotencyKey) > maxIdempotencyKey {
		return nil, fmt.Errorf("idempotency key of %d characters: Midtrans would ignore it", len(idempotencyKey))
	}
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.config.BaseURL, "/")+path, reader)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.SetBasicAuth(c.keys.Current(), "")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		if c.config.NotifyURL != "" {
			req.Header.Set("X-Override-Notification", c.config.NotifyURL)
		}
	}
	if idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", idempotencyKey)
	}
	return req, nil
}

// classOf sorts the codes of failures. 202 is an idempotent request that is
// still in flight.
func classOf(code string) error {
	switch code {
	case "404":
		return gateway.ErrNotFound
	case "406":
		return gateway.ErrDuplicate
	case "412":
		return gateway.ErrNotModifiable
	case "202", "429":
		return gateway.ErrRetryable
	}
	if strings.HasPrefix(code, "4") {
		return gateway.ErrRejected
	}
	return gateway.ErrAmbiguous // it may have been done, before the answer failed or by a code new to us
}

// noAnswer is the error of an answer that Midtrans did not write, or not to its
// end. It proves nothing about the request, so a proxy's 404 is no "no such
// transaction".
func noAnswer(status int) error {
	e := &gateway.APIError{Class: gateway.ErrAmbiguous, StatusCode: fmt.Sprint(status), Message: "no JSON answer"}
	if classOf(e.StatusCode) == gateway.ErrRetryable {
		e.Class = gateway.ErrRetryable
	}
	return e
}

// withoutURL drops the address that net/http puts into its errors.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
