package postgres_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
)

// holderEnv makes a process of this test binary a node that holds the lock of all
// writing: the address, and the one of the server itself.
const holderEnv = "POSTGRES_TEST_HOLDER"

// holder is another node, in a process of its own, in the middle of a transaction.
type holder struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// hold starts a node that has changed row "x" and has not committed. The words
// before are a program that starts it, if any.
func hold(t *testing.T, c postgres.Config, before ...string) *holder {
	t.Helper()
	args := append(before, os.Args[0], "-test.run=^TestHolder$")
	h := &holder{cmd: exec.Command(args[0], args[1:]...)}
	h.cmd.Env = append(os.Environ(), holderEnv+"="+c.URL+" "+c.DirectURL)
	h.cmd.Stderr = os.Stderr
	in, err := h.cmd.StdinPipe()
	out, outErr := h.cmd.StdoutPipe()
	if err := errors.Join(err, outErr, h.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	h.in, h.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	if said := h.says(t); said != "holds" {
		t.Fatalf("the other node: %s", said)
	}
	return h
}

func (h *holder) says(t *testing.T) string {
	t.Helper()
	line, err := h.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// signal is sent to the node itself, which may have been started by another program.
func (h *holder) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := h.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// commits tells the node to go on, and gives what became of its transaction.
func (h *holder) commits(t *testing.T) string {
	t.Helper()
	if _, err := io.WriteString(h.in, "commit\n"); err != nil {
		t.Fatal(err)
	}
	return h.says(t)
}

// TestHolder is no test: it is the other node.
func TestHolder(t *testing.T) {
	addresses := os.Getenv(holderEnv)
	if addresses == "" {
		return
	}
	url, direct, _ := strings.Cut(addresses, " ")
	db := open(t, postgres.Config{URL: url, DirectURL: direct})
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("UPDATE a SET n = 1000 WHERE id = 'x'")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("holds")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	switch err := tx.Commit(); {
	case errors.Is(err, postgres.ErrUnavailable):
		fmt.Println("unavailable")
	default:
		fmt.Println("committed:", err)
	}
}

// refused writes, alone and in a transaction, while nothing can be written: each
// says so within what is given to it, in words that PocketBase does not repeat.
func refused(t *testing.T, db *sql.DB, within time.Duration) {
	t.Helper()
	for name, write := range map[string]func() error{
		"alone": func() error { _, err := db.Exec("UPDATE a SET n = n + 1 WHERE id = 'y'"); return err },
		"in a transaction": func() error {
			return raise(db, func(*sql.Tx) {})
		},
	} {
		began := time.Now()
		err := write()
		if !errors.Is(err, postgres.ErrUnavailable) || strings.Contains(err.Error(), "locked") {
			t.Errorf("%s: %v, want unavailable", name, err)
		}
		if took := time.Since(began); took > within {
			t.Errorf("%s: refused after %s, want %s", name, took, within)
		}
	}
}

// writes gives how long it took until something could be written again.
func writes(t *testing.T, db *sql.DB, within time.Duration) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		_, err := db.Exec("UPDATE a SET n = n + 1 WHERE id = 'x'")
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("after %s: %v", within, err)
		}
	}
}

// slack is what a busy machine may add.
const slack = 4 * time.Second

// A node freezes in a transaction (SIGSTOP). Reads go on, writes are refused within
// the bound of the lock, the later ones at once, and when the server has ended the
// frozen transaction they work. What the node did is undone, and it hears of it.
func TestFrozenNodeAtOnce(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(pgtest.Options{TCP: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	pooler, err := server.Bouncer(5)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pooler.Stop() })
	const bound = "idle_in_transaction_session_timeout=8s"
	for _, way := range []string{"direct", "pooled"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			url := server.Database(t)
			c := postgres.Config{URL: url + "&" + bound, Prepared: true}
			if way == "pooled" {
				c = postgres.Config{URL: pooler.URL(pgtest.Name(url)) + "&" + bound, DirectURL: url}
			}
			db := open(t, c)
			must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
			must(t, db, "INSERT INTO a VALUES ('x', 0), ('y', 0)")
			h := hold(t, c)
			h.signal(t, syscall.SIGSTOP)
			frozen := time.Now()
			_, err := db.Exec("UPDATE a SET n = n + 1 WHERE id = 'y'")
			if took := time.Since(frozen); !errors.Is(err, postgres.ErrUnavailable) || took < 3*time.Second || took > 4*time.Second+slack {
				t.Errorf("the first one waited %s for %v, want about 4s", took, err)
			}
			if time.Since(frozen) < 7*time.Second { // else the machine is too busy to see it
				refused(t, db, time.Second)
			}
			if got := answer(db, "SELECT n FROM a WHERE id = 'x'"); !strings.HasSuffix(got, "int64:0;") {
				t.Errorf("a read: %s", got)
			}
			t.Logf("writes %s after it froze, waited %s", time.Since(frozen), writes(t, db, 8*time.Second+slack))
			if err := raise(db, func(*sql.Tx) {}); err != nil {
				t.Error(err)
			}
			h.signal(t, syscall.SIGCONT)
			if said := h.commits(t); said != "unavailable" {
				t.Errorf("the frozen node's transaction: %s", said)
			}
			if got := answer(db, "SELECT n FROM a ORDER BY id"); !strings.HasSuffix(got, "int64:2; int64:0;") {
				t.Errorf("%s: not what was acknowledged", got)
			}
		})
	}
}

