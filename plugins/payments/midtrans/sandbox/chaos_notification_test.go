package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// troubled opens a shop with a standing clock and these rules.
func troubled(t *testing.T, rules string) *shop {
	t.Helper()
	s := open(t, standing(1))
	s.trouble(rules, http.StatusOK)
	return s
}

// trouble posts rules and returns the answer.
func (s *shop) trouble(rules string, want int) object {
	s.t.Helper()
	answer, content := s.request("POST", "/_sim/chaos", rules, nil)
	if answer.StatusCode != want {
		s.t.Fatalf("chaos %s: HTTP %d %s", rules, answer.StatusCode, content)
	}
	return decoded(s.t, content)
}

// fired is how often the first rule has fired.
func (s *shop) fired() int {
	s.t.Helper()
	return s.Chaos()[0].Fired
}

// settled is what a charge with metadata and its payment make the webhook
// receive last.
func (s *shop) settled() object {
	s.t.Helper()
	s.charged(strings.Replace(charge, "{", `{"custom_field1":"invoice 42","metadata":{"project":7,"extra_info":{"note":"x"}},`, 1))
	must(s.t, s.Pay(goldenOrder))
	s.advance(0)
	all := s.webhook.all()
	if len(all) != 2 {
		s.t.Fatalf("%d notifications", len(all))
	}
	return all[1]
}

func TestChaosLosesAndRepeats(t *testing.T) {
	t.Parallel()
	for rules, c := range map[string]struct {
		at   []time.Duration // after charge and payment at 0
		want []string        // received by then, in all
	}{
		`{}`:               {[]time.Duration{day}, []string{"pending settlement"}},
		`{"drop":1}`:       {[]time.Duration{day}, []string{""}},
		`{"drop":0}`:       {[]time.Duration{day}, []string{"pending settlement"}},
		`{"drop_first":1}`: {[]time.Duration{0, time.Minute}, []string{"", "pending settlement"}},
		`[{"option":"drop_first","k":2,"match":{"order_id":"JW1-*","status":"settlement"}}]`: {
			[]time.Duration{0, 2*time.Minute - 1, 2 * time.Minute}, []string{"pending", "pending", "pending settlement"},
		},
		`[{"option":"drop_first","k":6}]`: {[]time.Duration{day}, []string{""}},
		`{"duplicate":1}`:                 {[]time.Duration{0}, []string{"pending pending settlement settlement"}},
		`[{"option":"duplicate","n":2,"gap":30,"match":{"status":"settlement"}}]`: {
			[]time.Duration{0, 30 * time.Second, 59 * time.Second, time.Minute},
			[]string{"pending settlement", "pending settlement settlement", "pending settlement settlement", "pending settlement settlement settlement"},
		},
		`[{"option":"delay","count":1}]`: {
			[]time.Duration{0, 5*time.Second - 1, 5 * time.Second}, []string{"settlement", "settlement", "settlement pending"},
		},
		`[{"option":"delay","delay":60,"match":{"status":"pending"}}]`: {
			[]time.Duration{59 * time.Second, time.Minute}, []string{"settlement", "settlement pending"},
		},
		`{"paid_no_notify":1}`: {[]time.Duration{day}, []string{"pending"}},
		`[{"option":"drop","match":{"order_id":"other"}},{"option":"drop","match":{"status":"refund"}}]`: {[]time.Duration{0}, []string{"pending settlement"}},
	} {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			s := open(t, standing(1), func(c *Config) { c.RetryProfile = "b" })
			s.trouble(rules, 200)
			s.charged(charge)
			must(t, s.Pay(goldenOrder))
			s.advance(0)
			for i, at := range c.at {
				s.advance(at - s.now().Sub(noon))
				if got := s.webhook.statuses(); got != c.want[i] {
					t.Errorf("after %v: %q, want %q", at, got, c.want[i])
				}
			}
			if got := s.Totals().Settled; got != goldenGross {
				t.Errorf("settled %d", got)
			}
		})
	}
}

// noon is when the shops' clocks begin.
var noon = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

func (s *shop) now() time.Time { return s.Server.clock.Now() }

