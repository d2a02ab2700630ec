package pgtest

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestDatabaseIsEmptyAndOwnedByAPlainRole(t *testing.T) {
	t.Parallel()
	first, second := Database(t), Database(t)
	if Name(first) == Name(second) {
		t.Fatalf("two tests got the same database %s", first)
	}
	conn, err := pgconn.Connect(context.Background(), first)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	results, err := conn.Exec(context.Background(), `CREATE SCHEMA mine; CREATE TABLE mine.t (a int); INSERT INTO mine.t VALUES (7);
		SELECT a, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) FROM mine.t`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	row := results[len(results)-1].Rows[0]
	if string(row[0]) != "7" || string(row[1]) != "f" {
		t.Errorf("got %s, superuser %s; want 7 as a plain role", row[0], row[1])
	}
	rows, err := Shared(t).Query(Name(second), "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'mine'")
	if err != nil || rows[0][0] != "0" {
		t.Errorf("the other database has the schema too: %v, %v", rows, err)
	}
}

// TestMain can also be the process that TestServerEndsWithItsProcess kills, or
// the one that TestLentServerOutlivesWhoUsesIt lends a server to.
func TestMain(m *testing.M) {
	start := func() (*Server, error) { return Start(Options{}) }
	switch os.Getenv("PGTEST_HOLD") {
	case "":
		os.Exit(m.Run())
	case "shared":
		start = shared
	}
	s, err := start()
	if err != nil {
		panic(err)
	}
	println("dir " + s.dir)
	time.Sleep(time.Minute)
}

// hold starts a process that holds a server, and tells the server's folder.
func hold(t *testing.T, which string, env ...string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), env...), "PGTEST_HOLD="+which)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	dir, ok := strings.CutPrefix(strings.TrimSpace(line), "dir ")
	if err != nil || !ok {
		t.Fatalf("the process said %q, %v", line, err)
	}
	return cmd, dir
}

func TestLentServerOutlivesWhoUsesIt(t *testing.T) {
	t.Parallel()
	server := Shared(t)
	cmd, dir := hold(t, "shared", server.Lend())
	if dir != server.dir {
		t.Errorf("the process uses the server in %s, not the one in %s", dir, server.dir)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	guest, err := borrow(server.dir)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(guest.Stop(), errLent) || !errors.Is(guest.Restart("immediate"), errLent) {
		t.Error("who was lent a server may end it")
	}
	if err := server.Exec("postgres", "SELECT 1"); err != nil {
		t.Errorf("the server ended with a process that it was lent to: %v", err)
	}
	if _, err := borrow(t.TempDir()); err == nil {
		t.Error("a server that is not there was lent")
	}
}

func TestServerEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	cmd, dir := hold(t, "own")
	pid, err := os.ReadFile(dir + "/data/postmaster.pid")
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil { // SIGKILL: nothing in the process can clean up
		t.Fatal(err)
	}
	_ = cmd.Wait()
	server := "/proc/" + strings.SplitN(string(pid), "\n", 2)[0]
	for range 200 {
		_, dirErr := os.Stat(dir)
		_, processErr := os.Stat(server)
		if os.IsNotExist(dirErr) && os.IsNotExist(processErr) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("10 s after the process was killed %s or its server is still there", dir)
}
