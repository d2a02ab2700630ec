package midtrans

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jasaweb/collections/paystate"
	"jasaweb/plugins/payments/gateway"
)

// call is a request as the provider saw it.
type call struct {
	method, uri string
	header      http.Header
	body        map[string]any
}

// provider answers every request the same and remembers the last one.
type provider struct {
	status int
	answer string
	calls  []call
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{method: r.Method, uri: r.RequestURI, header: r.Header.Clone()}
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &c.body)
	p.calls = append(p.calls, c)
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.answer)
}

func clientOf(t *testing.T, h http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(Config{
		BaseURL: server.URL + "/", ServerKey: goldenKey + ",SB-Mid-server-PREVIOUS", HTTP: server.Client(),
		NotifyURL: "https://agency.example/api/webhooks/midtrans",
	}, func() time.Time { return time.Date(2026, 2, 28, 23, 30, 0, 0, time.UTC) })
}

func answering(t *testing.T, status int, answer string) (*Client, *provider) {
	t.Helper()
	p := &provider{status: status, answer: answer}
	return clientOf(t, p), p
}

func someCharge() gateway.Charge {
	return gateway.Charge{
		OrderID: goldenOrder, Amount: 1_500_000, Item: strings.Repeat("é", 60), CustomerName: "Budi", CustomerEmail: "budi@example.id",
		InvoiceID: "inv1", Lifetime: time.Hour, IdempotencyKey: "chg-1",
	}
}

// operations are the five calls, each with a code that means success.
var operations = []struct {
	name, method, uri, good string
	do                      func(context.Context, *Client) (*gateway.Transaction, error)
}{
	{"charge", "POST", "/v2/charge", "201", func(ctx context.Context, c *Client) (*gateway.Transaction, error) { return c.Charge(ctx, someCharge()) }},
	{"status", "GET", "/v2/o1/status", "200", func(ctx context.Context, c *Client) (*gateway.Transaction, error) { return c.Status(ctx, "o1") }},
	{"cancel", "POST", "/v2/o1/cancel", "200", func(ctx context.Context, c *Client) (*gateway.Transaction, error) {
		return c.Cancel(ctx, "o1", "cnl-1")
	}},
	{"expire", "POST", "/v2/o1/expire", "407", func(ctx context.Context, c *Client) (*gateway.Transaction, error) { return c.Expire(ctx, "o1") }},
	{"refund", "POST", "/v2/o1/refund", "200", func(ctx context.Context, c *Client) (*gateway.Transaction, error) {
		return c.Refund(ctx, gateway.RefundRequest{OrderID: "o1", Key: "r1", Amount: 400_000, Reason: strings.Repeat("é", 300), IdempotencyKey: "rfd-1"})
	}},
}

func TestRequestsCarryAddressKeyAndHeaders(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"charge": "chg-1", "cancel": "cnl-1", "refund": "rfd-1"}
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			c, p := answering(t, 200, whole(op.good))
			if _, err := op.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			got := p.calls[0]
			if got.method != op.method || got.uri != op.uri {
				t.Errorf("%s %s, want %s %s", got.method, got.uri, op.method, op.uri)
			}
			user, password, ok := (&http.Request{Header: got.header}).BasicAuth()
			if !ok || user != goldenKey || password != "" {
				t.Errorf("basic auth %q, %q, %v", user, password, ok)
			}
			want := map[string]string{"Accept": "application/json", "Idempotency-Key": keys[op.name], "Content-Type": "", "X-Override-Notification": ""}
			if op.method == "POST" {
				want["Content-Type"], want["X-Override-Notification"] = "application/json", c.config.NotifyURL
			}
			for name, value := range want {
				if got.header.Get(name) != value {
					t.Errorf("%s: %q, want %q", name, got.header.Get(name), value)
				}
			}
		})
	}
}

// whole is the least that an answer must say.
func whole(code string) string {
	return `{"status_code":"` + code + `","transaction_status":"pending","transaction_id":"t1","gross_amount":"1500000.00"}`
}

func TestNotificationAddressIsLeftToTheDashboardWithoutOne(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, whole("201"))
	c.config.NotifyURL = ""
	if _, err := c.Charge(t.Context(), someCharge()); err != nil {
		t.Fatal(err)
	}
	if _, sent := p.calls[0].header["X-Override-Notification"]; sent {
		t.Error("an empty header overrides the dashboard")
	}
}

