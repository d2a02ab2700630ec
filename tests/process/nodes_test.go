package process

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

// newNode is a program that shares the database of env with others; nothing runs yet.
func newNode(t *testing.T, env []string, sandbox string) *programtest.Program {
	t.Helper()
	return &programtest.Program{Site: "http://" + programtest.FreeAddr(t), Sandbox: sandbox, Dir: filepath.Join(t.TempDir(), "pb_data"), Env: env}
}

// loadDemo loads the demo data as a process of its own.
func loadDemo(t *testing.T, p *programtest.Program) {
	t.Helper()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	demo := exec.Command(binary, "demo", "--dir", p.Dir)
	demo.Env = append(demo.Environ(), p.Env...)
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
}

// Two programs start at once on an empty database: one of them makes the schema,
// both serve. What is changed through one holds on the other: a session, a field
// of a collection, a setting.
func TestTwoNodesStartAtOnceAndAgree(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	env := programtest.NodeEnv(pgtest.Database(t))
	a, b := newNode(t, env, "http://"+programtest.FreeAddr(t)), newNode(t, env, "")
	b.Sandbox = a.Sandbox
	a.Serve(t)
	b.Serve(t)
	programtest.WaitFor(t, a.Site+"/api/health")
	programtest.WaitFor(t, b.Site+"/api/health")
	loadDemo(t, a) // a third process, while both serve

	token := programtest.Call(t, "POST", a.Site+"/api/auth/login", "", map[string]any{"email": "klien@jasaweb.test", "password": "demo-klien-2026"})["token"].(string)
	me := programtest.Call(t, "GET", b.Site+"/api/account", token, nil)["record"].(map[string]any)
	if me["email"] != "klien@jasaweb.test" {
		t.Errorf("with the session of one node the other says %v", me)
	}
	programtest.Call(t, "POST", b.Site+"/api/auth/logout", token, nil)

	super := superuser(t, a)
	made := programtest.Call(t, "POST", a.Site+"/api/collections", super, map[string]any{"name": "catatan", "type": "base", "fields": []any{map[string]any{"name": "isi", "type": "text"}}})
	create := func(p *programtest.Program, field string) error {
		var record map[string]any
		err := try("POST", p.Site+"/api/collections/catatan/records", super, map[string]any{"isi": "x", field: "ada"}, &record)
		if err == nil && record[field] != "ada" {
			err = fmt.Errorf("%v", record)
		}
		return err
	}
	eventually(t, "a collection made on one node", func() error { return create(b, "isi") })
	fields := append(made["fields"].([]any), map[string]any{"name": "baru", "type": "text"})
	programtest.Call(t, "PATCH", a.Site+"/api/collections/catatan", super, map[string]any{"fields": fields})
	eventually(t, "a field made on one node", func() error { return create(b, "baru") })
	programtest.Call(t, "PATCH", b.Site+"/api/settings", super, map[string]any{"meta": map[string]any{"appName": "Dua simpul"}})
	eventually(t, "a setting of one node", func() error {
		var settings struct{ Meta struct{ AppName string } }
		if err := try("GET", a.Site+"/api/settings", super, nil, &settings); err != nil || settings.Meta.AppName == "Dua simpul" {
			return err
		}
		return fmt.Errorf("%v", settings)
	})
	programtest.Call(t, "DELETE", b.Site+"/api/collections/catatan", super, nil)
	eventually(t, "a collection deleted on one node", func() error {
		if create(a, "isi") == nil {
			return fmt.Errorf("is served")
		}
		return nil
	})
}

// eventually asks again until a node has heard of another's change.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatalf("%s never arrived on the other: %v", what, err)
}

