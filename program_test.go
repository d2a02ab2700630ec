package main

import (
	"bytes"
	"context"
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

// buildProgram compiles the binary once for all tests of the running program.
var buildProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "jasaweb-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "jasaweb")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".") // as "make build" does
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// TestMain removes the built binary.
func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := buildProgram(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// program is the built binary, serving, with the sandbox beside it.
type program struct {
	site, sandbox string
	dir           string
	env           []string // names the database, when it is not SQLite
	processes     []*exec.Cmd
	firstAnswer   time.Duration // from the start of the server to its first answer
}

// newProgram loads the demo data into a fresh directory and picks free ports.
func newProgram(t testing.TB) *program {
	t.Helper()
	return newProgramOn(t, plugintest.ProgramEnv(t))
}

// newProgramOn is newProgram on the database that env names.
func newProgramOn(t testing.TB, env []string) *program {
	t.Helper()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{site: "http://" + freeAddr(t), sandbox: "http://" + freeAddr(t), dir: filepath.Join(t.TempDir(), "pb_data"), env: env}
	demo := exec.Command(binary, "demo", "--dir", p.dir)
	demo.Env = append(os.Environ(), p.env...)
	if out, err := demo.CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	return p
}

// startProgram starts the server and the sandbox and waits for both.
func startProgram(t testing.TB) *program {
	t.Helper()
	p := newProgram(t)
	p.startSandbox(t, p.site+"/api/webhooks/midtrans")
	started := time.Now()
	p.serve(t)
	waitFor(t, p.site+"/api/health")
	p.firstAnswer = time.Since(started)
	waitFor(t, p.sandbox+"/_sim/state")
	return p
}

// A wrong option must not hide the page that explains the options.
func TestHelpIsAnAnswer(t *testing.T) {
	t.Parallel()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"demo", "-h"}, {"--version"}} {
		cmd := exec.Command(binary, args...)
		cmd.Dir = t.TempDir()
		if args[0] != "--version" {
			cmd.Env = append(os.Environ(), "MIDTRANS_ENV=wrong")
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "jasaweb") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
			t.Errorf("%v left %v, %v", args, left, err)
		}
	}
}

// startSandbox starts the payment sandbox, which notifies the address.
func (p *program) startSandbox(t testing.TB, notify string) {
	t.Helper()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t, binary, nil, "midtrans-sandbox", "--addr", strings.TrimPrefix(p.sandbox, "http://"), "--server-key", sandboxKey, "--notify-url", notify)
}

// serve starts the server on the program's address.
func (p *program) serve(t testing.TB) *exec.Cmd {
	t.Helper()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	return p.start(t, binary, append([]string{"MIDTRANS_SERVER_KEY=" + sandboxKey, "MIDTRANS_BASE_URL=" + p.sandbox}, p.env...),
		"serve", "--http", strings.TrimPrefix(p.site, "http://"), "--dir", p.dir)
}

