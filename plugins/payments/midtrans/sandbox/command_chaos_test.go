package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// file writes content to a file of its own.
func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "chaos.json")
	must(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// post sends a charge or control request to a running command.
func post(t *testing.T, url, body string) (int, object) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	must(t, err)
	r.Header = signedIn()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	var o object
	must(t, json.NewDecoder(answer.Body).Decode(&o))
	return answer.StatusCode, o
}

func TestCommandWithChaosAndAManualClock(t *testing.T) {
	t.Parallel()
	hook := newWebhook(t)
	args := []string{
		"--addr", "127.0.0.1:0", "--notify-url", hook.URL, "--clock", "manual", "--seed", "42", "--http-status", "body",
		"--chaos", file(t, `[{"option":"charge_429","count":1}]`),
	}
	var ids []any
	for range 2 {
		base, stop := start(t, args...)
		if code, o := post(t, base+"/v2/charge", charge); code != 429 {
			t.Errorf("HTTP %d %v", code, o)
		}
		code, o := post(t, base+"/v2/charge", charge)
		if code != 201 {
			t.Errorf("HTTP %d %v", code, o)
		}
		ids = append(ids, o["transaction_id"])
		if code, o := post(t, base+"/_sim/clock/advance", `{"seconds":900}`); code != 200 {
			t.Errorf("HTTP %d %v", code, o)
		}
		must(t, stop())
	}
	if got := hook.statuses(); got != "pending expire pending expire" {
		t.Errorf("received %s", got)
	}
	if ids[0] != ids[1] {
		t.Errorf("one seed made %v", ids)
	}
}

func TestCommandIsAsFastAndAsLateAsItIsTold(t *testing.T) {
	t.Parallel()
	s, err := (&settings{clock: "real", speed: 50, realistic: true}).open(&bytes.Buffer{})
	must(t, err)
	defer s.Close()
	if s.config.Speed != 50 || !s.config.Realistic || s.clock != nil {
		t.Errorf("%+v", s.config)
	}
	hook := newWebhook(t)
	hook.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(503)
		}
	}
	begin := time.Now()
	base, stop := start(t, "--addr", "127.0.0.1:0", "--notify-url", hook.URL, "--retry-profile", "b", "--speed", "600")
	post(t, base+"/v2/charge", charge)
	hook.wait(t, 2) // a minute becomes a tenth of a second
	if took := time.Since(begin); took < 100*time.Millisecond {
		t.Errorf("repeated after %v", took)
	}
	must(t, stop())
}

func TestCommandRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for args, named := range map[string]string{
		"--clock broken":                "--clock",
		"--clock manual --speed 2":      "manual clock",
		"--speed -1":                    "speed",
		"--http-status 200":             "HTTP status",
		"--chaos /nowhere/chaos.json":   "--chaos",
		"--chaos " + file(t, `{"x":1}`): `"x" is unknown`,
	} {
		var out lockedBuffer
		cmd := Command()
		cmd.SetArgs(append([]string{"--addr", "127.0.0.1:0"}, strings.Fields(args)...))
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestHelpExplainsChaos(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	cmd := Command()
	cmd.SetArgs([]string{"--help"})
	cmd.SetOut(&out)
	must(t, cmd.ExecuteContext(t.Context()))
	for _, o := range Options() {
		if !strings.Contains(out.String(), o.Name+" ") || !strings.Contains(out.String(), o.About) {
			t.Errorf("no %s in\n%s", o.Name, out.String())
		}
	}
}