// A node that is killed while it makes the schema leaves nothing that keeps the
// next one from making it.
func TestKilledMigrationIsMadeGoodByTheNextNode(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	env := programtest.NodeEnv(pgtest.Database(t))
	node := newNode(t, env, "http://"+programtest.FreeAddr(t))
	for n := range 6 {
		cmd := node.Serve(t)
		time.Sleep(time.Duration(50+n*120) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_, _ = cmd.Process.Wait()
	}
	node.Serve(t)
	programtest.WaitFor(t, node.Site+"/api/health")
	whole := newNode(t, programtest.NodeEnv(pgtest.Database(t)), node.Sandbox)
	whole.Serve(t)
	programtest.WaitFor(t, whole.Site+"/api/health")
	loadDemo(t, node)
	loadDemo(t, whole)
	if got, want := schemaOf(t, node), schemaOf(t, whole); got != want {
		t.Errorf("after the kills the schema is\n%s\nwant\n%s", got, want)
	}
}

func schemaOf(t *testing.T, p *programtest.Program) string {
	t.Helper()
	answer := programtest.Call(t, "POST", p.Site+"/api/sql", superuser(t, p), map[string]any{
		"query": "SELECT type, name, sql FROM sqlite_master UNION ALL SELECT 'migration', file, '' FROM _migrations ORDER BY 1, 2"})
	return programtest.JSON(t, answer["rows"])
}

// Two nodes take payments, every notification arrives at both at once, twice,
// late, or not at all, and instalments of one project are paid at the same time.
// The books agree with the provider, and nothing happened twice.
func TestTwoNodesCountMoneyOnce(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	env := programtest.NodeEnv(pgtest.Database(t))
	a := newNode(t, env, "http://"+programtest.FreeAddr(t))
	b := newNode(t, env, a.Sandbox)
	loadDemo(t, a)
	both := httptest.NewServer(toAll(a.Site, b.Site))
	t.Cleanup(both.Close)
	a.StartSandbox(t, both.URL+"/api/webhooks/midtrans")
	for _, p := range []*programtest.Program{a, b} {
		p.Serve(t)
		programtest.WaitFor(t, p.Site+"/api/health")
	}
	programtest.WaitFor(t, a.Sandbox+"/_sim/state")
	admin := superuser(t, a)
	programtest.Call(t, "PATCH", a.Site+"/api/settings", admin, map[string]any{"rateLimits": map[string]any{"enabled": false}})
	eventually(t, "the end of the rate limits", func() error {
		var settings struct{ RateLimits struct{ Enabled bool } }
		if err := try("GET", b.Site+"/api/settings", admin, nil, &settings); err != nil || !settings.RateLimits.Enabled {
			return err
		}
		return fmt.Errorf("still on")
	})
	programtest.Call(t, "POST", a.Sandbox+"/_sim/chaos", "", map[string]any{"duplicate": 0.5, "reorder": 0.3, "delay": 0.2, "drop": 0.1})
	// An order above what one QR code may ask for becomes instalments that all start the project.
	tier := programtest.Call(t, "GET", a.Site+"/api/collections/pricing_tiers/records?filter=identifier%3D'company'", admin, nil)["items"].([]any)[0].(map[string]any)["id"].(string)
	programtest.Call(t, "PATCH", a.Site+"/api/collections/pricing_tiers/records/"+tier, admin, map[string]any{"price": 28_000_000, "deposit_percent": 100})

	var wg sync.WaitGroup
	buyers := &buyers{t: t, site: a.Site, sandbox: a.Sandbox}
	for n := range 4 {
		at := []*programtest.Program{a, b}[n%2]
		token := programtest.Call(t, "POST", at.Site+"/api/auth/register", "", map[string]any{
			"name": "Beban", "email": fmt.Sprintf("beban%d@contoh.test", n), "password": "rahasia-123"})["token"].(string)
		buyers.tokens = append(buyers.tokens, token)
		wg.Go(func() {
			for range 3 {
				var order struct{ Invoices []struct{ ID string } }
				if try("POST", at.Site+"/api/projects", token, map[string]any{"name": "Web", "tier": "company"}, &order) == nil {
					payAll(order.Invoices, []string{a.Site, b.Site}, a.Sandbox, token)
				}
			}
		})
	}
	wg.Wait()
	programtest.Call(t, "POST", a.Sandbox+"/_sim/chaos", "", map[string]any{})
	buyers.reconcile(b, admin)
	checkBooks(t, b, admin)
	if n := query(t, a, admin, "SELECT COUNT(*) FROM projects WHERE demo = FALSE AND status <> 'pending_payment'"); n == 0 {
		t.Error("no project has started")
	}
	// Both nodes have wanted the nightly and the minute's work; it is queued once.
	if n := query(t, a, admin, "SELECT COUNT(*) FROM (SELECT kind, unique_key FROM jobs WHERE unique_key <> '' GROUP BY kind, unique_key HAVING COUNT(*) > 1) d"); n != 0 {
		t.Errorf("%.0f jobs are queued twice", n)
	}
}

// payAll pays all instalments at the same time, each through another node.
func payAll(invoices []struct{ ID string }, sites []string, sandbox, token string) {
	var wg sync.WaitGroup
	for n, invoice := range invoices {
		wg.Go(func() {
			for range 20 {
				var paid struct {
					Payment struct {
						OrderID string `json:"order_id"`
					}
				}
				if try("POST", sites[n%len(sites)]+"/api/invoices/"+invoice.ID+"/pay", token, nil, &paid) == nil {
					_ = try("POST", sandbox+"/_sim/tx/"+paid.Payment.OrderID+"/pay", "", map[string]any{}, nil)
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		})
	}
	wg.Wait()
}

// toAll passes each request to all sites at once, and answers as the one that
// took it worst.
func toAll(sites ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		worst := http.StatusOK
		for _, site := range sites {
			wg.Go(func() {
				status := http.StatusBadGateway
				resp, err := http.Post(site+r.URL.Path, r.Header.Get("Content-Type"), bytes.NewReader(body))
				if err == nil {
					status = resp.StatusCode
					_ = resp.Body.Close()
				}
				mu.Lock()
				defer mu.Unlock()
				worst = max(worst, status)
			})
		}
		wg.Wait()
		w.WriteHeader(worst)
	})
}
