package differential

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// broken is an application whose Postgres is about to fail.
type broken struct {
	*Side
	t      *testing.T
	server *pgtest.Server
	wire   *pgtest.Wire
	name   string // of the database
	token  string
	next   atomic.Int64
}

// newBroken starts an application on a database of server, through a wire.
func newBroken(t *testing.T, server *pgtest.Server, options string) *broken {
	t.Helper()
	address := server.Database(t)
	b := &broken{t: t, server: server, wire: server.NewWire(t, address), name: pgtest.Name(address)}
	store, err := postgres.New(postgres.Config{URL: b.wire.URL() + options, Prepared: true})
	if err != nil {
		t.Fatal(err)
	}
	if b.Side, err = Open(filepath.Join(t.TempDir(), "data"), store.Connect, func(s *Side) { postgres.Register(s.App, store) }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if b.token, _, err = Seed(b.Side, 5); err != nil {
		t.Fatal(err)
	}
	return b
}

// pair creates two notes with one name in one transaction.
func (b *broken) pair() (name string, answer Answer) {
	name = fmt.Sprintf("pair %d", b.next.Add(1))
	note := map[string]any{"method": "POST", "url": "/api/collections/" + notes + "/records", "body": map[string]any{"body": name}}
	body, err := json.Marshal(map[string]any{"requests": []any{note, note}})
	if err != nil {
		b.t.Error(err)
	}
	return name, b.Do(Request{Method: "POST", Path: "/api/batch", Body: body, Token: b.token})
}

// stored is how many notes have the name, by a connection of its own.
func (b *broken) stored(name string) string {
	rows, err := b.server.Query(b.name, `SELECT count(*) FROM data."`+notes+`" WHERE body = '`+name+`'`)
	if err != nil {
		b.t.Fatal(err)
	}
	return rows[0][0]
}

// load writes pairs and reads lists on several goroutines while harm does its
// work, and then looks at what is stored: both of an acknowledged pair, both or
// none of one that failed. Failures must say so with 503.
func (b *broken) load(harm func()) {
	b.t.Helper()
	var mu sync.Mutex
	acknowledged, failed, refusals := []string{}, []string{}, map[string]int{}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				name, answer := b.pair()
				read := b.Do(Request{Method: "GET", Path: "/api/collections/" + notes + "/records?perPage=5", Token: b.token})
				mu.Lock()
				if answer.Status == http.StatusOK {
					acknowledged = append(acknowledged, name)
				} else {
					failed = append(failed, name)
					refusals["write: "+answer.String()]++
				}
				if read.Status != http.StatusOK {
					refusals["read: "+read.String()]++
				}
				mu.Unlock()
			}
		})
	}
	harm()
	close(stop)
	wg.Wait()
	b.recovers()
	for _, name := range acknowledged {
		if n := b.stored(name); n != "2" {
			b.t.Errorf("%s was acknowledged and is stored %s times", name, n)
		}
	}
	unknown := 0
	for _, name := range failed {
		switch n := b.stored(name); n {
		case "0":
		case "2":
			unknown++ // the commit arrived, its answer did not
		default:
			b.t.Errorf("half a transaction: %s is stored %s times", name, n)
		}
	}
	if len(acknowledged) == 0 {
		b.t.Error("nothing was acknowledged: the load did no work")
	}
	b.t.Logf("%d pairs acknowledged, %d failed (%d of them stored)", len(acknowledged), len(failed), unknown)
	for text, count := range refusals {
		b.t.Logf("%d × %s", count, text)
		if b.t.Failed() {
			continue
		}
		var status int
		if _, err := fmt.Sscanf(text[len("write: "):], "%d", &status); err == nil && text[0] == 'w' && status != http.StatusServiceUnavailable {
			b.t.Errorf("a failed write was answered %s, want 503", text)
		}
	}
}

