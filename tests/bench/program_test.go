package bench

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"jasaweb/collections"
	"jasaweb/plugins"
	"jasaweb/plugins/payments/midtrans"
	"jasaweb/tests/programtest"
)

// The benchmark runs the built binary and sends the same kind of work to our
// routes and to PocketBase's own API, in turn, in one run. Absolute numbers
// belong to the machine; the ratio is the result.
func BenchmarkProgram(b *testing.B) {
	p := programtest.Start(b)
	w := newWorkload(b, p)
	idle := w.rss()

	fmt.Printf("\n%-34s %7s %9s %9s %9s   %9s %9s %9s   %6s\n", "ours / PocketBase's own", "clients",
		"req/s", "p50 ms", "p99 ms", "req/s", "p50 ms", "p99 ms", "ratio")
	for _, m := range w.measurements() {
		for _, clients := range []int{1, 16} {
			ours, theirs := w.load(clients, m.count(clients), m.ours), w.load(clients, m.count(clients), m.theirs)
			fmt.Printf("%-34s %7d %s   %s   %6.2f\n", m.name, clients, ours, theirs, ours.perSecond/theirs.perSecond)
		}
	}
	size, err := os.Stat(w.binary)
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("\nstart to first answer: %v\n", p.FirstAnswer.Round(time.Millisecond))
	fmt.Printf("binary: %.1f MB\n", float64(size.Size())/1e6)
	fmt.Printf("memory (RSS): %.0f MB idle, %.0f MB after the load\n", idle, w.rss())
}

// measurement is one kind of request, ours and the nearest of PocketBase.
type measurement struct {
	name         string
	count        func(clients int) int
	ours, theirs func(n int) *http.Request
}

// workload is the data and the accounts of the benchmark.
type workload struct {
	b                 testing.TB
	program           *programtest.Program
	binary            string
	client, superuser string
	tier, owner       string
	projects          []string
	invoices          []string // unpaid, with an open charge
	orders            []string // their order ids
	amount            int64
	transactions      map[string]string // by order id
	used              map[string]int
	mu                sync.Mutex
}

const seededProjects = 1500

func newWorkload(b testing.TB, p *programtest.Program) *workload {
	b.Helper()
	w := newBareWorkload(b, p)
	w.seed()
	return w
}

// newBareWorkload has the accounts and no orders, and no limit of requests.
func newBareWorkload(b testing.TB, p *programtest.Program) *workload {
	b.Helper()
	binary, err := programtest.Build()
	if err != nil {
		b.Fatal(err)
	}
	w := &workload{b: b, program: p, binary: binary, used: map[string]int{}, transactions: map[string]string{}}
	login := programtest.Call(b, "POST", p.Site+"/api/collections/_superusers/auth-with-password", "", map[string]any{
		"identity": "admin@jasaweb.test", "password": "demo-admin-2026"})
	w.superuser = login["token"].(string)
	programtest.Call(b, "PATCH", p.Site+"/api/settings", w.superuser, map[string]any{"rateLimits": map[string]any{"enabled": false}})
	account := programtest.Call(b, "POST", p.Site+"/api/auth/register", "", map[string]any{
		"name": "Beban", "email": "beban@contoh.test", "password": "rahasia-123"})
	w.client, w.owner = account["token"].(string), account["record"].(map[string]any)["id"].(string)
	w.tier = programtest.Call(b, "GET", p.Site+"/api/pricing?filter=identifier%3D'company'", "", nil)["items"].([]any)[0].(map[string]any)["id"].(string)
	return w
}

// seed orders the projects of one client and opens charges for some of them.
func (w *workload) seed() {
	const open = 700
	w.each(seededProjects, func(n int) {
		order := programtest.Call(w.b, "POST", w.program.Site+"/api/projects", w.client, map[string]any{"name": fmt.Sprint("Web ", n), "tier": w.tier})
		invoice := order["invoices"].([]any)[0].(map[string]any)
		w.mu.Lock()
		w.projects = append(w.projects, order["project"].(map[string]any)["id"].(string))
		mine := len(w.projects) <= open
		w.amount = int64(invoice["amount"].(float64))
		w.mu.Unlock()
		if !mine {
			return
		}
		payment := programtest.Call(w.b, "POST", w.program.Site+"/api/invoices/"+invoice["id"].(string)+"/pay", w.client, nil)["payment"].(map[string]any)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.invoices = append(w.invoices, invoice["id"].(string))
		w.orders = append(w.orders, payment["order_id"].(string))
	})
	w.readTransactions()
}

