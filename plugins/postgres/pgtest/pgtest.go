// Package pgtest gives tests a real Postgres: a server of their own in a
// temporary folder, and a fresh database for each test. Like httptest, it
// belongs in tests only.
//
//	url := pgtest.Database(t) // postgres://… of an empty database that the test owns
//
// The server is Debian's (.ci/setup installs it), or the one whose programs are
// in $POSTGRES_BIN. It keeps nothing on disk longer than it must and stops by
// itself when the process that started it ends, however that ends.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// lentEnv names the folder of the server that the process before lent us.
const lentEnv = "PGTEST_SERVER"

// shared is the one server of a test binary: the one that was lent to it, or its
// own, which nobody stops, because it ends with the process.
var shared = sync.OnceValues(func() (*Server, error) {
	if dir := os.Getenv(lentEnv); dir != "" {
		return borrow(dir)
	}
	return Start(Options{})
})

// Lend is the environment with which the tests of other processes share this
// server. It must outlive them.
func (s *Server) Lend() string { return lentEnv + "=" + s.dir }

func borrow(dir string) (*Server, error) {
	s := &Server{dir: dir}
	if err := s.Exec("postgres", "SELECT 1"); err != nil {
		return nil, fmt.Errorf("pgtest: the server that $%s names: %w", lentEnv, err)
	}
	return s, nil
}

// Shared returns the server that all tests of the binary share, and with them
// perhaps those of other binaries: look only at databases of your own. It does
// not sync to disk, so it is fast and unfit for measuring writes.
func Shared(t testing.TB) *Server {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Database returns the URL of an empty database on the shared server. Its owner
// is a plain role, as in production; it is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	return Shared(t).Database(t)
}

// Database is like the function, on this server.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name, err := s.CreateDatabase("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.DropDatabase(name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s.URL(name)
}

var databases atomic.Int64

// CreateDatabase makes a database owned by the plain role, as a copy of
// template if that is not empty (nobody may be connected to it), and returns
// its name.
func (s *Server) CreateDatabase(template string) (string, error) {
	if template == "" {
		template = "template0"
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1)) // other processes may share the server
	// Copying files, without writing them to the log, takes half the time.
	err := s.Exec("postgres", fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE %s STRATEGY FILE_COPY", name, Role, template))
	if err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	return name, nil
}

// DropDatabase drops it, ending the connections that are still open.
func (s *Server) DropDatabase(name string) error {
	if err := s.Exec("postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// Lock ends the connections to a database and admits no new ones, so that it can
// be copied at any time.
func (s *Server) Lock(name string) error {
	err := s.Exec("postgres", "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
	if err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	return nil
}

// Exec runs statements as the superuser in a database.
func (s *Server) Exec(database, sql string) error {
	_, err := s.Query(database, sql)
	return err
}

// Query runs statements as the superuser in a database and returns the rows of
// the last one as text; NULL is "".
func (s *Server) Query(database, sql string) ([][]string, error) {
	conn, err := pgconn.Connect(context.Background(), s.url(Superuser, database))
	if err != nil {
		return nil, err
	}
	results, err := conn.Exec(context.Background(), sql).ReadAll()
	rows := [][]string{}
	if len(results) > 0 {
		for _, raw := range results[len(results)-1].Rows {
			row := []string{}
			for _, value := range raw {
				row = append(row, string(value))
			}
			rows = append(rows, row)
		}
	}
	return rows, errors.Join(err, conn.Close(context.Background()))
}

// URL is the address of a database for the plain role.
func (s *Server) URL(database string) string { return s.url(Role, database) }

// SuperuserURL is the address of a database for the superuser.
func (s *Server) SuperuserURL(database string) string { return s.url(Superuser, database) }

func (s *Server) url(role, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database}
	if s.port != "" {
		u.Host, u.RawQuery = "127.0.0.1:"+s.port, "sslmode=disable"
	} else {
		u.RawQuery = "host=" + url.QueryEscape(s.dir)
	}
	return u.String()
}

// Name is the database that the URL of Database names.
func Name(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}
