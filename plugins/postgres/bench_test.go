package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// BenchmarkBesideSQLite sends the same requests to PocketBase on SQLite and on
// Postgres, unnamed, prepared and with several writers, in turn, in one process, the request log on
// and fsync on. The ratios are the result: latency of one client and requests
// per second of sixteen, Postgres to SQLite. BENCH_SECONDS (default 1) is the
// length of a point, BENCH_ROUNDS (default 3) how often each is taken; the
// median counts. Processor time is what this process, which sends the requests
// too, and the server spend on one of them.
func BenchmarkBesideSQLite(b *testing.B) {
	server, err := pgtest.Start(pgtest.Options{Disk: true, Settings: map[string]string{"fsync": "on", "synchronous_commit": "on", "shared_buffers": "128MB", "full_page_writes": "on"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Stop() })
	sites := []*site{
		newSite(b, "SQLite", nil),
		newSite(b, "unnamed", storeAt(b, postgres.Config{URL: server.URL(newDatabase(b, server))})),
		newSite(b, "prepared", storeAt(b, postgres.Config{URL: server.URL(newDatabase(b, server)), Prepared: true})),
		newSite(b, "8 writers", storeAt(b, postgres.Config{URL: server.URL(newDatabase(b, server)), Prepared: true, Writers: 8})),
	}
	for _, s := range sites[1:] {
		s.server = server
	}
	seconds, rounds := setting("BENCH_SECONDS", 1), int(setting("BENCH_ROUNDS", 3))
	fmt.Printf("\n%-20s %-8s %7s %8s %7s", "request", "clients", "p50 ms", "req/s", "CPU ms")
	for _, s := range sites[1:] {
		fmt.Printf("  | %8s/SQLite: p50 %6s %6s %9s", s.name, "p99", "req/s", "CPU ms")
	}
	fmt.Println()
	for _, op := range operations {
		for _, clients := range []int{1, 16} {
			taken := make([][]point, len(sites))
			for range rounds {
				for i, s := range sites {
					taken[i] = append(taken[i], s.load(op, clients, time.Duration(seconds*float64(time.Second))))
				}
			}
			base := median(taken[0])
			fmt.Printf("%-20s %-8d %7.2f %8.0f %7.2f", op.name, clients, base.p50, base.perSecond, base.cpu)
			for i := range sites[1:] {
				m := median(taken[i+1])
				fmt.Printf("  | %20.2f %6.2f %6.2f %4.2f+%.2f", m.p50/base.p50, m.p99/base.p99, m.perSecond/base.perSecond, m.cpu, m.serverCPU)
			}
			fmt.Println()
			for i, s := range sites {
				if n := s.failed.Swap(0); n > 0 {
					b.Errorf("%s on %s: %d requests failed; round %d", op.name, s.name, n, i)
				}
			}
		}
	}
}

func setting(name string, def float64) float64 {
	if f, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
		return f
	}
	return def
}

func newDatabase(b *testing.B, server *pgtest.Server) string {
	b.Helper()
	name, err := server.CreateDatabase("")
	if err != nil {
		b.Fatal(err)
	}
	return name
}

// BenchmarkRoundTrips counts how often one request waits for the server, the
// request log off. It is a count, not a time: the same on every machine.
func BenchmarkRoundTrips(b *testing.B) {
	server, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Stop() })
	const requests = 50
	trips := [2][]float64{}
	for i, prepared := range []bool{false, true} {
		wire := server.NewWire(b, server.URL(newDatabase(b, server)))
		s := newSite(b, "wire", storeAt(b, postgres.Config{URL: wire.URL(), Prepared: prepared}))
		settings := s.app.Settings()
		settings.Logs.MaxDays = 0 // no request log
		if err := s.app.Save(settings); err != nil {
			b.Fatal(err)
		}
		for _, op := range operations {
			for n := range requests {
				s.send(op, n) // warm: prepares on every connection that serves one client
			}
			before := wire.RoundTrips()
			for n := range requests {
				s.send(op, n)
			}
			trips[i] = append(trips[i], float64(wire.RoundTrips()-before)/requests)
		}
		if n := s.failed.Load(); n > 0 {
			b.Fatalf("%d requests failed", n)
		}
	}
	fmt.Printf("\n%-20s %9s %9s\n", "round trips", "unnamed", "prepared")
	for n, op := range operations {
		fmt.Printf("%-20s %9.1f %9.1f\n", op.name, trips[0][n], trips[1][n])
	}
}

