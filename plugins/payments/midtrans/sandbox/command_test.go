package sandbox

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// start runs the command and returns the address it prints and what stops it.
func start(t *testing.T, args ...string) (base string, stop func() error) {
	t.Helper()
	var out lockedBuffer
	cmd := Command()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- cmd.ExecuteContext(ctx) }()
	printed := regexp.MustCompile(`API base URL: +(http://\S+)`)
	eventually(t, func() bool { return printed.MatchString(out.String()) })
	return printed.FindStringSubmatch(out.String())[1], func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Second):
			t.Fatal("the command does not stop")
			return nil
		}
	}
}

func TestCommandServesUntilStopped(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		hook := newWebhook(t)
		base, stop := start(t, "--addr", addr, "--server-key", "SB-Mid-server-MINE", "--merchant-id", "G42", "--notify-url", hook.URL, "--retry-profile", "b")
		r, err := http.NewRequestWithContext(t.Context(), "POST", base+"/v2/charge", strings.NewReader(charge))
		must(t, err)
		r.SetBasicAuth("SB-Mid-server-MINE", "")
		r.Header.Set("Content-Type", "application/json")
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Do(r)
		must(t, err)
		answer.Body.Close()
		expect(t, hook.wait(t, 1)[0], object{
			"merchant_id": "G42", "signature_key": Sign(goldenOrder, "201", "1500000.00", "SB-Mid-server-MINE"),
		})
		must(t, stop())
	}
}

func TestCommandRefusesWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"--addr 0.0.0.0:0", "--addr :0", "--addr 192.0.2.1:9099", "--addr example.com:9099", "--addr 9099",
		"--addr 127.0.0.1:0 --server-key Mid-server-production", "--addr 127.0.0.1:0 --notify-url https://example.com/hook",
		"--addr 127.0.0.1:0 --retry-profile z", "--addr 127.0.0.1:0 unexpected",
	} {
		var out lockedBuffer
		cmd := Command()
		cmd.SetArgs(strings.Fields(args))
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := cmd.ExecuteContext(ctx)
		cancel()
		if err == nil {
			t.Errorf("%s was accepted", args)
		}
		if strings.Contains(out.String(), "Mid-server-production") {
			t.Errorf("%s: the key is printed: %s", args, out.String())
		}
	}
	_, stop := start(t, "--addr", "0.0.0.0:0", "--i-know", "--notify-url", "")
	must(t, stop())
}