func TestChargeBody(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, whole("201"))
	in := someCharge()
	if _, err := c.Charge(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	// The clock stands at half past eleven at night in UTC: 06:30 in Jakarta.
	want := `{"custom_expiry":{"expiry_duration":60,"order_time":"2026-03-01 06:30:00 +0700","unit":"minute"},` +
		`"custom_field1":"inv1","customer_details":{"email":"budi@example.id","first_name":"Budi"},` +
		`"item_details":[{"id":"1","name":"` + strings.Repeat("é", 50) + `","price":1500000,"quantity":1}],` +
		`"payment_type":"qris","qris":{"acquirer":"gopay"},` +
		`"transaction_details":{"gross_amount":1500000,"order_id":"` + goldenOrder + `"}}`
	if got := compact(t, p.calls[0].body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	in.CustomerEmail = ""
	if _, err := c.Charge(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if got := compact(t, p.calls[1].body["customer_details"]); got != "{}" {
		t.Errorf("customer without an address: %s", got)
	}
}

// compact encodes a value with sorted keys and whole numbers.
func compact(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestRefundBody(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, `{"status_code":"200","transaction_status":"partial_refund","transaction_id":"t1","gross_amount":"1500000.00",
		"refunds":[{"refund_key":"r1","refund_amount":"400000.00"}]}`)
	got, err := operations[4].do(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"amount":400000,"reason":"` + strings.Repeat("é", 255) + `","refund_key":"r1"}`
	if body := compact(t, p.calls[0].body); body != want {
		t.Errorf("body %s", body)
	}
	if got.Notice.Status != paystate.PartialRefund || len(got.Notice.Refunds) != 1 || got.Notice.Refunds[0].Amount != 400_000 {
		t.Errorf("notice %+v", got.Notice)
	}
}

func TestChargeAnswerIsRead(t *testing.T) {
	t.Parallel()
	c, _ := answering(t, 200, `{"status_code":"201","transaction_id":"t1","order_id":"`+goldenOrder+`","merchant_id":"M2","gross_amount":"1500000.00",
		"currency":"IDR","transaction_status":"pending","fraud_status":"accept","acquirer":"gopay","qr_string":"0002","expiry_time":"2026-03-01 07:30:00",
		"custom_field1":"inv1","actions":[{"name":"generate-qr-code","method":"GET","url":"https://x"}]}`)
	c.config.MerchantID = "M1"
	got, err := c.Charge(t.Context(), someCharge())
	if err != nil {
		t.Fatal(err)
	}
	if got.OrderID != goldenOrder || got.QRString != "0002" || got.InvoiceID != "inv1" || got.Acquirer != "gopay" ||
		got.ExpiresAt != time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC) {
		t.Errorf("transaction %+v", got)
	}
	n := got.Notice
	if n.Status != paystate.Pending || !n.Confirmed || n.Gross != 1_500_000 || !n.Whole || n.TxnID != "t1" || !n.ForeignMerchant {
		t.Errorf("notice %+v", n)
	}
}

func TestAmountsOutOfRangeAreNeverSent(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, whole("201"))
	for _, amount := range []int64{-1, 0, gateway.MaxAmount + 1, 1 << 62} {
		in := someCharge()
		in.Amount = amount
		if got, err := c.Charge(t.Context(), in); !errors.Is(err, gateway.ErrRejected) || got != nil {
			t.Errorf("%d: %v, %v", amount, got, err)
		}
	}
	if len(p.calls) != 0 {
		t.Errorf("%d calls", len(p.calls))
	}
	for _, amount := range []int64{1, gateway.MaxAmount} {
		in := someCharge()
		in.Amount = amount
		if _, err := c.Charge(t.Context(), in); err != nil {
			t.Errorf("%d: %v", amount, err)
		}
	}
}

// Midtrans ignores a longer key silently, and the second charge would be one.
func TestLongIdempotencyKeysAreNeverSent(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, whole("201"))
	in := someCharge()
	in.IdempotencyKey = strings.Repeat("k", 46)
	if _, err := c.Charge(t.Context(), in); err != nil || p.calls[0].header.Get("Idempotency-Key") != in.IdempotencyKey {
		t.Errorf("46 characters: %v", err)
	}
	in.IdempotencyKey += "k"
	if _, err := c.Charge(t.Context(), in); err == nil || len(p.calls) != 1 {
		t.Errorf("47 characters: %v after %d calls", err, len(p.calls))
	}
}

func TestOrderIDsAreEscapedInThePath(t *testing.T) {
	t.Parallel()
	c, p := answering(t, 200, whole("200"))
	for id, want := range map[string]string{
		"../charge?x=1#y": "/v2/..%2Fcharge%3Fx=1%23y/status",
		"a b%2f":          "/v2/a%20b%252f/status",
		goldenOrder:       "/v2/" + goldenOrder + "/status",
	} {
		p.calls = nil
		if _, err := c.Status(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := p.calls[0].uri; got != want {
			t.Errorf("%q asked %s, want %s", id, got, want)
		}
	}
}

func TestAnswersThatAreNoFailure(t *testing.T) {
	t.Parallel()
	for name, codes := range map[string][]string{
		"charge": {"201"}, "status": {"200", "201", "202", "407"}, "cancel": {"200"}, "expire": {"407"}, "refund": {"200"},
	} {
		for _, op := range operations {
			if op.name != name {
				continue
			}
			for _, code := range codes {
				for _, form := range []string{`"%s"`, `%s`} {
					c, _ := answering(t, 200, strings.Replace(whole(code), `"`+code+`"`, fmt.Sprintf(form, code), 1))
					if got, err := op.do(t.Context(), c); err != nil || got == nil || got.Notice.Code != code {
						t.Errorf("%s, %s: %v, %v", name, code, got, err)
					}
				}
			}
		}
	}
}