// The network to a node is gone while it is in a transaction, and nobody tells the
// server: it asks, finds no one and ends the transaction, also when nothing bounds
// how long that may rest.
func TestNetworkOfANodeIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	network, err := pgtest.NewNetwork()
	if err != nil {
		t.Skip("no network of its own here, which takes root and iproute2: ", err)
	}
	t.Cleanup(func() { _ = network.Remove() })
	server, err := pgtest.Start(pgtest.Options{TCP: true, Network: network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	url := server.Database(t)
	db := open(t, postgres.Config{URL: url})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "INSERT INTO a VALUES ('x', 0), ('y', 0)")
	h := hold(t, postgres.Config{URL: network.URL(server, pgtest.Name(url)) + "&idle_in_transaction_session_timeout=0"}, network.Inside()...)
	if err := network.Cut(); err != nil {
		t.Fatal(err)
	}
	cut := time.Now()
	said := make(chan string, 1)
	go func() { said <- h.commits(t) }()
	refused(t, db, 4*time.Second+slack)
	writes(t, db, 11*time.Second+slack)
	t.Logf("writes %s after the network was gone", time.Since(cut))
	select {
	case said := <-said:
		if said != "unavailable" {
			t.Errorf("the node without a network: %s", said)
		}
	case <-time.After(slack):
		t.Error("the node without a network still waits for an answer")
	}
	if got := answer(db, "SELECT n FROM a ORDER BY id"); !strings.HasSuffix(got, "int64:1; int64:0;") {
		t.Errorf("%s: not what was acknowledged", got)
	}
}

// A node that goes on before its bound commits what it has begun: nobody else has
// written in between.
func TestNodePausesAndGoesOn(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, postgres.Config{URL: url})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "INSERT INTO a VALUES ('x', 0)")
	h := hold(t, postgres.Config{URL: url})
	h.signal(t, syscall.SIGSTOP)
	if _, err := db.Exec("UPDATE a SET n = 7"); !errors.Is(err, postgres.ErrUnavailable) {
		t.Errorf("wrote beside it: %v", err)
	}
	h.signal(t, syscall.SIGCONT)
	if said := h.commits(t); said != "committed: <nil>" {
		t.Errorf("its transaction: %s", said)
	}
	writes(t, db, 2*time.Second)
	if got := answer(db, "SELECT n FROM a"); !strings.HasSuffix(got, "int64:1001;") {
		t.Errorf("%s: not what was acknowledged", got)
	}
}

// Waiting for another's transaction that ends in time is no failure, and what the
// bounds are is known to the server.
func TestBoundsOfSessions(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	asked := func(url string) (got string) {
		err := open(t, postgres.Config{URL: url}).QueryRow(`/*pg*/ SELECT concat_ws(' ', current_setting('lock_timeout'),
			current_setting('idle_in_transaction_session_timeout'), current_setting('client_connection_check_interval'))`).Scan(&got)
		if err != nil {
			t.Error(err)
		}
		return got
	}
	if got := asked(url); got != "4s 15s 2s" {
		t.Error(got)
	}
	if got := asked(url + "&idle_in_transaction_session_timeout=1min&client_connection_check_interval=0"); got != "4s 1min 0" {
		t.Errorf("what the address says does not hold: %s", got)
	}
	db := open(t, postgres.Config{URL: url})
	must(t, db, "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL, n NUMERIC)")
	must(t, db, "INSERT INTO a VALUES ('x', 0)")
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("UPDATE a SET n = 1"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(2*time.Second, func() { _ = tx.Commit() })
	if err := raise(db, func(*sql.Tx) {}); err != nil {
		t.Errorf("a transaction that ends in time: %v", err)
	}
}
