package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Bouncer is a PgBouncer in transaction mode before a Server: every transaction
// may run on another session, so what depends on a session breaks there.
type Bouncer struct {
	server        *Server
	program, port string
	sessions      int // per database
	dir           string
	stop          func() error
}

const superviseBouncer = `
dir=$1 program=$2 port=$3
"$program" -q "$dir/pgbouncer.ini" >>"$dir/log" 2>&1 </dev/null & pid=$!
echo $pid >"$dir/pid"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	if kill -0 $pid 2>/dev/null && [ -S "$dir/.s.PGSQL.$port" ]; then echo started; cat >/dev/null; break; fi
	sleep 0.1
done
kill -CONT $pid 2>/dev/null # it may be stopped
kill -TERM $pid 2>/dev/null # the shell lets programs in the background ignore INT and QUIT
rm -rf "$dir"
exit 0
`

// Bouncer starts Debian's PgBouncer before the server, with few sessions per
// database so that clients really share them. It ends with the server's process.
func (s *Server) Bouncer(sessions int) (*Bouncer, error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program = "/usr/sbin/pgbouncer"; !exists(program) {
			return nil, errors.New("pgtest: no PgBouncer on this machine (Debian: apt-get install pgbouncer)")
		}
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	b := &Bouncer{server: s, program: program, port: port, sessions: sessions}
	return b, b.start()
}

// settings are the lines of its file; its socket is in dir.
func (b *Bouncer) settings(dir string) string {
	host, port := b.server.dir, "5432"
	if b.server.port != "" {
		host, port = "127.0.0.1", b.server.port
	}
	return fmt.Sprintf(`[databases]
* = host=%s port=%s user=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
max_client_conn = 2000
default_pool_size = %d
server_idle_timeout = 5
log_connections = 0
log_disconnections = 0
`, host, port, Role, b.port, dir, b.sessions)
}

// start runs the pooler in a folder of its own, because the server may be lent.
func (b *Bouncer) start() error {
	dir, err := os.MkdirTemp("", "pgbouncer-")
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	credential, err := unprivileged()
	if err == nil && credential != nil {
		err = os.Chown(dir, int(credential.Uid), int(credential.Gid))
	}
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "pgbouncer.ini"), []byte(b.settings(dir)), 0o644)); err != nil {
		return errors.Join(fmt.Errorf("pgtest: %w", err), os.RemoveAll(dir))
	}
	run, hold, err := supervised(b.server, superviseBouncer, dir, b.program, b.port)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return errors.Join(fmt.Errorf("pgtest: pgbouncer: %w\n%s", err, log), os.RemoveAll(dir))
	}
	b.dir = dir
	b.stop = func() error { return errors.Join(hold.Close(), run.Wait()) }
	return nil
}

// Restart ends the pooler with all its connections and starts it again.
func (b *Bouncer) Restart() error { return errors.Join(b.stop(), b.start()) }

// Freeze stops the pooler's process without ending it, or lets it go on.
func (b *Bouncer) Freeze(frozen bool) error {
	text, err := os.ReadFile(filepath.Join(b.dir, "pid"))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if frozen {
		return syscall.Kill(pid, syscall.SIGSTOP)
	}
	return syscall.Kill(pid, syscall.SIGCONT)
}

// URL is the address of a database through the pooler.
func (b *Bouncer) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(Role), Host: "127.0.0.1:" + b.port, Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// Stop ends the pooler.
func (b *Bouncer) Stop() error { return b.stop() }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
