package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"jasaweb/plugins/payments/qris"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// object is a decoded JSON object.
type object = map[string]any

// shop is a sandbox on a real port with a merchant's webhook next to it.
type shop struct {
	t *testing.T
	*Server
	http    *httptest.Server
	webhook *webhook
	clock   *clock
}

// clock is a hand-moved clock that begins at noon in WIB.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// webhook keeps what it receives.
type webhook struct {
	*httptest.Server
	answer func(n int, w http.ResponseWriter, r *http.Request) // to the n-th request, from 1

	mu       sync.Mutex
	received []object
	headers  []http.Header
}

func newWebhook(t *testing.T) *webhook {
	h := &webhook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var o object
		if err := json.Unmarshal(body, &o); err != nil {
			t.Errorf("webhook got %q: %v", body, err)
		}
		h.mu.Lock()
		h.received, h.headers = append(h.received, o), append(h.headers, r.Header)
		n := len(h.received)
		h.mu.Unlock()
		if h.answer != nil {
			h.answer(n, w, r)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *webhook) all() []object {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.received)
}

// wait returns the first n notifications.
func (h *webhook) wait(t *testing.T, n int) []object {
	t.Helper()
	eventually(t, func() bool { return len(h.all()) >= n })
	return h.all()[:n]
}

// eventually waits for what happens in the background.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
	}
}

// open starts a shop. Repetitions of notifications come within milliseconds.
func open(t *testing.T, change ...func(*Config)) *shop {
	t.Helper()
	s := &shop{t: t, webhook: newWebhook(t), clock: &clock{now: time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)}}
	config := Config{NotifyURL: s.webhook.URL + "/hook", Speed: 1e7, Now: s.clock.Now}
	for _, c := range change {
		c(&config)
	}
	var err error
	if s.Server, err = New(config); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s.Server)
	s.http.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		s.http.Close()
		s.Server.Close()
	})
	return s
}

// request is one call of the shop's server.
func (s *shop) request(method, path, body string, header http.Header) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	answer, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, content
}

// signedIn is the header of a merchant with the right key.
func signedIn(more ...string) http.Header {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(DefaultServerKey, "")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	return r.Header
}

// api calls the API and expects HTTP 200 and a JSON body.
func (s *shop) api(method, path, body string, more ...string) object {
	s.t.Helper()
	answer, content := s.request(method, path, body, signedIn(more...))
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
		s.t.Fatalf("%s %s: HTTP %d %s %s", method, path, answer.StatusCode, answer.Header.Get("Content-Type"), content)
	}
	return decoded(s.t, content)
}

func decoded(t *testing.T, content []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(content, &o); err != nil {
		t.Fatalf("%s: %v", content, err)
	}
	return o
}

const (
	goldenOrder = "JW1-00000042-01K"
	goldenGross = 1_500_000
	charge      = `{"payment_type":"qris","transaction_details":{"order_id":"JW1-00000042-01K","gross_amount":1500000}}`
)

// charged makes a charge that must succeed.
func (s *shop) charged(body string, more ...string) object {
	s.t.Helper()
	o := s.api("POST", "/v2/charge", body, more...)
	if o["status_code"] != "201" {
		s.t.Fatalf("charge: %v", o)
	}
	return o
}

// must ends the test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expect compares fields; a want of nil means that there is no such field.
func expect(t *testing.T, got object, want object) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
}

func TestChargePaySettle(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.charged(`{"payment_type":"qris","transaction_details":{"order_id":"JW1-00000042-01K","gross_amount":1500000},
		"item_details":[{"id":"1","name":"Website sekolah","price":1600000,"quantity":1},{"name":"Diskon","price":-50000,"quantity":2}],
		"customer_details":{"first_name":"Sari","last_name":"Dewi","email":"sari@example.id"},
		"custom_field1":"invoice 42","metadata":{"project":{"id":7}}}`)
	expect(t, c, object{
		"status_message": "QRIS transaction is created", "order_id": goldenOrder, "merchant_id": "G000000001",
		"gross_amount": "1500000.00", "currency": "IDR", "payment_type": "qris", "transaction_status": "pending",
		"fraud_status": "accept", "acquirer": "gopay", "transaction_time": "2026-11-22 12:00:00", "expiry_time": "2026-11-22 12:15:00",
	})
	must(t, qris.Check(c["qr_string"].(string), goldenGross))
	if id := c["transaction_id"].(string); len(id) != 36 || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) {
		t.Errorf("%s is no version 4 UUID", id)
	}

	pending := s.webhook.wait(t, 1)[0]
	expect(t, pending, object{
		"transaction_status": "pending", "status_code": "201", "status_message": "midtrans payment notification",
		"signature_key": golden201, "transaction_id": c["transaction_id"], "expiry_time": "2026-11-22 12:15:00",
		"custom_field1": "invoice 42", "settlement_time": nil, "qr_string": nil,
	})
	s.clock.advance(90 * time.Second)
	must(t, s.Pay(goldenOrder))
	settled := s.webhook.wait(t, 2)[1]
	expect(t, settled, object{
		"transaction_status": "settlement", "status_code": "200", "signature_key": golden200, "gross_amount": "1500000.00",
		"settlement_time": "2026-11-22 12:01:30", "issuer": "gopay", "acquirer": "gopay", "transaction_type": "on-us", "fraud_status": "accept",
		"merchant_id": "G000000001", "payment_type": "qris", "currency": "IDR", "order_id": goldenOrder,
	})
	if settled["merchant_cross_reference_id"] == nil {
		t.Error("no merchant_cross_reference_id")
	}
	if got, _ := json.Marshal(settled["metadata"]); string(got) != `{"project":{"id":7}}` {
		t.Errorf("metadata %s", got)
	}
	if got, _ := json.Marshal(settled["customer_details"]); string(got) != `{"email":"sari@example.id","full_name":"Sari Dewi"}` {
		t.Errorf("customer_details %s", got)
	}
	if h := s.webhook.headers[1]; h.Get("User-Agent") != "Veritrans" || h.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", h)
	}
	if got := s.Totals(); got != (Totals{Settled: goldenGross, Count: 1}) {
		t.Errorf("totals %+v", got)
	}
}

