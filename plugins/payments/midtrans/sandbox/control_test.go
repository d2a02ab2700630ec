package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestControl(t *testing.T) {
	t.Parallel()
	s := open(t)
	call := func(path, body string) (int, object) {
		t.Helper()
		answer, content := s.request("POST", "/_sim/"+path, body, nil)
		return answer.StatusCode, decoded(t, content)
	}
	order := func(i int) string {
		id := fmt.Sprint("order-", i)
		s.charged(strings.Replace(charge, goldenOrder, id, 1))
		return id
	}
	for i, c := range []struct {
		actions string // path, then the body
		code    int    // of the last
		status  string
	}{
		{"pay", 200, "settlement"},
		{"pay {}", 200, "settlement"},
		{`pay {"issuer":"dana"}`, 200, "settlement"},
		{`pay {"issuer":"x"}`, 400, "pending"},
		{"pay nonsense", 400, "pending"},
		{`pay {"late":true}`, 409, "pending"},
		{"deny", 200, "deny"},
		{"expire", 200, "expire"},
		{"expire;pay", 409, "expire"},
		{`expire;pay {"late":true}`, 200, "settlement"},
		{"refund", 409, "pending"},
		{"pay;refund", 200, "refund"},
		{`pay;refund {"amount":400000}`, 200, "partial_refund"},
		{`pay;refund {"amount":1500001}`, 409, "settlement"},
		{`pay;refund {"amount":5,"refund_key":"k"};refund {"amount":5,"refund_key":"k"}`, 409, "partial_refund"},
		{"chargeback", 409, "pending"},
		{"pay;chargeback", 200, "chargeback"},
		{"pay;pay", 409, "settlement"},
	} {
		id := order(i)
		var code int
		var o object
		for action := range strings.SplitSeq(c.actions, ";") {
			name, body, _ := strings.Cut(action, " ")
			code, o = call("tx/"+id+"/"+name, body)
		}
		if code != c.code || (code == 200 && o["transaction_status"] != c.status) || (code != 200 && o["error"] == nil) {
			t.Errorf("%s: HTTP %d %v", c.actions, code, o)
		}
		if got := s.State().Transactions[i].TransactionStatus; got != c.status {
			t.Errorf("%s: the transaction is %s", c.actions, got)
		}
	}
	if code, o := call("tx/unknown/pay", ""); code != 404 || o["error"] == nil {
		t.Errorf("unknown: HTTP %d %v", code, o)
	}
	if code, o := call("tx/unknown/fly", ""); code != 404 || o["error"] == nil {
		t.Errorf("unknown action: HTTP %d %v", code, o)
	}
}

func TestStateTotalsAndReset(t *testing.T) {
	t.Parallel()
	s := open(t)
	get := func(path string) object {
		t.Helper()
		answer, content := s.request("GET", path, "", nil)
		if answer.StatusCode != 200 {
			t.Fatalf("%s: HTTP %d", path, answer.StatusCode)
		}
		return decoded(t, content)
	}
	if got, err := json.Marshal(s.State()); err != nil || string(got) != `{"transactions":[]}` {
		t.Errorf("empty state %s, %v", got, err)
	}
	id := s.charged(charge)["transaction_id"]
	s.charged(strings.Replace(charge, goldenOrder, "unpaid", 1))
	must(t, s.Pay(goldenOrder))
	must(t, s.Refund(goldenOrder, 400_000))
	expect(t, get("/_sim/state")["transactions"].([]any)[0].(object), object{
		"order_id": goldenOrder, "transaction_id": id, "transaction_status": "partial_refund", "gross_amount": "1500000.00",
		"refund_amount": "400000.00", "settlement_time": "2026-11-22 12:00:00", "issuer": "gopay",
	})
	expect(t, get("/_sim/totals"), object{"settled": 1_500_000.0, "refunded": 400_000.0, "count": 1.0})
	s.webhook.wait(t, 4)
	d := get("/_sim/deliveries")["deliveries"].([]any)[0].(object)
	expect(t, d, object{"id": 1.0, "order_id": goldenOrder, "transaction_status": "pending", "url": s.webhook.URL + "/hook"})
	expect(t, d["body"].(object), object{"signature_key": golden201})

	answer, _ := s.request("POST", "/_sim/reset", "", nil)
	if answer.StatusCode != http.StatusNoContent || len(s.State().Transactions) != 0 || len(s.Deliveries()) != 0 || s.Totals() != (Totals{}) {
		t.Errorf("after the reset: HTTP %d %+v %+v", answer.StatusCode, s.State(), s.Totals())
	}
	s.charged(charge) // the order id is free again
}