func storeAt(b *testing.B, c postgres.Config) *postgres.Store {
	b.Helper()
	store, err := postgres.New(c)
	if err != nil {
		b.Fatal(err)
	}
	return store
}

// operation is one kind of request.
type operation struct {
	name string
	make func(s *site, n int) (method, path, body, token string)
}

var operations = []operation{
	{"create", func(s *site, n int) (string, string, string, string) {
		return "POST", "/api/collections/writes/records", fmt.Sprintf(`{"title":"new %d","status":"open","amount":%d,"owner":"%s","meta":{"a":{"b":%d}}}`, n, n, s.owners[n%len(s.owners)], n), s.admin
	}},
	{"update one field", func(s *site, n int) (string, string, string, string) {
		return "PATCH", "/api/collections/writes/records/" + s.writes[n%len(s.writes)], fmt.Sprintf(`{"amount":%d}`, n), s.admin
	}},
	{"view", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records/" + s.records[n%len(s.records)], "", s.admin
	}},
	{"list, no index", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records?filter=amount%3E" + strconv.Itoa(n%1000) + "&sort=-amount&perPage=30", "", s.admin
	}},
	{"list, indexed", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records?filter=status%3D%27review%27&sort=-created&perPage=30", "", s.admin
	}},
	{"list + expand", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records?filter=status%3D%27review%27&sort=-created&perPage=30&expand=owner", "", s.admin
	}},
	{"user's own list", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records?sort=-created&perPage=30", "", s.user
	}},
	{"list, JSON filter", func(s *site, n int) (string, string, string, string) {
		return "GET", "/api/collections/projects/records?filter=meta.a.b%3D" + strconv.Itoa(n%1000) + "&perPage=30", "", s.admin
	}},
	{"batch of 5 creates", func(s *site, n int) (string, string, string, string) {
		one := fmt.Sprintf(`{"method":"POST","url":"/api/collections/writes/records","body":{"title":"b%d","status":"open","amount":1}}`, n)
		return "POST", "/api/batch", `{"requests":[` + one + "," + one + "," + one + "," + one + "," + one + `]}`, s.admin
	}},
	{"sign in", func(s *site, n int) (string, string, string, string) {
		return "POST", "/api/collections/users/auth-with-password", `{"identity":"user0@x.test","password":"secret-123"}`, ""
	}},
}

// site is one PocketBase with the data of the benchmark.
type site struct {
	name                    string
	app                     core.App
	server                  *pgtest.Server // nil on SQLite
	url                     string
	client                  *http.Client
	admin, user             string
	records, writes, owners []string
	counter, failed         atomic.Int64
}

// newSite is on SQLite without a store.
func newSite(b *testing.B, name string, store *postgres.Store) *site {
	b.Helper()
	config := core.BaseAppConfig{DataDir: filepath.Join(b.TempDir(), "data"), DBConnect: core.DefaultDBConnect}
	if store != nil {
		config.DBConnect = store.Connect
	}
	app := core.NewBaseApp(config)
	if store != nil {
		postgres.Register(app, store)
	}
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(name, ": ", err)
		}
	}
	check(app.Bootstrap())
	b.Cleanup(func() { _ = app.ClearBootstrap() })
	check(app.RunAllMigrations())
	app.Settings().Batch.Enabled = true
	app.Settings().Logs.MinLevel = 0
	check(app.Save(app.Settings()))
	s := &site{name: name, app: app, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	s.seed(b, app, check)
	router, err := apis.NewRouter(app)
	check(err)
	mux, err := router.BuildMux()
	check(err)
	web := httptest.NewServer(mux)
	b.Cleanup(web.Close)
	s.url = web.URL
	return s
}

