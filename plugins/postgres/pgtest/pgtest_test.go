package pgtest

import (
	"bufio"
	"context"
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

// TestMain can also be the process that TestServerEndsWithItsProcess kills.
func TestMain(m *testing.M) {
	if os.Getenv("PGTEST_HOLD") == "" {
		os.Exit(m.Run())
	}
	s, err := shared()
	if err != nil {
		panic(err)
	}
	println("dir " + s.dir)
	time.Sleep(time.Minute)
}

func TestServerEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PGTEST_HOLD=1")
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
