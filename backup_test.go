package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image"
	imagepng "image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup that PocketBase made, unpacked into an empty directory, is the whole
// agency: the same rows, the same doors, and websites' logins that can be read,
// because their key is a file of the data directory.
func TestBackupRestoresTheAgency(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	client := call(t, "POST", p.site+"/api/auth/register", "", map[string]any{
		"name": "SD Cadangan", "email": "cadangan@contoh.test", "password": "rahasia-123",
	})["token"].(string)
	p.deliver(t, client)
	putAvatar(t, p, client)
	super := superuser(t, p)
	before := contents(t, p, super)

	call(t, "POST", p.site+"/api/backups", super, map[string]any{"name": "cadangan.zip"})
	file := call(t, "POST", p.site+"/api/files/token", super, nil)["token"].(string)
	archive := get(t, p.site+"/api/backups/cadangan.zip?token="+url.QueryEscape(file), 200)

	// What happens after the backup is not in it.
	call(t, "POST", p.site+"/api/auth/register", "", map[string]any{"name": "Terlambat", "email": "terlambat@contoh.test", "password": "rahasia-123"})

	restored := &program{site: "http://" + freeAddr(t), sandbox: p.sandbox, dir: filepath.Join(t.TempDir(), "pulih")}
	unpack(t, archive, restored.dir)
	restored.serve(t)
	waitFor(t, restored.site+"/api/health")
	after := contents(t, restored, superuser(t, restored))
	for table, want := range before {
		if got := after[table]; got != want {
			t.Errorf("%s differs:\n was %.300s\n is  %.300s", table, want, got)
		}
	}
	login := call(t, "POST", restored.site+"/api/auth/login", "", map[string]any{"email": "cadangan@contoh.test", "password": "rahasia-123"})
	token := login["token"].(string)
	projects := call(t, "GET", restored.site+"/api/projects?filter="+url.QueryEscape("status = 'completed'"), token, nil)["items"].([]any)
	if len(projects) != 1 {
		t.Fatalf("%d delivered projects", len(projects))
	}
	shown := call(t, "POST", restored.site+"/api/projects/"+projects[0].(map[string]any)["id"].(string)+"/credentials", token, map[string]any{"password": "rahasia-123"})
	if !strings.Contains(mustJSON(t, shown), "ganti-segera") {
		t.Errorf("the login of the website is lost: %v", shown)
	}
	me := call(t, "GET", restored.site+"/api/account", token, nil)["record"].(map[string]any)
	if picture := get(t, restored.site+me["avatar"].(string), 200); !bytes.Equal(picture, picturePNG(t)) {
		t.Error("the upload is another one")
	}
}

// deliver brings an order of the client to its end.
func (p *program) deliver(t *testing.T, client string) {
	t.Helper()
	order := call(t, "POST", p.site+"/api/projects", client, map[string]any{"name": "Web cadangan", "tier": "company"})
	project := order["project"].(map[string]any)["id"].(string)
	for _, invoice := range order["invoices"].([]any) {
		p.payInSandbox(t, client, invoice.(map[string]any)["id"].(string))
	}
	admin := call(t, "POST", p.site+"/api/auth/login", "", map[string]any{"email": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
	call(t, "PUT", p.site+"/api/admin/projects/"+project, admin, map[string]any{
		"status": "review", "url": "https://cadangan.sch.id",
		"credentials": map[string]any{"admin_url": "https://cadangan.sch.id/admin", "username": "kepala", "password": "ganti-segera"},
	})
	call(t, "POST", p.site+"/api/projects/"+project+"/approve", client, nil)
}

func superuser(t *testing.T, p *program) string {
	t.Helper()
	return call(t, "POST", p.site+"/api/collections/_superusers/auth-with-password", "",
		map[string]any{"identity": "admin@jasaweb.test", "password": "demo-admin-2026"})["token"].(string)
}

func picturePNG(t *testing.T) []byte {
	t.Helper()
	b := &bytes.Buffer{}
	if err := imagepng.Encode(b, image.NewRGBA(image.Rect(0, 0, 200, 200))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func putAvatar(t *testing.T, p *program, token string) {
	t.Helper()
	b := &bytes.Buffer{}
	form := multipart.NewWriter(b)
	part, err := form.CreateFormFile("avatar", "saya.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(picturePNG(t)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("PUT", p.site+"/api/account/avatar", b)
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
func contents(t *testing.T, p *program, super string) map[string]string {
	t.Helper()
	tables := map[string]string{}
	for _, table := range []string{"users", "projects", "project_events", "invoices", "ledger", "payment_attempts", "pricing_tiers", "agency", "notifications"} {
		rows := call(t, "POST", p.site+"/api/sql", super, map[string]any{"query": "SELECT * FROM " + table + " ORDER BY id"})["rows"].([]any)
		if len(rows) == 0 {
			t.Errorf("%s is empty: nothing to compare", table)
		}
		tables[table] = mustJSON(t, rows)
	}
	return tables
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
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
	for _, key := range []string{"credentials.key", "links.key"} {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+key+" ") {
			t.Errorf("the backup has no %s: %v", key, names)
		}
	}
}