func (s *site) seed(b *testing.B, app core.App, check func(error)) {
	b.Helper()
	users, err := app.FindCollectionByNameOrId("users")
	check(err)
	users.PasswordAuth.Enabled = true
	for _, f := range users.Fields {
		if p, ok := f.(*core.PasswordField); ok {
			p.Cost = 4 // the database is measured, not bcrypt
		}
	}
	check(app.Save(users))
	for _, name := range []string{"projects", "writes"} {
		c := core.NewBaseCollection(name)
		mine := "owner = @request.auth.id"
		c.ListRule, c.ViewRule = &mine, &mine
		c.Fields.Add(&core.TextField{Name: "title"}, &core.SelectField{Name: "status", Values: []string{"open", "review", "done"}, MaxSelect: 1},
			&core.NumberField{Name: "amount"}, &core.RelationField{Name: "owner", CollectionId: users.Id, MaxSelect: 1}, &core.JSONField{Name: "meta"},
			&core.AutodateField{Name: "created", OnCreate: true}, &core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
		c.AddIndex("i_"+name+"_status", false, "status, created", "")
		c.AddIndex("i_"+name+"_owner", false, "owner, created", "")
		check(app.Save(c))
	}
	check(app.RunInTransaction(func(tx core.App) error {
		for i := range 100 {
			u := core.NewRecord(users)
			u.SetEmail(fmt.Sprintf("user%d@x.test", i))
			u.SetPassword("secret-123")
			if err := tx.SaveNoValidate(u); err != nil {
				return err
			}
			s.owners = append(s.owners, u.Id)
			if i == 0 {
				if s.user, err = u.NewAuthToken(); err != nil {
					return err
				}
			}
		}
		for _, into := range []struct {
			name string
			ids  *[]string
			n    int
		}{{"projects", &s.records, 3000}, {"writes", &s.writes, 500}} {
			c, err := tx.FindCollectionByNameOrId(into.name)
			if err != nil {
				return err
			}
			for i := range into.n {
				r := core.NewRecord(c)
				r.Load(map[string]any{"title": fmt.Sprint("Project ", i), "status": []string{"open", "review", "done"}[i%3], "amount": i * 37 % 5000,
					"owner": s.owners[i%len(s.owners)], "meta": map[string]any{"a": map[string]any{"b": i % 1000}}})
				if err := tx.SaveNoValidate(r); err != nil {
					return err
				}
				*into.ids = append(*into.ids, r.Id)
			}
		}
		return nil
	}))
	admins, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	check(err)
	admin := core.NewRecord(admins)
	admin.SetEmail("admin@x.test")
	admin.SetPassword("secret-123")
	check(app.Save(admin))
	s.admin, err = admin.NewAuthToken()
	check(err)
	_, err = app.DB().NewQuery("ANALYZE").Execute()
	check(err)
}

// point is one measurement.
type point struct{ p50, p99, perSecond, cpu, serverCPU float64 }

func median(points []point) point {
	pick := func(get func(point) float64) float64 {
		var list []float64
		for _, p := range points {
			list = append(list, get(p))
		}
		slices.Sort(list)
		return list[len(list)/2]
	}
	return point{
		pick(func(p point) float64 { return p.p50 }), pick(func(p point) float64 { return p.p99 }), pick(func(p point) float64 { return p.perSecond }),
		pick(func(p point) float64 { return p.cpu }), pick(func(p point) float64 { return p.serverCPU }),
	}
}

func (s *site) load(op operation, clients int, length time.Duration) point {
	for n := range 20 { // warm
		s.send(op, n)
	}
	var mu sync.Mutex
	var all []time.Duration
	var wg sync.WaitGroup
	began := time.Now()
	before, serverBefore := cpuTime(), s.serverCPU()
	for range clients {
		wg.Go(func() {
			var own []time.Duration
			for time.Since(began) < length {
				start := time.Now()
				s.send(op, int(s.counter.Add(1)))
				own = append(own, time.Since(start))
			}
			mu.Lock()
			all = append(all, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(began)
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	n := float64(len(all))
	return point{ms(all[len(all)/2]), ms(all[len(all)*99/100]), n / took.Seconds(), ms(cpuTime()-before) / n, ms(s.serverCPU()-serverBefore) / n}
}

// serverCPU is what Postgres has used, 0 where there is none.
func (s *site) serverCPU() time.Duration {
	if s.server == nil {
		return 0
	}
	used, err := s.server.CPU()
	if err != nil {
		s.failed.Add(1)
	}
	return used
}

func (s *site) send(op operation, n int) {
	method, path, body, token := op.make(s, n)
	req, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewBufferString(body))
	if err != nil {
		s.failed.Add(1)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.failed.Add(1)
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode >= 300 {
		s.failed.Add(1)
	}
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkTranslateHit is what a statement costs that was translated before,
// beside translating it.
func BenchmarkTranslateHit(b *testing.B) {
	b.ReportAllocs()
	postgres.BenchHit(b)
}