// start runs one process that ends with the test.
func (p *program) start(t testing.TB, binary string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	output := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.processes = append(p.processes, cmd)
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

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func waitFor(t testing.TB, url string) {
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

// call sends one JSON request and decodes the answer.
func call(t testing.TB, method, url, token string, body any) map[string]any {
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

// payInSandbox pays the invoice as a client and a wallet would, and waits until
// the site has heard of it.
func (p *program) payInSandbox(t testing.TB, token, invoice string) {
	t.Helper()
	payment := call(t, "POST", p.site+"/api/invoices/"+invoice+"/pay", token, nil)["payment"].(map[string]any)
	call(t, "POST", p.sandbox+"/_sim/tx/"+payment["order_id"].(string)+"/pay", "", map[string]any{})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if call(t, "GET", p.site+"/api/invoices/"+invoice, token, nil)["status"] == "paid" {
			return
		}
	}
	t.Fatalf("invoice %s was never paid", invoice)
}

// The whole business against the built binary, over HTTP alone.
func TestProgramFromOrderToDelivery(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	client := call(t, "POST", p.site+"/api/auth/register", "", map[string]any{
		"name": "SD Uji", "email": "sd@contoh.test", "password": "rahasia-123"})["token"].(string)
	order := call(t, "POST", p.site+"/api/projects", client, map[string]any{"name": "Web SD", "type": "sekolah"})
	project := p.site + "/api/projects/" + order["project"].(map[string]any)["id"].(string)
	invoices := order["invoices"].([]any)
	status := func() any { return call(t, "GET", project, client, nil)["status"] }

	p.payInSandbox(t, client, invoices[0].(map[string]any)["id"].(string))
	if got := status(); got != "in_progress" {
		t.Fatalf("status after the deposit = %v", got)
	}
	admin := call(t, "POST", p.site+"/api/auth/login", "", map[string]any{
		"email": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
	call(t, "PUT", strings.Replace(project, "/api/", "/api/admin/", 1), admin, map[string]any{
		"status": "review", "url": "https://sd.sch.id",
		"credentials": map[string]any{"admin_url": "https://sd.sch.id/admin", "username": "kepala", "password": "ganti-segera"}})
	p.payInSandbox(t, client, invoices[1].(map[string]any)["id"].(string))
	if c := call(t, "GET", project, client, nil)["credentials"]; c != nil {
		t.Fatalf("credentials before completion: %v", c)
	}
	call(t, "POST", project+"/approve", client, nil)
	detail := call(t, "GET", project, client, nil)
	credentials, _ := detail["credentials"].(map[string]any)
	if detail["status"] != "completed" || credentials["password"] != "ganti-segera" {
		t.Errorf("status %v, credentials %v", detail["status"], credentials)
	}
	if timeline := detail["timeline"].([]any); len(timeline) != 4 {
		t.Errorf("%d lines in the timeline, want ordered, in_progress, review, completed", len(timeline))
	}
}

// What the provider was told is safe survives a process that dies without a word.
func TestAcknowledgedPaymentSurvivesKill(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	server := p.processes[len(p.processes)-1]
	client := call(t, "POST", p.site+"/api/auth/login", "", map[string]any{
		"email": "klien@jasaweb.test", "password": "demo-klien-2026"})["token"].(string)
	order := call(t, "POST", p.site+"/api/projects", client, map[string]any{"name": "Web SD", "type": "sekolah"})
	invoice := order["invoices"].([]any)[0].(map[string]any)["id"].(string)
	p.payInSandbox(t, client, invoice)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = server.Process.Wait()
	p.serve(t)
	waitFor(t, p.site+"/api/health")
	if got := call(t, "GET", p.site+"/api/invoices/"+invoice, client, nil)["status"]; got != "paid" {
		t.Errorf("invoice is %v after the kill", got)
	}
	project := p.site + "/api/projects/" + order["project"].(map[string]any)["id"].(string)
	if got := call(t, "GET", project, client, nil)["status"]; got != "in_progress" {
		t.Errorf("project is %v after the kill", got)
	}
}

// The README's script, as a newcomer runs it.
func TestQuickstartScript(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docs/quickstart.sh")
	cmd.Env = append(os.Environ(), "SITE="+p.site, "SANDBOX="+p.sandbox)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"password":"ganti-segera"`) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Wrong options stop the start with one line that names them.
func TestProgramRefusesWrongOptions(t *testing.T) {
	t.Parallel()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("SB-Mid-server-x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for env, want := range map[string]string{
		"MIDTRANS_ENV=live":                                        "MIDTRANS_ENV",
		"MIDTRANS_BASE_URL=ftp://x":                                "MIDTRANS_BASE_URL",
		"APP_URL=jasaweb":                                          "APP_URL",
		"MIDTRANS_SERVER_KEY_FILE=/tidak/ada":                      "MIDTRANS_SERVER_KEY_FILE",
		"MIDTRANS_ENV=production MIDTRANS_SERVER_KEY_FILE=" + file: "MIDTRANS_SERVER_KEY",
		"MIDTRANS_SERVER_KEY=a MIDTRANS_SERVER_KEY_FILE=" + file:   "both set",
		"MIDTRANS_ENV=production MIDTRANS_SERVER_KEY=k MIDTRANS_BASE_URL=http://127.0.0.1:1": "MIDTRANS_BASE_URL",
	} {
		dir := filepath.Join(t.TempDir(), "data")
		cmd := exec.Command(binary, "serve", "--http", "127.0.0.1:1", "--dir", dir)
		cmd.Env = append(os.Environ(), strings.Fields(env)...)
		out, err := cmd.CombinedOutput()
		if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, printed %q", env, err, out)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: made a data directory", env)
		}
	}
}

// Who types a command wrongly reads one line, not the page of options.
func TestWrongCommandsGetOneLine(t *testing.T) {
	t.Parallel()
	binary, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"tidak-ada"}, {"routes", "lebih"}, {"db", "import"}, {"db", "import", "/tidak/ada"}, {"admin", "create"}, {"admin", "create", "a@b.test"},
		{"admin", "create", "bukan-alamat", "pendek"}, {"serve", "--htpp", "x"}, {"serve", "--http", "x"}, {"demo", "lebih"}, {"midtrans-sandbox", "--addr", "x"},
	} {
		cmd := exec.Command(binary, args...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if line := strings.TrimSpace(string(out)); err == nil || !strings.HasPrefix(line, "jasaweb: ") || strings.Contains(line, "\n") {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
