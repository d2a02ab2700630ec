package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// try makes a charge that may go without an answer.
func (s *shop) try(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", s.http.URL+"/v2/charge", strings.NewReader(charge))
	must(s.t, err)
	r.Header = signedIn()
	return s.http.Client().Do(r)
}

func TestChargesThatFail(t *testing.T) {
	t.Parallel()
	for rules, code := range map[string]string{
		`[{"option":"charge_5xx","count":1}]`:                                       "500",
		`[{"option":"charge_5xx","code":503,"count":1}]`:                            "503",
		`[{"option":"charge_429","count":1,"match":{"order_id":"JW1-*"}}]`:          "429",
		`[{"option":"charge_429","count":1,"match":{"status":"pending"}}]`:          "429",
		`[{"option":"charge_429","match":{"order_id":"other"}}]`:                    "201",
		`[{"option":"charge_5xx","match":{"order_id":"JW1-00000042-01?x"}}]`:        "201",
		`[{"option":"charge_5xx","probability":0}]`:                                 "201",
		`[{"option":"charge_5xx","match":{"status":"settlement"},"probability":1}]`: "201",
	} {
		s := troubled(t, rules)
		o := s.api("POST", "/v2/charge", charge, "Idempotency-Key", "k")
		expect(t, o, object{"status_code": code})
		if code == "201" {
			continue
		}
		if n := len(s.State().Transactions); n != 0 {
			t.Errorf("%s: %d transactions were made", rules, n)
		}
		s.charged(charge, "Idempotency-Key", "k") // the failure is not kept
		if s.fired() != 1 {
			t.Errorf("%s fired %d times", rules, s.fired())
		}
	}
}

func TestTheHTTPStatusCanBeTheCode(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config) { c.HTTPStatus = HTTPStatusBody })
	post := func(path, body string) int {
		t.Helper()
		answer, content := s.request("POST", path, body, signedIn())
		if code := decoded(t, content)["status_code"]; code != answer.Status[:3] {
			t.Errorf("%s: HTTP %s with code %v", path, answer.Status, code)
		}
		return answer.StatusCode
	}
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/v2/charge", "{}", 400}, {"/v2/charge", charge, 201}, {"/v2/charge", charge, 406}, {"/v2/unknown/cancel", "", 404},
		{"/v2/" + goldenOrder + "/expire", "", 407}, {"/v2/" + goldenOrder + "/refund", "", 412},
		{"/v2/charge", `{"x":"` + strings.Repeat("x", maxBody) + `"}`, 413},
	} {
		if got := post(c.path, c.body); got != c.want {
			t.Errorf("%s: HTTP %d, want %d", c.path, got, c.want)
		}
	}
	s.trouble(`{"charge_429":1}`, 200)
	if got := post("/v2/charge", charge); got != 429 {
		t.Errorf("chaos: HTTP %d", got)
	}
}

func TestChargeTimeoutButCreated(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *Config) { c.Speed = 1 }) // a minute would pass
	s.trouble(`[{"option":"charge_timeout_but_created","count":1}]`, 200)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if answer, err := s.try(ctx); err == nil {
		answer.Body.Close()
		t.Fatalf("an answer came: HTTP %d", answer.StatusCode)
	} else if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("not a timeout: %v", err)
	}
	expect(t, s.webhook.wait(t, 1)[0], object{"transaction_status": "pending", "order_id": goldenOrder})
	expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": "pending"})
	expect(t, s.api("POST", "/v2/charge", charge), object{"status_code": "406"})
}

func TestChargeTimeoutIsAdoptedByItsKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.trouble(`[{"option":"charge_timeout_but_created","count":1,"delay":0.001}]`, 200)
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.http.URL+"/v2/charge", strings.NewReader(charge))
	must(t, err)
	r.Header = signedIn("Idempotency-Key", "k")
	// On a connection of its own: Go's client itself repeats a request with a key
	// when a connection that was used before breaks.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if answer, err := client.Do(r); err == nil {
		answer.Body.Close()
		t.Fatalf("an answer came: HTTP %d", answer.StatusCode)
	}
	o := s.charged(charge, "Idempotency-Key", "k")
	if all := s.State().Transactions; len(all) != 1 || all[0].TransactionID != o["transaction_id"] {
		t.Errorf("%v answered, made %+v", o, all)
	}
}

