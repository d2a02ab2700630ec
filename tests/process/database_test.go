package process

import (
	"bufio"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

// passwordServer is a Postgres that asks its role for a password over TCP and
// speaks no TLS.
func passwordServer(t *testing.T) (server *pgtest.Server, url func(password, database, options string) string) {
	t.Helper()
	rules := filepath.Join(os.TempDir(), "jasaweb-hba-"+rand.Text()) // a folder of the test's own would hide it from the server's user
	t.Cleanup(func() { _ = os.Remove(rules) })
	if err := os.WriteFile(rules, []byte("local all all trust\nhost all "+pgtest.Superuser+" 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	server, err := pgtest.Start(pgtest.Options{TCP: true, Settings: map[string]string{"hba_file": rules}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	if err := server.Exec("postgres", "ALTER ROLE "+pgtest.Role+" PASSWORD 'rahasia'"); err != nil {
		t.Fatal(err)
	}
	if err := server.Exec("postgres", "CREATE DATABASE agensi OWNER "+pgtest.Role); err != nil {
		t.Fatal(err)
	}
	return server, func(password, database, options string) string {
		whole := server.URL(database)
		whole, _, _ = strings.Cut(whole, "?")
		return strings.Replace(whole, "@", ":"+password+"@", 1) + options
	}
}

// What a person gets wrong when moving to Postgres is answered in one line that
// names it, shows no password, and changes nothing.
func TestDatabaseCommandsSayWhatIsWrong(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	server, url := passwordServer(t)
	dir := filepath.Join(t.TempDir(), "pb_data")
	if out, err := exec.Command(binary, "demo", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	keys := keysOf(t, dir)
	run := func(env []string, args ...string) (string, error) {
		cmd := exec.Command(binary, args...)
		cmd.Dir, cmd.Env = t.TempDir(), env
		out, err := cmd.CombinedOutput()
		if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
			t.Errorf("%v left %v behind", args, left)
		}
		return string(out), err
	}
	empty, none, garbage := t.TempDir(), filepath.Join(t.TempDir(), "none"), t.TempDir()
	for path, content := range map[string]string{filepath.Join(empty, "data.db"): "", filepath.Join(garbage, "data.db"): strings.Repeat("not a database ", 99)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := url("rahasia", "agensi", "")
	refuse := func(want string, env []string, args ...string) {
		t.Helper()
		out, err := run(env, args...)
		if err == nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, want) || strings.Contains(out, "rahasia") {
			t.Errorf("%v: %v, printed %q, want one line with %q", args, err, out, want)
		}
	}
	with := func(url string, more ...string) []string {
		return append(append(slices.Clone(keys), "DATABASE_URL="+url), more...)
	}
	refuse("DATABASE_URL is not set", keys, "db", "import", dir)
	refuse("not a data directory", with(good), "db", "import", none)
	refuse("has no tables", with(good), "db", "import", empty)
	refuse("file is not a database", with(good), "db", "import", garbage)
	refuse("JWT_SECRET: must be set", with(good, "JWT_SECRET="), "db", "import", dir)
	refuse("CREDENTIALS_KEY is not the key in", with(good, "CREDENTIALS_KEY=another key but long enough for it"), "db", "import", dir)
	refuse("must be postgres://user:password@host/database", with("mysql://x:rahasia@y/z"), "db", "import", dir)
	refuse("password authentication failed", with(url("rahasia2", "agensi", "")), "db", "import", dir)
	refuse(`database "tidak" does not exist`, with(url("rahasia", "tidak", "")), "db", "import", dir)
	refuse("connection refused", with("postgres://jasaweb:rahasia@127.0.0.1:1/agensi"), "db", "import", dir)
	refuse("refused TLS", with(url("rahasia", "agensi", "?sslmode=require")), "db", "import", dir)
	refuse("sslmode is invalid", with(url("rahasia", "agensi", "?sslmode=maybe")), "db", "import", dir)
	refuse("no such file", with("postgres://jasaweb@/agensi?host="+none), "db", "import", dir)
	refuse("password authentication failed", with(url("rahasia2", "agensi", "")), "serve", "--http", "127.0.0.1:1", "--dir", none)
	refuse("connection refused", with(good, "DATABASE_DIRECT_URL=postgres://jasaweb:rahasia@127.0.0.1:1/agensi"), "db", "import", dir)
	refuse("has no data of JasaWeb", with(good), "db", "export", none)
	schemas, err := server.Query("agensi", "SELECT count(*) FROM pg_namespace WHERE nspname IN ('data', 'auxiliary', 'sqlite')")
	if err != nil || schemas[0][0] != "0" {
		t.Errorf("after the refusals there are %v schemas, %v", schemas, err)
	}

	if out, err := run(with(url("rahasia", "agensi", "?sslmode=prefer")), "db", "import", dir); err != nil || !strings.Contains(out, "checksum equal") {
		t.Fatalf("import: %v\n%s", err, out)
	}
	refuse("has tables already", with(good), "db", "import", dir)
	refuse("is there already", with(good), "db", "export", dir)
	if out, err := run(with(good), "db", "export", none); err != nil || !strings.Contains(out, "checksum equal") {
		t.Fatalf("export: %v\n%s", err, out)
	}
}

// An import that ends in the middle, by Ctrl-C or by a kill, leaves the database
// empty, so that the same command can be given again; an export leaves no file
// that could pass for a whole one.
func TestInterruptedImportAndExportLeaveNothing(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pb_data")
	if out, err := exec.Command(binary, "demo", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	fillDirectory(t, dir, 6<<20)
	url := pgtest.Database(t)
	env := append(keysOf(t, dir), "DATABASE_URL="+url)
	server := pgtest.Shared(t)
	tables := func() string {
		rows, err := server.Query(pgtest.Name(url), "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('data', 'auxiliary') AND relkind = 'r' AND relname <> 'sqlite_master'")
		if err != nil {
			t.Fatal(err)
		}
		return rows[0][0]
	}
	for signal, after := range map[syscall.Signal]string{os.Interrupt.(syscall.Signal): "users", syscall.SIGTERM: "posts", syscall.SIGKILL: "arsip"} {
		printed := interrupt(t, exec.Command(binary, "db", "import", dir), env, signal, after)
		if signal != syscall.SIGKILL && !strings.Contains(printed, "interrupted: nothing has been changed") {
			t.Errorf("on %v it printed %q", signal, printed)
		}
		eventually(t, "the end of the killed session", func() error { // the server notices a lost client by itself
			rows, err := server.Query(pgtest.Name(url), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = '"+pgtest.Role+"'")
			if err == nil && len(rows) > 0 {
				err = errNoAnswer
			}
			return err
		})
		if n := tables(); n != "0" {
			t.Errorf("after %v there are %s tables", signal, n)
		}
	}
	if out, err := withEnv(exec.Command(binary, "db", "import", dir), env).CombinedOutput(); err != nil {
		t.Fatalf("the next import: %v\n%s", err, out)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		back := filepath.Join(t.TempDir(), "back")
		interrupt(t, exec.Command(binary, "db", "export", back), env, signal, "posts")
		if left, _ := filepath.Glob(filepath.Join(back, "*.db")); len(left) > 0 {
			t.Errorf("after %v an export left %v", signal, left)
		}
		if out, err := withEnv(exec.Command(binary, "db", "export", back), env).CombinedOutput(); err != nil {
			t.Errorf("the next export: %v\n%s", err, out)
		}
	}
}

func withEnv(cmd *exec.Cmd, env []string) *exec.Cmd {
	cmd.Env = env
	return cmd
}

// interrupt sends the signal as soon as the progress names the table, and gives
// what the command printed as its error.
func interrupt(t *testing.T, cmd *exec.Cmd, env []string, signal syscall.Signal, table string) string {
	t.Helper()
	printed := &strings.Builder{}
	cmd.Env, cmd.Stderr = env, printed
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := false
	for scan := bufio.NewScanner(stdout); scan.Scan(); {
		if !sent && strings.Contains(scan.Text(), " "+table+" ") {
			sent = true
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !sent {
		t.Errorf("%v at %s came too late: %v", signal, table, err)
	}
	return printed.String()
}
