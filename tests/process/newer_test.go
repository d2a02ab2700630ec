package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/postgres"
	"jasaweb/plugins/sqlite"
	"jasaweb/tests/programtest"
)

// Put back after an upgrade, the old binary stops with one line that names the
// step which it does not know, whatever it was asked to do.
func TestOldBinaryStopsOnANewerDatabase(t *testing.T) {
	t.Parallel()
	p := programtest.NewProgram(t)
	connect := core.DBConnectFunc(sqlite.Connect)
	for _, variable := range p.Env {
		url, ok := strings.CutPrefix(variable, "DATABASE_URL=")
		if !ok {
			continue
		}
		store, err := postgres.New(postgres.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		connect = store.Connect
	}
	db, err := connect(filepath.Join(p.Dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Insert("_migrations", dbx.Params{"file": "1764999999_tomorrow.go", "applied": 1}).Execute(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--http", programtest.FreeAddr(t)}, {"demo"}, {"demo", "remove"}, {"admin", "create", "a@b.id", "kata-sandi-1"}} {
		cmd := exec.Command(binary, append(args, "--dir", p.Dir)...)
		cmd.Env = append(os.Environ(), p.Env...)
		out, err := cmd.CombinedOutput()
		if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "1764999999_tomorrow.go; start the newer version again") {
			t.Errorf("%v: %v, printed %q", args, err, out)
		}
	}
}
