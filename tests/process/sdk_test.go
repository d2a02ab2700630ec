package process

import (
	"bufio"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"jasaweb/tests/programtest"
)

// PocketBase's official JavaScript SDK, where Node is there to run it. The same
// is tested over plain HTTP everywhere (realtime_test.go).
func TestOfficialSDKGetsOwnChangesWithoutCredentials(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("Node is not installed; the plain HTTP test covers the same ground")
	}
	dir := t.TempDir()
	install := exec.Command(npm, "install", "--no-audit", "--no-fund", "--silent", "pocketbase@0.28.1", "eventsource@4.0.0")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	script, err := os.ReadFile("testdata/realtime.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "realtime.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}

	a := programtest.NewAgency(t)
	server := httptest.NewServer(a.Handler)
	t.Cleanup(server.Close)
	node := exec.CommandContext(t.Context(), "node", "realtime.mjs", server.URL, a.Owner.Token, "3")
	node.Dir, node.Stderr = dir, os.Stderr
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "subscribed" {
		t.Fatalf("the SDK printed %q", lines.Text())
	}
	a.NewProject(t, a.Other, a.Tier) // somebody else's: must not arrive
	a.ToReview(t)
	a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/approve", a.Owner.Token, nil).Want(200)

	seen := []string{}
	for lines.Scan() {
		var e struct {
			ID, Status string
			Fields     []string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		if e.ID != a.Project.Id || slices.Contains(e.Fields, "credentials") {
			t.Errorf("got %s", lines.Text())
		}
		seen = append(seen, e.Status)
	}
	if err := node.Wait(); err != nil || !slices.Equal(seen, []string{"in_progress", "review", "completed"}) {
		t.Errorf("statuses %v, %v", seen, err)
	}
}