// Signatures of the golden order, made with another implementation.
const (
	golden201 = "61076a681c46e4b887ab483c9a0ed86e3d8a89d91ee5f7459fd97f94a24fd631cdd65a3cbb3fbb031ece0025fb74ab9024a3803a7a8dcbfa93433ae358eef497"
	golden200 = "be35aaf5968fbd4417068de78e7463e79eb7e64195f41dd3cc464128fa2858876f74d0b59c25b9d7131b99023e51027e3ed94154c560c99540e6333f03deb1a6"
	golden202 = "0f879feeb44c71674e5574ff306c4ba7997c1916037a6118626de696e3705c377932283be6fecc9b57e8fc47aaa284e5c5ecc6ebd1994de8833aa639e144018a"
)

func TestSign(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ order, code, gross, key, want string }{
		{"1111", "200", "100000.00", "askvnoibnosifnboseofinbofinfgbiufglnbfg", "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231"},
		{goldenOrder, "201", "1500000.00", DefaultServerKey, golden201},
		{goldenOrder, "200", "1500000.00", DefaultServerKey, golden200},
		{goldenOrder, "202", "1500000.00", DefaultServerKey, golden202},
	} {
		if got := Sign(c.order, c.code, c.gross, c.key); got != c.want {
			t.Errorf("%s %s: %s", c.order, c.code, got)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"production key":    {ServerKey: "Mid-server-secret"},
		"remote webhook":    {NotifyURL: "https://example.com/hook"},
		"remote address":    {NotifyURL: "http://192.0.2.1/hook"},
		"no webhook scheme": {NotifyURL: "127.0.0.1:8090/hook"},
		"file webhook":      {NotifyURL: "file:///etc/passwd"},
		"base URL":          {BaseURL: "nowhere"},
		"retry profile":     {RetryProfile: "c"},
		"speed":             {Speed: -1},
		"merchant":          {MerchantID: "G1234567890123456"},
	} {
		if s, err := New(c); err == nil {
			s.Close()
			t.Errorf("%s was accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	for name, c := range map[string]Config{
		"nothing": {}, "remote, allowed": {NotifyURL: "https://example.com/hook", AllowRemote: true}, "by name": {NotifyURL: "http://localhost:8090/"}, "IPv6": {NotifyURL: "http://[::1]:8090/"},
	} {
		s, err := New(c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.Close()
	}
}

func TestCloseEndsHangingDeliveries(t *testing.T) {
	t.Parallel()
	s := open(t)
	arrived, release := make(chan struct{}, 8), make(chan struct{})
	s.webhook.answer = func(int, http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release }
	s.charged(charge)
	<-arrived
	must(t, s.Pay(goldenOrder)) // waits behind the first
	begin := time.Now()
	s.Server.Close()
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Close took %v", took)
	}
	close(release)
	must(t, s.Refund(goldenOrder, 0)) // still answers, notifies nobody
	if n := len(s.webhook.all()); n != 1 {
		t.Errorf("%d notifications", n)
	}
}

func TestNothingShowsTheServerKey(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	s := open(t, func(c *Config) { c.Logger = slogTo(&log) })
	s.charged(charge)
	s.api("POST", "/v2/charge", charge)
	s.request("POST", "/v2/charge", charge, http.Header{"Authorization": {"Basic wrong"}})
	must(t, s.Pay(goldenOrder))
	s.webhook.wait(t, 2)
	var shown bytes.Buffer
	for _, path := range []string{"/", "/pay/" + goldenOrder, "/notifications", "/_sim/state", "/_sim/deliveries", "/v2/" + goldenOrder + "/status"} {
		_, content := s.request("GET", path, "", signedIn())
		shown.Write(content)
	}
	eventually(t, func() bool { return strings.Count(log.String(), "msg=notification") == 2 })
	for name, text := range map[string]string{"log": log.String(), "answers": shown.String()} {
		if strings.Contains(text, DefaultServerKey) || strings.Contains(text, "Basic ") {
			t.Errorf("the %s show it:\n%s", name, text)
		}
	}
}