func TestLostNotificationsAreInTheHistory(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"drop","count":1},{"option":"drop_first","match":{"status":"settlement"}}]`)
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	s.advance(0)
	all := s.Deliveries()
	if d := all[0]; d.State != DeliveryFailed || d.NextAttempt != nil || d.Attempts[0].Error != errLost.Error() {
		t.Errorf("dropped: %+v", d)
	}
	if d := all[1]; d.State != DeliveryWaiting || d.NextAttempt == nil || d.Attempts[0].Error != errLost.Error() {
		t.Errorf("dropped first: %+v", d)
	}
	s.advance(2 * time.Minute)
	if d := s.Deliveries()[1]; d.State != DeliveryDelivered || len(d.Attempts) != 2 {
		t.Errorf("dropped first: %+v", d)
	}
}

func TestChaosReorders(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"reorder","window":10}]`)
	const orders = 20
	for i := range orders {
		s.charged(another(fmt.Sprint("order-", i)))
		must(t, s.Pay(fmt.Sprint("order-", i)))
	}
	s.advance(10 * time.Second)
	first := map[any]any{} // status by order
	for _, o := range s.webhook.all() {
		if first[o["order_id"]] == nil {
			first[o["order_id"]] = o["transaction_status"]
		}
	}
	turned := 0
	for _, status := range first {
		if status == StatusSettlement {
			turned++
		}
	}
	if len(s.webhook.all()) != 2*orders || turned == 0 || turned == orders {
		t.Errorf("%d notifications, %d of %d orders settled first", len(s.webhook.all()), turned, orders)
	}
}

func TestChaosSpoilsNotifications(t *testing.T) {
	t.Parallel()
	const hmacBegin = "1058c95087f4188f" // made with another implementation
	signed := func(code, gross string) string { return Sign(goldenOrder, code, gross, DefaultServerKey) }
	for rules, want := range map[string]object{
		`{}`:                  {"status_code": "200", "signature_key": golden200, "gross_amount": "1500000.00", "fraud_status": "accept"},
		`{"drop":0}`:          {"signature_key": golden200},
		`{"tamper_amount":1}`: {"signature_key": golden200, "gross_amount": "1.00", "transaction_status": "settlement"},
		`[{"option":"tamper_amount","amount":99}]`:                 {"signature_key": golden200, "gross_amount": "99.00"},
		`{"code_mismatch":1}`:                                      {"status_code": "201", "signature_key": golden201, "transaction_status": "settlement"},
		`[{"option":"code_mismatch","code":202}]`:                  {"status_code": "202", "signature_key": golden202},
		`{"numeric_gross":1}`:                                      {"gross_amount": 1500000.0, "signature_key": golden200},
		`{"numeric_gross":1,"tamper_amount":1}`:                    {"gross_amount": 1.0, "signature_key": golden200},
		`{"missing_fraud":1}`:                                      {"fraud_status": nil, "signature_key": golden200},
		`{"wrong_signature":1}`:                                    {"signature_key": Sign(goldenOrder, "200", "1500000.00", DefaultServerKey+"-other"), "gross_amount": "1500000.00"},
		`[{"option":"fee_amount","amount":2500}]`:                  {"gross_amount": "1502500.00", "signature_key": signed("200", "1502500.00")},
		`{"fee_amount":1,"code_mismatch":1,"numeric_gross":1}`:     {"gross_amount": 1510500.0, "status_code": "201", "signature_key": signed("201", "1510500.00")},
		`[{"option":"wrong_signature","match":{"status":"deny"}}]`: {"signature_key": golden200},
	} {
		s := troubled(t, rules)
		o := s.settled()
		expect(t, o, want)
		if t.Failed() {
			t.Fatalf("%s: %v", rules, o)
		}
	}
	s := troubled(t, `{"hmac_signature":1}`)
	if got := fmt.Sprint(s.settled()["signature_key"]); len(got) != 128 || !strings.HasPrefix(got, hmacBegin) {
		t.Errorf("hmac_signature: %s", got)
	}
}

func TestNumericGrossKeepsItsDigits(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"numeric_gross":1}`)
	s.settled()
	if body := string(s.Deliveries()[1].Body); !strings.Contains(body, `"gross_amount":1500000.00,`) {
		t.Error(body)
	}
}

func TestFeesAreInTheStatusToo(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"fee_amount":1}`)
	notified := s.settled()
	answered := s.api("GET", "/v2/"+goldenOrder+"/status", "")
	want := `{"extra_info":{"gross_amount_info":{"original_amount":"1500000.00"},"note":"x"},"project":7}`
	for name, o := range map[string]object{"notification": notified, "status": answered} {
		expect(t, o, object{"gross_amount": "1510500.00", "signature_key": Sign(goldenOrder, "200", "1510500.00", DefaultServerKey)})
		if got := toJSON(t, o["metadata"]); got != want {
			t.Errorf("%s: metadata %s", name, got)
		}
	}
	expect(t, s.webhook.all()[0], object{"gross_amount": "1500000.00", "signature_key": golden201})
	if got := s.Totals().Settled; got != goldenGross {
		t.Errorf("settled %d", got)
	}
}
