package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The roles of every server, both without a password.
const (
	Role      = "jasaweb"  // owns the databases and may do nothing else
	Superuser = "postgres" // made by initdb
)

// Options decide what Start makes; the zero value is what tests want.
type Options struct {
	// Bin is the folder of initdb and postgres; default: Find.
	Bin string
	// Initdb are more arguments for initdb, such as a locale.
	Initdb []string
	// Settings are added to postgresql.conf, after the ones of this package.
	Settings map[string]string
	// Disk keeps the data where a power cut leaves it, for measuring writes.
	Disk bool
	// TCP makes URLs name a port of 127.0.0.1 instead of the Unix socket.
	TCP bool
	// Network lets clients in from there, too; with TCP.
	Network *Network
}

// Server is one running Postgres.
type Server struct {
	bin, dir string
	port     string // "" unless TCP
	run      *exec.Cmd
	hold     io.Closer // closing it ends the server
}

// Find returns the folder of the newest Postgres server on this machine:
// $POSTGRES_BIN, or what Debian's packages or the PATH hold.
func Find() (string, error) {
	if bin := os.Getenv("POSTGRES_BIN"); bin != "" {
		return bin, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		path, err := exec.LookPath("postgres")
		if err != nil {
			return "", errors.New("pgtest: no Postgres server on this machine; .ci/setup installs it (Debian: postgresql), or set POSTGRES_BIN to its folder")
		}
		return filepath.Dir(path), nil
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// supervise starts the server, tells so, and stops it when its standard input
// ends: when the test process closes it or dies, be it by SIGKILL.
const supervise = `
dir=$1 bin=$2
"$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" start >>"$dir/log" 2>&1 || { echo failed; exit 1; }
echo started
cat >/dev/null
"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
`

// Start makes and starts a server. Postgres refuses to run as root; then it
// runs as the user postgres or nobody.
func Start(o Options) (*Server, error) {
	s := &Server{bin: o.Bin}
	var err error
	if s.bin == "" {
		if s.bin, err = Find(); err != nil {
			return nil, err
		}
	}
	where := Memory()
	if o.Disk {
		where = ""
	}
	if s.dir, err = os.MkdirTemp(where, "pgtest-"); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if o.TCP {
		if s.port, err = freePort(); err != nil {
			return nil, fmt.Errorf("pgtest: %w", err)
		}
	}
	if err := s.prepare(o); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), os.RemoveAll(s.dir))
	}
	if err := s.start(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return nil, errors.Join(fmt.Errorf("pgtest: start: %w\n%s", err, log), os.RemoveAll(s.dir))
	}
	if err := s.Exec("postgres", "CREATE ROLE "+Role+" LOGIN"); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: create the role: %w", err), s.Stop())
	}
	return s, nil
}

// prepare makes the cluster and writes its settings.
func (s *Server) prepare(o Options) error {
	credential, err := unprivileged()
	if err != nil {
		return err
	}
	if credential != nil {
		if err := os.Chown(s.dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return err
		}
	}
	locale := []string{"--locale=C"}
	if len(o.Initdb) > 0 {
		locale = o.Initdb
	}
	args := append([]string{"-D", s.data(), "-A", "trust", "-U", Superuser, "-E", "UTF8", "--no-sync", "--no-instructions"}, locale...)
	init, err := s.command("initdb", args...)
	if err != nil {
		return err
	}
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	settings := map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", // what is lost was a test's
		"max_connections": "1000", "shared_buffers": "128MB",
		"unix_socket_directories": s.dir, "listen_addresses": "",
		"log_min_messages": "fatal", "log_min_error_statement": "fatal", // failing statements are part of the tests
	}
	if s.port != "" {
		settings["listen_addresses"], settings["port"] = "127.0.0.1", s.port
	}
	if o.Network != nil {
		settings["listen_addresses"] += "," + o.Network.host
		if err := s.add("pg_hba.conf", "host all all "+o.Network.host+"/30 trust\n"); err != nil {
			return err
		}
	}
	maps.Copy(settings, o.Settings)
	conf := ""
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		conf += fmt.Sprintf("%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	return s.add("postgresql.conf", conf)
}

// add appends to one of the server's files.
func (s *Server) add(name, text string) error {
	f, err := os.OpenFile(filepath.Join(s.data(), name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (s *Server) start() error {
	var err error
	s.run, s.hold, err = supervised(s, supervise, s.dir, s.bin)
	return err
}

// supervised starts a shell script that prints "started" once it has started
// something, and must stop that when its standard input ends.
func supervised(s *Server, script string, args ...string) (*exec.Cmd, io.Closer, error) {
	cmd, err := s.program("/bin/sh", append([]string{"-c", script, "pgtest"}, args...)...)
	if err != nil {
		return nil, nil, err
	}
	cmd.SysProcAttr.Setsid = true // Ctrl-C in a terminal is for the tests; the script then sees them end
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if strings.TrimSpace(line) != "started" {
		return nil, nil, errors.Join(errors.New("did not start"), err, cmd.Wait())
	}
	return cmd, stdin, nil
}

// errLent is what becomes of who ends a server that others use, too.
var errLent = errors.New("pgtest: this server is lent: start one of your own to stop it")

// Stop ends the server at once and removes its folder.
func (s *Server) Stop() error {
	if s.run == nil {
		return errLent
	}
	if err := errors.Join(s.hold.Close(), s.run.Wait()); err != nil {
		return fmt.Errorf("pgtest: stop: %w", err)
	}
	return nil
}

// Restart stops the server as mode says ("fast" ends sessions, "immediate" is
// a crash) and starts it again.
func (s *Server) Restart(mode string) error {
	if s.run == nil {
		return errLent
	}
	cmd, err := s.command("pg_ctl", "-D", s.data(), "-m", mode, "-w", "-l", filepath.Join(s.dir, "log"), "restart")
	if err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pgtest: restart: %w", err)
	}
	return nil
}

// Version is the server's version, such as "15.18".
func (s *Server) Version() (string, error) {
	rows, err := s.Query("postgres", "SHOW server_version")
	if err != nil {
		return "", err
	}
	version, _, _ := strings.Cut(rows[0][0], " ")
	return version, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command is one of Postgres' programs, run by the user that the server runs as.
func (s *Server) command(name string, args ...string) (*exec.Cmd, error) {
	return s.program(filepath.Join(s.bin, name), args...)
}

func (s *Server) program(path string, args ...string) (*exec.Cmd, error) {
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	return cmd, nil
}

// unprivileged is the user to run Postgres as, nil for the current one.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("postgres refuses to run as root, and there is neither a user postgres nor nobody")
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
