package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWrongChaosChangesNothing(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"drop","match":{"order_id":"JW1-*"},"probability":0.5,"count":3}]`)
	before := toJSON(t, s.Chaos())
	for body, named := range map[string]string{
		`{"duplicate":1,"explode":1}`: "explode",
		`{"duplicate":1.5}`:           "duplicate: probability 1.5",
		`{"drop":-0.1}`:               "drop: probability -0.1",
		`{"drop":"often"}`:            "drop: probability",
		`{"drop":null}`:               "drop: probability",
		`{"rules":[]}`:                "rules",
		`[{"option":"explode"}]`:      "explode",
		`[{"probability":1}]`:         `option \"\"`,
		`[{"option":"drop"},{"option":"delay","probability":2}]`: "rule 2: delay: probability 2",
		`[{"option":"delay","delay":-1}]`:                        "delay -1",
		`[{"option":"delay","delay":90000}]`:                     "delay 90000",
		`[{"option":"drop","k":2}]`:                              "no parameter k",
		`[{"option":"duplicate","n":101}]`:                       "n 101",
		`[{"option":"drop","count":-1}]`:                         "count -1",
		`[{"option":"drop","after":2}]`:                          "after",
		`[{"option":"drop","match":{"amount":1}}]`:               "amount",
		`[{"option":"drop","match":{"status":"paid"}}]`:          "match.status",
		`[{"option":"drop","match":{"order_id":"["}}]`:           "match.order_id",
		`[{"option":"charge_5xx","code":404}]`:                   "code 404",
		`[{"option":"code_mismatch","code":500}]`:                "code 500",
		`[{"option":"drop","probability":"x"}]`:                  "probability",
		`[1]`:                                                    "rule 1", ``: "neither", `null`: "neither", `7`: "neither", `nonsense`: "neither", `{"drop":`: "unexpected end",
		`[` + strings.Repeat(`{"option":"drop"},`, maxRules) + `{"option":"drop"}]`: "100 rules",
	} {
		answer, content := s.request("POST", "/_sim/chaos", body, nil)
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(content), named) {
			t.Errorf("%s: HTTP %d %s", body, answer.StatusCode, content)
		}
		if got := toJSON(t, s.Chaos()); got != before {
			t.Fatalf("%s: the rules are %s now", body, got)
		}
	}
	if err := s.SetChaos(Rule{Option: "drop", Probability: math.NaN()}); err == nil {
		t.Error("a probability that is no number was accepted")
	}
}

func TestChaosIsShownWithWhatItDid(t *testing.T) {
	t.Parallel()
	s := open(t, standing(1))
	shown := func(o object) string { return toJSON(t, o["rules"]) }
	get := func() object {
		_, content := s.request("GET", "/_sim/chaos", "", nil)
		return decoded(t, content)
	}
	if got := shown(get()); got != "[]" {
		t.Errorf("at the start: %s", got)
	}
	o := s.trouble(`[{"option":"drop_first","k":2,"match":{"order_id":"JW1-*","status":"settlement"},"probability":1,"count":3,"fired":9},{"option":"delay"},{"option":"drop","probability":0}]`, 200)
	want := `[{"count":3,"fired":0,"k":2,"match":{"order_id":"JW1-*","status":"settlement"},"option":"drop_first","probability":1},{"fired":0,"option":"delay","probability":1}]`
	if shown(o) != want || shown(get()) != want {
		t.Errorf("set: %s, then %s", shown(o), shown(get()))
	}
	s.charged(charge)
	must(t, s.Pay(goldenOrder))
	if got := shown(get()); got != strings.NewReplacer(`"fired":0,"k"`, `"fired":1,"k"`, `"fired":0,"option"`, `"fired":2,"option"`).Replace(want) {
		t.Errorf("later: %s", got)
	}
	s.Reset()
	if shown(get()) != want {
		t.Errorf("after a reset: %s", shown(get()))
	}
	if got := shown(s.trouble(`{"drop":0.25,"charge_429":1,"delay":0}`, 200)); got != `[{"fired":0,"option":"drop","probability":0.25},{"fired":0,"option":"charge_429","probability":1}]` {
		t.Errorf("short form: %s", got)
	}
	must(t, s.SetChaos(Rule{Option: "drop"}))
	if got := shown(get()); got != `[{"fired":0,"option":"drop","probability":1}]` {
		t.Errorf("from Go: %s", got)
	}
}

