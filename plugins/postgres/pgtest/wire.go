package pgtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
)

// Wire stands between an application and its Postgres and breaks what tests ask
// it to. It understands as much of the protocol (version 3) as that takes.
type Wire struct {
	listener net.Listener
	network  string
	server   string
	name     string // of the database

	full  atomic.Bool
	down  atomic.Bool
	trips atomic.Int64
	mu    sync.Mutex
	open  map[net.Conn]bool
}

// NewWire puts a wire before the database of databaseURL, which is one of this
// server's.
func (s *Server) NewWire(t testing.TB, databaseURL string) *Wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{listener: listener, network: "unix", server: filepath.Join(s.dir, ".s.PGSQL.5432"), name: Name(databaseURL), open: map[net.Conn]bool{}}
	if s.port != "" {
		w.network, w.server = "tcp", "127.0.0.1:"+s.port
	}
	go w.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		w.Cut()
	})
	return w
}

// URL is the address of the database through the wire.
func (w *Wire) URL() string {
	u := url.URL{Scheme: "postgres", User: url.User(Role), Host: w.listener.Addr().String(), Path: "/" + w.name, RawQuery: "sslmode=disable"}
	return u.String()
}

// Cut closes every connection at once, in the middle of whatever it carries.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		_ = c.Close()
	}
}

// Down cuts every connection and refuses new ones until it is told otherwise.
func (w *Wire) Down(down bool) {
	w.down.Store(down)
	if down {
		w.Cut()
	}
}

// DiskFull makes every statement that writes fail as on a server without space,
// with SQLSTATE 53100; reads go through.
func (w *Wire) DiskFull(full bool) { w.full.Store(full) }

// RoundTrips is how many times the server has answered and waits for more: the
// number of times that clients had to wait for the network.
func (w *Wire) RoundTrips() int64 { return w.trips.Load() }

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return // the test has ended
		}
		if w.down.Load() {
			_ = client.Close()
			continue
		}
		server, err := net.Dial(w.network, w.server)
		if err != nil {
			_ = client.Close() // the server is down
			continue
		}
		w.mu.Lock()
		w.open[client], w.open[server] = true, true
		w.mu.Unlock()
		l := &line{wire: w, client: client, server: server, statements: map[string]string{}}
		go l.carry(l.toServer)
		go l.carry(l.toClient)
	}
}

// line is one connection.
type line struct {
	wire           *Wire
	client, server net.Conn
	statements     map[string]string // prepared, by name
	refuse         atomic.Bool       // the error is due before the next ReadyForQuery
}

func (l *line) carry(pass func() error) {
	err := pass()
	_ = errors.Join(err, l.client.Close(), l.server.Close()) // either end closes the line
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	delete(l.wire.open, l.client)
	delete(l.wire.open, l.server)
}

var writes = regexp.MustCompile(`(?i)\b(INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP)\b`)

// toServer passes messages on. Those of a statement that writes to a full disk
// are swallowed up to their Sync, which must arrive so that the server answers.
func (l *line) toServer() error {
	var size [4]byte
	if _, err := io.ReadFull(l.client, size[:]); err != nil { // the startup has no type
		return err
	}
	startup := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	if _, err := io.ReadFull(l.client, startup); err != nil {
		return err
	}
	if _, err := l.server.Write(append(size[:], startup...)); err != nil {
		return err
	}
	swallowing := false
	for {
		kind, body, err := message(l.client)
		if err != nil {
			return err
		}
		sql := l.statement(kind, body)
		switch {
		case kind == 'S' && swallowing:
			swallowing = false
		case swallowing:
			continue
		case l.wire.full.Load() && writes.MatchString(sql):
			l.refuse.Store(true)
			if kind != 'Q' {
				swallowing = true
				continue
			}
			kind, body = 'Q', []byte{0} // an empty query, so that the server answers
		}
		if err := send(l.server, kind, body); err != nil {
			return err
		}
	}
}

// statement is the SQL that a message runs or prepares, "" for others.
func (l *line) statement(kind byte, body []byte) string {
	text := func(b []byte) (string, []byte) {
		s, rest, _ := bytes.Cut(b, []byte{0})
		return string(s), rest
	}
	switch kind {
	case 'Q':
		sql, _ := text(body)
		return sql
	case 'P':
		name, rest := text(body)
		sql, _ := text(rest)
		l.statements[name] = sql
		return sql
	case 'B':
		_, rest := text(body) // the portal
		name, _ := text(rest)
		return l.statements[name]
	}
	return ""
}

// toClient passes answers on, with the error put before the ReadyForQuery of a
// refused statement; a transaction counts as failed from there.
func (l *line) toClient() error {
	for {
		kind, body, err := message(l.server)
		if err != nil {
			return err
		}
		if kind == 'Z' {
			l.wire.trips.Add(1)
		}
		if kind == 'Z' && l.refuse.Swap(false) {
			if err := send(l.client, 'E', []byte("SERROR\x00VERROR\x00C53100\x00Mcould not extend file: No space left on device\x00\x00")); err != nil {
				return err
			}
			if len(body) == 1 && body[0] == 'T' {
				body[0] = 'E'
			}
		}
		if err := send(l.client, kind, body); err != nil {
			return err
		}
	}
}

func message(from io.Reader) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 {
		return 0, nil, fmt.Errorf("message %q of %d bytes", head[0], size)
	}
	body = make([]byte, size-4)
	_, err = io.ReadFull(from, body)
	return head[0], body, err
}

func send(to io.Writer, kind byte, body []byte) error {
	out := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	_, err := to.Write(append(out, body...))
	return err
}
