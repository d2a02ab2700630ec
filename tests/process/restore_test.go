package process

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// A backup that is restored in the dashboard replaces the data, and the keys of this
// installation stay. One that was made under another key, or by a newer program, is
// refused before anything is replaced.
func TestRestoringABackupInTheDashboard(t *testing.T) {
	plugintest.OnceOnly(t, "Postgres refuses the restore of a SQLite backup")
	t.Parallel()
	p := programtest.Start(t)
	super := superuser(t, p)
	keyBefore, err := os.ReadFile(filepath.Join(p.Dir, "credentials.key"))
	if err != nil {
		t.Fatal(err)
	}
	register := func(email string) {
		programtest.Call(t, "POST", p.Site+"/api/auth/register", "", map[string]any{"name": "SD Pulih", "email": email, "password": "sandi-pulih-77"})
	}
	known := func(email string) bool {
		code, _ := ask("POST", p.Site+"/api/auth/login", "", `{"email":"`+email+`","password":"sandi-pulih-77"}`)
		return code == 200
	}
	register("sebelum@contoh.test")
	programtest.Call(t, "POST", p.Site+"/api/backups", super, map[string]any{"name": "lama.zip"})
	db := programtest.OpenSQLite(t, filepath.Join(p.Dir, "data.db")) // the console refuses to touch what has run
	run := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	run("INSERT INTO _migrations (file, applied) VALUES ('1764999999_tomorrow.go', 1)")
	programtest.Call(t, "POST", p.Site+"/api/backups", super, map[string]any{"name": "baru.zip"})
	run("DELETE FROM _migrations WHERE file = '1764999999_tomorrow.go'")
	db.Close()
	register("sesudah@contoh.test")

	for name, want := range map[string]string{"baru.zip": "1764999999_tomorrow.go", "tidak-ada.zip": "data.db"} {
		code, answer := ask("POST", p.Site+"/api/backups/"+name+"/restore", super, "")
		if code != 409 || !strings.Contains(answer, want) {
			t.Errorf("restore of %s: %d %s, want 409 that names %s", name, code, answer, want)
		}
	}
	if !known("sesudah@contoh.test") {
		t.Fatal("a refused restore lost data")
	}

	if code, answer := ask("POST", p.Site+"/api/backups/lama.zip/restore", super, ""); code != 204 {
		t.Fatalf("restore: %d %s", code, answer)
	}
	deadline := time.Now().Add(60 * time.Second)
	for !known("sebelum@contoh.test") || known("sesudah@contoh.test") {
		if time.Now().After(deadline) {
			t.Fatal("the backup is not restored")
		}
		time.Sleep(200 * time.Millisecond)
	}
	if key, err := os.ReadFile(filepath.Join(p.Dir, "credentials.key")); err != nil || !bytes.Equal(key, keyBefore) {
		t.Errorf("the key of this installation is another one after the restore: %v", err)
	}
}

// A key changes while the program serves its logins: both are given until every
// login is sealed under the new one, and then the old one is not needed.
func TestTheKeyOfTheLoginsChanges(t *testing.T) {
	t.Parallel()
	p := programtest.NewProgram(t)
	old := "another secret of the tests as long as that"
	if raw, err := os.ReadFile(filepath.Join(p.Dir, "credentials.key")); err == nil {
		old = strings.TrimSpace(string(raw))
	}
	const key = "the next secret of the tests just as long"
	serve := func(keys string) string {
		out, _ := failedStart(t, p, "CREDENTIALS_KEY="+keys)
		return out
	}
	if out := serve(key); !strings.Contains(out, "sealed with another key") {
		t.Fatalf("start with another key: %q", out)
	}
	env := p.Env
	p.Env = append(slices.Clone(env), "CREDENTIALS_KEY="+key+","+old)
	changing := p.Serve(t)
	programtest.WaitFor(t, p.Site+"/api/health")
	super := superuser(t, p)
	deadline := time.Now().Add(60 * time.Second)
	for {
		done := programtest.Call(t, "GET", p.Site+"/api/collections/jobs/records?filter="+url.QueryEscape("kind = 'credentials.reseal' && state = 'done'"), super, nil)["items"].([]any)
		if len(done) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the logins were not sealed anew")
		}
		time.Sleep(200 * time.Millisecond)
	}
	if err := changing.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for code := 200; code != 0; code, _ = ask("GET", p.Site+"/api/health", "", "") {
		time.Sleep(100 * time.Millisecond)
	}

	p.Env = append(slices.Clone(env), "CREDENTIALS_KEY="+key)
	p.Serve(t)
	programtest.WaitFor(t, p.Site+"/api/health")
	admin := signIn(t, p)
	shown := 0
	for _, x := range programtest.Call(t, "GET", p.Site+"/api/admin/projects?perPage=100&filter="+url.QueryEscape("status = 'completed'"), admin, nil)["items"].([]any) {
		detail := programtest.Call(t, "GET", p.Site+"/api/admin/projects/"+x.(map[string]any)["id"].(string), admin, nil)
		if detail["credentials"] != nil {
			shown++
		}
	}
	if shown == 0 {
		t.Error("no login can be read under the new key")
	}
}

func signIn(t *testing.T, p *programtest.Program) string {
	t.Helper()
	return programtest.Call(t, "POST", p.Site+"/api/auth/login", "", map[string]any{"email": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
}

// failedStart is what the program prints when it cannot serve.
func failedStart(t *testing.T, p *programtest.Program, env ...string) (string, error) {
	t.Helper()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "serve", "--http", strings.TrimPrefix(p.Site, "http://"), "--dir", p.Dir)
	cmd.Env = slices.Concat(os.Environ(), p.Env, env)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ask sends a request whatever comes of it; the status is 0 while nobody answers.
func ask(method, address, token, body string) (int, string) {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}