// recovers waits until the same process works again.
func (b *broken) recovers() {
	b.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		name, answer := b.pair()
		if answer.Status == http.StatusOK {
			if n := b.stored(name); n != "2" {
				b.t.Errorf("after recovery %s is stored %s times", name, n)
			}
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("15 s after the failure: %s", answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestServerRestarts(t *testing.T) {
	t.Parallel()
	// One of its own, for the others share theirs, and one that does not lose commits in a crash.
	server, err := pgtest.Start(pgtest.Options{Settings: map[string]string{"synchronous_commit": "on"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	b := newBroken(t, server, "")
	b.load(func() {
		for _, mode := range []string{"fast", "immediate"} { // a stop, and a crash
			time.Sleep(300 * time.Millisecond)
			if err := server.Restart(mode); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(300 * time.Millisecond)
	})
}

func TestConnectionsAreKilled(t *testing.T) {
	t.Parallel()
	b := newBroken(t, pgtest.Shared(t), "")
	b.load(func() {
		for n := range 8 {
			time.Sleep(150 * time.Millisecond)
			if n%2 == 0 {
				b.wire.Cut()
				continue
			}
			if err := b.server.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+b.name+"'"); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(300 * time.Millisecond)
	})
}

func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	b := newBroken(t, pgtest.Shared(t), "")
	b.load(func() {
		time.Sleep(200 * time.Millisecond)
		b.wire.DiskFull(true)
		for range 5 {
			if name, answer := b.pair(); answer.Status != http.StatusServiceUnavailable {
				t.Errorf("on a full disk %s was answered %s, want 503", name, answer)
			}
			if answer := b.Do(Request{Method: "GET", Path: "/api/collections/" + notes + "/records", Token: b.token}); answer.Status != http.StatusOK {
				t.Errorf("on a full disk a read was answered %s", answer)
			}
		}
		b.wire.DiskFull(false)
		time.Sleep(200 * time.Millisecond)
	})
}

// The server lets only read for a while, as while it fails over or is full: writes
// answer 503 and reads go on. Connections that were opened meanwhile may only read
// for ever, so they go, and writes work again at once.
func TestServerLetsOnlyReadForAWhile(t *testing.T) {
	t.Parallel()
	b := newBroken(t, pgtest.Shared(t), "")
	set := func(what string) {
		t.Helper()
		if err := b.server.Exec("postgres", "ALTER DATABASE "+b.name+" "+what+"; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+b.name+"'"); err != nil {
			t.Error(err)
		}
	}
	b.load(func() {
		time.Sleep(200 * time.Millisecond)
		set("SET default_transaction_read_only = on")
		for range 5 {
			if name, answer := b.pair(); answer.Status != http.StatusServiceUnavailable {
				t.Errorf("while it lets only read %s was answered %s, want 503", name, answer)
			}
			one := b.Do(Request{Method: "POST", Path: "/api/collections/" + notes + "/records", Body: []byte(`{"body":"x"}`), Token: b.token})
			if one.Status != http.StatusServiceUnavailable {
				t.Errorf("while it lets only read a write by itself was answered %s, want 503", one)
			}
			if answer := b.Do(Request{Method: "GET", Path: "/api/collections/" + notes + "/records", Token: b.token}); answer.Status != http.StatusOK {
				t.Errorf("while it lets only read a read was answered %s", answer)
			}
		}
		// Only new sessions are told: those that exist stay as they are.
		if err := b.server.Exec("postgres", "ALTER DATABASE "+b.name+" RESET default_transaction_read_only"); err != nil {
			t.Error(err)
		}
		b.writes(2 * time.Second)
	})
}

// The server takes no more connections for a while, and ends those that there are:
// too many of them (53300), or none are let in.
func TestServerTakesNoConnectionsForAWhile(t *testing.T) {
	t.Parallel()
	b := newBroken(t, pgtest.Shared(t), "")
	alter := func(what string) {
		t.Helper()
		if err := b.server.Exec("postgres", "ALTER DATABASE "+b.name+" "+what+"; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+b.name+"'"); err != nil {
			t.Error(err)
		}
	}
	b.load(func() {
		for _, way := range [][2]string{{"CONNECTION LIMIT 0", "CONNECTION LIMIT -1"}, {"ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"}} {
			time.Sleep(200 * time.Millisecond)
			alter(way[0])
			for range 3 {
				if name, answer := b.pair(); answer.Status != http.StatusServiceUnavailable {
					t.Errorf("with %s %s was answered %s, want 503", way[0], name, answer)
				}
			}
			alter(way[1])
			b.writes(2 * time.Second)
		}
	})
}

// writes fails the test unless a write works again within a time.
func (b *broken) writes(within time.Duration) {
	b.t.Helper()
	for back := time.Now(); ; {
		name, answer := b.pair()
		if answer.Status == http.StatusOK {
			return
		}
		if time.Since(back) > within {
			b.t.Errorf("%s after the cause has ended %s was answered %s", within, name, answer)
			return
		}
	}
}

func TestStatementsTimeOut(t *testing.T) {
	t.Parallel()
	b := newBroken(t, pgtest.Shared(t), "&options=-c%20statement_timeout%3D300")
	start := time.Now()
	answer := b.Do(Request{Method: "POST", Path: "/api/sql", Token: b.token, Body: []byte(`{"query":"/*pg*/ SELECT pg_sleep(20)"}`)})
	if answer.Status != http.StatusServiceUnavailable || time.Since(start) > 10*time.Second {
		t.Errorf("a statement of 20 s was answered after %s: %s, want 503", time.Since(start), answer)
	}
	// In a transaction, the statement before the one that times out must vanish.
	err := b.RunInTransaction(func(tx core.App) error {
		if _, err := tx.DB().NewQuery("INSERT INTO {{" + notes + "}} (id, body) VALUES ({:id}, 'half')").Bind(dbx.Params{"id": "halfhalfhalfhal"}).Execute(); err != nil {
			return err
		}
		_, err := tx.DB().NewQuery("WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT count(*) FROM c").Execute()
		return err
	})
	if err == nil {
		t.Error("the transaction did not fail")
	}
	if n := b.stored("half"); n != "0" {
		t.Errorf("half a transaction: %s rows", n)
	}
	b.recovers()
}

// A node that has not heard yet of another's schema change writes a column that is
// no longer there. That is not the client's fault: 503, and soon it works.
func TestWriteByCollectionsOfBefore(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t)
	address := server.Database(t)
	wire := server.NewWire(t, address)
	var nodes []*Side
	for n, direct := range []string{address, wire.URL()} {
		store, err := postgres.New(postgres.Config{URL: address, DirectURL: direct, Prepared: true})
		if err != nil {
			t.Fatal(err)
		}
		side, err := Open(filepath.Join(t.TempDir(), fmt.Sprint("data", n)), store.Connect, func(s *Side) { postgres.Register(s.App, store) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = side.Close() })
		nodes = append(nodes, side)
	}
	c := core.NewBaseCollection("papers")
	c.Fields.Add(&core.TextField{Name: "body"}, &core.TextField{Name: "extra"})
	c.CreateRule, c.UpdateRule = new(""), new("")
	if err := nodes[0].Save(c); err != nil {
		t.Fatal(err)
	}
	const records = "/api/collections/papers/records"
	var first struct{ ID string }
	ways := map[string]func() Answer{
		"create": func() Answer {
			return nodes[1].Do(Request{Method: "POST", Path: records, Body: []byte(`{"body":"x"}`)})
		},
		"update": func() Answer {
			return nodes[1].Do(Request{Method: "PATCH", Path: records + "/" + first.ID, Body: []byte(`{"body":"y"}`)})
		},
		"batch": func() Answer {
			return nodes[1].Do(Request{Method: "POST", Path: "/api/batch", Body: []byte(`{"requests":[{"method":"POST","url":"` + records + `","body":{"body":"z"}}]}`)})
		},
	}
	// works waits until every way to write works, and gives how often each said 503
	// before: nothing else may be said.
	works := func() map[string]int {
		t.Helper()
		late := map[string]int{}
		for name, write := range ways {
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				got := write()
				if got.Status == http.StatusOK {
					break
				}
				if late[name]++; got.Status != http.StatusServiceUnavailable || time.Now().After(deadline) {
					t.Fatalf("%s: %s", name, got)
				}
			}
		}
		return late
	}
	heard := func() bool {
		known, err := nodes[1].FindCachedCollectionByNameOrId("papers")
		return err == nil && len(known.Fields) == len(c.Fields)
	}
	for deadline := time.Now().Add(20 * time.Second); !heard() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if err := json.Unmarshal([]byte(ways["create"]().Body), &first); err != nil || first.ID == "" {
		t.Fatalf("%v", err)
	}
	works()
	wire.Down(true) // from here on it hears nothing
	changes := 0
	for _, name := range []string{"renamed", "again", ""} {
		if field := c.Fields.GetByName("extra"); name == "renamed" {
			field.SetName(name)
		} else if name == "again" {
			c.Fields.GetByName("renamed").SetName(name)
		} else {
			c.Fields.RemoveByName("again")
		}
		if err := nodes[0].Save(c); err != nil {
			t.Fatal(err)
		}
		late := works() // by itself
		for _, n := range late {
			changes += n
		}
		t.Logf("%q: 503 before it worked: %v", name, late)
	}
	if changes == 0 {
		t.Error("it wrote by the fresh collections at once: this test proves nothing")
	}
	wire.Down(false)
	works()
	if got := nodes[0].Do(Request{Method: "GET", Path: "/api/collections/papers/records?sort=extra"}); got.Status == http.StatusServiceUnavailable {
		t.Errorf("the node that has changed it knows better: %s", got)
	}
}
