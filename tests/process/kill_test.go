package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jasaweb/tests/programtest"
)

// kills is how often TestPW45_KilledServerLosesNoMoney kills the server.
const kills = 50

// wire stands between the server and everybody who talks to it. It knows how
// many requests the server has received and not answered yet.
type wire struct {
	*httptest.Server
	unanswered atomic.Int64
	cut        atomic.Int64 // requests that died with the server
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, err error) {
		// Refused connections never reached the server; the others were cut.
		if !strings.Contains(err.Error(), "connection refused") {
			w.cut.Add(1)
		}
		rw.WriteHeader(http.StatusBadGateway)
	}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.unanswered.Add(1)
		defer w.unanswered.Add(-1)
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

// buyers are clients who order, pay and press again when nothing answers.
type buyers struct {
	t       *testing.T
	site    string // through the wire
	sandbox string
	tokens  []string
	stop    atomic.Bool
}

var errNoAnswer = errors.New("no answer")

// try sends one request and returns errNoAnswer for anything but success.
func try(method, url, token string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errNoAnswer
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 400 {
		return errNoAnswer
	}
	if out != nil {
		return json.Unmarshal(answer, out)
	}
	return nil
}

// buy orders and pays one website after the other until told to stop.
func (b *buyers) buy(token string) {
	for !b.stop.Load() {
		var order struct{ Invoices []struct{ ID string } }
		if try("POST", b.site+"/api/projects", token, map[string]any{"name": "Web", "tier": "company"}, &order) != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		for range 20 {
			var paid struct {
				Payment struct {
					OrderID string `json:"order_id"`
				}
			}
			if try("POST", b.site+"/api/invoices/"+order.Invoices[0].ID+"/pay", token, nil, &paid) == nil {
				_ = try("POST", b.sandbox+"/_sim/tx/"+paid.Payment.OrderID+"/pay", "", map[string]any{}, nil)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// The server is killed again and again while twenty clients pay and the
// provider's notifications are duplicated, reordered, delayed and lost. In the
// end the books agree with the provider to the rupiah, and nothing happened twice.
func TestPW45_KilledServerLosesNoMoney(t *testing.T) {
	p := programtest.NewProgram(t)
	front := newWire(t, p.Site)
	p.StartSandbox(t, front.URL+"/api/webhooks/midtrans")
	server := p.Serve(t)
	programtest.WaitFor(t, p.Site+"/api/health")
	programtest.WaitFor(t, p.Sandbox+"/_sim/state")
	admin := programtest.Call(t, "POST", p.Site+"/api/collections/_superusers/auth-with-password", "", map[string]any{
		"identity": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
	programtest.Call(t, "PATCH", p.Site+"/api/settings", admin, map[string]any{"rateLimits": map[string]any{"enabled": false}})
	programtest.Call(t, "POST", p.Sandbox+"/_sim/chaos", "", map[string]any{"duplicate": 0.5, "reorder": 0.3, "delay": 0.3, "drop": 0.3})

	b := &buyers{t: t, site: front.URL, sandbox: p.Sandbox}
	var wg sync.WaitGroup
	for n := range 20 {
		token := programtest.Call(t, "POST", p.Site+"/api/auth/register", "", map[string]any{
			"name": "Beban", "email": fmt.Sprintf("beban%d@contoh.test", n), "password": "rahasia-123"})["token"].(string)
		b.tokens = append(b.tokens, token)
		wg.Go(func() { b.buy(token) })
	}
	inside := 0
	for range kills {
		time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
		for deadline := time.Now().Add(time.Second); front.unanswered.Load() == 0 && time.Now().Before(deadline); {
			time.Sleep(100 * time.Microsecond)
		}
		before := front.cut.Load()
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_, _ = server.Process.Wait()
		time.Sleep(20 * time.Millisecond) // let the cut connections be noticed
		if front.cut.Load() > before {
			inside++
		}
		server = p.Serve(t)
		programtest.WaitFor(t, p.Site+"/api/health")
	}
	b.stop.Store(true)
	wg.Wait()
	programtest.Call(t, "POST", p.Sandbox+"/_sim/chaos", "", map[string]any{})
	t.Logf("%d kills, %d of them with a request received and not answered", kills, inside)
	if inside < 20 {
		t.Errorf("only %d of %d kills fell between a request and its answer", inside, kills)
	}
	b.reconcile(p, admin)
	checkBooks(t, p, admin)
}

// reconcile asks for the state of every unpaid charge, as a client's page does.
func (b *buyers) reconcile(p *programtest.Program, admin string) {
	b.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(time.Second) {
		totals := programtest.Call(b.t, "GET", p.Sandbox+"/_sim/totals", "", nil)
		booked := query(b.t, p, admin, "SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE kind = 'payment' AND demo = FALSE")
		if booked == totals["settled"].(float64) {
			return
		}
		for _, token := range b.tokens {
			var page struct{ Items []struct{ ID string } }
			if try("GET", p.Site+"/api/invoices?perPage=200&filter=status%3D'unpaid'%26%26midtrans_order_id!%3D''", token, nil, &page) != nil {
				continue
			}
			for _, i := range page.Items {
				_ = try("GET", p.Site+"/api/invoices/"+i.ID+"/payment", token, nil, nil)
			}
		}
	}
}

// checkBooks compares the ledger with the provider and looks for doubles.
func checkBooks(t *testing.T, p *programtest.Program, admin string) {
	t.Helper()
	totals := programtest.Call(t, "GET", p.Sandbox+"/_sim/totals", "", nil)
	booked := query(t, p, admin, "SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE kind = 'payment' AND demo = FALSE")
	if booked != totals["settled"].(float64) || booked == 0 {
		t.Errorf("the provider settled Rp%.0f, the ledger has Rp%.0f", totals["settled"], booked)
	}
	t.Logf("Rp%.0f in %.0f payments", booked, totals["count"])
	for what, statement := range map[string]string{
		"paid invoices without the money":    "SELECT COUNT(*) FROM invoices i WHERE i.status = 'paid' AND i.amount > (SELECT COALESCE(SUM(l.applied), 0) FROM ledger l WHERE l.Invoice = i.id)",
		"unpaid invoices with the money":     "SELECT COUNT(*) FROM invoices i WHERE i.status = 'unpaid' AND i.amount <= (SELECT COALESCE(SUM(l.applied), 0) FROM ledger l WHERE l.Invoice = i.id)",
		"projects that started twice":        "SELECT COUNT(*) FROM (SELECT project FROM project_events WHERE [to] = 'in_progress' AND demo = FALSE GROUP BY project HAVING COUNT(*) > 1) d",
		"paid projects that did not start":   "SELECT COUNT(*) FROM projects p WHERE p.status = 'pending_payment' AND NOT EXISTS (SELECT 1 FROM invoices i WHERE i.Project = p.id AND i.due_at_start AND i.status <> 'paid')",
		"payments that a client heard twice": "SELECT COUNT(*) FROM (SELECT n.user, n.payload FROM notifications n JOIN users u ON u.id = n.user WHERE u.role = 'client' AND n.type = 'payment' AND n.demo = FALSE GROUP BY n.user, n.payload HAVING COUNT(*) > 1) d",
		"notifications with two mails":       "SELECT COUNT(*) FROM (SELECT args FROM jobs WHERE kind = 'notification.mail' GROUP BY args HAVING COUNT(*) > 1) d",
		"invoices with two open codes":       "SELECT COUNT(*) FROM (SELECT invoice FROM payment_attempts WHERE status IN ('creating', 'unknown', 'pending') GROUP BY invoice HAVING COUNT(*) > 1) d",
	} {
		if n := query(t, p, admin, statement); n != 0 {
			t.Errorf("%.0f %s", n, what)
		}
	}
}

// query runs one statement in the SQL console and returns its only number.
func query(t *testing.T, p *programtest.Program, admin, statement string) float64 {
	t.Helper()
	rows := programtest.Call(t, "POST", p.Site+"/api/sql", admin, map[string]any{"query": statement})["rows"].([]any)
	switch v := rows[0].([]any)[0].(type) {
	case float64:
		return v
	case string:
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatalf("%s answered %v", statement, rows)
	return 0
}
