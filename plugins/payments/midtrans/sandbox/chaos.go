package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"
)

// Rule makes the sandbox misbehave. The parameters that an option does not have
// must be zero; zero stands for the option's default.
type Rule struct {
	Option      string  `json:"option"`          // one of Options
	Match       Match   `json:"match,omitzero"`  // whom it strikes; default everybody
	Probability float64 `json:"probability"`     // 0 to 1; 0 stands for 1, always
	Count       int     `json:"count,omitempty"` // how often at most; 0: without limit
	Fired       int     `json:"fired"`           // how often so far; not an input

	N      int     `json:"n,omitempty"`      // copies
	K      int     `json:"k,omitempty"`      // attempts
	Gap    float64 `json:"gap,omitempty"`    // seconds between copies
	Window float64 `json:"window,omitempty"` // seconds
	Delay  float64 `json:"delay,omitempty"`  // seconds
	Amount int64   `json:"amount,omitempty"` // rupiah
	Code   int     `json:"code,omitempty"`   // status code
}

// Match says whom a rule strikes. Empty fields match everybody.
type Match struct {
	OrderID string `json:"order_id,omitempty"` // may have * and ?
	Status  string `json:"status,omitempty"`   // that a notification announces or a transaction has; of a charge, pending
}

// matches tells whether the order in this status is meant.
func (m Match) matches(orderID, status string) bool {
	if m.Status != "" && m.Status != status {
		return false
	}
	if m.OrderID == "" {
		return true
	}
	hit, err := path.Match(m.OrderID, orderID)
	return err == nil && hit // check has refused bad patterns
}

// Limits of a rule.
const (
	maxRules   = 100
	maxTimes   = 100     // copies and attempts
	maxSeconds = 86400.0 // a day
)

// check says what is wrong with a rule.
func (r *Rule) check() error {
	o := findOption(r.Option)
	if o == nil {
		return fmt.Errorf("option %q is unknown", r.Option)
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: "+format, append([]any{r.Option}, args...)...)
	}
	if !(r.Probability >= 0 && r.Probability <= 1) { // NaN is neither
		return fail("probability %g is not between 0 and 1", r.Probability)
	}
	if r.Count < 0 {
		return fail("count %d is negative", r.Count)
	}
	if _, err := path.Match(r.Match.OrderID, ""); err != nil {
		return fail("match.order_id %q is no pattern", r.Match.OrderID)
	}
	if _, known := notificationCode[r.Match.Status]; r.Match.Status != "" && !known {
		return fail("match.status %q is unknown", r.Match.Status)
	}
	for _, p := range []struct {
		name       string
		value, max float64
	}{
		{"n", float64(r.N), maxTimes}, {"k", float64(r.K), maxTimes}, {"gap", r.Gap, maxSeconds}, {"window", r.Window, maxSeconds},
		{"delay", r.Delay, maxSeconds}, {"amount", float64(r.Amount), maxGross}, {"code", float64(r.Code), 599},
	} {
		if p.value != 0 && !slices.Contains(o.parameters, p.name) {
			return fail("it has no parameter %s", p.name)
		}
		if !(p.value >= 0 && p.value <= p.max) {
			return fail("%s %g is not between 0 and %g", p.name, p.value, p.max)
		}
	}
	if r.Code != 0 && (r.Code < o.leastCode || r.Code > o.leastCode+99) {
		return fail("code %d is not between %d and %d", r.Code, o.leastCode, o.leastCode+99)
	}
	return nil
}