// each runs fn(0) … fn(n-1) on a few goroutines.
func (w *workload) each(n int, fn func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func (w *workload) measurements() []measurement {
	site := w.program.Site
	request := func(method, path, token, body string) *http.Request {
		req, err := http.NewRequest(method, site+path, strings.NewReader(body))
		if err != nil {
			w.b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", token)
		return req
	}
	reads := func(clients int) int { return 300 + 60*clients }
	writes := func(clients int) int { return 100 + 12*clients }
	return []measurement{
		{"own projects, 30 of 1,500", reads,
			func(int) *http.Request { return request("GET", "/api/projects", w.client, "") },
			func(int) *http.Request {
				return request("GET", "/api/collections/projects/records?sort=-created", w.client, "")
			}},
		{"own invoices, 30 of 3,000", reads,
			func(int) *http.Request { return request("GET", "/api/invoices", w.client, "") },
			func(int) *http.Request {
				return request("GET", "/api/collections/invoices/records?sort=-created", w.client, "")
			}},
		{"project with invoices and timeline", reads,
			func(n int) *http.Request { return request("GET", "/api/projects/"+w.projects[n%500], w.client, "") },
			func(n int) *http.Request {
				return request("GET", "/api/collections/projects/records/"+w.projects[n%500], w.client, "")
			}},
		{"pay (open code) / view invoice", reads,
			func(n int) *http.Request {
				return request("POST", "/api/invoices/"+w.invoices[n%100]+"/pay", w.client, "")
			},
			func(n int) *http.Request {
				return request("GET", "/api/collections/invoices/records/"+w.invoices[n%100], w.client, "")
			}},
		{"order / create by superuser", writes,
			func(n int) *http.Request {
				return request("POST", "/api/projects", w.client, `{"name":"Beban","tier":"`+w.tier+`"}`)
			},
			func(n int) *http.Request {
				return request("POST", "/api/collections/projects/records", w.superuser,
					`{"name":"Beban","type":"company","tier":"`+w.tier+`","user":"`+w.owner+`"}`)
			}},
		{"webhook settles / update a record", writes,
			func(int) *http.Request { return request("POST", "/api/webhooks/midtrans", "", w.settlement()) },
			func(n int) *http.Request {
				return request("PATCH", "/api/collections/projects/records/"+w.projects[1000+n%500], w.superuser,
					`{"brief":"`+strconv.Itoa(n)+`"}`)
			}},
	}
}

// settlement is the signed notification that the next open charge was paid.
func (w *workload) settlement() string {
	w.mu.Lock()
	n := 100 + w.used["webhook"] // the first hundred stay open for "pay"
	w.used["webhook"]++
	w.mu.Unlock()
	order, gross := w.orders[n], fmt.Sprintf("%d.00", w.amount)
	return fmt.Sprintf(`{"order_id":%q,"status_code":"200","gross_amount":%q,"signature_key":%q,"transaction_status":"settlement",
		"transaction_id":%q,"fraud_status":"accept","currency":"IDR","payment_type":"qris"}`,
		order, gross, midtrans.Sign(order, "200", gross, programtest.SandboxKey), w.transactions[order])
}

// readTransactions asks the sandbox for the ids that it gave the charges.
func (w *workload) readTransactions() {
	for _, t := range programtest.Call(w.b, "GET", w.program.Sandbox+"/_sim/state", "", nil)["transactions"].([]any) {
		m := t.(map[string]any)
		w.transactions[m["order_id"].(string)] = m["transaction_id"].(string)
	}
}

// figures are what one load came to.
type figures struct {
	perSecond float64
	p50, p99  time.Duration
}

func (f figures) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%9.0f %9.2f %9.2f", f.perSecond, ms(f.p50), ms(f.p99))
}

// load sends count requests from the given number of clients. Requests are made
// before the clock starts; any answer of 400 and up ends the benchmark.
func (w *workload) load(clients, count int, make func(int) *http.Request) figures {
	requests := []*http.Request{}
	for n := range count {
		requests = append(requests, make(n))
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	took := []time.Duration{}
	var wg sync.WaitGroup
	next := chanOf(requests)
	start := time.Now()
	for range clients {
		wg.Go(func() {
			mine := []time.Duration{}
			for req := range next {
				at := time.Now()
				w.send(client, req)
				mine = append(mine, time.Since(at))
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	total := time.Since(start)
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return figures{float64(count) / total.Seconds(), took[count/2], took[count*99/100]}
}

func chanOf(requests []*http.Request) <-chan *http.Request {
	c := make(chan *http.Request, len(requests))
	for _, r := range requests {
		c <- r
	}
	close(c)
	return c
}

func (w *workload) send(client *http.Client, req *http.Request) {
	resp, err := client.Do(req)
	if err != nil {
		w.b.Error(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode >= 400 {
		w.b.Errorf("%s %s: %d %s", req.Method, req.URL, resp.StatusCode, body)
	}
}

// rss is the memory of the serving process in MB.
func (w *workload) rss() float64 {
	server := w.program.Processes[len(w.program.Processes)-1]
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Process.Pid))
	if err != nil {
		return 0 // not Linux
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1000
		}
	}
	return 0
}

// BenchmarkOwnProjectsDatabaseTime sums the time inside the database for the
// first page of one client's 1,500 projects, among as many of others.
func BenchmarkOwnProjectsDatabaseTime(b *testing.B) {
	app := programtest.NewApp(b, plugins.Options{})
	owner, other := app.NewUser(b, collections.RoleClient), app.NewUser(b, collections.RoleClient)
	tier := app.NewTier(b, "beban", 2_000_000, 50)
	for range seededProjects {
		app.NewProject(b, owner, tier)
		app.NewProject(b, other, tier)
	}
	var mu sync.Mutex
	var inside time.Duration
	var statements int
	app.ConcurrentDB().(*dbx.DB).QueryLogFunc = func(_ context.Context, t time.Duration, query string, _ *sql.Rows, _ error) {
		if strings.Contains(query, "`projects`") {
			mu.Lock()
			defer mu.Unlock()
			inside, statements = inside+t, statements+1
		}
	}
	const runs = 200
	for range runs {
		app.Do(b, "GET", "/api/projects", owner.Token, nil).Want(200)
	}
	mu.Lock()
	defer mu.Unlock()
	fmt.Printf("\nown projects, page 1 of 1,500: %.3f ms in the database (%d statements), mean of %d\n",
		float64(inside.Microseconds())/1000/runs, statements/runs, runs)
}

// atRate sends count requests at an even pace, whatever the answers take, and
// measures each from the moment it was due.
func (w *workload) atRate(perSecond, count int, make func(int) *http.Request) figures {
	requests := []*http.Request{}
	for n := range count {
		requests = append(requests, make(n))
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer client.CloseIdleConnections()
	took := []time.Duration{}
	var wg sync.WaitGroup
	start := time.Now()
	for n, req := range requests {
		due := start.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
		time.Sleep(time.Until(due))
		wg.Go(func() {
			w.send(client, req)
			w.mu.Lock()
			defer w.mu.Unlock()
			took = append(took, time.Since(due))
		})
	}
	wg.Wait()
	total := time.Since(start)
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return figures{float64(count) / total.Seconds(), took[count/2], took[count*99/100]}
}

// flood sends requests that are refused, at an even pace, until stop is called;
// stop returns how many were answered 401.
func (w *workload) flood(perSecond int, make func(int) *http.Request) (stop func() int64) {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	var refused atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			req := make(n)
			wg.Go(func() {
				resp, err := client.Do(req)
				if err != nil {
					return
				}
				defer resp.Body.Close()
				if resp.StatusCode == http.StatusUnauthorized {
					refused.Add(1)
				}
			})
		}
	})
	return func() int64 {
		cancel()
		wg.Wait()
		client.CloseIdleConnections()
		return refused.Load()
	}
}
