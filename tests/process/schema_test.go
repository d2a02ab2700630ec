package process

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

var orderID = regexp.MustCompile(`"order_id":"([^"]+)"`)

// counted asks again while the answer is 503, and counts each answer.
type counted struct {
	mu       sync.Mutex
	statuses map[string]int
}

func (c *counted) ask(what, url, contentType, token string, body []byte) (answer []byte, ok bool) {
	for range 50 {
		req, err := http.NewRequest("POST", url, bytes.NewReader(body))
		if err != nil {
			return nil, false
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			c.add(what + " " + err.Error())
			return nil, false
		}
		answer, _ = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode < 300 {
			c.add(what + " done")
			return answer, true
		}
		if resp.StatusCode != http.StatusServiceUnavailable {
			c.add(fmt.Sprintf("%s %d %s", what, resp.StatusCode, answer))
			return answer, false
		}
		c.add(what + " 503")
	}
	return nil, false
}

func (c *counted) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses[what]++
}

func (c *counted) count(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.statuses[what]
}

// take gives the counts and begins anew.
func (c *counted) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.statuses
	c.statuses = map[string]int{}
	return taken
}

// shop is three nodes on one database, a sandbox that notifies one after the other
// and a client who buys.
type shop struct {
	t       *testing.T
	nodes   []*programtest.Program
	serving []*exec.Cmd              // their processes
	sites   atomic.Pointer[[]string] // of the nodes that get requests, one after the other
	admin   string
	token   string
	answers *counted
	turn    atomic.Int64
	bought  atomic.Int64
}

// site is the address for the nth request.
func (s *shop) site(n int64) string {
	sites := *s.sites.Load()
	return sites[int(n)%len(sites)]
}

func newShop(t *testing.T) *shop {
	t.Helper()
	env := programtest.NodeEnv(pgtest.Database(t))
	a := newNode(t, env, "http://"+programtest.FreeAddr(t))
	loadDemo(t, a)
	s := &shop{t: t, nodes: []*programtest.Program{a, newNode(t, env, a.Sandbox), newNode(t, env, a.Sandbox)}, answers: &counted{statuses: map[string]int{}}}
	s.sites.Store(&[]string{s.nodes[0].Site, s.nodes[1].Site, s.nodes[2].Site})
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if _, ok := s.answers.ask("webhook", s.site(s.turn.Add(1))+r.URL.Path, r.Header.Get("Content-Type"), "", body); !ok {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(hook.Close)
	a.StartSandbox(t, hook.URL+"/api/webhooks/midtrans")
	for _, p := range s.nodes {
		s.serving = append(s.serving, p.Serve(t))
		programtest.WaitFor(t, p.Site+"/api/health")
	}
	programtest.WaitFor(t, a.Sandbox+"/_sim/state")
	s.admin = superuser(t, a)
	programtest.Call(t, "PATCH", a.Site+"/api/settings", s.admin, map[string]any{"rateLimits": map[string]any{"enabled": false}})
	for _, p := range s.nodes {
		eventually(t, "the end of the rate limits", func() error {
			var settings struct{ RateLimits struct{ Enabled bool } }
			if err := try("GET", p.Site+"/api/settings", s.admin, nil, &settings); err != nil || !settings.RateLimits.Enabled {
				return err
			}
			return fmt.Errorf("still on")
		})
	}
	s.token = programtest.Call(t, "POST", a.Site+"/api/auth/register", "", map[string]any{
		"name": "Beban", "email": "beban@contoh.test", "password": "rahasia-123"})["token"].(string)
	return s
}

// buy orders and pays one website; each node takes every kind of request.
func (s *shop) buy() {
	n := s.bought.Add(1)
	var order struct{ Invoices []struct{ ID string } }
	body := map[string]any{"name": fmt.Sprint("Web ", n), "tier": "company"}
	if err := try("POST", s.site(n)+"/api/projects", s.token, body, &order); err != nil {
		s.answers.add("order failed")
		return
	}
	raw, ok := s.answers.ask("pay", s.site(n+1)+"/api/invoices/"+order.Invoices[0].ID+"/pay", "application/json", s.token, []byte("{}"))
	if !ok {
		return
	}
	id := orderID.FindSubmatch(raw)
	if id == nil {
		s.answers.add("pay without an order: " + string(raw))
		return
	}
	_ = try("POST", s.nodes[0].Sandbox+"/_sim/tx/"+string(id[1])+"/pay", "", map[string]any{}, nil)
}

// load buys on several goroutines, changes something when it flows and waits until
// it has gone on flowing. It gives what was answered.
func (s *shop) load(change func()) map[string]int {
	s.t.Helper()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s.buy()
				}
			}
		})
	}
	s.flows(10)
	change()
	s.flows(20)
	close(stop)
	wg.Wait()
	return s.answers.take()
}

// flows waits until so many more notifications have been taken.
func (s *shop) flows(more int) {
	s.t.Helper()
	want := s.answers.count("webhook done") + more
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if s.answers.count("webhook done") >= want {
			return
		}
	}
	s.t.Error("the payments do not come on")
}

// Three nodes take payments while the table of the payments gets a column, which
// is renamed, gets another type and goes: no payment and no notification fails. A
// node that has not heard yet may say 503, never anything else.
func TestPaymentsGoOnWhileTheSchemaChanges(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	s := newShop(t)
	fields := programtest.Call(t, "GET", s.nodes[0].Site+"/api/collections/payment_attempts", s.admin, nil)["fields"].([]any)
	for n, step := range []struct {
		what  string
		field map[string]any
	}{
		{"warm", nil}, // statements are kept from here on
		{"added", map[string]any{"name": "catatan_kami", "type": "text", "id": "ours1"}},
		{"renamed", map[string]any{"name": "catatan_lain", "type": "text", "id": "ours1"}},
		{"retyped", map[string]any{"name": "catatan_lain", "type": "number", "id": "ours2"}},
		{"dropped", nil},
	} {
		got := s.load(func() {
			all := slices.Clone(fields)
			if step.field != nil {
				all = append(all, step.field)
			}
			programtest.Call(t, "PATCH", s.nodes[n%3].Site+"/api/collections/payment_attempts", s.admin, map[string]any{"fields": all})
		})
		t.Logf("%s: %v", step.what, got)
		for what := range got {
			late := n > 1 && (what == "pay 503" || what == "webhook 503" || what == "order failed")
			if what != "pay done" && what != "webhook done" && !late {
				t.Errorf("%s: %d × %s", step.what, got[what], what)
			}
		}
	}
	a := s.nodes[0]
	(&buyers{t: t, site: a.Site, sandbox: a.Sandbox, tokens: []string{s.token}}).reconcile(a, s.admin) // the last ones are under way
	checkBooks(t, a, s.admin)
}
