package observability_test

import (
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/observability"
	"jasaweb/plugins/plugintest"
)

// proxied is a program that answers with the address that it counts.
func proxied(t *testing.T, proxy string) *plugintest.App {
	t.Helper()
	config := observability.Config{MetricsToken: token}
	if proxy != "" {
		var err error
		if config.Proxy, err = observability.ParseProxy(proxy); err != nil {
			t.Fatal(err)
		}
	}
	return plugintest.New(t, func(app *plugintest.App) {
		observability.MustRegister(app, config)
		app.OnServe().BindFunc(func(e *core.ServeEvent) error {
			e.Router.GET("/api/whoami", func(e *core.RequestEvent) error { return e.String(200, e.RealIP()) })
			return e.Next()
		})
	})
}

// come sends a request from an address and returns the one that it is counted for.
func come(t *testing.T, app *plugintest.App, from, header, value string) string {
	t.Helper()
	req := app.Request(t, "GET", "/api/whoami", "", nil)
	req.RemoteAddr = from
	if header != "" {
		req.Header.Set(header, value)
	}
	return string(app.Send(t, req).Want(200).Body)
}

func TestTheProxyAloneIsBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ proxy, from, header, want string }{
		{"X-Real-IP", "127.0.0.1:9", "X-Real-IP", "203.0.113.7"},
		{"x-real-ip", "[::1]:9", "X-Real-Ip", "203.0.113.7"},
		{"X-Real-IP", "10.1.2.3:9", "X-Real-IP", "203.0.113.7"},
		{"X-Real-IP", "198.51.100.1:9", "X-Real-IP", "198.51.100.1"},
		{"X-Real-IP", "127.0.0.1:9", "X-Forwarded-For", "127.0.0.1"},
		{"X-Real-IP 198.51.100.0/24", "198.51.100.1:9", "X-Real-IP", "203.0.113.7"},
		{"X-Real-IP 198.51.100.1", "198.51.100.2:9", "X-Real-IP", "198.51.100.2"},
		{"X-Real-IP 198.51.100.1", "127.0.0.1:9", "X-Real-IP", "127.0.0.1"},
		{"", "127.0.0.1:9", "X-Real-IP", "127.0.0.1"},
	} {
		app := proxied(t, c.proxy)
		if err := app.ReloadSettings(); err != nil { // as after each change in the dashboard
			t.Fatal(err)
		}
		if got := come(t, app, c.from, c.header, "203.0.113.7"); got != c.want {
			t.Errorf("%+v: counted for %s", c, got)
		}
	}
}

func TestAdminsHearOfAProxyThatNobodyHeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		proxy, from, header string
		warned              bool
	}{
		{"", "127.0.0.1:9", "X-Forwarded-For", true},
		{"", "127.0.0.1:9", "Forwarded", true},
		{"X-Real-IP", "127.0.0.1:9", "X-Forwarded-For", true},
		{"X-Real-IP", "127.0.0.1:9", "X-Real-IP", false},
		{"", "203.0.113.7:9", "X-Forwarded-For", false}, // a stranger warns of nothing
		{"", "127.0.0.1:9", "", false},
	} {
		app := proxied(t, c.proxy)
		admin, client := app.NewUser(t, collections.RoleAdmin), app.NewUser(t, collections.RoleClient)
		come(t, app, c.from, c.header, "203.0.113.7")
		for who, warned := range map[string]bool{admin.Token: c.warned, app.Superuser(t): c.warned, client.Token: false, "": false} {
			body := string(app.Do(t, "GET", "/api/ready", who, nil).Want(200).Body)
			if strings.Contains(body, "TRUSTED_PROXY") != warned {
				t.Errorf("%+v: %s", c, body)
			}
		}
	}
}

func TestTheStartWarnsWhereAProxyMustBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, addr string
		want      bool
	}{
		{"https://agensi.example", "127.0.0.1:8090", true}, {"https://agensi.example", "", true},
		{"https://agensi.example", "agensi.example:443", false}, {"http://127.0.0.1:8090", "127.0.0.1:8090", false}, {"", "127.0.0.1:8090", false},
	} {
		if got := observability.BehindProxy(c.url, c.addr); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestTrustedProxyIsReadOrRefused(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"X-Real-IP": true, "X-Forwarded-For 10.0.0.0/8 2001:db8::7": true, "": false, "true": true, "10.0.0.1": false, "X-Real-IP here": false, "a b/33": false,
	} {
		if _, err := observability.ParseProxy(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