func TestChargeSlow(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"charge_slow","delay":20}]`)
	type result struct {
		code int
		err  error
	}
	done := make(chan result, 1)
	go func() {
		answer, err := s.try(t.Context())
		if err != nil {
			done <- result{err: err}
			return
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		if err == nil && !strings.Contains(string(content), `"status_code":"201"`) {
			err = errors.New(string(content))
		}
		done <- result{answer.StatusCode, err}
	}()
	s.webhook.wait(t, 1) // nothing but the answer is slow
	eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.agenda) == 1
	})
	s.advance(20*time.Second - 1)
	select {
	case r := <-done:
		t.Fatalf("answered too early: %+v", r)
	case <-time.After(20 * time.Millisecond):
	}
	s.advance(1)
	if r := <-done; r.err != nil || r.code != 200 {
		t.Errorf("answered %+v", r)
	}
}

func TestCloseEndsSlowAnswers(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"charge_slow":1}`)
	done := make(chan error, 1)
	go func() {
		answer, err := s.try(t.Context())
		if err == nil {
			answer.Body.Close()
		}
		done <- err
	}()
	s.webhook.wait(t, 1)
	s.Server.Close()
	must(t, <-done)
}

func TestPaidBeforeTheChargeIsAnswered(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"running": func(*Config) {}, "standing": standing(1), "realistic": func(c *Config) { c.Realistic = true }} {
		s := open(t, change)
		s.trouble(`{"before_charge_response":1}`, 200)
		o := s.charged(charge, "Idempotency-Key", "k")
		if got := s.webhook.statuses(); got != "pending settlement" {
			t.Errorf("%s: received before the answer: %q", name, got)
		}
		expect(t, o, object{"transaction_status": "pending", "status_code": "201"})
		expect(t, s.charged(charge, "Idempotency-Key", "k"), object{"transaction_id": o["transaction_id"]})
		expect(t, s.api("GET", "/v2/"+goldenOrder+"/status", ""), object{"transaction_status": "settlement"})
		if s.fired() != 1 || s.Totals().Count != 1 {
			t.Errorf("%s: fired %d times, %+v", name, s.fired(), s.Totals())
		}
	}
}

func TestAReceiverThatWaitsForTheAnswerDoesNotBlockIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.profile.timeout = 20 * time.Millisecond
	s.trouble(`{"before_charge_response":1}`, 200)
	answered := make(chan struct{})
	s.webhook.answer = func(int, http.ResponseWriter, *http.Request) { <-answered }
	s.charged(charge)
	close(answered)
}

func TestStatusDown(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"status_down","count":1},{"option":"status_down","code":502,"match":{"order_id":"JW1-*","status":"settlement"}}]`)
	id := s.charged(charge)["transaction_id"].(string)
	get := func() (int, string) {
		answer, content := s.request("GET", "/v2/"+id+"/status", "", signedIn())
		return answer.StatusCode, answer.Header.Get("Content-Type") + " " + string(content)
	}
	if code, text := get(); code != 503 || !strings.HasPrefix(text, "text/html") || !strings.Contains(text, outagePage) {
		t.Errorf("HTTP %d %s", code, text)
	}
	if code, text := get(); code != 200 || !strings.Contains(text, `"pending"`) {
		t.Errorf("HTTP %d %s", code, text)
	}
	must(t, s.Pay(goldenOrder))
	if code, _ := get(); code != 502 {
		t.Errorf("HTTP %d", code)
	}
	if answer, _ := s.request("GET", "/v2/"+id+"/status", "", nil); answer.StatusCode != 401 {
		t.Errorf("without a key: HTTP %d", answer.StatusCode)
	}
}

func TestStatusStale(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"status_stale","count":2},{"option":"fee_amount"}]`)
	s.charged(charge)
	status := func() object { return s.api("GET", "/v2/"+goldenOrder+"/status", "") }
	expect(t, status(), object{"transaction_status": "pending"})
	if s.fired() != 0 {
		t.Error("it fired for an unpaid order")
	}
	must(t, s.Pay(goldenOrder))
	must(t, s.Refund(goldenOrder, 1000))
	for range 2 {
		expect(t, status(), object{
			"transaction_status": "pending", "status_code": "201", "signature_key": golden201, "settlement_time": nil, "refunds": nil, "issuer": nil,
		})
	}
	expect(t, status(), object{"transaction_status": "partial_refund", "refund_amount": "1000.00"})
}

func TestChaosLeavesOtherCallersAlone(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"status_down":1,"charge_5xx":1,"charge_429":1,"status_stale":1}`)
	for _, c := range []struct{ method, path, body, code string }{
		{"POST", "/v2/unknown/cancel", "", "404"}, {"POST", "/v2/unknown/refund", "", "404"}, {"POST", "/v2/charge", charge, "429"},
	} {
		expect(t, s.api(c.method, c.path, c.body), object{"status_code": c.code})
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/v2/charge", io.MultiReader(strings.NewReader(charge), strings.NewReader(strings.Repeat(" ", maxBody))))
	r.ContentLength = -1
	r.Header = signedIn()
	s.trouble(`[{"option":"charge_429","match":{"order_id":"other"}}]`, 200)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	expect(t, decoded(t, w.Body.Bytes()), object{"status_code": "413"})
}