// ParseChaos reads what POST /_sim/chaos accepts: an object of options and their
// probabilities, as {"duplicate":0.5}, or a list of rules with their parameters,
// as [{"option":"drop_first","k":2,"match":{"status":"settlement"}}], in which
// the probability is 1 unless it is given. What has the probability 0 is left out.
func ParseChaos(data []byte) ([]Rule, error) {
	data = bytes.TrimSpace(data)
	if bytes.HasPrefix(data, []byte("{")) {
		return parseProbabilities(data)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil || list == nil {
		return nil, errors.New("sandbox: chaos: neither an object of probabilities nor a list of rules")
	}
	rules := []Rule{}
	for i, entry := range list {
		var r struct {
			Rule
			Probability *float64 `json:"probability"`
		}
		decoder := json.NewDecoder(bytes.NewReader(entry))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&r); err != nil {
			return nil, fmt.Errorf("sandbox: chaos: rule %d: %w", i+1, err)
		}
		r.Rule.Probability = 1
		if r.Probability != nil {
			r.Rule.Probability = *r.Probability
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("sandbox: chaos: rule %d: %w", i+1, err)
		}
		if r.Rule.Probability > 0 {
			rules = append(rules, r.Rule)
		}
	}
	return rules, nil
}

// parseProbabilities reads the short form. The rules come in the order of
// Options, so that the same object means the same run.
func parseProbabilities(data []byte) ([]Rule, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(data, &given); err != nil {
		return nil, fmt.Errorf("sandbox: chaos: %w", err)
	}
	rules := []Rule{}
	for _, o := range options {
		value, ok := given[o.name]
		if !ok {
			continue
		}
		delete(given, o.name)
		r := Rule{Option: o.name, Probability: math.NaN()}
		if err := json.Unmarshal(value, &r.Probability); err != nil || r.check() != nil {
			return nil, fmt.Errorf("sandbox: chaos: %s: probability %s is not a number between 0 and 1", o.name, value)
		}
		if r.Probability > 0 {
			rules = append(rules, r)
		}
	}
	for name := range given {
		return nil, fmt.Errorf("sandbox: chaos: option %q is unknown", name)
	}
	return rules, nil
}

// SetChaos replaces the rules; without any the sandbox behaves well again. If a
// rule is wrong, nothing changes.
func (s *Server) SetChaos(rules ...Rule) error {
	if len(rules) > maxRules {
		return fmt.Errorf("sandbox: chaos: more than %d rules", maxRules)
	}
	var set []*Rule
	for i, r := range rules {
		if err := r.check(); err != nil {
			return fmt.Errorf("sandbox: chaos: rule %d: %w", i+1, err)
		}
		r.Fired = 0
		if r.Probability == 0 {
			r.Probability = 1
		}
		set = append(set, &r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.useRules(set)
	return nil
}

// useRules installs the rules; the caller holds the lock.
func (s *Server) useRules(rules []*Rule) {
	s.rules = rules
	for _, t := range s.transactions { // the new rules decide anew who never expires
		if t.immortal {
			t.immortal = false
			s.expectExpiry(t.closes)
		}
	}
	var names []string
	for _, r := range rules {
		names = append(names, r.Option)
	}
	s.config.Logger.Info("chaos", "options", strings.Join(names, " "))
}

// Chaos lists the rules and how often each has fired.
func (s *Server) Chaos() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := make([]Rule, 0, len(s.rules))
	for _, r := range s.rules {
		rules = append(rules, *r)
	}
	return rules
}

// strike decides whether an option strikes this order in this status, and
// returns the rule that makes it do so. Every decision of chaos is made here.
// The caller holds the lock.
func (s *Server) strike(option, orderID, status string) *Rule {
	for _, r := range s.rules {
		if r.Option != option || !r.Match.matches(orderID, status) || r.Count > 0 && r.Fired >= r.Count {
			continue
		}
		if s.dice.Float64() >= r.Probability {
			continue
		}
		r.Fired++
		s.config.Logger.Info("chaos", "option", option, "order_id", orderID, "status", status)
		return r
	}
	return nil
}

// seconds is a parameter as a duration, or the default if it is not set.
func seconds(value float64, unset time.Duration) time.Duration {
	if value == 0 {
		return unset
	}
	return time.Duration(value * float64(time.Second))
}