func TestCountLimitsARule(t *testing.T) {
	t.Parallel()
	s := troubled(t, `[{"option":"charge_429","count":2},{"option":"charge_429","count":1}]`)
	for i, code := range []string{"429", "429", "429", "201"} {
		if o := s.api("POST", "/v2/charge", charge); o["status_code"] != code {
			t.Errorf("charge %d: %v", i, o)
		}
	}
}

func TestProbabilityIsKept(t *testing.T) {
	t.Parallel()
	s := troubled(t, `{"charge_429":0.3}`)
	const charges = 500
	for i := range charges {
		s.api("POST", "/v2/charge", another(fmt.Sprint("order-", i)))
	}
	if n := s.fired(); n < charges*2/10 || n > charges*4/10 || len(s.State().Transactions) != charges-n {
		t.Errorf("%d of %d charges were refused, %d made", n, charges, len(s.State().Transactions))
	}
}

// everything is every option at once, so that all are known to end.
func everything() string {
	var all []string
	for _, o := range Options() {
		all = append(all, fmt.Sprintf("%q:0.5", o.Name))
	}
	return "{" + strings.Join(all, ",") + "}"
}

func TestWithoutChaosAllIsAsBefore(t *testing.T) {
	t.Parallel()
	run := func(before, after string) string {
		s := open(t, standing(5), func(c *Config) { c.NotifyURL = "http://127.0.0.1:1/hook" })
		s.trouble(before, 200)
		s.trouble(after, 200)
		s.charged(strings.Replace(charge, "{", `{"custom_field1":"42",`, 1))
		s.charged(billed("second", "42"))
		must(t, s.Pay(goldenOrder))
		s.api("GET", "/v2/"+goldenOrder+"/status", "")
		s.advance(day)
		return toJSON(t, s.Deliveries())
	}
	clean := run("{}", "{}")
	for _, off := range []string{"{}", "[]", " {\n} ", `{"drop":0}`} {
		if got := run(everything(), off); got != clean {
			t.Errorf("%s: chaos stayed\n%s\n%s", off, got, clean)
		}
	}
}

func TestOptionsAreThoseThatAreKnown(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`duplicate reorder delay drop drop_first wrong_signature hmac_signature tamper_amount fee_amount code_mismatch
		numeric_gross missing_fraud before_charge_response charge_timeout_but_created charge_slow charge_5xx charge_429 status_down status_stale
		late_settlement pay_twice_two_orders paid_no_notify expire_never`)
	var got []string
	for _, o := range Options() {
		got = append(got, o.Name)
		if o.About == "" || findOption(o.Name).label == "" {
			t.Errorf("%s is not described", o.Name)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// TestAllAtOnce looks for races, deadlocks and money that gets lost.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"running": func(c *Config) { c.Realistic = true }, "standing": standing(3)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, change)
			s.trouble(everything(), 200)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 20 {
					s.Chaos()
					s.State()
					if err := s.Advance(time.Minute); err != nil && !errors.Is(err, ErrClock) {
						t.Error(err)
					}
				}
			}()
			for i := range 40 {
				order := fmt.Sprint("order-", i)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
				r, err := http.NewRequestWithContext(ctx, "POST", s.http.URL+"/v2/charge", strings.NewReader(billed(order, "42")))
				must(t, err)
				r.Header = signedIn()
				if answer, err := s.http.Client().Do(r); err == nil {
					answer.Body.Close()
				}
				cancel()
				if err := s.Pay(order); err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrNotModifiable) {
					t.Error(err)
				}
			}
			<-done
			paid := 0
			for _, tx := range s.State().Transactions {
				if tx.TransactionStatus == StatusSettlement {
					paid++
				}
			}
			if got := s.Totals(); got.Count != paid || got.Settled != int64(paid)*goldenGross || paid == 0 {
				t.Errorf("%d paid, totals %+v", paid, got)
			}
		})
	}
}
