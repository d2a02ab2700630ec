package process

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jasaweb/plugins/plugintest"
	"jasaweb/tests/programtest"
)

// A backup that PocketBase made, unpacked into an empty directory, is the whole
// agency: the same rows, the same doors, and, with the key that is no part of it,
// websites' logins that can be read.
func TestBackupRestoresTheAgency(t *testing.T) {
	plugintest.OnceOnly(t, "Postgres refuses the restore of a SQLite backup")
	t.Parallel()
	p := programtest.Start(t)
	client := programtest.Call(t, "POST", p.Site+"/api/auth/register", "", map[string]any{
		"name": "SD Cadangan", "email": "cadangan@contoh.test", "password": "rahasia-123",
	})["token"].(string)
	deliver(t, p, client)
	putAvatar(t, p, client)
	super := superuser(t, p)
	before := contents(t, p, super)

	programtest.Call(t, "POST", p.Site+"/api/backups", super, map[string]any{"name": "cadangan.zip"})
	file := programtest.Call(t, "POST", p.Site+"/api/files/token", super, nil)["token"].(string)
	archive := get(t, p.Site+"/api/backups/cadangan.zip?token="+url.QueryEscape(file), 200)

	// What happens after the backup is not in it.
	programtest.Call(t, "POST", p.Site+"/api/auth/register", "", map[string]any{"name": "Terlambat", "email": "terlambat@contoh.test", "password": "rahasia-123"})

	restored := &programtest.Program{Site: "http://" + programtest.FreeAddr(t), Sandbox: p.Sandbox, Dir: filepath.Join(t.TempDir(), "pulih")}
	unpack(t, archive, restored.Dir)
	out, err := failedStart(t, restored)
	if err == nil || !strings.Contains(out, "sealed with another key") || strings.Count(out, "\n") != 1 {
		t.Errorf("start without the key of the logins: %v, printed %q", err, out)
	}
	copyFile(t, filepath.Join(p.Dir, "credentials.key"), filepath.Join(restored.Dir, "credentials.key"))
	restored.Serve(t)
	programtest.WaitFor(t, restored.Site+"/api/health")
	after := contents(t, restored, superuser(t, restored))
	for table, want := range before {
		if got := after[table]; got != want {
			t.Errorf("%s differs:\n was %.300s\n is  %.300s", table, want, got)
		}
	}
	login := programtest.Call(t, "POST", restored.Site+"/api/auth/login", "", map[string]any{"email": "cadangan@contoh.test", "password": "rahasia-123"})
	token := login["token"].(string)
	projects := programtest.Call(t, "GET", restored.Site+"/api/projects?filter="+url.QueryEscape("status = 'completed'"), token, nil)["items"].([]any)
	if len(projects) != 1 {
		t.Fatalf("%d delivered projects", len(projects))
	}
	shown := programtest.Call(t, "POST", restored.Site+"/api/projects/"+projects[0].(map[string]any)["id"].(string)+"/credentials", token, map[string]any{"password": "rahasia-123"})
	if !strings.Contains(programtest.JSON(t, shown), "ganti-segera") {
		t.Errorf("the login of the website is lost: %v", shown)
	}
	me := programtest.Call(t, "GET", restored.Site+"/api/account", token, nil)["record"].(map[string]any)
	if picture := get(t, restored.Site+me["avatar"].(string), 200); !bytes.Equal(picture, programtest.Picture(t)) {
		t.Error("the upload is another one")
	}
}

// deliver brings an order of the client to its end.
func deliver(t *testing.T, p *programtest.Program, client string) {
	t.Helper()
	order := programtest.Call(t, "POST", p.Site+"/api/projects", client, map[string]any{"name": "Web cadangan", "tier": "company"})
	project := order["project"].(map[string]any)["id"].(string)
	for _, invoice := range order["invoices"].([]any) {
		p.PayInSandbox(t, client, invoice.(map[string]any)["id"].(string))
	}
	admin := programtest.Call(t, "POST", p.Site+"/api/auth/login", "", map[string]any{"email": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
	programtest.Call(t, "PUT", p.Site+"/api/admin/projects/"+project, admin, map[string]any{
		"status": "review", "url": "https://cadangan.sch.id",
		"credentials": map[string]any{"admin_url": "https://cadangan.sch.id/admin", "username": "kepala", "password": "ganti-segera"},
	})
	programtest.Call(t, "POST", p.Site+"/api/projects/"+project+"/approve", client, nil)
}

func superuser(t *testing.T, p *programtest.Program) string {
	t.Helper()
	return programtest.Call(t, "POST", p.Site+"/api/collections/_superusers/auth-with-password", "",
		map[string]any{"identity": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
}

func putAvatar(t *testing.T, p *programtest.Program, token string) {
	t.Helper()
	b := &bytes.Buffer{}
	form := multipart.NewWriter(b)
	part, err := form.CreateFormFile("avatar", "saya.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(programtest.Picture(t)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("PUT", p.Site+"/api/account/avatar", b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatalf("avatar: %d", resp.StatusCode)
	}
}

// contents is every row of the tables that people would miss.
func contents(t *testing.T, p *programtest.Program, super string) map[string]string {
	t.Helper()
	tables := map[string]string{}
	for _, table := range []string{"users", "projects", "project_events", "invoices", "ledger", "payment_attempts", "pricing_tiers", "agency", "notifications"} {
		rows := programtest.Call(t, "POST", p.Site+"/api/sql", super, map[string]any{"query": "SELECT * FROM " + table + " ORDER BY id"})["rows"].([]any)
		if len(rows) == 0 {
			t.Errorf("%s is empty: nothing to compare", table)
		}
		tables[table] = programtest.JSON(t, rows)
	}
	return tables
}

func get(t *testing.T, address string, status int) []byte {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Fatalf("GET %s: %d, %v", address, resp.StatusCode, err)
	}
	return raw
}

func unpack(t *testing.T, archive []byte, dir string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.FileInfo().IsDir() {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".key") || strings.HasPrefix(name, "mail/") {
			t.Errorf("the backup holds %s", name)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
