package pgtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Replica starts a server that follows this one by streaming, and makes this one
// wait with every commit until the replica has it. Both need Options.TCP.
func (s *Server) Replica() (*Server, error) {
	dir, err := os.MkdirTemp(filepath.Dir(s.dir), "pgtest-")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	r := &Server{bin: s.bin, dir: dir}
	if err := s.follow(r); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: replica: %w", err), os.RemoveAll(dir))
	}
	err = s.Exec("postgres", "ALTER SYSTEM SET synchronous_commit = on")
	err = errors.Join(err, s.Exec("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'"), s.Exec("postgres", "SELECT pg_reload_conf()"))
	for deadline := time.Now().Add(30 * time.Second); err == nil; time.Sleep(20 * time.Millisecond) {
		rows, queryErr := s.Query("postgres", "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")
		if err = queryErr; len(rows) == 1 {
			return r, nil
		}
		if time.Now().After(deadline) {
			err = errors.New("it does not follow")
		}
	}
	return nil, errors.Join(fmt.Errorf("pgtest: replica: %w", err), r.Stop())
}

// follow copies the server into r and starts that.
func (s *Server) follow(r *Server) error {
	credential, err := unprivileged()
	if err != nil {
		return err
	}
	if credential != nil {
		if err := os.Chown(r.dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return err
		}
	}
	if r.port, err = freePort(); err != nil {
		return err
	}
	copied, err := s.command("pg_basebackup", "-D", r.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", s.url(Superuser, "postgres"))
	if err != nil {
		return err
	}
	if out, err := copied.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	conf := fmt.Sprintf("unix_socket_directories = '%s'\nport = '%s'\n", r.dir, r.port)
	if err := r.add("postgresql.conf", conf); err != nil {
		return err
	}
	return r.start()
}

// Promote ends the following of a replica and returns when it lets write.
func (s *Server) Promote() error {
	cmd, err := s.command("pg_ctl", "-D", s.data(), "-w", "promote")
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: promote: %w\n%s", err, out)
	}
	return nil
}

// HostsURL is the address of a database on whichever of the servers lets write.
func HostsURL(database string, servers ...*Server) string {
	hosts := make([]string, len(servers))
	for i, s := range servers {
		hosts[i] = "127.0.0.1:" + s.port
	}
	u := url.URL{Scheme: "postgres", User: url.User(Role), Host: strings.Join(hosts, ","), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}