func TestCraftedNotifications(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i, c := range []struct{ body, want string }{
		{`{"sign":true,"body":{"order_id":"JW1-00000042-01K","status_code":"200","gross_amount":"1500000.00","extra":[1]}}`, golden200},
		{`{"sign":true,"body":{"order_id":"JW1-00000042-01K","status_code":"202","gross_amount":1500000.00,"signature_key":"old"}}`, golden202},
		{`{"body":{"order_id":"JW1-00000042-01K","signature_key":"forged"}}`, "forged"},
	} {
		answer, content := s.request("POST", "/_sim/notify", c.body, nil)
		if answer.StatusCode != 200 || decoded(t, content)["delivery"] != float64(i+1) {
			t.Fatalf("HTTP %d %s", answer.StatusCode, content)
		}
		expect(t, s.webhook.wait(t, i+1)[i], object{"order_id": goldenOrder, "signature_key": c.want})
	}
	for _, body := range []string{"", "{}", `{"sign":true,"body":[1]}`, `{"sign":true,"body":null}`, `{"body":{},"url":"nowhere"}`, "nonsense"} {
		if answer, content := s.request("POST", "/_sim/notify", body, nil); answer.StatusCode != 400 || decoded(t, content)["error"] == nil {
			t.Errorf("%s: HTTP %d %s", body, answer.StatusCode, content)
		}
	}
	if answer, _ := s.request("POST", "/_sim/notify", `{"body":"`+strings.Repeat("x", maxBody)+`"}`, nil); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: HTTP %d", answer.StatusCode)
	}
}

func TestControlIsForThisMachineAndThisSite(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	for name, c := range map[string]struct {
		remote string
		header http.Header
		want   int
	}{
		"this machine":            {"127.0.0.1:5000", nil, 200},
		"this machine, IPv6":      {"[::1]:5000", nil, 200},
		"another machine":         {"192.0.2.7:5000", nil, 403},
		"another, with a header":  {"192.0.2.7:5000", http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Real-Ip": {"127.0.0.1"}}, 403},
		"no address":              {"", nil, 403},
		"a form of another site":  {"127.0.0.1:5000", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"another site's old form": {"127.0.0.1:5000", http.Header{"Origin": {"https://example.com"}}, 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:9099/_sim/notify", strings.NewReader(`{"body":{}}`))
		r.RemoteAddr = c.remote
		for name, values := range c.header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: HTTP %d %s", name, w.Code, w.Body)
		}
	}
}

func TestGoControlErrors(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.charged(charge)
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"pay an unknown one", func() error { return s.Pay("unknown") }, ErrNotFound},
		{"refund an unknown one", func() error { return s.Refund("unknown", 0) }, ErrNotFound},
		{"refund an unpaid one", func() error { return s.Refund(goldenOrder, 0) }, ErrNotModifiable},
		{"pay late in time", func() error { return s.PayLate(goldenOrder) }, ErrNotModifiable},
		{"charge back an unpaid one", func() error { return s.Chargeback(goldenOrder) }, ErrNotModifiable},
		{"pay", func() error { return s.Pay(goldenOrder) }, nil},
		{"deny a paid one", func() error { return s.Deny(goldenOrder) }, ErrNotModifiable},
		{"expire a paid one", func() error { return s.Expire(goldenOrder) }, ErrNotModifiable},
		{"refund a rupiah too much", func() error { return s.Refund(goldenOrder, goldenGross+1) }, ErrRefundAmount},
		{"refund a debt", func() error { return s.Refund(goldenOrder, -1) }, ErrRefundAmount},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := s.Resend(99); err == nil {
		t.Error("resent a delivery that does not exist")
	}
}

func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	const orders = 20
	var all sync.WaitGroup
	for i := range orders {
		id := fmt.Sprint("order-", i)
		all.Go(func() {
			s.charged(strings.Replace(charge, goldenOrder, id, 1))
			var both sync.WaitGroup
			paid := make(chan error, 2)
			for range 2 {
				both.Go(func() { paid <- s.Pay(id) })
			}
			both.Wait()
			if first, second := <-paid, <-paid; (first == nil) == (second == nil) {
				t.Errorf("%s was paid with %v and %v", id, first, second)
			}
			must(t, s.Refund(id, 500_000))
		})
		all.Go(func() {
			s.State()
			s.Deliveries()
			s.Totals()
			s.request("GET", "/notifications", "", nil)
		})
	}
	all.Wait()
	if got := s.Totals(); got != (Totals{Settled: orders * goldenGross, Refunded: orders * 500_000, Count: orders}) {
		t.Errorf("totals %+v", got)
	}
	s.webhook.wait(t, 4*orders)
}
