package programtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
)

// Build compiles the binary once for all tests of a package that run it. A
// package that calls it has a TestMain that calls Main.
var Build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "jasaweb-program-")
	if err != nil {
		return "", err
	}
	built = dir
	return build(dir)
})

// BuildWith compiles the binary with more source files, by their place in the
// repository: the next version of the program.
func BuildWith(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for place, text := range files {
		path := filepath.Join(dir, filepath.Base(place))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(Root(), place)] = path
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, []byte(JSON(t, map[string]any{"Replace": replace})), 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := build(dir, "-overlay", overlay)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func build(dir string, flags ...string) (string, error) {
	path := filepath.Join(dir, "jasaweb")
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w"}, flags...) // as "make build" does
	cmd := exec.Command("go", append(args, "-o", path, ".")...)
	cmd.Dir, cmd.Env = Root(), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

var built string // the folder of the built binary

// Main runs the tests of a package and removes the binary that they built.
func Main(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// Program is the built binary, serving, with the sandbox beside it.
type Program struct {
	Site, Sandbox string // addresses
	Dir           string
	Env           []string // names the database, when it is not SQLite
	Processes     []*exec.Cmd
	FirstAnswer   time.Duration // from the start of the server to its first answer
}

// NewProgram loads the demo data into a fresh directory and picks free ports.
func NewProgram(t testing.TB) *Program {
	t.Helper()
	return NewProgramOn(t, plugintest.ProgramEnv(t))
}

// NewProgramOn is NewProgram on the database that env names.
func NewProgramOn(t testing.TB, env []string) *Program {
	t.Helper()
	binary, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Site: "http://" + FreeAddr(t), Sandbox: "http://" + FreeAddr(t), Dir: filepath.Join(t.TempDir(), "pb_data"), Env: env}
	demo := exec.Command(binary, "demo", "--dir", p.Dir)
	demo.Env = append(os.Environ(), p.Env...)
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	return p
}

// Start starts the server and the sandbox and waits for both.
func Start(t testing.TB) *Program {
	t.Helper()
	p := NewProgram(t)
	p.StartSandbox(t, p.Site+"/api/webhooks/midtrans")
	started := time.Now()
	p.Serve(t)
	WaitFor(t, p.Site+"/api/health")
	p.FirstAnswer = time.Since(started)
	WaitFor(t, p.Sandbox+"/_sim/state")
	return p
}

// StartSandbox starts the payment sandbox, which notifies the address.
func (p *Program) StartSandbox(t testing.TB, notify string) {
	t.Helper()
	binary, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	p.Run(t, binary, nil, "midtrans-sandbox", "--addr", strings.TrimPrefix(p.Sandbox, "http://"), "--server-key", SandboxKey, "--notify-url", notify)
}

// Serve starts the server on the program's address.
func (p *Program) Serve(t testing.TB) *exec.Cmd {
	t.Helper()
	binary, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	return p.ServeWith(t, binary)
}

// ServeWith is Serve with another version of the program.
func (p *Program) ServeWith(t testing.TB, binary string) *exec.Cmd {
	t.Helper()
	return p.Run(t, binary, append([]string{"MIDTRANS_SERVER_KEY=" + SandboxKey, "MIDTRANS_BASE_URL=" + p.Sandbox}, p.Env...),
		"serve", "--http", strings.TrimPrefix(p.Site, "http://"), "--dir", p.Dir)
}

// Run starts one process that ends with the test.
func (p *Program) Run(t testing.TB, binary string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	output := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Processes = append(p.Processes, cmd)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(15 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("%s did not stop on SIGTERM", args[0])
		}
		if t.Failed() {
			t.Logf("%s printed:\n%s", args[0], output)
		}
	})
	return cmd
}

// FreeAddr is a loopback address that nobody listens on.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// WaitFor waits until the address answers 200.
func WaitFor(t testing.TB, url string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == 200 {
				return
			}
		}
	}
	t.Fatalf("%s never answered", url)
}

// Call sends one JSON request and decodes the answer.
func Call(t testing.TB, method, url, token string, body any) map[string]any {
	t.Helper()
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 400 {
		t.Fatalf("%s %s: %d %s %v", method, url, resp.StatusCode, raw, err)
	}
	m := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s %s: %v in %s", method, url, err, raw)
		}
	}
	return m
}

// PayInSandbox pays the invoice as a client and a wallet would, and waits until
// the site has heard of it.
func (p *Program) PayInSandbox(t testing.TB, token, invoice string) {
	t.Helper()
	payment := Call(t, "POST", p.Site+"/api/invoices/"+invoice+"/pay", token, nil)["payment"].(map[string]any)
	Call(t, "POST", p.Sandbox+"/_sim/tx/"+payment["order_id"].(string)+"/pay", "", map[string]any{})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if Call(t, "GET", p.Site+"/api/invoices/"+invoice, token, nil)["status"] == "paid" {
			return
		}
	}
	t.Fatalf("invoice %s was never paid", invoice)
}
