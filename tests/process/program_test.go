package process

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jasaweb/tests/programtest"
)

// A wrong option must not hide the page that explains the options.
func TestHelpIsAnAnswer(t *testing.T) {
	t.Parallel()
	binary, err := programtest.Build()
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

// The whole business against the built binary, over HTTP alone.
func TestProgramFromOrderToDelivery(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t)
	client := programtest.Call(t, "POST", p.Site+"/api/auth/register", "", map[string]any{
		"name": "SD Uji", "email": "sd@contoh.test", "password": "rahasia-123"})["token"].(string)
	order := programtest.Call(t, "POST", p.Site+"/api/projects", client, map[string]any{"name": "Web SD", "type": "sekolah"})
	project := p.Site + "/api/projects/" + order["project"].(map[string]any)["id"].(string)
	invoices := order["invoices"].([]any)
	status := func() any { return programtest.Call(t, "GET", project, client, nil)["status"] }

	p.PayInSandbox(t, client, invoices[0].(map[string]any)["id"].(string))
	if got := status(); got != "in_progress" {
		t.Fatalf("status after the deposit = %v", got)
	}
	admin := programtest.Call(t, "POST", p.Site+"/api/auth/login", "", map[string]any{
		"email": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
	programtest.Call(t, "PUT", strings.Replace(project, "/api/", "/api/admin/", 1), admin, map[string]any{
		"status": "review", "url": "https://sd.sch.id",
		"credentials": map[string]any{"admin_url": "https://sd.sch.id/admin", "username": "kepala", "password": "ganti-segera"}})
	p.PayInSandbox(t, client, invoices[1].(map[string]any)["id"].(string))
	if c := programtest.Call(t, "GET", project, client, nil)["credentials"]; c != nil {
		t.Fatalf("credentials before completion: %v", c)
	}
	programtest.Call(t, "POST", project+"/approve", client, nil)
	detail := programtest.Call(t, "GET", project, client, nil)
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
	p := programtest.Start(t)
	server := p.Processes[len(p.Processes)-1]
	client := programtest.Call(t, "POST", p.Site+"/api/auth/login", "", map[string]any{
		"email": "klien@jasaweb.test", "password": "demo-klien-2026"})["token"].(string)
	order := programtest.Call(t, "POST", p.Site+"/api/projects", client, map[string]any{"name": "Web SD", "type": "sekolah"})
	invoice := order["invoices"].([]any)[0].(map[string]any)["id"].(string)
	p.PayInSandbox(t, client, invoice)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = server.Process.Wait()
	p.Serve(t)
	programtest.WaitFor(t, p.Site+"/api/health")
	if got := programtest.Call(t, "GET", p.Site+"/api/invoices/"+invoice, client, nil)["status"]; got != "paid" {
		t.Errorf("invoice is %v after the kill", got)
	}
	project := p.Site + "/api/projects/" + order["project"].(map[string]any)["id"].(string)
	if got := programtest.Call(t, "GET", project, client, nil)["status"]; got != "in_progress" {
		t.Errorf("project is %v after the kill", got)
	}
}

// The README's script, as a newcomer runs it.
func TestQuickstartScript(t *testing.T) {
	t.Parallel()
	p := programtest.Start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(programtest.Root(), "docs/quickstart.sh"))
	cmd.Env = append(os.Environ(), "SITE="+p.Site, "SANDBOX="+p.Sandbox)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"password":"ganti-segera"`) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Wrong options stop the start with one line that names them.
func TestProgramRefusesWrongOptions(t *testing.T) {
	t.Parallel()
	binary, err := programtest.Build()
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
	binary, err := programtest.Build()
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
