package process

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

// Postgres goes away while the program serves, and comes back. Whoever looks after
// it hears of both in the process log, and of the failing check from the node.
func TestOutageOfTheDatabaseIsSaid(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	wire := pgtest.Shared(t).NewWire(t, pgtest.Database(t))
	site := programtest.FreeAddr(t)
	log := &bytes.Buffer{} // read when the process has ended
	cmd := exec.Command(binary, "serve", "--http", site, "--dir", t.TempDir())
	cmd.Env, cmd.Stdout, cmd.Stderr = append(cmd.Environ(), programtest.NodeEnv(wire.URL())...), log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	programtest.WaitFor(t, "http://"+site+"/api/ready")
	ready := func() error {
		resp, err := http.Get("http://" + site + "/api/ready")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("%d, Retry-After %q: %s", resp.StatusCode, resp.Header.Get("Retry-After"), body)
		}
		return err
	}
	wire.Down(true)
	for range 3 {
		if err := ready(); err == nil || !strings.Contains(err.Error(), `503, Retry-After "2"`) || !strings.Contains(err.Error(), "database") {
			t.Errorf("while the database is away: %v", err)
		}
	}
	wire.Down(false)
	eventually(t, "readiness", ready)
	time.Sleep(6 * time.Second) // nothing has failed for five
	end()
	for _, want := range []string{"Postgres is not available; what needs it is answered 503", "Postgres is available: nothing has failed"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the process log:\n%s", want, log)
		}
	}
}
