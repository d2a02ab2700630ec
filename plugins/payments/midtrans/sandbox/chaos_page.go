package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v5"
)

// ruleView is an active rule on the page.
type ruleView struct {
	Number        int // from 1, in the order of the rules
	Option, Label string
	Details       []string
	Fired         int
}

// optionView is an option on the page.
type optionView struct{ Name, Label string }

// chaosNotes are the messages that an action leaves on the page.
var chaosNotes = map[string]string{"on": "Gangguan dinyalakan.", "off": "Gangguan dimatikan.", "clear": "Semua gangguan dimatikan."}

func (s *Server) showChaos(c *echo.Context) error {
	return s.renderChaos(c, http.StatusOK, chaosNotes[c.QueryParam("done")], false)
}

func (s *Server) renderChaos(c *echo.Context, status int, message string, failed bool) error {
	p := page{Title: "Gangguan", Message: message, Failed: failed}
	for i, r := range s.Chaos() {
		p.Rules = append(p.Rules, ruleView{
			Number: i + 1, Option: r.Option, Label: findOption(r.Option).label, Details: r.details(), Fired: r.Fired,
		})
	}
	for _, o := range options {
		p.Options = append(p.Options, optionView{Name: o.name, Label: o.label})
	}
	return c.Render(status, "chaos", p)
}

// details says in short what a rule is besides its option.
func (r *Rule) details() (list []string) {
	add := func(present bool, format string, value any) {
		if present {
			list = append(list, fmt.Sprintf(format, value))
		}
	}
	add(r.Probability < 1, "peluang %g %%", r.Probability*100)
	add(r.Count > 0, "paling banyak %d kali", r.Count)
	add(r.Match.OrderID != "", "order %s", r.Match.OrderID)
	add(r.Match.Status != "", "status %s", r.Match.Status)
	add(r.N > 0, "n %d", r.N)
	add(r.K > 0, "k %d", r.K)
	add(r.Gap > 0, "gap %g detik", r.Gap)
	add(r.Window > 0, "window %g detik", r.Window)
	add(r.Delay > 0, "delay %g detik", r.Delay)
	add(r.Amount > 0, "amount %d", r.Amount)
	add(r.Code > 0, "code %d", r.Code)
	return list
}

// useChaos does what a button of the page says.
func (s *Server) useChaos(c *echo.Context) error {
	action := c.FormValue("action")
	err := errUnknownAction
	switch action {
	case "on":
		err = s.addRule(c.FormValue)
	case "off":
		err = s.dropRule(c.FormValue("rule"), c.FormValue("option"))
	case "clear":
		err = s.SetChaos()
	}
	if err != nil {
		return s.renderChaos(c, http.StatusUnprocessableEntity, "Tidak bisa: "+chaosReason(err), true)
	}
	return c.Redirect(http.StatusSeeOther, "/chaos?done="+action)
}

// What can be wrong with a form of the page.
var (
	errCount = errors.New("sandbox: the count is no number")
	errGone  = errors.New("sandbox: there is no such rule any more")
)

// addRule adds the rule of a form to those that there are, which go on counting.
func (s *Server) addRule(form func(string) string) error {
	r := &Rule{Option: form("option"), Match: Match{OrderID: strings.TrimSpace(form("order_id"))}}
	var err error
	if r.Probability, err = strconv.ParseFloat(form("probability"), 64); err != nil || r.Probability == 0 {
		return errUnknownAction // the page offers only good ones
	}
	if count := form("count"); count != "" {
		if r.Count, err = strconv.Atoi(count); err != nil || r.Count < 1 {
			return errCount
		}
	}
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rules) >= maxRules {
		return fmt.Errorf("sandbox: chaos: more than %d rules", maxRules)
	}
	s.useRules(append(slices.Clone(s.rules), r))
	return nil
}

// dropRule takes the rule with this number away, if it still has this option:
// another window may have changed the list.
func (s *Server) dropRule(number, option string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return errUnknownAction
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 1 || n > len(s.rules) || s.rules[n-1].Option != option {
		return errGone
	}
	s.useRules(slices.Delete(slices.Clone(s.rules), n-1, n))
	return nil
}

// chaosReason says in Indonesian why a form was refused.
func chaosReason(err error) string {
	switch {
	case errors.Is(err, errCount):
		return "jumlah kali harus angka mulai dari 1."
	case errors.Is(err, errGone):
		return "gangguan itu sudah tidak ada di daftar."
	case errors.Is(err, errUnknownAction):
		return "permintaan tidak dikenal."
	}
	return "pilihan gangguan atau pola order tidak sah."
}
