package plugintest

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// MailServer is a mail server with the few words of SMTP that a client needs, and a
// way to be as bad as servers are.
type MailServer struct {
	net.Listener
	// Delay is how long the server thinks before every answer.
	Delay time.Duration

	mu      sync.Mutex
	mails   []string
	answers map[string]string
}

// NewMailServer starts a server that ends with the test; answers as in Behave.
func NewMailServer(t testing.TB, answers map[string]string) *MailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &MailServer{Listener: l, answers: answers}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(conn)
		}
	}()
	return w
}

// Behave changes what the server answers from now on. Answers replaces its answer
// to a word of the client (MAIL, RCPT, DATA) or to the mail's data ("."); an
// empty one hangs up. Key "220" is the greeting; "cut" hangs up within the data,
// at the first line that holds the value.
func (w *MailServer) Behave(answers map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = answers
}

// Received are the mails that the server took, as they came.
func (w *MailServer) Received() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.mails...)
}

// answer says usual unless told otherwise, and false when it should hang up.
func (w *MailServer) answer(conn net.Conn, word, usual string) bool {
	time.Sleep(w.Delay)
	w.mu.Lock()
	other, changed := w.answers[word]
	w.mu.Unlock()
	if changed {
		usual = other
	}
	if usual == "" {
		return false
	}
	fmt.Fprint(conn, usual+"\r\n")
	return true
}

func (w *MailServer) serve(conn net.Conn) {
	defer conn.Close()
	if !w.answer(conn, "220", "220 uji") {
		return
	}
	in, data := bufio.NewScanner(conn), []string(nil)
	for reading := false; in.Scan(); {
		line := in.Text()
		switch {
		case reading && line == ".":
			reading = false
			if !w.take(conn, data) {
				return
			}
		case reading:
			data = append(data, strings.TrimPrefix(line, "."))
			w.mu.Lock()
			cut, ok := w.answers["cut"]
			w.mu.Unlock()
			if ok && strings.Contains(line, cut) {
				return
			}
		case strings.HasPrefix(line, "DATA"):
			reading, data = true, nil
			if !w.answer(conn, "DATA", "354 silakan") {
				return
			}
		case strings.HasPrefix(line, "QUIT"):
			w.answer(conn, "QUIT", "221 ya")
			return
		default:
			word, _, _ := strings.Cut(line, " ")
			if !w.answer(conn, word, "250 ya") {
				return
			}
		}
	}
}

// take keeps the mail if it is accepted.
func (w *MailServer) take(conn net.Conn, data []string) bool {
	w.mu.Lock()
	answer, changed := w.answers["."]
	if !changed || strings.HasPrefix(answer, "250") {
		w.mails = append(w.mails, strings.Join(data, "\r\n")+"\r\n")
	}
	w.mu.Unlock()
	return w.answer(conn, ".", "250 diterima")
}

// Use makes app send its mails through the server.
func (w *MailServer) Use(app core.App) {
	app.Settings().SMTP.Enabled = true
	app.Settings().SMTP.Host = "127.0.0.1"
	app.Settings().SMTP.Port = w.Addr().(*net.TCPAddr).Port
}
