package programtest

import (
	"net/http/httptest"
	"strings"
	"testing"

	"jasaweb/plugins/payments/midtrans"
	"jasaweb/plugins/payments/midtrans/sandbox"
)

// SandboxKey is the key of the payment sandbox.
const SandboxKey = sandbox.DefaultServerKey

// NewSandbox is a payment provider that notifies nobody.
func NewSandbox(t testing.TB) *httptest.Server {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.Close(); s.Close() })
	return server
}

// SignedNotification is a genuine notification about a charge that nobody asked for.
func SignedNotification() map[string]any {
	order := "JW1-00000001-01ABCDEFGHK"
	gross := "1000000.00"
	return Body(
		"order_id", order, "status_code", "200", "gross_amount", gross, "transaction_status", "settlement",
		"transaction_id", "6c1b2f6e-0000-4000-8000-"+strings.Repeat("0", 12), "fraud_status", "accept", "currency", "IDR",
		"merchant_id", sandbox.DefaultMerchantID, "signature_key", midtrans.Sign(order, "200", gross, SandboxKey),
	)
}

// ForgedNotification has the form of a genuine one and somebody else's signature.
func ForgedNotification() map[string]any {
	m := SignedNotification()
	m["signature_key"] = midtrans.Sign("JW1-00000001-01ABCDEFGHK", "200", "1000000.00", "SB-Mid-server-other")
	return m
}
